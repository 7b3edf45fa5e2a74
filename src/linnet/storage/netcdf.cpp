#include "linnet/storage/netcdf.hpp"

#include <fcntl.h>
#include <netcdf.h>
#include <netcdf_mem.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/linalg/backend_kernel.hpp"
#include "linnet/storage/file_bytes.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/support/interruption.hpp"

// Files are composed and parsed in memory, and linnet's own writer writes them to disk, because HDF5 handles a full
// disk badly and needs file locks, which some shared file systems lack. Files that HDF5 composes in memory list
// variables by name, so that their order is stored in an attribute.

namespace linnet::storage {

namespace fs = std::filesystem;

namespace {

constexpr const char* order_attribute = "variables";

/// A message of the C library, to be turned into an Error that names the file.
struct NetcdfFailure {
  std::string what;
};

void check(int status) {
  if (status != NC_NOERR) throw NetcdfFailure{nc_strerror(status)};
}

void check(int status, const std::string& name) {
  if (status != NC_NOERR) throw NetcdfFailure{std::string(nc_strerror(status)) + " (\"" + name + "\")"};
}

/// An open data set of the C library; discarded unless closed.
class Handle {
 public:
  explicit Handle(int id) : id_(id) {}
  ~Handle() {
    if (id_ >= 0) nc_abort(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  [[nodiscard]] int id() const { return id_; }
  int release() { return std::exchange(id_, -1); }

 private:
  int id_;
};

int put_attribute(int file, int variable, const std::string& name, const std::string& text) {
  // HDF5 stores attributes of fixed length within 64 KiB; a string of variable length may be longer.
  constexpr std::size_t longest_inline = 60000;
  const char* bytes = text.c_str();
  return text.size() <= longest_inline ? nc_put_att_text(file, variable, name.c_str(), text.size(), bytes)
                                       : nc_put_att_string(file, variable, name.c_str(), 1, &bytes);
}

int put_attribute(int file, int variable, const std::string& name, const std::vector<double>& numbers) {
  return nc_put_att_double(file, variable, name.c_str(), NC_DOUBLE, numbers.size(), numbers.data());
}

int put_attribute(int file, int variable, const std::string& name, const std::vector<std::int64_t>& numbers) {
  const std::vector<long long> wide(numbers.begin(), numbers.end());
  return nc_put_att_longlong(file, variable, name.c_str(), NC_INT64, wide.size(), wide.data());
}

void put_attributes(int file, int variable, const Attributes& attributes) {
  for (const auto& attribute : attributes) {
    const std::string& name = attribute.first;
    const auto put = [&](const auto& value) { return put_attribute(file, variable, name, value); };
    check(std::visit(put, attribute.second.value()), name);
  }
}

constexpr nc_type type_of(const std::vector<double>&) { return NC_DOUBLE; }
constexpr nc_type type_of(const std::vector<std::int64_t>&) { return NC_INT64; }
constexpr nc_type type_of(const std::vector<std::string>&) { return NC_STRING; }

int put_values(int file, int variable, const std::vector<double>& values) {
  return nc_put_var_double(file, variable, values.data());
}

int put_values(int file, int variable, const std::vector<std::int64_t>& values) {
  const std::vector<long long> wide(values.begin(), values.end());
  return nc_put_var_longlong(file, variable, wide.data());
}

int put_values(int file, int variable, const std::vector<std::string>& values) {
  std::vector<const char*> texts;
  texts.reserve(values.size());
  for (const std::string& text : values) texts.push_back(text.c_str());
  return nc_put_var_string(file, variable, texts.data());
}

std::size_t approximate_bytes(const Dataset& data) {
  std::size_t bytes = std::size_t{1} << 16;
  for (const Variable& variable : data.variables) {
    bytes += std::visit([](const auto& values) { return values.size() * 8; }, variable.values);
  }
  return bytes;
}

/// The bytes of a file, allocated by the C library.
struct Image {
  NC_memio memory{};
  Image() = default;
  ~Image() { std::free(memory.memory); }  // NOLINT: as the library asks
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
};

/// Removes the padding of the C library, up to its next 64 KiB. The superblock has the end of the file, at a place that
/// depends on the version of the superblock.
std::string_view without_padding(std::string_view image) {
  if (image.size() < 48) return image;
  const std::size_t at = image[8] < 2 ? 40 : 28;
  std::uint64_t end = 0;
  std::memcpy(&end, image.data() + at, sizeof end);
  return image.substr(0, end);
}

void compose(const Dataset& data, Image& image) {
  int id = -1;
  check(nc_create_mem("linnet.nc", NC_NETCDF4, approximate_bytes(data), &id));
  Handle file(id);
  Attributes attributes = data.attributes;
  std::string order;
  for (const Variable& variable : data.variables) {
    order += (order.empty() ? "" : " ") + variable.name;
  }
  if (!order.empty()) attributes[order_attribute] = order;
  put_attributes(id, NC_GLOBAL, attributes);

  std::map<std::string, int> dimensions;
  for (const auto& [name, length] : data.dimensions) {
    // Length 0 means unlimited. Such a dimension has length 0 as long as nothing is written, as an empty one has.
    check(nc_def_dim(id, name.c_str(), static_cast<std::size_t>(length), &dimensions[name]), name);
  }
  std::vector<int> variables;
  for (const Variable& variable : data.variables) {
    std::vector<int> dims;
    const Index size = data.size_over(variable.dims);  // throws for an unknown dimension, with the nearest known name
    for (const std::string& dimension : variable.dims) dims.push_back(dimensions.at(dimension));
    if (std::visit([](const auto& values) { return values.size(); }, variable.values) !=
        static_cast<std::size_t>(size)) {
      throw NetcdfFailure{"a variable that does not fit its dimensions (\"" + variable.name + "\")"};
    }
    const nc_type type = std::visit([](const auto& values) { return type_of(values); }, variable.values);
    int number = -1;
    check(nc_def_var(id, variable.name.c_str(), type, static_cast<int>(dims.size()), dims.data(), &number),
          variable.name);
    if (type != NC_STRING) check(nc_def_var_fill(id, number, NC_NOFILL, nullptr), variable.name);
    put_attributes(id, number, variable.attributes);
    variables.push_back(number);
  }
  check(nc_enddef(id));
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const Variable& variable = data.variables[i];
    if (std::visit([](const auto& values) { return values.empty(); }, variable.values)) continue;
    check(std::visit([&](const auto& values) { return put_values(id, variables[i], values); }, variable.values),
          variable.name);
  }
  check(nc_close_memio(file.release(), &image.memory));
}

Attribute read_attribute(int file, int variable, const char* name) {
  nc_type type = NC_NAT;
  std::size_t length = 0;
  check(nc_inq_att(file, variable, name, &type, &length), name);
  switch (type) {
    case NC_CHAR: {
      std::string text(length, '\0');
      if (length > 0) check(nc_get_att_text(file, variable, name, text.data()), name);
      return text;
    }
    case NC_STRING: {
      std::string text;
      std::vector<char*> texts(length, nullptr);
      if (length > 0) check(nc_get_att_string(file, variable, name, texts.data()), name);
      for (std::size_t i = 0; i < length; ++i) text += (i > 0 ? "\n" : "") + std::string(texts[i] ? texts[i] : "");
      if (length > 0) nc_free_string(length, texts.data());
      return text;
    }
    case NC_FLOAT:
    case NC_DOUBLE:
    case NC_UINT64: {
      std::vector<double> numbers(length);
      if (length > 0) check(nc_get_att_double(file, variable, name, numbers.data()), name);
      return numbers;
    }
    case NC_BYTE:
    case NC_UBYTE:
    case NC_SHORT:
    case NC_USHORT:
    case NC_INT:
    case NC_UINT:
    case NC_INT64: {
      std::vector<long long> numbers(length);
      if (length > 0) check(nc_get_att_longlong(file, variable, name, numbers.data()), name);
      return std::vector<std::int64_t>(numbers.begin(), numbers.end());
    }
    default:
      throw NetcdfFailure{"an attribute that is neither numbers nor text (\"" + std::string(name) + "\")"};
  }
}

Attributes read_attributes(int file, int variable) {
  Attributes attributes;
  int count = 0;
  check(variable == NC_GLOBAL ? nc_inq_natts(file, &count) : nc_inq_varnatts(file, variable, &count));
  for (int i = 0; i < count; ++i) {
    char name[NC_MAX_NAME + 1] = {};
    check(nc_inq_attname(file, variable, i, name));
    if (std::string(name) != "_FillValue") attributes[name] = read_attribute(file, variable, name);
  }
  return attributes;
}

std::vector<std::string> read_texts(int file, int variable, std::size_t size) {
  std::vector<char*> texts(size, nullptr);
  if (size > 0) check(nc_get_var_string(file, variable, texts.data()));
  std::vector<std::string> result;
  for (const char* text : texts) result.emplace_back(text != nullptr ? text : "");
  if (size > 0) nc_free_string(size, texts.data());
  return result;
}

/// Classic files have no strings: a text is an array of characters, padded with zeros or blanks.
std::vector<std::string> read_characters(int file, int variable, std::size_t size, std::size_t length) {
  std::string all(size * length, '\0');
  if (!all.empty()) check(nc_get_var_text(file, variable, all.data()));
  std::vector<std::string> result;
  for (std::size_t i = 0; i < size; ++i) {
    const std::string padded = all.substr(i * length, length);
    const std::string text = padded.substr(0, padded.find('\0'));
    result.push_back(text.substr(0, text.find_last_not_of(' ') + 1));
  }
  return result;
}

/// The type and shape of a variable before its values are read.
struct Outline {
  std::string name;
  nc_type type = NC_NAT;
  std::vector<std::string> dims;
};

Outline outline_of(int file, int number) {
  char name[NC_MAX_NAME + 1] = {};
  nc_type type = NC_NAT;
  int rank = 0;
  int dims[NC_MAX_VAR_DIMS] = {};
  check(nc_inq_var(file, number, name, &type, &rank, dims, nullptr));
  Outline outline{.name = name, .type = type, .dims = {}};
  for (int i = 0; i < rank; ++i) {
    char dimension[NC_MAX_NAME + 1] = {};
    check(nc_inq_dimname(file, dims[i], dimension), name);
    outline.dims.emplace_back(dimension);
  }
  return outline;
}

/// Deflate compresses by a factor of 1032 at most; a file of another origin may leave out numbers that are all equal.
std::size_t most_numbers_in(std::size_t bytes) {
  return std::max<std::size_t>(std::size_t{1} << 26, 1032 * bytes) / sizeof(double);
}

/// Throws for files that must not be read: inconsistent shapes, and more numbers than `most`.
void require_sound(const Dataset& data, const std::vector<Outline>& outlines, std::size_t most) {
  std::size_t all = 0;
  for (const Outline& outline : outlines) {
    data.require_room(outline.name, outline.dims);
    const auto size = static_cast<std::size_t>(data.size_over(outline.dims));
    if (size > most || (all += size) > most) {
      throw NetcdfFailure{"more numbers than it has room for (\"" + outline.name + "\")"};
    }
  }
}

/// All values of a variable of these sizes, in parts that take a fraction of a second: along the first dimension that
/// is longer than 1, by whole chunks, so that none is decompressed twice.
template <class Number, class Read>
std::vector<Number> read_numbers(int file, int number, const std::vector<std::size_t>& sizes, const std::string& name,
                                 const Read& read) {
  constexpr std::size_t at_once = std::size_t{1} << 21;
  const auto along = std::find_if(sizes.begin(), sizes.end(), [](std::size_t n) { return n != 1; });
  const auto first = static_cast<std::size_t>(along - sizes.begin());
  std::size_t step = 1;  // the numbers of one place of that dimension
  for (std::size_t k = first + 1; k < sizes.size(); ++k) step *= sizes[k];
  const std::size_t length = first < sizes.size() ? sizes[first] : 1;
  std::vector<Number> values(length * step);
  if (values.empty()) return values;
  std::vector<std::size_t> chunks(std::max<std::size_t>(1, sizes.size()), 1);
  int layout = NC_CONTIGUOUS;
  check(nc_inq_var_chunking(file, number, &layout, chunks.data()), name);
  const std::size_t chunk = layout == NC_CHUNKED && first < sizes.size() ? std::max<std::size_t>(1, chunks[first]) : 1;
  const std::size_t places = std::min(length, std::max<std::size_t>(1, at_once / step / chunk) * chunk);
  std::vector<std::size_t> begin(chunks.size(), 0);
  std::vector<std::size_t> count = sizes;
  count.resize(chunks.size(), 1);  // of a single number too there is an address
  for (std::size_t from = 0; from < length; from += places) {
    stop_if_asked();
    if (first < sizes.size()) {
      begin[first] = from;
      count[first] = std::min(places, length - from);
    }
    check(read(file, number, begin.data(), count.data(), values.data() + from * step), name);
  }
  return values;
}

Variable read_variable(int file, int number, const Outline& outline, const Dataset& data) {
  const std::string& name = outline.name;
  const nc_type type = outline.type;
  Variable variable{.name = name, .dims = outline.dims, .values = {}, .attributes = read_attributes(file, number)};
  std::size_t last = 1;  // of an array of characters, which is one text along its last dimension
  if (type == NC_CHAR && !variable.dims.empty()) {
    last = static_cast<std::size_t>(data.length(variable.dims.back()));
    variable.dims.pop_back();
  }
  const auto size = static_cast<std::size_t>(data.size_over(variable.dims));
  std::vector<std::size_t> sizes;
  for (const std::string& dimension : variable.dims) sizes.push_back(static_cast<std::size_t>(data.length(dimension)));
  switch (type) {
    case NC_DOUBLE:
    case NC_FLOAT: {
      variable.values = read_numbers<double>(file, number, sizes, name, nc_get_vara_double);
      break;
    }
    case NC_BYTE:
    case NC_UBYTE:
    case NC_SHORT:
    case NC_USHORT:
    case NC_INT:
    case NC_UINT:
    case NC_INT64:
    case NC_UINT64: {
      const auto values = read_numbers<long long>(file, number, sizes, name, nc_get_vara_longlong);
      variable.values = std::vector<std::int64_t>(values.begin(), values.end());
      break;
    }
    case NC_STRING:
      variable.values = read_texts(file, number, size);
      break;
    case NC_CHAR:
      variable.values = read_characters(file, number, size, last);
      break;
    default:
      throw NetcdfFailure{"a variable of a type that is neither numbers nor text (\"" + name + "\")"};
  }
  return variable;
}

Dataset parse(std::string& bytes) {
  int id = -1;
  check(nc_open_mem("linnet.nc", NC_NOWRITE, bytes.size(), bytes.data(), &id));
  const Handle file(id);
  Dataset data;
  data.attributes = read_attributes(id, NC_GLOBAL);
  int count = 0;
  check(nc_inq_ndims(id, &count));
  std::vector<int> dimensions(static_cast<std::size_t>(count));
  check(nc_inq_dimids(id, nullptr, dimensions.data(), 0));
  for (const int dimension : dimensions) {
    char name[NC_MAX_NAME + 1] = {};
    std::size_t length = 0;
    check(nc_inq_dim(id, dimension, name, &length));
    data.add_dimension(name, static_cast<Index>(length));
  }
  check(nc_inq_nvars(id, &count));
  std::vector<Outline> outlines;
  for (int number = 0; number < count; ++number) outlines.push_back(outline_of(id, number));
  require_sound(data, outlines, most_numbers_in(bytes.size()));
  for (int number = 0; number < count; ++number) {
    data.add(read_variable(id, number, outlines[static_cast<std::size_t>(number)], data));
  }
  std::istringstream names(data.attribute(order_attribute));
  data.attributes.erase(order_attribute);
  auto next = data.variables.begin();
  for (std::string name; names >> name;) {
    const auto found = std::find_if(next, data.variables.end(), [&](const Variable& v) { return v.name == name; });
    if (found != data.variables.end()) std::rotate(next++, found, found + 1);
  }
  return data;
}

/// Whether reading ends at all, with success or an error: HDF5 may crash, or loop for ever, on a damaged file.
bool reading_ends(std::string& bytes) {
  const pid_t child = linalg::threads_may_starve() ? -1 : ::fork();
  if (child < 0) return true;  // without memory for another process, the file is read unchecked
  if (child == 0) {
#ifdef __linux__
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    // CPU time, which does not depend on how busy the machine is.
    const rlim_t seconds = 10 + bytes.size() / 1'000'000;
    const rlimit time{.rlim_cur = seconds, .rlim_max = seconds + 1};
    ::setrlimit(RLIMIT_CPU, &time);
    for (const int signal : {SIGINT, SIGTERM, SIGXCPU}) ::signal(signal, SIG_DFL);
    const Interruptible not_here{KeepGoing()};  // nor by the interpreter of the parent process
    try {
      (void)parse(bytes);
    } catch (...) {
      ::_exit(0);  // the exception is thrown again by the parent process
    }
    ::_exit(0);
  }
  constexpr long shortest = 100'000;  // ns
  constexpr long longest = 5'000'000;
  int status = 0;
  try {
    for (timespec pause{.tv_sec = 0, .tv_nsec = shortest}; ::waitpid(child, &status, WNOHANG) == 0;) {
      stop_if_asked();
      ::nanosleep(&pause, nullptr);
      pause.tv_nsec = std::min(2 * pause.tv_nsec, longest);
    }
  } catch (const Error&) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    throw;
  }
  return WIFEXITED(status);
}

}  // namespace

void write_netcdf(const Dataset& data, const fs::path& target) {
  Image image;
  try {
    compose(data, image);
  } catch (const NetcdfFailure& failure) {
    throw Error(Error::Kind::output,
                {.field = target.string(), .expected = "a data set that NetCDF can hold", .got = failure.what});
  }
  write_text(target, without_padding({static_cast<const char*>(image.memory.memory), image.memory.size}));
}

Dataset read_netcdf(const fs::path& file) {
  std::string bytes = file_bytes(file, file.string());
  const auto refuse = [&](const std::string& got, const std::string& expected = "a NetCDF file") {
    bad_input({.field = file.string(), .expected = expected, .got = got});
  };
  if (bytes.empty()) refuse("an empty file");
  const bool hdf5 = bytes.starts_with("\x89HDF\r\n\x1a\n");
  const bool classic = bytes.starts_with("CDF\x01") || bytes.starts_with("CDF\x02") || bytes.starts_with("CDF\x05");
  if (!hdf5 && !classic) refuse("one that does not start as NetCDF does");
  if (!reading_ends(bytes)) refuse("one that is damaged: reading it does not come to an end");
  try {
    return parse(bytes);
  } catch (const NetcdfFailure& failure) {
    refuse("one that is truncated or damaged: " + failure.what);
  } catch (const Error& error) {
    if (is_interruption(error)) throw;
    refuse(error.got() + " for " + error.field(), "a NetCDF file with " + error.expected());
  } catch (const std::length_error&) {
    refuse("one that is truncated or damaged: lengths beyond memory");
  } catch (const std::bad_alloc&) {
    refuse("one that is truncated or damaged: lengths beyond memory");
  }
  return {};
}

}  // namespace linnet::storage
