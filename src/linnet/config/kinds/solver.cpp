#include "linnet/config/kinds/solver.hpp"

#include "linnet/config/words.hpp"
#include "linnet/error.hpp"

namespace linnet::config {

namespace {

constexpr const char* mixed_rule = "mixed";
constexpr const char* rich_quick_rule = "rich_quick";

bool is(const LayerValue& value, const char* rule) {
  const auto* word = std::get_if<std::string>(&value);
  return word != nullptr && *word == rule;
}

}  // namespace

void StepSize::visit(FieldVisitor& v, const std::vector<Need>& needs) {
  v.only_for(needs);
  std::vector<std::string> rules{mixed_rule, rich_quick_rule};
  if (v.in_python()) rules.clear();  // they are of a configuration's task and network
  v.as({.meaning = "eta, or one learning rate a layer, (eta_1, ..., eta_L)"})
      .layers("step", value, rules, FieldVisitor::Range::positive,
              "η; mixed: 1/(divisor σ²w) when γ_w + γ_σ² > 1, else 1/(divisor |A*|_op), "
              "or rich_quick: 0.005/τ²");
  if (v.in_python()) return;
  std::vector<Need> all = needs;
  all.push_back(one_of("solver.step", numbers() == nullptr ? std::get<std::string>(value) : "numbers", {mixed_rule}));
  v.only_for(std::move(all));
  v.real("step_divisor", divisor, FieldVisitor::Range::positive,
         "the divisor of step = \"mixed\": 5 in figure 1 of Mixed, 50 in figure 2");
  v.only_for({});
}

bool StepSize::mixed() const { return is(value, mixed_rule); }
bool StepSize::rich_quick() const { return is(value, rich_quick_rule); }
std::string StepSize::rule() const { return in_quotes(std::get<std::string>(value)); }

Trajectory SolverKind::train(const std::variant<Network, Checkpoint>& from, const Task& task,
                             const SolverSetting& setting, const Record& record, const Observer& observer) const {
  const auto by = [&](const auto& solver) {
    return std::visit([&](const auto& start) { return linnet::train(start, task, solver, record, observer); }, from);
  };
  if (const auto by_steps = descent(setting.step, setting.seed)) {
    return by(*by_steps);
  }
  if (auto flowing = flow(setting.rates, setting.threshold)) {
    if (!matches_descent()) return by(*flowing);
    flowing->t_end = setting.step.geometric_mean() * static_cast<double>(steps());
    Record in_time = record;
    in_time.schedule = Schedule::at(times_of_steps(times(record.schedule), setting.step));
    return std::visit([&](const auto& start) { return linnet::train(start, task, *flowing, in_time, observer); }, from);
  }
  bad_input({.field = "solver.kind", .expected = "one that trains", .got = in_quotes(word())});
}

}  // namespace linnet::config
