#include "linnet/sweeps/point.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "linnet/error.hpp"
#include "linnet/linalg/spectrum.hpp"

namespace linnet::sweeps {

namespace {

using config::Configuration;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

const std::vector<std::string>& rules() {
  static const std::vector<std::string> names{
      "none",       "train_error_below", "test_error_rose",   "train_error_stalled",
      "cost_below", "gradient_below",    "threshold_crossing"};
  return names;
}

bool compares(const Configuration& c) { return c.network.compare != "none"; }

/// Values by name, handed out in the order of the fields.
class Values {
 public:
  void set(const std::string& name, double value) { values_.emplace_back(name, value); }

  [[nodiscard]] std::vector<double> in_order(const std::vector<PointField>& fields) const {
    std::vector<double> ordered;
    for (const PointField& field : fields) {
      const auto found =
          std::find_if(values_.begin(), values_.end(), [&](const auto& v) { return v.first == field.name; });
      ordered.push_back(found == values_.end() ? nan : found->second);
    }
    return ordered;
  }

 private:
  std::vector<std::pair<std::string, double>> values_;
};

void set_trained(Values& v, const Trajectory& t) {
  const auto rule = std::find(rules().begin(), rules().end(), t.outcome.rule);
  v.set("status", static_cast<double>(t.outcome.status));
  v.set("rule", rule == rules().end() ? 0.0 : static_cast<double>(rule - rules().begin()));
  v.set("final_step", static_cast<double>(t.outcome.step));
  v.set("final_time", t.outcome.time);
  for (const Series& s : t.series) v.set("final_" + s.name, s.values(s.values.rows() - 1, 0));
  if (!t.best) return;
  v.set("best_step", static_cast<double>(t.best->step));
  v.set("best_time", t.best->time);
  v.set("best_train_error", t.best->train_error);
  v.set("best_test_error", t.best->test_error);
  for (const auto& [name, value] : t.best->values) v.set("best_" + name, value);
}

double spectral(const std::string& name, const Vector& modes, double rank_fraction) {
  if (name == "rank") return linalg::rank_above(modes, rank_fraction);
  if (name == "stable_rank") return linalg::stable_rank(modes);
  if (name == "effective_rank") return linalg::effective_rank(modes);
  if (name == "nuclear_norm") return linalg::nuclear_norm(modes);
  return nan;
}

/// What both closed forms tell; the best time where there is a test error.
template <class Flow>
std::optional<double> set_closed_form(Values& v, const Flow& exact, bool has_test) {
  v.set("status", static_cast<double>(Status::completed));
  v.set("rule", 0);
  v.set("final_time", infinity);
  v.set("final_train_error", exact.train_error(infinity));
  if (!has_test) return std::nullopt;
  v.set("final_test_error", exact.test_error(infinity));
  const auto best = exact.best();
  v.set("best_time", best.time);
  v.set("best_train_error", exact.train_error(best.time));
  v.set("best_test_error", best.test_error);
  return best.time;
}

void set_exact_flow(Values& v, const Configuration& c, const PreparedTask& task, const Start& start) {
  const ExactFlow exact = make_exact_flow(c, task, start);
  const std::optional<double> best = set_closed_form(v, exact, task.task->test.has_value());
  if (!best) return;
  const Vector s = exact.singular_values(*best);
  for (const std::string& name : c.record.at_best) v.set("best_" + name, spectral(name, s, c.record.rank_fraction));
}

void set_exact(Values& v, const Configuration& c, const PreparedTask& task, const Start& start) {
  const ModeFlow exact = make_mode_flow(c, task, start);
  const std::optional<double> best = set_closed_form(v, exact, exact.spectrum().overlap.size() != 0);
  if (!best) return;
  // The step of descent at that time, so that it compares with a trained network's.
  v.set("best_step", *best / std::sqrt(descent_step(c, task, start).product()));
  const Vector modes = exact.modes(*best);
  for (const std::string& name : c.record.at_best) {
    // A limit spectrum has a density of modes, and no such summary.
    v.set("best_" + name, exact.spectrum().vectors ? spectral(name, modes, c.record.rank_fraction) : nan);
  }
}

}  // namespace

std::vector<PointField> point_fields(const Configuration& c) {
  std::vector<PointField> fields{
      {.name = "status", .long_name = "how the run ended", .whole = true, .meanings = {}},
      {.name = "rule", .long_name = "stop rule that fired", .whole = true, .meanings = rules()},
      {.name = "final_step", .long_name = "last step"},
      {.name = "final_time", .long_name = "last gradient-flow time t"},
      {.name = "final_train_error", .long_name = "train error at the end"},
      {.name = "final_test_error", .long_name = "test error at the end"},
      {.name = "best_step", .long_name = "step of the smallest test error"},
      {.name = "best_time", .long_name = "gradient-flow time t of the smallest test error"},
      {.name = "best_train_error", .long_name = "train error at the smallest test error"},
      {.name = "best_test_error", .long_name = "smallest test error"}};
  for (const Status s : {Status::completed, Status::stopped, Status::diverged, Status::interrupted}) {
    fields.front().meanings.emplace_back(to_string(s));
  }
  for (const std::string& name : c.record.at_best) {
    fields.push_back(
        {.name = "best_" + name, .long_name = observables::by_name(name).long_name + " at the smallest test error"});
  }
  if (compares(c)) {
    fields.push_back(
        {.name = "largest_distance", .long_name = "largest |A - A'|_F / sqrt(n_0 n_2) from self-consistent"});
    fields.push_back(
        {.name = "log10_largest_distance", .long_name = "log10 of the largest distance from self-consistent"});
  }
  return fields;
}

std::vector<double> run_point(const Configuration& c, const PreparedTask& task, const Observer& observer) {
  Values values;
  const Start start = make_start(c, task);
  if (c.solver.kind == "exact") {
    if (start.network) {
      set_exact_flow(values, c, task, start);
    } else {
      set_exact(values, c, task, start);
    }
    return values.in_order(point_fields(c));
  }
  // Only the ends are recorded; `best` follows the test error at every step all the same.
  Record record = make_record(c, start);
  record.schedule = Schedule::ends();
  record.observables = {observables::train_error()};
  if (task.task->test) record.observables.push_back(observables::test_error());
  if (c.solver.kind == "flow") {
    set_trained(values, train(*start.network, *task.task, make_flow(c, record, start), record, observer));
  } else if (start.companion) {
    const Comparison both =
        compare(*start.network, *start.companion, *task.task, make_descent(c, task, start), record, observer);
    set_trained(values, both.first);
    const double distance = both.largest_distance / std::sqrt(static_cast<double>(task.task->target().size()));
    values.set("largest_distance", distance);
    values.set("log10_largest_distance", std::log10(distance));
  } else {
    set_trained(values, train(*start.network, *task.task, make_descent(c, task, start), record, observer));
  }
  return values.in_order(point_fields(c));
}

bool was_interrupted(const std::vector<double>& values) {
  return values.front() == static_cast<double>(Status::interrupted);
}

}  // namespace linnet::sweeps
