#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

/// The command line as completion and manual pages need it, taken from the same objects as --help.
namespace linnet::command {

/// What the value of an option may be, by the word for it in the help: "{png,svg}" are words, "FILE.toml" or
/// "FILE.{csv,npy}" files with these endings, "FOLDER" a folder, "FIGURE" a name of `reproduce`,
/// "KEY=VALUE" a key of configurations. Nothing is known of any other.
struct Values {
  enum class Kind { unknown, words, assignments, files, folders };
  Kind kind = Kind::unknown;
  std::vector<std::string> words = {};    ///< of assignments: "network.width="
  std::vector<std::string> endings = {};  ///< of files, without the dot
};

struct OptionOutline {
  std::string name;      ///< "--out", or "CONFIG" of an argument
  std::string spelling;  ///< with its short form: "-h, --help"
  std::string type;      ///< "FILE.nc"; empty for a flag
  std::string meaning;   ///< in a line
  bool required = false;
  bool repeated = false;
  Values values = {};

  [[nodiscard]] bool is_flag() const { return type.empty(); }
};

struct CommandOutline {
  std::string name;   ///< "run", or "linnet" itself
  std::string title;  ///< "linnet run"
  std::string meaning;
  std::vector<OptionOutline> options;
  std::vector<OptionOutline> arguments;
  std::string footer;
};

/// linnet itself, then each of its commands.
std::vector<CommandOutline> outline(const CLI::App& app);

/// "{a,b,c}", the word in the help for one of these.
std::string choice_of(const std::vector<std::string>& words);

}  // namespace linnet::command
