#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "linnet/config/axis.hpp"
#include "linnet/config/matrix_input.hpp"
#include "linnet/networks/layerwise.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/solvers/stop_rule.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet::config {

/// A number for each layer, or the name of a rule for it (variances: lecun, he, glorot).
using LayerValue = std::variant<std::string, Layerwise>;

/// A condition of a field: if it is not met, the field has no effect.
struct Need {
  std::string text;  ///< "solver.kind = flow"
  bool met = true;
  std::string got;  ///< "solver.kind = descent"
};

/// The value of `key` must be one of these words.
Need one_of(const std::string& key, const std::string& value, const std::vector<std::string>& words);
/// The list `key` must have one of these words.
Need named(const std::string& key, const std::vector<std::string>& values, const std::vector<std::string>& words);
/// `key`, which replaces the field, must not be given.
Need without(const std::string& key, bool given);

bool among(const std::vector<std::string>& values, const std::string& word);

/// The keys of one kind, with the words that choose the kind.
struct KindKeys {
  std::string kind;
  std::string initialization;  ///< empty if the kind has none
  std::vector<std::string> keys;
};

/// Visits fields with their names, limits and meanings. Reading, writing and documentation of configurations are
/// visitors of this one description.
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;

  virtual void section(const std::string& /*name*/, const std::string& /*doc*/) {}

  enum class Range { any, non_negative, positive };

  /// A pointer to the value of a field, its limits and its meaning.
  struct Field {
    const char* key;
    std::variant<std::string*, std::vector<std::string>*, bool*, Index*, std::optional<Index>*, std::uint64_t*,
                 std::optional<std::uint64_t>*, double*, std::optional<double>*, std::vector<double>*, LayerValue*,
                 std::optional<LayerValue>*, std::optional<std::vector<Index>>*, Shape*, MatrixInput*,
                 std::vector<MatrixInput>*, std::vector<Axis>*>
        value;
    const char* doc;
    std::vector<std::string> words = {};  ///< the words that a text may be; empty: any text
    Index least = 0;                      ///< the least whole number allowed
    Range range = Range::any;             ///< of real numbers
  };
  virtual void field(const Field& field) = 0;

  void text(const char* key, std::string& value, const char* doc) { field({key, &value, doc}); }
  void choice(const char* key, std::string& value, const std::vector<std::string>& known, const char* doc) {
    field({key, &value, doc, known});
  }
  /// Any words if `known` is empty.
  void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& known,
               const char* doc) {
    field({key, &value, doc, known});
  }
  void flag(const char* key, bool& value, const char* doc) { field({key, &value, doc}); }
  template <class Whole>  // Index or std::optional<Index>
  void whole(const char* key, Whole& value, Index least, const char* doc) {
    field({.key = key, .value = &value, .doc = doc, .least = least});
  }
  void wholes(const char* key, std::optional<std::vector<Index>>& value, Index least, const char* doc) {
    field({.key = key, .value = &value, .doc = doc, .least = least});
  }
  /// Any number of 64 bits, or an optional one: as TOML's own go to 2^63 - 1, larger ones are written as texts.
  template <class Seed>
  void seed(const char* key, Seed& value, const char* doc) {
    field({key, &value, doc});
  }
  template <class Real>  // double or std::optional<double>
  void real(const char* key, Real& value, Range range, const char* doc) {
    field({.key = key, .value = &value, .doc = doc, .range = range});
  }
  void reals(const char* key, std::vector<double>& value, const char* doc) { field({key, &value, doc}); }
  template <class Layers>  // LayerValue or std::optional<LayerValue>
  void layers(const char* key, Layers& value, const std::vector<std::string>& rules, Range range, const char* doc) {
    field({.key = key, .value = &value, .doc = doc, .words = rules, .range = range});
  }
  /// Numbers only, no rule.
  void layers(const char* key, Layerwise& value, Range range, const char* doc) {
    LayerValue numbers = value;
    layers(key, numbers, {}, range, doc);
    value = std::get<Layerwise>(numbers);
  }
  /// Outputs x inputs; 0 x 0 if not given.
  void shape(const char* key, Shape& value, const char* doc) { field({key, &value, doc}); }
  void matrix(const char* key, MatrixInput& value, const char* doc) { field({key, &value, doc}); }
  void matrices(const char* key, std::vector<MatrixInput>& value, const char* doc) { field({key, &value, doc}); }
  void axes(const char* key, std::vector<Axis>& value, const char* doc) { field({key, &value, doc}); }

  /// A list of numbers, as the library's Vector.
  void vector(const char* key, Vector& value, const char* doc) {
    std::vector<double> numbers(value.begin(), value.end());
    reals(key, numbers, doc);
    value = Eigen::Map<const Vector>(numbers.data(), static_cast<Index>(numbers.size()));
  }

  /// One word for each value of an enumeration.
  template <class T>
  void word(const char* key, T& value, const std::vector<std::pair<std::string, T>>& words, const char* doc) {
    std::vector<std::string> known;
    std::string chosen;
    for (const auto& [name, meant] : words) {
      known.push_back(name);
      if (meant == value) chosen = name;
    }
    choice(key, chosen, known, doc);
    for (const auto& [name, meant] : words) {
      if (name == chosen) value = meant;
    }
  }

  /// The meaning of one word of the choice before.
  virtual void word_of(const char* /*key*/, const std::string& /*word*/, const std::string& /*meaning*/) {}

  /// A key of earlier versions: refused, with a hint at the key that replaces it.
  virtual void renamed(const char* /*key*/, const char* /*now*/) {}

  /// Whether to visit every kind of a section, each after a call of `kind`, or only the chosen one.
  [[nodiscard]] virtual bool every_kind() const { return false; }
  virtual void kind(const std::string& /*title*/, const std::string& /*meaning*/) {}
  virtual void end_of_kinds() {}
  virtual void begin_kind() {}  ///< called before the fields of the chosen kind
  /// The keys of all kinds of the section; called after the fields of the chosen one.
  virtual void all_kinds(const std::string& /*chosen*/, const std::vector<KindKeys>& /*kinds*/) {}

  /// Conditions of the fields that follow, until the next call. They can be evaluated only when all values are read.
  void only_for(std::vector<Need> needs) { needs_ = std::move(needs); }

  /// The next field as an argument in Python; ignored for configurations.
  struct Argument {
    const char* name = nullptr;     ///< instead of the key; empty: it is no argument
    const char* field = nullptr;    ///< what errors call it, instead of section and name
    const char* meaning = nullptr;  ///< instead of the key's
    const char* type = nullptr;     ///< of the signature, instead of the value's: "ShapeLike"
    bool required = false;          ///< it has no default
    bool positional = false;
    bool pair = false;     ///< numbers for two layers
    bool in_name = false;  ///< the function's name says it, so that its callers do not
    enum class Array { matrix, with_gaps, samples, stack } array = Array::matrix;
  };
  FieldVisitor& as(Argument argument) {
    argument_ = argument;
    return *this;
  }
  FieldVisitor& not_in_python() { return as({.name = ""}); }
  /// Whether the fields are arguments, of a kind that stands alone.
  [[nodiscard]] virtual bool in_python() const { return false; }

  /// What Python hands over as an object; configurations have no key for it.
  using Object =
      std::variant<const Task**, std::vector<StopRule>*, std::vector<FlowEvent>*, std::function<double(Index)>*>;
  virtual void object(const char* /*key*/, Object /*value*/, const char* /*doc*/) { take_argument(); }
  /// The argument `seed` of a kind that draws random numbers; of a configuration it is the section's.
  void own_seed(std::uint64_t& value, const char* doc =
                                          "of the random numbers: the same number gives the same bits; a numpy "
                                          "Generator or SeedSequence draws one, None too") {
    if (in_python()) seed("seed", value, doc);
  }

  /// What else in the configuration decides whether a field has an effect.
  struct Surroundings {
    bool sweep = false;       ///< a sweep of several points
    bool perceptron = false;  ///< the network is not linear
  };
  Surroundings surroundings = {};

 protected:
  Argument take_argument() { return std::exchange(argument_, {}); }

  std::vector<Need> needs_;

 private:
  Argument argument_;
};

}  // namespace linnet::config
