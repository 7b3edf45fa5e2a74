#include "linnet/config/kinds/stop_rules.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

constexpr const char* mixed_authors = "mixed_authors";

/// In Python each rule is a function, with arguments of its own names.
FieldVisitor& argument(FieldVisitor& v, const char* name, bool required = false) {
  return v.in_python() ? v.as({.name = name, .required = required, .positional = true}) : v;
}

void visit_value(FieldVisitor& v, const char* key, double& value, bool required = false) {
  argument(v, "value", required).real(key, value, Range::non_negative, "what the rule compares with");
}

void visit_from_step(FieldVisitor& v, Index& from_step) {
  v.as({.meaning = "the first step at which it may fire", .positional = true})
      .whole("from_step", from_step, 0, "first step at which test_error_rose and train_error_stalled may fire");
}

}  // namespace

const std::vector<StopRules::Rule>& StopRules::all() {
  static const std::vector<Rule> rules{
      {{"train_error_below", "StopRule", "Stop once the train error is below `value`."},
       true,
       [](StopRules& r, FieldVisitor& v) { visit_value(v, "train_error_below", r.train_error_below); },
       [](const StopRules& r) { return stop::train_error_below(r.train_error_below); }},
      {{"test_error_rose", "StopRule",
        "Stop once the test error has risen in `times` consecutive steps, from step `from_step` on.\n\nRaises:\n"
        "    linnet.Error: in training, on a task without a test."},
       true,
       [](StopRules& r, FieldVisitor& v) {
         argument(v, "times").whole("rise_times", r.rise_times, 1, "so many steps running");
         if (v.in_python()) visit_from_step(v, r.from_step);
       },
       [](const StopRules& r) { return stop::test_error_rose(r.rise_times, r.from_step); }},
      {{"train_error_stalled", "StopRule",
        "Stop once the train error moves less than `change` in a step and is more than `drop` below its start."},
       true,
       [](StopRules& r, FieldVisitor& v) {
         argument(v, "change")
             .real("stall_change", r.stall_change, Range::non_negative, "moved less than this in a step");
         argument(v, "drop").real("stall_drop", r.stall_drop, Range::non_negative, "and is this far below its start");
         if (v.in_python()) visit_from_step(v, r.from_step);
       },
       [](const StopRules& r) { return stop::train_error_stalled(r.stall_change, r.stall_drop, r.from_step); }},
      {{"cost_below", "StopRule", "Stop once the cost C(A) is below `value`."},
       false,
       [](StopRules& r, FieldVisitor& v) { visit_value(v, "cost_below", r.cost_below, true); },
       [](const StopRules& r) { return stop::cost_below(r.cost_below); }},
      {{"gradient_below", "StopRule",
        "Stop once the Frobenius norm of the gradient of C at A is below `value`; of a perceptron |dC/dtheta|."},
       false,
       [](StopRules& r, FieldVisitor& v) { visit_value(v, "gradient_below", r.gradient_below, true); },
       [](const StopRules& r) { return stop::gradient_below(r.gradient_below); }},
      {{"test_accuracy_above", "StopRule",
        "Stop once a perceptron's test accuracy, checked every `every` steps, exceeds `value`: the time to "
        "generalize."},
       false,
       [](StopRules& r, FieldVisitor& v) {
         visit_value(v, "test_accuracy_above", r.test_accuracy_above);
         if (!v.in_python()) return;
         v.as({.positional = true}).whole("every", r.accuracy_every, 1, "steps between two looks at it");
       },
       [](const StopRules& r) { return stop::test_accuracy_above(r.test_accuracy_above, r.accuracy_every); }},
  };
  return rules;
}

void StopRules::visit(FieldVisitor& v) {
  v.object("stop", &given, "rules of `linnet.stop`, one or a list of them");
  if (v.in_python()) return;
  std::vector<std::string> known{mixed_authors};
  for (const Rule& rule : all()) known.push_back(rule.python.name);
  v.only_for({});
  v.choices("stop", names, known, "stop rules, by name; mixed_authors stands for the first three rules after it");
  for (const Rule& rule : all()) {
    std::vector<std::string> with{rule.python.name};
    if (rule.of_the_mixed_authors) with.emplace_back(mixed_authors);
    v.only_for({named("solver.stop", names, with)});
    rule.visit(*this, v);
  }
  v.only_for({named("solver.stop", names, {"test_error_rose", "train_error_stalled", mixed_authors})});
  visit_from_step(v, from_step);
  v.only_for({});
}

std::vector<StopRule> StopRules::make() const {
  std::vector<StopRule> made = given;
  for (const std::string& name : names) {
    for (const Rule& rule : all()) {
      const bool of_them = rule.of_the_mixed_authors && name == mixed_authors;
      if (name == rule.python.name || of_them) made.push_back(rule.make(*this));
    }
  }
  return made;
}

}  // namespace linnet::config
