#include "linnet/storage/network_file.hpp"

#include <cstdlib>
#include <string>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/version.hpp"

namespace linnet::storage {

namespace {

constexpr std::int64_t file_format = 1;

[[noreturn]] void refuse_content(const std::string& expected, const std::string& got) {
  bad_input({.field = "file", .expected = expected, .got = got});
}

/// Adds matrices and numbers below a prefix.
class Writer {
 public:
  Writer(Dataset& data, std::string prefix) : data_(data), prefix_(std::move(prefix)) {}

  void matrix(const std::string& name, const Matrix& m) {
    const std::string full = prefix_ + name;
    const std::vector<std::string> dims{full + "_row", full + "_column"};
    data_.add_dimension(dims[0], m.rows());
    data_.add_dimension(dims[1], m.cols());
    const Matrix rows = m.transpose();  // in C order
    data_.add({.name = full, .dims = dims, .values = std::vector<double>(rows.data(), rows.data() + rows.size())});
  }
  void matrices(const std::string& name, const std::vector<Matrix>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) matrix(name + std::to_string(i + 1), all[i]);
  }
  void numbers(const std::string& name, std::vector<double> values) {
    data_.attributes[prefix_ + name] = std::move(values);
  }
  void text(const std::string& name, const std::string& value) { data_.attributes[prefix_ + name] = value; }

  // One function a form of network.
  void operator()(const GramState& n) {
    text("form", "GramState");
    matrix("input_representation", n.input_representation());
    matrix("end_to_end", n.end_to_end());
    matrix("output_representation", n.output_representation());
    if (n.factor()) matrix("factor", *n.factor());
    numbers("rank_is_known", {n.rank_is_known() ? 1.0 : 0.0});
  }
  void operator()(const SelfConsistent& n) {
    text("form", "SelfConsistent");
    matrix("end_to_end", n.end_to_end());
    numbers("scales", n.scales().values());
    if (!n.rates().uniform()) numbers("rates", n.rates().values());
  }
  void operator()(const DeepLinear& n) {
    text("form", "DeepLinear");
    matrices("w", n.weights());
    if (n.cone() != nullptr) cone(*n.cone());
  }
  void operator()(const DeepLinearized& n) {
    text("form", "DeepLinearized");
    matrix("end_to_end", n.end_to_end());
    for (std::size_t l = 0; l < n.kernel().size(); ++l) {
      matrix("out" + std::to_string(l + 1), n.kernel()[l].out);
      matrix("in" + std::to_string(l + 1), n.kernel()[l].in);
    }
  }
  void operator()(const DeepBalanced& n) {
    text("form", "DeepBalanced");
    matrix("end_to_end", n.end_to_end());
    numbers("depth", {n.depth()});
  }
  void operator()(const Diagonal& n) {
    text("form", "Diagonal");
    matrix("values", n.values());
    matrix("balances", n.balances());
  }
  void operator()(const DeepDiagonal& n) {
    text("form", "DeepDiagonal");
    matrix("weights", n.weights());
  }
  void operator()(const Perceptron& n) {
    text("form", "Perceptron");
    matrices("w", n.weights());
    text("activation", to_string(n.activation()));
    numbers("slope", {n.slope()});
  }

 private:
  void whole_numbers(const std::string& name, const std::vector<Index>& values) {
    numbers(name, std::vector<double>(values.begin(), values.end()));
  }

