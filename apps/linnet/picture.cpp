#include "picture.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <sstream>
#include <system_error>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/support/interruption.hpp"
#include "own_folder.hpp"

extern char** environ;

#ifndef LINNET_INSTALLED_PACKAGES
#define LINNET_INSTALLED_PACKAGES "python"  // built without the package
#endif

namespace linnet::command {

namespace {

namespace fs = std::filesystem;

std::string what_is_made(const fs::path& target) {
  const bool page = target.extension() == ".html" || target.extension() == ".htm";
  return page ? "a page from linnet.report" : "a picture from linnet.figures";
}

// The working folder may be a stranger's, and must not be where Python finds its modules, or matplotlib its settings.
constexpr const char* start =
    "import os, sys; sys.path[:] = filter(None, sys.path); "
    "here = os.open('.', getattr(os, 'O_PATH', os.O_RDONLY)); os.chdir('/'); "
    "from linnet.figures.__main__ import main; os.fchdir(here); sys.exit(main())";

struct Interpreter {
  std::string program;
  fs::path packages;  ///< where the package is that was built with this command; may be empty
};

/// The one that is asked for; else that of the build, with the package beside this command, if it is there.
Interpreter interpreter() {
  if (const char* given = std::getenv("LINNET_PYTHON"); given != nullptr && *given != '\0') return {given, {}};
  std::error_code error;
  const fs::path built_with = LINNET_BUILT_WITH_PYTHON;
  Interpreter python{.program = fs::exists(built_with, error) ? built_with.string() : "python3", .packages = {}};
  const fs::path prefix = own_folder().parent_path();
  for (const char* folder : {"python", LINNET_INSTALLED_PACKAGES}) {  // of a build, of an installation
    const fs::path packages = prefix / folder;
    if (!fs::exists(packages / "linnet/figures/__main__.py", error)) continue;
    python.packages = packages;
    break;
  }
  return python;
}

/// An empty part of PYTHONPATH, as an unset variable leaves it behind, is the working folder.
void append_folders(std::string& path, const std::string& more) {
  std::istringstream stream(more);
  for (std::string folder; std::getline(stream, folder, ':');) {
    if (!folder.empty()) path += (path.empty() ? "" : ":") + folder;
  }
}

std::vector<std::string> environment_of(const Interpreter& python) {
  const std::string key = "PYTHONPATH=";
  std::vector<std::string> variables;
  std::string path = python.packages.string();
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (text.starts_with(key)) {
      append_folders(path, text.substr(key.size()));
    } else {
      variables.push_back(text);
    }
  }
  if (!path.empty()) variables.push_back(key + path);
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Ended {
  int status = 0;  ///< as of waitpid
  std::vector<std::string> said = {};
};

[[noreturn]] void cannot_draw(const fs::path& target, const std::string& got, const std::string& hint) {
  throw Error(Error::Kind::output,
              {.field = target.string(), .expected = what_is_made(target), .got = got, .hint = hint});
}

[[noreturn]] void interrupted_at(const fs::path& target) {
  throw Error(Error::Kind::interrupted,
              {.field = target.string(), .expected = what_is_made(target), .got = "an interruption"});
}

/// The exit status of the process. An interruption ends the process.
int wait_for(pid_t child, const fs::path& target) {
  constexpr timespec a_while{.tv_sec = 0, .tv_nsec = 5'000'000};
  int status = 0;
  try {
    while (waitpid(child, &status, WNOHANG) == 0) {
      stop_if_asked();
      nanosleep(&a_while, nullptr);
    }
  } catch (const Error&) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    interrupted_at(target);
  }
  return status;
}

std::vector<std::string> lines_of(std::FILE* file) {
  std::rewind(file);
  std::string text(16384, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// A file without a name; on Linux it needs no disk.
std::FILE* unnamed_file() {
#ifdef __linux__
  const int descriptor = ::memfd_create("linnet.figures", MFD_CLOEXEC);
  return descriptor < 0 ? nullptr : ::fdopen(descriptor, "w+");
#else
  return std::tmpfile();
#endif
}

/// linnet.figures with these arguments; what it prints goes to the file `output`. Never through a shell.
Ended run_figures(std::vector<std::string> arguments, const fs::path& output, const fs::path& target,
                  const std::string& hint) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> messages(unnamed_file(), &std::fclose);
  if (!messages) cannot_draw(target, fmt::format("no room for its messages ({})", std::strerror(errno)), "");
  const Interpreter python = interpreter();
  arguments.insert(arguments.begin(), {python.program, "-c", start});
  std::vector<std::string> variables = environment_of(python);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  posix_spawn_file_actions_adddup2(&actions, fileno(messages.get()), STDERR_FILENO);
  pid_t child = 0;
  const int refused = posix_spawnp(&child, python.program.c_str(), &actions, nullptr, pointers_to(arguments).data(),
                                   pointers_to(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) {
    cannot_draw(target, fmt::format("no Python: {} ({})", python.program, std::strerror(refused)), hint);
  }
  const int status = wait_for(child, target);
  if (was_interrupted()) interrupted_at(target);
  return {.status = status, .said = lines_of(messages.get())};
}

/// Throws unless it ended well: the Error that linnet.figures told in four lines, or another failure.
void require_done(const Ended& ended, const fs::path& target, const std::string& hint) {
  if (WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 0) return;
  if (WIFSIGNALED(ended.status)) {
    const int signal = WTERMSIG(ended.status);
    if (signal == SIGINT || signal == SIGTERM) interrupted_at(target);
    cannot_draw(target, fmt::format("its end by signal {}", signal), hint);
  }
  const int code = WEXITSTATUS(ended.status);
  const auto& said = ended.said;
  if (said.size() == 4 && code >= bad_input && code <= cannot_write) {
    const Error::Kind kind = code == bad_input           ? Error::Kind::input
                             : code == numerical_failure ? Error::Kind::numerical
                                                         : Error::Kind::output;
    throw Error(kind, {.field = said[0], .expected = said[1], .got = said[2], .hint = said[3]});
  }
  cannot_draw(target, said.empty() ? "a failure without a message" : said.back(), hint);
}

std::string words_of(const PictureOptions& options) {
  std::string words = options.kind == "auto" ? "" : " --kind " + options.kind;
  for (const std::string& name : options.variables) words += " --variable " + storage::shell_word(name);
  return words;
}

constexpr const char* needs_python = "set LINNET_PYTHON to a Python that has linnet and matplotlib";

/// A file beside the target, for as long as it is needed.
class Scratch {
 public:
  explicit Scratch(const fs::path& target)
      : file_(target.parent_path() / fmt::format(".{}.data-{}", target.filename().string(), ::getpid())) {}
  ~Scratch() {
    std::error_code ignored;
    fs::remove(file_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const fs::path& file() const { return file_; }

 private:
  fs::path file_;
};

/// What linnet.figures prints with these arguments, written beside the target and renamed.
void keep_output(const std::vector<std::string>& arguments, const fs::path& target, const std::string& later) {
  storage::write_atomically(target, [&](const fs::path& temporary) {
    const Ended ended = run_figures(arguments, temporary, target, later);
    require_done(ended, target, later);
    if (fs::file_size(temporary) == 0) cannot_draw(target, "an empty file", later);
  });
}

/// Text as a Python string literal: no character ends it.
std::string python_literal(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const bool harmless = static_cast<unsigned char>(c) >= ' ' && c != 0x7F && c != '"' && c != '\\';
    result += harmless ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return result + '"';
}

}  // namespace

void require_plain_name(const fs::path& target, const std::string& field) {
  const std::string name = target.string();
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' '; };
  if (std::any_of(name.begin(), name.end(), is_control)) {
    std::string shown = name;
    std::replace_if(shown.begin(), shown.end(), is_control, ' ');
    linnet::bad_input({.field = field, .expected = "a file name without control characters", .got = shown});
  }
}

std::string picture_format(const fs::path& target, const std::string& field) {
  require_plain_name(target, field);
  const std::string name = target.string();
  std::string ending = target.extension().string();
  if (!ending.empty()) ending.erase(0, 1);
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const std::vector<std::string> known = {"svg", "pdf", "png"};
  if (std::find(known.begin(), known.end(), ending) != known.end()) return ending;
  const std::string nearest = ending.empty() ? "svg" : nearest_name(ending, known);
  linnet::bad_input(
      {.field = field,
       .expected = "a file name ending in .svg, .pdf or .png",
       .got = "\"" + name + "\"",
       .hint = "for example \"" + fs::path(target.filename()).replace_extension(nearest).string() + "\""});
}

void require_figures(const fs::path& target) {
  static bool there = false;
  if (there) return;
  require_done(run_figures({"--check"}, "/dev/null", target, needs_python), target, needs_python);
  there = true;
}

void require_picture_of(const Dataset& data, const fs::path& target) {
  const Scratch scratch(target);
  storage::write_netcdf(data, scratch.file());
  const Ended ended = run_figures({"--check", "--", scratch.file().string()}, "/dev/null", target, needs_python);
  try {
    require_done(ended, target, needs_python);
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::input) throw;
    linnet::bad_input(
        {.field = "--plot", .expected = error.expected(), .got = error.got(), .hint = "leave it out, or record less"});
  }
}

void draw(const fs::path& data, const fs::path& target, const PictureOptions& options) {
  const std::string later = fmt::format("{}, then: linnet plot {}{} --out {}", needs_python, storage::file_word(data),
                                        words_of(options), storage::file_word(target));
  std::vector<std::string> arguments = {"--format=" + picture_format(target, "--out"), "--kind=" + options.kind};
  for (const std::string& name : options.variables) arguments.push_back("--variable=" + name);
  arguments.insert(arguments.end(), {"--", data.string()});
  keep_output(arguments, target, later);
}

void write_report(const fs::path& data, const fs::path& target) {
  keep_output({"--report", "--", data.string()}, target,
              fmt::format("{}, then: linnet report {} --out {}", needs_python, storage::file_word(data),
                          storage::file_word(target)));
}

void draw(const Dataset& data, const fs::path& target) {
  const Scratch scratch(target);
  storage::write_netcdf(data, scratch.file());
  draw(scratch.file(), target);
}

std::string picture_script(const fs::path& data, const fs::path& target, const PictureOptions& options) {
  std::string variables;
  for (const std::string& name : options.variables) variables += python_literal(name) + ", ";
  return fmt::format(
      "import linnet.figures\n\nfigure = linnet.figures.draw({}, kind={}, variables=[{}])\n"
      "linnet.figures.save(figure, {}, force=True)\n",
      python_literal(data.string()), python_literal(options.kind), variables, python_literal(target.string()));
}

}  // namespace linnet::command
