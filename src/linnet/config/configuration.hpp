#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "linnet/networks/layerwise.hpp"

namespace linnet::config {

/// A number for each layer, or the name of a rule that makes one (variances: lecun, he, glorot).
using LayerValue = std::variant<Layerwise, std::string>;

/// A value of a sweep axis: a number or a word.
using AxisValue = std::variant<double, std::string>;

/// An axis of a sweep: the values that a field takes.
struct Axis {
  std::string field;             ///< "network.width_exponent"
  std::string scale = "linear";  ///< linear, logarithmic, symmetric or list
  std::vector<AxisValue> values;
  std::vector<double> range = {};                    ///< first, last and count, where the values follow from them
  std::vector<std::vector<std::string>> cases = {};  ///< assignments, where the values are names of cases

  [[nodiscard]] std::string name() const;  ///< the last part of the field: the dimension's name
};

struct TaskSection {
  std::string kind = "low_rank_plus_noise";
  Index dim = 200;
  Index rank = 5;
  double noise = 1;
  Index samples = 100;
  std::string cost = "half_mean_square";
  double condition = 1;
  std::vector<double> shape, modes, coefficients;
  Index levels = 3;
  Index neurons = 3;
  Index features = 8;
  Index synonyms = 3;
  Index branching = 2;
  Index classes = 8;
  Index modulus = 53;
  Index test_samples = 10000;
  std::vector<std::string> then;
  Index change_rank = 1;
  double change_size = 1;
  std::string spectrum = "sample";
  std::string file, signal, inputs, targets, test_inputs, test_targets, mask;
  bool whiten = false;
  double fraction = 0.5;
  std::optional<std::uint64_t> seed;
};

struct NetworkSection {
  std::string kind = "gaussian";
  std::string state = "auto";
  std::optional<Index> width;
  std::optional<double> width_exponent;
  std::optional<LayerValue> variance;
  std::optional<double> variance_exponent;
  std::optional<LayerValue> scale;
  std::optional<double> scale_exponent;
  std::string w1, w2;
  double depth = 2;
  std::vector<double> widths;
  std::string initialization = "gaussian";
  std::optional<double> gamma;
  std::string activation = "relu";
  double slope = 0;
  double tau = 1;
  std::optional<double> alpha, delta;
  double last_scale = 1;
  bool antisymmetric = true;
  std::vector<std::string> weights;
  double balance = 0;
  std::string unbalanced = "first";
  std::vector<double> coefficients;
  bool negative = false;
  double kappa = 1;
  std::string start = "random";
  double start_size = 0.01;
  std::string compare = "none";
  std::optional<std::uint64_t> seed;
};

struct SolverSection {
  std::string kind = "descent";
  LayerValue step = Layerwise(1e-3);
  double momentum = 0;
  Index batch = 0;
  std::optional<std::uint64_t> seed;
  Index first_batch = 0;
  double step_divisor = 5;
  Index max_steps = 1000;
  std::string order = "simultaneous";
  std::vector<std::string> stop;
  double train_error_below = 1e-3;
  Index rise_times = 2;
  double stall_change = 2e-4;
  double stall_drop = 1e-2;
  Index from_step = 4;
  double test_accuracy_above = 0.95;
  double cost_below = 0;
  double gradient_below = 0;
  double divergence_factor = 1e6;
  double t_end = 1;
  bool match_descent = false;
  LayerValue rates = Layerwise(1.0);
  double closure_tolerance = 1e-8;
  double rtol = 1e-9;
  std::optional<double> atol;
  std::string method = "adams";
  std::vector<std::string> events;
  bool terminal_events = false;
};

struct RecordSection {
  std::vector<std::string> observables = {"train_error"};
  std::string schedule = "auto";
  Index every = 1;
  Index count = 100;
  double first = 1e-3;
  std::vector<double> at;
  std::optional<double> threshold;
  double rank_fraction = 0.2;
  std::vector<std::string> at_best;
  std::string best = "steps";
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

/// Every key with its type, default and meaning, as a Markdown page.
std::string reference();

}  // namespace linnet::config
