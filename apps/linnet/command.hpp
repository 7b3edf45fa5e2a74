#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "linnet/config/configuration.hpp"
#include "linnet/storage/dataset.hpp"

namespace linnet::command {

/// Exit codes of every subcommand.
enum Exit { done = 0, bad_input = 2, numerical_failure = 3, cannot_write = 4, interrupted = 130 };

/// Each function adds a subcommand to the application. Its callback sets `exit` to the exit code.
void add_run(CLI::App& app, int& exit);
void add_sweep(CLI::App& app, int& exit);
void add_merge(CLI::App& app, int& exit);
void add_plot(CLI::App& app, int& exit);
void add_show(CLI::App& app, int& exit);
void add_report(CLI::App& app, int& exit);
void add_reproduce(CLI::App& app, int& exit);
void add_predict(CLI::App& app, int& exit);
void add_diagnose(CLI::App& app, int& exit);
void add_design(CLI::App& app, int& exit);
void add_init(CLI::App& app, int& exit);
void add_info(CLI::App& app, int& exit);
void add_help(CLI::App& app, int& exit);
void add_completion(CLI::App& app, int& exit);
void add_man(CLI::App& app, int& exit);

/// Accepts whole numbers from `least` to `most`; the error for any other value names the option.
CLI::Validator whole_number(const std::string& option, long long least, long long most);
CLI::Validator positive_number(const std::string& option);
CLI::Validator seconds(const std::string& option);  ///< finite and >= 0

/// An option whose value is one of these words.
CLI::Option* add_choice(CLI::App& sub, const std::string& option, std::string& value,
                        const std::vector<std::string>& words, const std::string& meaning);

/// The argument COMMAND, the name of a command of `app`.
CLI::Option* add_command_argument(CLI::App& app, CLI::App& sub, std::string& word, const std::string& meaning);

/// The command of this name; linnet itself without a name. Throws Error (input) for a name of none.
const CLI::App& command_named(const CLI::App& app, const std::string& name);

/// "linnet run", or "linnet" before any command.
std::string full_name(const CLI::App& app);

/// What `reproduce` takes: names of experiments and of their folders, and list. Empty where no experiments are found.
std::vector<std::string> figure_names();

/// The folder and those above it; throws Error (output).
void make_folder(const std::filesystem::path& folder);

/// `out`, or else the name of `file` with this ending, in the working folder.
std::filesystem::path target_of(const std::string& file, const std::string& out, const char* ending);

/// "/dev/stdin" for "-", as which a file comes from the standard input.
std::string file_of(const std::string& argument);

/// Throws if an option is followed by another option instead of its value.
void require_values(CLI::App& app);

/// Throws Error (input) for a command line that CLI11 refuses, in the form of all other errors.
[[noreturn]] void refuse(const CLI::App& app, const CLI::ParseError& error);

/// The output of a configuration: shared by run, sweep and reproduce.
struct OutputOptions {
  std::vector<std::string> assignments;  ///< --set
  std::string out;                       ///< --out
  std::string picture;                   ///< --plot
  std::string checkpoint;                ///< --checkpoint
  std::string from;                      ///< --continue
  double save_every = 30;                ///< --checkpoint-every, seconds; 0 for never
  std::optional<std::string> shard;      ///< --shard; none: the whole sweep
  bool print_sbatch = false;             ///< --print-sbatch
  double minutes = 10;                   ///< --minutes that a task of that script takes, or more
  int jobs = 0;
  bool resume = false;
  bool mixed = false;
  bool force = false;
  bool quiet = false;
};

/// Throws if `picture`, given by --plot, cannot be drawn or written. To be called before anything is computed.
void require_picture(const std::filesystem::path& picture, bool force);

/// Whether the picture is that of the present data, not of earlier ones.
bool is_drawn(const std::filesystem::path& picture, const std::filesystem::path& data);

/// Throws if an option would overwrite a file that is read, with or without --force.
void require_apart(const std::string& option, const std::filesystem::path& written, const std::string& what,
                   const std::filesystem::path& read);

void add_common(CLI::App& sub, OutputOptions& options);
void add_sweep_options(CLI::App& sub, OutputOptions& options);

/// A line about the result of a sweep: how many points it has, and how many of them diverged.
std::string words_of_sweep(const std::filesystem::path& target, const Dataset& data);

/// Runs the configuration, single or sweep, and writes `target`; prints what was written. Returns the exit code.
int execute(const config::Source& source, const std::filesystem::path& target, const OutputOptions& options);

/// After this call Ctrl-C, SIGTERM and SIGHUP set a flag that running computations check, so that results so far are
/// kept and child processes end; a second signal ends the process at once. A signal that was ignored stays ignored.
/// Subcommands that have nothing to keep do not call this function: a signal ends them at once.
void catch_signals();
bool was_interrupted();

}  // namespace linnet::command
