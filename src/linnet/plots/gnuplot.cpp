#include "linnet/plots/gnuplot.hpp"

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
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/observables/observable.hpp"
#include "linnet/plots/script.hpp"
#include "linnet/support/interruption.hpp"

extern char** environ;

namespace linnet::plots {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

[[noreturn]] void failed(const std::filesystem::path& target, const std::string& got, const std::string& hint = {}) {
  throw Error(Error::Kind::output,
              {.field = target.string(), .expected = "a picture from gnuplot", .got = got, .hint = hint});
}

[[noreturn]] void interrupted(const std::filesystem::path& target) {
  throw Error(Error::Kind::interrupted,
              {.field = target.string(), .expected = "a picture from gnuplot", .got = "an interruption"});
}

/// The exit status of the process. An interruption ends the process.
int wait_for(pid_t child, const std::filesystem::path& target) {
  constexpr timespec a_while{.tv_sec = 0, .tv_nsec = 2'000'000};
  int status = 0;
  try {
    while (waitpid(child, &status, WNOHANG) == 0) {
      stop_if_asked();
      nanosleep(&a_while, nullptr);
    }
  } catch (const Error&) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    interrupted(target);
  }
  return status;
}

/// A file in memory, as standard input or error of the child; it must not leak into other programs.
File scratch_file(const std::filesystem::path& target) {
  const int descriptor = ::memfd_create("gnuplot", MFD_CLOEXEC);
  File file(descriptor < 0 ? nullptr : ::fdopen(descriptor, "w+"), &std::fclose);
  if (!file) failed(target, fmt::format("no room for its script ({})", std::strerror(errno)));
  return file;
}

std::string read_back(std::FILE* file) {
  std::rewind(file);
  std::string text(4096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

// gnuplot's messages have several lines, with a caret below the place; an Error has one line.
std::string in_one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '^';
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace

Format format_of(const std::filesystem::path& target, const std::string& field) {
  const std::string name = target.string();
  if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    bad_input({.field = field, .expected = "a file name without control characters", .got = in_one_line(name)});
  }
  std::string ending = target.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (ending == ".svg") return Format::svg;
  if (ending == ".pdf") return Format::pdf;
  if (ending == ".png") return Format::png;
  const std::string nearest = ending.empty() ? "svg" : nearest_name(ending.substr(1), {"svg", "pdf", "png"});
  const std::filesystem::path better = std::filesystem::path(target.filename()).replace_extension(nearest);
  bad_input({.field = field,
             .expected = "a file name ending in .svg, .pdf or .png",
             .got = "\"" + name + "\"",
             .hint = "for example \"" + better.string() + "\""});
}

std::string terminal_commands(Format format, const std::optional<std::filesystem::path>& output, double width_cm,
                              double height_cm) {
  std::string terminal;
  switch (format) {
    case Format::pdf:
      terminal =
          fmt::format("pdfcairo enhanced color size {:.3f}cm,{:.3f}cm font 'DejaVu Sans,8' fontscale 0.75 linewidth 2",
                      width_cm, height_cm);
      break;
    case Format::png: {
      constexpr double dots = 300;  // an inch; gnuplot counts 72 for lines, 96 for text
      terminal = fmt::format(
          "pngcairo enhanced color size {:.0f},{:.0f} font 'DejaVu Sans,8' fontscale {:.4f} "
          "linewidth {:.4f} pointscale {:.4f} background '#FFFFFF'",
          width_cm / 2.54 * dots, height_cm / 2.54 * dots, dots / 96, dots / 72, dots / 72);
      break;
    }
    case Format::svg: {
      constexpr double dots = 96;  // a CSS inch
      terminal = fmt::format(
          "svg enhanced size {:.0f},{:.0f} font 'DejaVu Sans,8' fontscale {:.4f} linewidth {:.4f} "
          "background '#FFFFFF'",
          width_cm / 2.54 * dots, height_cm / 2.54 * dots, dots / 72, dots / 72);
      break;
    }
  }
  const std::string to = output ? fmt::format("set output {}\n", literal(output->string())) : "";
  return fmt::format("set encoding utf8\nset terminal {}\n{}", terminal, to);
}

void run_gnuplot(const std::string& script, const std::filesystem::path& picture, const std::filesystem::path& target) {
  const File input = scratch_file(target);
  const File messages = scratch_file(target);
  if (std::fwrite(script.data(), 1, script.size(), input.get()) != script.size() || std::fflush(input.get()) != 0) {
    failed(target, fmt::format("no room for its script ({})", std::strerror(errno)));
  }
  std::rewind(input.get());

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(input.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(messages.get()), STDERR_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, picture.c_str(), O_WRONLY | O_TRUNC, 0);
  std::string name = "gnuplot";
  std::string defaults = "-d";
  // By name and not as standard input, of which gnuplot reads one byte at a time: as long again as the drawing takes.
  std::string file = "/dev/stdin";
  char* arguments[] = {name.data(), defaults.data(), file.data(), nullptr};
  pid_t child = 0;
  const int refused = posix_spawnp(&child, name.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused == ENOENT || refused == EACCES) {
    failed(target, "no such program on the PATH", "apt-get install gnuplot-nox");
  }
  if (refused != 0) failed(target, fmt::format("it could not be started ({})", std::strerror(refused)));

  const int status = wait_for(child, target);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM)) interrupted(target);
  std::string said = in_one_line(read_back(messages.get()));
  if (WIFSIGNALED(status)) said = fmt::format("it was ended by signal {}", WTERMSIG(status));
  failed(target, said.empty() ? "a failure without a message" : said);
}

void require_complete(const std::filesystem::path& picture, Format format, const std::filesystem::path& target) {
  std::ifstream file(picture, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::string_view tail = std::string_view(bytes).substr(bytes.size() - std::min<std::size_t>(bytes.size(), 64));
  const auto is = [&](std::string_view head, std::string_view end) {
    return bytes.compare(0, head.size(), head) == 0 && tail.find(end) != std::string_view::npos;
  };
  const bool complete = format == Format::svg   ? is("<?xml", "</svg>")
                        : format == Format::pdf ? is("%PDF-", "%%EOF")
                                                : is("\x89PNG\r\n", "IEND");
  if (!complete) failed(target, fmt::format("{} bytes of an unfinished one", bytes.size()), "is the disk full?");
}

}  // namespace linnet::plots