  /// Of a compressed network only what it stands for: not the whole of it.
  void cone(const LightCone& c) {
    if (c.tolerance && std::holds_alternative<LightCone::Compressed>(c.source)) {
      bad_input({.field = "network",
                 .expected = "a compressed network of an order that was given, or a trained one, for a file",
                 .got = "one whose order training is to raise, for which it needs the whole network",
                 .hint = "save the whole network, and compress it when it is loaded"});
    }
    numbers("cone_widths", c.widths);
    numbers("cone_order", {static_cast<double>(c.order)});
    numbers("cone_complete", {c.complete ? 1.0 : 0.0});
    numbers("cone_outside", c.outside);
    if (std::holds_alternative<std::monostate>(c.source) || std::holds_alternative<LightCone::Compressed>(c.source)) {
      return;
    }
    if (c.tolerance) numbers("cone_tolerance", {*c.tolerance});
    if (const auto* gaussian = std::get_if<LightCone::Gaussian>(&c.source)) {
      text("cone_source", "gaussian");
      whole_numbers("cone_sizes", gaussian->sizes);
      numbers("cone_variance", gaussian->options.variance.values());
      text("cone_seed", std::to_string(gaussian->options.seed));
      numbers("cone_point", {static_cast<double>(gaussian->options.point)});
    } else if (const auto* limit = std::get_if<LightCone::Limit>(&c.source)) {
      text("cone_source", "infinite_width");
      numbers("cone_depth", {static_cast<double>(limit->depth)});
      numbers("cone_scales", limit->scales.values());
    } else if (const auto* orthogonal = std::get_if<LightCone::Orthogonal>(&c.source)) {
      text("cone_source", "orthogonal");
      whole_numbers("cone_sizes", orthogonal->sizes);
      numbers("cone_scale", {orthogonal->scale});
      text("cone_seed", std::to_string(orthogonal->seed));
    }
  }

  Dataset& data_;
  std::string prefix_;
};

class Reader {
 public:
  Reader(const Dataset& data, std::string prefix) : data_(data), prefix_(std::move(prefix)) {}

  [[nodiscard]] bool has(const std::string& name) const { return data_.has(prefix_ + name); }
  [[nodiscard]] bool has_number(const std::string& name) const { return data_.attributes.contains(prefix_ + name); }

