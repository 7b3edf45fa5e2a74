#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "linnet/config/axis.hpp"
#include "linnet/config/kinds/network.hpp"
#include "linnet/config/kinds/solver.hpp"
#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

struct TaskSection {
  Chosen<TaskKind> kind;
  std::vector<std::string> then = {};
  Index change_rank = 1;
  double change_size = 1;
  std::optional<std::uint64_t> seed = {};
};

struct NetworkSection {
  Chosen<NetworkKind> kind;
  std::string compare = "none";
  std::optional<std::uint64_t> seed = {};
};

struct SolverSection {
  Chosen<SolverKind> kind;
  Layerwise rates = GradientFlow().rates;
  double closure_tolerance = 1e-8;
};

struct RecordSection {
  std::vector<std::string> observables = {"train_error"};
  enum class Instants { automatic, every, linear, logarithmic, at, ends };
  Instants schedule = Instants::automatic;
  Index every = 1;
  Index count = 100;
  double first = 1e-3;
  std::vector<double> at;
  std::optional<double> threshold;
  double rank_fraction = 0.2;
  std::vector<std::string> at_best;
  BestOf best = BestOf::steps;
  std::vector<double> learned;
  Index slice = 0;
};

struct SweepSection {
  Index seeds = 1;
  bool curves = false;
  std::vector<std::string> exponents;
  std::string exponent_axis;
  std::string expected_exponents = "none";
  std::vector<Axis> axes;

  /// Whether there are several points to run.
  [[nodiscard]] bool active() const { return !axes.empty() || seeds > 1; }
};

struct FigureSection {
  std::string name;
  std::string paper;
  std::string shows;
  std::string time;
  std::vector<std::string> quick;  ///< assignments
  std::string kind = "auto";
  std::vector<std::string> panels;
  std::vector<std::string> labels;  ///< "name=label"
  std::vector<std::string> scales;  ///< "name=words"
  std::string missing;
  std::string x_axis;
  std::string regime_lines = "none";
};

/// Everything a run or a sweep needs, as one TOML file says it (docs/configuration.md lists every key).
struct Configuration {
  std::string title;
  std::uint64_t seed = 0;
  Index point = 0;
  TaskSection task;
  NetworkSection network;
  SolverSection solver;
  RecordSection record;
  SweepSection sweep;
  FigureSection figure;
  std::filesystem::path folder;  ///< files named in the configuration are relative to it
  /// Keys of kinds that are not the chosen ones, as TOML, by section: of a sweep, where they may have an effect at some
  /// points.
  std::map<std::string, std::map<std::string, std::string>> of_other_kinds = {};
};

/// A key that was given where it has no effect.
struct UnusedKey {
  std::string key;
  std::string expected;  ///< what the key is for: "solver.kind = flow, for this key"
  std::string got;       ///< "solver.kind = descent"
};

/// Throws Error (input) that tells of it.
[[noreturn]] void refuse(const UnusedKey& unused);

/// A configuration and what became of the keys that were given.
struct Reading {
  Configuration configuration;
  std::vector<std::string> used;
  std::vector<UnusedKey> unused;
};

/// A configuration as text: what was read, with `--set` assignments laid over it, before it is typed.
class Source {
 public:
  /// Throws Error (input) naming the file, or the line and column at fault.
  static Source from_file(const std::filesystem::path& file);
  static Source from_text(const std::string& toml, const std::filesystem::path& folder = {});

  Source(const Source&);
  Source(Source&&) noexcept;
  Source& operator=(Source) noexcept;
  ~Source();

  /// "network.width=4096": the value is TOML, or a bare word.
  void set(const std::string& assignment);

  /// The same, as if it stood in the file: what the file itself varies.
  void add(const std::string& assignment);
  void add(const std::string& field, const AxisValue& value);
  void add(const Axis& axis, std::size_t which);

  /// Typed and checked: an unknown key names the nearest known one, a wrong type or range says what was expected. A key
  /// without effect is refused, but not of a sweep, where it may have one at some points, and not of the file once
  /// another was set: that may be why, and cannot take it out. Of keys that say the same in different ways, as width
  /// and width_exponent, one that was set or added takes the place of the file's; two side by side are refused.
  [[nodiscard]] Configuration resolve() const;
  /// The same, where keys without effect are told of.
  [[nodiscard]] Reading read() const;

 private:
  Source();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The whole configuration with every default filled in, as TOML that reads back to the same configuration. Keys that
/// have no effect are left out; of a sweep, where they may have at some points, their defaults are comments.
std::string to_toml(const Configuration& configuration);

/// The same of one section alone, by its name.
std::string section_to_toml(const Configuration& configuration, const std::string& section);

/// Every key with its type, default and meaning, as a Markdown page.
std::string reference();

/// A file that the configuration names, by its key.
struct InputFile {
  std::string field;
  std::filesystem::path path;
};
std::vector<InputFile> input_files(const Configuration& configuration);

}  // namespace linnet::config
