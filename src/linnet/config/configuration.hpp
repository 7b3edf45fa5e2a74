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
  std::optional<double> then_balance = {};
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
  Index item = 0;
  double noise = 0.1;
  Index noise_draws = 0;
  std::vector<std::string> at_best;
  BestOf best = BestOf::steps;
  std::optional<double> below;
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

  /// Whether the sweep has several points.
  [[nodiscard]] bool active() const { return !axes.empty() || seeds > 1; }
};

struct FigureSection {
  static const std::vector<std::string>& kinds();  ///< the words for `kind`, as linnet.figures calls them

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

/// All options of a run or a sweep, the content of a TOML file (docs/configuration.md lists every key).
struct Configuration {
  std::string title;
  std::uint64_t seed = 0;
  std::optional<Index> point = {};  ///< of each point of a sweep its own, unless given
  TaskSection task;
  NetworkSection network;
  SolverSection solver;
  RecordSection record;
  SweepSection sweep;
  FigureSection figure;
  std::filesystem::path folder;  ///< relative names of files in the configuration start here
  /// Of a sweep: keys of kinds that are chosen only at some of its points, as TOML, by section.
  std::map<std::string, std::map<std::string, std::string>> of_other_kinds = {};
};

/// A key that was given although it has no effect.
struct UnusedKey {
  std::string key;
  std::string expected;  ///< what the key is for: "solver.kind = flow, for this key"
  std::string got;       ///< "solver.kind = descent"
};

/// Throws Error (input) about this key.
[[noreturn]] void refuse(const UnusedKey& unused);

/// A configuration, and the keys that were given with and without effect.
struct Reading {
  Configuration configuration;
  std::vector<std::string> used;
  std::vector<UnusedKey> unused;
};

/// A configuration as text, with `--set` assignments applied; not yet converted and checked.
class Source {
 public:
  /// Throws Error (input) with the name of the file, or with line and column of the mistake. Relative names of files in
  /// it start in its folder; of a configuration that comes through a pipe, in the working directory.
  static Source from_file(const std::filesystem::path& file);
  static Source from_text(const std::string& toml, const std::filesystem::path& folder = {});

  Source(const Source&);
  Source(Source&&) noexcept;
  Source& operator=(Source) noexcept;
  ~Source();

  /// An array as the value of a key that names a file. It is told by its shape and its digest where the configuration
  /// is written. A list that stands at the key stays there for keys that take lists.
  void attach(const std::string& key, Matrix values);

  /// "network.width=4096": the value is TOML, or a word without quotes.
  void set(const std::string& assignment);

  /// The same, as if the assignment were part of the file.
  void add(const std::string& assignment);
  void add(const std::string& field, const AxisValue& value);
  void add(const Axis& axis, std::size_t which);

  /// Converted and checked. An error for an unknown key names the nearest known key, one for a wrong value says what
  /// was expected. A key without effect is refused, with two exceptions: in a sweep, where the key may have an effect
  /// at some points, and a key of the file if another key was set, because that may be the reason and `set` cannot
  /// remove keys. If keys are alternatives, as width and width_exponent are, the one that was set or added replaces
  /// that of the file; two in the same place are refused.
  [[nodiscard]] Configuration resolve() const;
  /// The same, with a list of keys without effect, which are not refused.
  [[nodiscard]] Reading read() const;

 private:
  Source();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The whole configuration as TOML, with the defaults, which reads back as the same configuration. Keys without effect
/// are left out. Of a sweep, defaults of keys that may have an effect at some points are written as comments.
std::string to_toml(const Configuration& configuration);

/// The same for one section, by its name.
std::string section_to_toml(const Configuration& configuration, const std::string& section);

/// A file to begin with: the keys that were given, and as comments all others of their sections that may be given, each
/// below its meaning.
std::string explained(const Reading& reading);

/// Every key of every kind: "seed", "network.width".
std::vector<std::string> keys();

/// Every key with its type, default and meaning, as a Markdown page.
std::string reference();

/// A file that the configuration names, by its key.
struct InputFile {
  std::string field;
  std::filesystem::path path;
};
std::vector<InputFile> input_files(const Configuration& configuration);

}  // namespace linnet::config
