#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/version.hpp"
#include "own_folder.hpp"

namespace {

int exit_code(linnet::Error::Kind kind) {
  using linnet::command::Exit;
  switch (kind) {
    case linnet::Error::Kind::input:
      return Exit::bad_input;
    case linnet::Error::Kind::numerical:
      return Exit::numerical_failure;
    case linnet::Error::Kind::output:
      return Exit::cannot_write;
    case linnet::Error::Kind::interrupted:
      return Exit::interrupted;
  }
  return Exit::bad_input;
}

/// Throws if output was lost, for example on a full disk.
void require_printed() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.flush().good()) return;
  throw std::system_error(errno != 0 ? errno : EIO, std::generic_category());
}

int report(const linnet::Error& error) {
  fmt::print(stderr, "linnet: {}\n", error.what());
  return exit_code(error.kind());
}

int parse_and_run(CLI::App& app, int argc, char** argv, const int& exit) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) linnet::command::refuse(app, error);
    errno = 0;
    app.exit(error);  // --help, --version
  }
  require_printed();
  return exit;
}

int run(int argc, char** argv) {
  using namespace linnet::command;
  CLI::App app("Learning dynamics of linear networks, from lazy to rich", "linnet");
  app.set_version_flag("--version", std::string("linnet ") + linnet::version);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  linnet init run --out first.toml && linnet run first.toml --plot first.png\n"
      "  linnet reproduce list\n"
      "Exit codes: 0 done, 2 bad input, 3 numerical failure, 4 could not write, 130 interrupted.");
  set_program(argv[0] == nullptr ? "" : argv[0]);
  int exit = Exit::done;
  add_run(app, exit);
  add_sweep(app, exit);
  add_merge(app, exit);
  add_plot(app, exit);
  add_show(app, exit);
  add_report(app, exit);
  add_reproduce(app, exit);
  add_predict(app, exit);
  add_diagnose(app, exit);
  add_design(app, exit);
  add_init(app, exit);
  add_info(app, exit);
  add_help(app, exit);
  add_completion(app, exit);
  add_man(app, exit);
  require_values(app);
  const linnet::Interruptible interruptible([] { return !was_interrupted(); });
  try {
    return parse_and_run(app, argc, argv, exit);
  } catch (const linnet::Error& error) {
    const int code = report(error);
    const bool broken_off = was_interrupted() && error.kind() == linnet::Error::Kind::input;  // while a file was read
    return broken_off ? Exit::interrupted : code;
  } catch (const std::filesystem::filesystem_error& failure) {
    return report(linnet::storage::error_of(failure));
  } catch (const std::system_error& failure) {  // from standard output: other output has its own errors
    return report(
        {linnet::Error::Kind::output,
         {.field = "standard output", .expected = "room for what is printed", .got = failure.code().message()}});
  } catch (const std::bad_alloc&) {
    fmt::print(stderr,
               "linnet: memory: expected enough for this run, got none left\n  hint: a Gram state holds any width in "
               "O(n^2) memory\n");
    return Exit::bad_input;
  }
}

/// The number of a standard stream that is closed would be that of the next file, and what is printed would be in the
/// file. Reading and writing fail as before.
void occupy_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    static_cast<void>(::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

/// Ends the process without destroying static objects. OpenBLAS would wait for its threads, which never end if the
/// address space was too small for their buffers, and abandoned decompositions still use such objects.
[[noreturn]] void end(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

}  // namespace

int main(int argc, char** argv) {
  occupy_closed_streams();
  try {
    end(run(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "linnet: %s\n", error.what());
  } catch (...) {
    std::fputs("linnet: an unknown failure\n", stderr);
  }
  end(linnet::command::Exit::cannot_write);
}
