#include "linnet/config/kinds/stop_rules.hpp"

#include <array>
#include <set>
#include <utility>

namespace linnet::config {

namespace {

using Parameter = StopRules::Parameter;

constexpr const char* mixed_authors = "mixed_authors";

Parameter value(const char* key, bool required = false) {
  return {.name = "value", .key = key, .meaning = "what the rule compares with", .required = required};
}

constexpr Parameter from_step{
    .name = "from_step", .key = "from_step", .meaning = "the first step at which the rule may fire"};

template <class... Numbers, std::size_t... i>
StopRule call(StopRule (*make)(Numbers...), const std::vector<double>& numbers, std::index_sequence<i...> /*each*/) {
  return make(static_cast<Numbers>(numbers[i])...);
}

/// A rule by the function that makes it, and by what this makes without arguments.
template <class... Numbers>
StopRules::Rule rule(StopRule (*make)(Numbers...), const StopRule& standard, const std::string& about,
                     const std::array<Parameter, sizeof...(Numbers)>& parameters, bool of_the_mixed_authors = false) {
  return {.python = {standard.name, "StopRule", about},
          .of_the_mixed_authors = of_the_mixed_authors,
          .standard = standard,
          .parameters = {parameters.begin(), parameters.end()},
          .whole = {std::is_same_v<Numbers, Index>...},
          .make = [=](const std::vector<double>& numbers) {
            return call(make, numbers, std::index_sequence_for<Numbers...>());
          }};
}

const char* key_of(const Parameter& p) { return p.key == nullptr ? p.name : p.key; }

}  // namespace

const std::vector<StopRules::Rule>& StopRules::all() {
  static const std::vector<Rule> rules{
      rule(stop::train_error_below, stop::train_error_below(), "Stop once the train error is below `value`.",
           {value("train_error_below")}, true),
      rule(stop::test_error_rose, stop::test_error_rose(),
           "Stop once the test error has risen in `times` consecutive steps, from step `from_step` on.\n\nRaises:\n"
           "    linnet.Error: in training, on a task without a test.",
           {{{.name = "times", .key = "rise_times", .meaning = "so many steps running", .least = 1}, from_step}}, true),
      rule(stop::train_error_stalled, stop::train_error_stalled(),
           "Stop once the train error moves less than `change` in a step and is more than `drop` below its start.",
           {{{.name = "change", .key = "stall_change", .meaning = "moved less than this in a step"},
             {.name = "drop", .key = "stall_drop", .meaning = "and is this far below its start"},
             from_step}},
           true),
      rule(stop::cost_below, stop::cost_below(0), "Stop once the cost C(A) is below `value`.",
           {value("cost_below", true)}),
      rule(stop::gradient_below, stop::gradient_below(0),
           "Stop once the Frobenius norm of the gradient of C at A is below `value`; of a perceptron |dC/dtheta|.",
           {value("gradient_below", true)}),
      rule(stop::slope_below, stop::slope_below(0),
           "Stop once the norm of the gradient of the weights, that of weight decay added, is below `value`.\n\n"
           "It is |d(C + weight_decay |theta|^2/2)/dtheta|; of a Gram state to 1e-8 of the size of the weights.\n\n"
           "Raises:\n    linnet.Error: in training, for a network represented by A alone.",
           {value("slope_below", true)}),
      rule(stop::test_accuracy_above, stop::test_accuracy_above(),
           "Stop once a perceptron's test accuracy, checked every `every` steps, exceeds `value`: the time to "
           "generalize.",
           {{value("test_accuracy_above"),
             {.name = "every", .key = nullptr, .meaning = "steps between two looks at it", .least = 1}}}),
  };
  return rules;
}

void StopRules::visit(const Rule& rule, std::size_t i, const char* key, FieldVisitor& v) {
  const Parameter& p = rule.parameters[i];
  const double standard = rule.standard.parameters[i];
  Number& number =
      numbers_.try_emplace(key_of(p), rule.whole[i] ? Number(static_cast<Index>(standard)) : Number(standard))
          .first->second;
  if (auto* whole = std::get_if<Index>(&number)) {
    v.whole(key, *whole, p.least, p.meaning);
  } else {
    v.real(key, std::get<double>(number), FieldVisitor::Range::non_negative, p.meaning);
  }
}

void StopRules::visit(const Rule& rule, FieldVisitor& v) {
  for (std::size_t i = 0; i < rule.parameters.size(); ++i) {
    const Parameter& p = rule.parameters[i];
    visit(rule, i, p.name, v.as({.name = p.name, .required = p.required, .positional = true}));
  }
}

void StopRules::visit(FieldVisitor& v) {
  v.object("stop", &given_, "rules of `linnet.stop`, one or a list of them");
  if (v.in_python()) return;
  std::vector<std::string> known{mixed_authors};
  std::map<std::string, std::vector<std::string>> takers;  // of a key
  for (const Rule& rule : all()) {
    known.push_back(rule.python.name);
    for (const Parameter& p : rule.parameters) takers[key_of(p)].push_back(rule.python.name);
  }
  v.only_for({});
  v.choices("stop", names_, known, "stop rules, by name; mixed_authors stands for the first three rules after it");
  std::set<std::string> visited;
  for (const Rule& rule : all()) {
    for (std::size_t i = 0; i < rule.parameters.size(); ++i) {
      const char* key = rule.parameters[i].key;
      if (key == nullptr || !visited.insert(key).second) continue;
      std::vector<std::string> with = takers[key];
      if (rule.of_the_mixed_authors) with.emplace_back(mixed_authors);
      v.only_for({named("solver.stop", names_, with)});
      visit(rule, i, key, v);
    }
  }
  v.only_for({});
}

StopRule StopRules::make(const Rule& rule) const {
  std::vector<double> numbers = rule.standard.parameters;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto found = numbers_.find(key_of(rule.parameters[i]));
    if (found == numbers_.end()) continue;
    numbers[i] = std::visit([](auto number) { return static_cast<double>(number); }, found->second);
  }
  return rule.make(numbers);
}

std::vector<StopRule> StopRules::make() const {
  std::vector<StopRule> made = given_;
  for (const std::string& name : names_) {
    for (const Rule& rule : all()) {
      const bool of_them = rule.of_the_mixed_authors && name == mixed_authors;
      if (name == rule.python.name || of_them) made.push_back(make(rule));
    }
  }
  return made;
}

}  // namespace linnet::config