  [[nodiscard]] Matrix matrix(const std::string& name) const {
    const Variable& v = data_[prefix_ + name];
    if (v.dims.size() != 2) refuse_content(prefix_ + name + " of 2 dimensions", std::to_string(v.dims.size()));
    const std::vector<double> values = v.as_reals();
    return Eigen::Map<const Matrix>(values.data(), data_.length(v.dims[1]), data_.length(v.dims[0])).transpose();
  }
  [[nodiscard]] Vector vector(const std::string& name) const { return matrix(name).reshaped(); }
  [[nodiscard]] std::vector<Matrix> matrices(const std::string& name) const {
    std::vector<Matrix> all;
    while (has(name + std::to_string(all.size() + 1))) all.push_back(matrix(name + std::to_string(all.size() + 1)));
    return all;
  }
  [[nodiscard]] std::vector<double> numbers(const std::string& name, std::size_t count = 0) const {
    const auto found = data_.attributes.find(prefix_ + name);
    if (found == data_.attributes.end()) refuse_content("the attribute " + prefix_ + name, "none");
    std::vector<double> values;
    if (const auto* reals = std::get_if<std::vector<double>>(&found->second.value())) values = *reals;
    if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&found->second.value())) {
      values.assign(whole->begin(), whole->end());
    }
    if (values.empty() || (count != 0 && values.size() != count)) {
      refuse_content("numbers in the attribute " + prefix_ + name, found->second.text());
    }
    return values;
  }
  [[nodiscard]] double number(const std::string& name) const { return numbers(name, 1).front(); }
  [[nodiscard]] Index whole(const std::string& name) const { return as_whole(number(name)); }
  [[nodiscard]] static Index as_whole(double x) {
    constexpr double most = 9007199254740992.0;  // 2^53
    if (!(x >= 0) || !(x <= most)) refuse_content("a whole number >= 0", format_number(x));
    return static_cast<Index>(x);
  }
  [[nodiscard]] std::string text(const std::string& name) const { return data_.attribute(prefix_ + name); }

  [[nodiscard]] Network network() const {
    const std::string form = text("form");
    if (form == "GramState") {
      GramState state(matrix("input_representation"), matrix("end_to_end"), matrix("output_representation"));
      std::optional<Matrix> factor;
      if (has("factor")) {
        factor = matrix("factor");
        const bool fits = factor->rows() == state.shape().sum() && factor->cols() > 0 && factor->allFinite();
        if (!fits) refuse_content("a factor of the Gram state", format_shape(factor->rows(), factor->cols()));
      }
      return std::move(state).with(std::move(factor), number("rank_is_known") != 0);
    }
    if (form == "SelfConsistent") {
      const Layerwise rates = has_number("rates") ? Layerwise(numbers("rates", 2)) : Layerwise(1.0);
      return SelfConsistent(matrix("end_to_end"), Layerwise(numbers("scales")), rates);
    }
    if (form == "DeepLinear") {
      DeepLinear weights(matrices("w"));
      return has_number("cone_order") ? with_cone(std::move(weights)) : weights;
    }
    if (form == "DeepBalanced") return DeepBalanced(matrix("end_to_end"), number("depth"));
    if (form == "Diagonal") return Diagonal(vector("values"), vector("balances"));
    if (form == "DeepDiagonal") return DeepDiagonal(matrix("weights"));
    if (form == "Perceptron") {
      const bool quadratic = text("activation") == to_string(Activation::quadratic);
      return Perceptron(matrices("w"),
                        {.activation = quadratic ? Activation::quadratic : Activation::relu, .slope = number("slope")});
    }
    if (form == "DeepLinearized") {
      const std::vector<Matrix> out = matrices("out");
      const std::vector<Matrix> in = matrices("in");
      if (out.size() != in.size() || out.empty()) refuse_content("a kernel of as many layers on both sides", "another");
      Matrix a = matrix("end_to_end");
      std::vector<DeepLinearized::LayerKernel> kernel;
      for (std::size_t l = 0; l < out.size(); ++l) {
        const bool fits = out[l].rows() == a.rows() && out[l].cols() == a.rows() && in[l].rows() == a.cols() &&
                          in[l].cols() == a.cols();
        if (!fits) refuse_content("kernels of the outputs and the inputs", "others");
        kernel.push_back({.out = out[l], .in = in[l]});
      }
      return DeepLinearized(std::move(a), std::move(kernel));
    }
    refuse_content("a form of network that is known", "\"" + form + "\"");
  }

 private:
  [[nodiscard]] std::vector<Index> whole_numbers(const std::string& name) const {
    std::vector<Index> all;
    for (const double x : numbers(name)) all.push_back(as_whole(x));
    return all;
  }

  [[nodiscard]] DeepLinear with_cone(DeepLinear weights) const {
    const auto layers = static_cast<std::size_t>(weights.depth());
    LightCone c{.widths = numbers("cone_widths", layers - 1),
                .order = whole("cone_order"),
                .complete = number("cone_complete") != 0,
                .outside = numbers("cone_outside", layers)};
    if (has_number("cone_tolerance")) c.tolerance = number("cone_tolerance");
    const std::string source = text("cone_source");
    const auto seed = [&] { return std::strtoull(text("cone_seed").c_str(), nullptr, 10); };
    if (source == "gaussian") {
      c.source = LightCone::Gaussian{.sizes = whole_numbers("cone_sizes"),
                                     .options = {.variance = Layerwise(numbers("cone_variance")),
                                                 .seed = seed(),
                                                 .point = static_cast<std::uint32_t>(whole("cone_point"))}};
    } else if (source == "infinite_width") {
      c.source = LightCone::Limit{
          .shape = weights.shape(), .depth = whole("cone_depth"), .scales = Layerwise(numbers("cone_scales"))};
    } else if (source == "orthogonal") {
      c.source =
          LightCone::Orthogonal{.sizes = whole_numbers("cone_sizes"), .scale = number("cone_scale"), .seed = seed()};
    }
    return std::move(weights).standing_for(std::make_shared<const LightCone>(std::move(c)));
  }

  const Dataset& data_;
  std::string prefix_;
};

void begin_file(Dataset& data, const char* what) {
  data.attributes["holds"] = what;
  data.attributes["file_format"] = std::vector<std::int64_t>{file_format};
  data.attributes["linnet_version"] = version;
}

