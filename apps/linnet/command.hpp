#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "linnet/config/configuration.hpp"
#include "linnet/storage/dataset.hpp"

namespace linnet::command {

/// Exit codes of every subcommand.
enum Exit { done = 0, bad_input = 2, numerical_failure = 3, cannot_write = 4, interrupted = 130 };

/// A subcommand adds itself to the application; its callback leaves its exit code in `exit`.
void add_run(CLI::App& app, int& exit);
void add_sweep(CLI::App& app, int& exit);
void add_plot(CLI::App& app, int& exit);
void add_reproduce(CLI::App& app, const std::string& program, int& exit);  ///< `program`: what the command was called
void add_diagnose(CLI::App& app, int& exit);
void add_info(CLI::App& app, int& exit);

/// What an option takes: others are refused, naming it.
CLI::Validator whole_number(const std::string& option, long long least, long long most);
CLI::Validator positive_number(const std::string& option);
CLI::Validator one_of(const std::string& option, const std::vector<std::string>& words);

/// Where an option stands in the place of another one's value, that value was forgotten: refused.
void require_values(CLI::App& app);

/// Throws Error (input) for a command line that could not be read, in the words of every other error.
[[noreturn]] void refuse(const CLI::App& app, const CLI::ParseError& error);

/// Where the result of a configuration goes and how: shared by run, sweep and reproduce.
struct OutputOptions {
  std::vector<std::string> assignments;  ///< --set
  std::string out;                       ///< --out
  std::string picture;                   ///< --plot
  int jobs = 0;
  bool resume = false;
  bool mixed = false;
  bool force = false;
  bool quiet = false;
};

/// Throws when `picture`, given by --plot, could not be drawn or written: before anything is computed.
void require_picture(const std::filesystem::path& picture, bool force);

/// Whether the picture is of the data there, and not of earlier ones.
bool is_drawn(const std::filesystem::path& picture, const std::filesystem::path& data);

/// Throws when an option would write over what is read, --force or not.
void require_apart(const std::string& option, const std::filesystem::path& written, const std::string& what,
                   const std::filesystem::path& read);

void add_common(CLI::App& sub, OutputOptions& options);
void add_sweep_options(CLI::App& sub, OutputOptions& options);

/// Run the configuration, single or sweep, and write `target`; says on standard output what was written. Returns the
/// exit code.
int execute(const config::Source& source, const std::filesystem::path& target, const OutputOptions& options);

/// From here on Ctrl-C, SIGTERM and SIGHUP set a flag that running computations look at, so that what they have is kept
/// and no child is left behind; a second signal ends the process at once. A signal that was ignored before stays so.
/// The subcommands that have nothing to keep are simply ended by a signal.
void catch_signals();
bool was_interrupted();

}  // namespace linnet::command