Checkpoint checkpoint_in(const Dataset& data) {
  const Reader read(data, "");
  Continuation c{.start = std::make_shared<const Network>(Reader(data, "start_").network())};
  Threshold::Known known{.ratios = Layerwise(read.numbers("threshold_ratios"))};
  if (read.has_number("threshold")) {
    known.value = read.number("threshold");
  } else {
    known.start = c.start;
  }
  c.threshold = Threshold(std::move(known));
  c.carried = {.step = read.whole("step"),
               .time = read.number("time"),
               .first_cost = read.number("first_cost"),
               .momentum = read.matrices("momentum")};
  if (read.has_number("start_size")) c.carried.start_size = read.number("start_size");
  if (read.has_number("errors")) {
    const std::vector<double> e = read.numbers("errors", 7);
    c.carried.errors = ErrorHistory{.step = Reader::as_whole(e[0]),
                                    .train = e[1],
                                    .train_before = e[2],
                                    .train_start = e[3],
                                    .test = e[4],
                                    .test_rises = Reader::as_whole(e[5]),
                                    .cost = e[6]};
  }
  if (read.has_number("best")) {
    const std::vector<double> b = read.numbers("best", 4);
    c.best = Best{.step = Reader::as_whole(b[0]), .time = b[1], .train_error = b[2], .test_error = b[3], .values = {}};
  }
  if (read.has("best_end_to_end")) c.best_end_to_end = read.matrix("best_end_to_end");
  if (!read.text("best_network_form").empty()) c.best_network = Reader(data, "best_network_").network();
  Checkpoint whole{.network = Reader(data, "network_").network(), .continuation = std::move(c)};
  check(whole);
  return whole;
}

}  // namespace

Dataset to_dataset(const Network& network) {
  Dataset data;
  begin_file(data, "network");
  std::visit(Writer(data, ""), network);
  return data;
}

Dataset to_dataset(const Checkpoint& checkpoint) {
  Dataset data;
  begin_file(data, "checkpoint");
  const Continuation& c = checkpoint.continuation;
  std::visit(Writer(data, "network_"), checkpoint.network);
  std::visit(Writer(data, "start_"), *c.start);
  Writer write(data, "");
  const Threshold::Known& known = c.threshold.known();
  write.numbers("threshold_ratios", known.ratios.values());
  if (known.value) write.numbers("threshold", {*known.value});
  write.numbers("step", {static_cast<double>(c.carried.step)});
  write.numbers("time", {c.carried.time});
  write.numbers("first_cost", {c.carried.first_cost});
  write.matrices("momentum", c.carried.momentum);
  if (c.carried.start_size) write.numbers("start_size", {*c.carried.start_size});
  if (const auto& e = c.carried.errors) {
    write.numbers("errors", {static_cast<double>(e->step), e->train, e->train_before, e->train_start, e->test,
                             static_cast<double>(e->test_rises), e->cost});
  }
  if (c.best) {
    write.numbers("best", {static_cast<double>(c.best->step), c.best->time, c.best->train_error, c.best->test_error});
  }
  if (c.best_end_to_end.size() != 0) write.matrix("best_end_to_end", c.best_end_to_end);
  if (c.best_network) std::visit(Writer(data, "best_network_"), *c.best_network);
  return data;
}

std::variant<Network, Checkpoint> held_by(const Dataset& data) {
  const std::string what = data.attribute("holds");
  if (what != "network" && what != "checkpoint") {
    bad_input({.field = "file",
               .expected = "a network or a checkpoint of linnet",
               .got = what.empty() ? "another data set" : "\"" + what + "\"",
               .hint = "results of runs and sweeps are read by open"});
  }
  const double found = Reader(data, "").number("file_format");
  if (found != static_cast<double>(file_format)) {
    bad_input({.field = "file",
               .expected = "format " + std::to_string(file_format),
               .got = "format " + format_number(found),
               .hint = "it was written by another version of linnet, " + data.attribute("linnet_version")});
  }
  if (what == "network") return Reader(data, "").network();
  return checkpoint_in(data);
}

void write_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& file) {
  write_netcdf(to_dataset(checkpoint), file);
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  auto held = held_by(read_netcdf(file));
  if (auto* checkpoint = std::get_if<Checkpoint>(&held)) return std::move(*checkpoint);
  bad_input({.field = file.string(), .expected = "the checkpoint of a run", .got = "a network"});
}

}  // namespace linnet::storage
