#include "linnet/sweeps/point.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/landscape/observables.hpp"
#include "linnet/linalg/spectrum.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/sweeps/companions/companion.hpp"
#include "linnet/sweeps/designs.hpp"
#include "linnet/sweeps/execution.hpp"

namespace linnet::sweeps {

namespace {

using config::Configuration;

const std::vector<std::string>& rules() {
  static const std::vector<std::string> names{
      "none",           "train_error_below",  "test_error_rose",     "train_error_stalled", "cost_below",
      "gradient_below", "threshold_crossing", "test_accuracy_above", "slope_below"};
  return names;
}

/// Whether the run is compared with anything.
bool compares(const Configuration& c) { return static_cast<bool>(companion_kind(c).make); }

bool goes_to_infinity(const Configuration& c) {
  return c.solver.kind->closed_form() && !c.network.kind->is_neuron() && c.task.then.empty() && !compares(c);
}

Index neurons_of(const Configuration& c) {
  const Index neurons = c.network.kind->neurons();
  if (neurons > 0) return neurons;
  bad_input({.field = "record.observables",
             .expected = "none over hidden neurons, in a sweep whose networks have no width of their own",
             .got = "one",
             .hint = "network.width"});
}

/// The observables of the record, of a sequence of tasks and of a comparison.
std::vector<Observable> observables_of(const Configuration& c, Shape shape) {
  std::vector<Observable> all = make_record(c, {}).observables;
  for (Observable& o : all) {
    if (o.over == Over::neurons || o.over == Over::neuron_coordinates) o.count = o.length(shape, neurons_of(c));
  }
  if (!c.task.then.empty()) {
    all.push_back(observables::task_errors(std::vector<Task>()));
    all.back().count = static_cast<Index>(c.task.then.size() + 1);
  }
  const CompanionKind& companion = companion_kind(c);
  if (!companion.has_distance) return all;
  all.push_back(observables::distance({}));
  if (companion.uses_tolerance && !c.network.kind->is_deep()) all.push_back(observables::gram_distance({}));
  return all;
}

bool of_both(const Observable& o) { return o.name != "distance" && o.name != "gram_distance"; }

/// Values by name, returned in the order of the fields.
class Values {
 public:
  void set(const std::string& name, double value) { set(name, std::vector<double>{value}); }
  void set(const std::string& name, std::vector<double> values) { values_.emplace_back(name, std::move(values)); }

  /// For each field the value that was set first, padded with nan.
  [[nodiscard]] std::vector<double> in_order(const PointLayout& layout) const {
    std::vector<double> ordered;
    for (const PointField& field : layout.fields) {
      const auto found =
          std::find_if(values_.begin(), values_.end(), [&](const auto& v) { return v.first == field.name; });
      std::vector<double> own = found == values_.end() ? std::vector<double>() : found->second;
      own.resize(field.size(), nan);
      ordered.insert(ordered.end(), own.begin(), own.end());
    }
    return ordered;
  }

 private:
  std::vector<std::pair<std::string, std::vector<double>>> values_;
};

const Series* find(const Trajectory& t, const std::string& name) {
  const auto found = std::find_if(t.series.begin(), t.series.end(), [&](const Series& s) { return s.name == name; });
  return found == t.series.end() ? nullptr : &*found;
}

void set_outcome(Values& v, const Trajectory& t) {
  const auto rule = std::find(rules().begin(), rules().end(), t.outcome.rule);
  v.set("status", static_cast<double>(t.outcome.status));
  v.set("rule", rule == rules().end() ? 0.0 : static_cast<double>(rule - rules().begin()));
  v.set("final_step", static_cast<double>(t.outcome.step));
  v.set("final_time", t.outcome.time);
  if (!t.best) return;
  v.set("best_step", static_cast<double>(t.best->step));
  v.set("best_time", t.best->time);
  v.set("best_train_error", t.best->train_error);
  v.set("best_test_error", t.best->test_error);
  for (const auto& [name, value] : t.best->values) v.set("best_" + name, value);
}

/// The last values of all these runs, one after another.
void set_final(Values& v, const std::string& name, const std::vector<const Trajectory*>& runs) {
  std::vector<double> values;
  for (const Trajectory* run : runs) {
    if (const Series* s = find(*run, name)) {
      const Vector last = s->values.row(s->values.rows() - 1);
      values.insert(values.end(), last.begin(), last.end());
    }
  }
  v.set("final_" + name, std::move(values));
}

void set_finals(Values& v, const std::vector<const Trajectory*>& runs) {
  for (const Series& s : runs.front()->series) set_final(v, s.name, runs);
}

/// Values over time or steps, phase after phase, where `times` are those of the records of a phase; nan at instants
/// that a run did not reach.
void set_curve(Values& v, const PointField& field, const std::vector<const Execution::Run*>& runs,
               const PointLayout& layout, const std::vector<double>& times) {
  const auto each = field.size() / runs.size();
  const std::size_t width = each / layout.times.size();
  const std::size_t records = times.size();
  std::vector<double> values(field.size(), nan);
  for (std::size_t d = 0; d < runs.size(); ++d) {
    for (std::size_t p = 0; p < runs[d]->phases.size(); ++p) {
      const Trajectory& t = runs[d]->phases[p];
      const Series* s = find(t, field.name);
      if (s == nullptr) continue;
      std::size_t at = 0;
      for (std::size_t i = 0; i < t.time.size(); ++i) {
        const double room = 1e-9 * t.time[i];
        while (at + 1 < records && times[at] < t.time[i] - room) ++at;
        if (std::abs(times[at] - t.time[i]) > room) continue;
        const std::size_t offset = d * each + (p * records + at) * width;
        const auto count = std::min(width, static_cast<std::size_t>(s->values.cols()));
        for (std::size_t k = 0; k < count; ++k)
          values[offset + k] = s->values(static_cast<Index>(i), static_cast<Index>(k));
      }
    }
  }
  v.set(field.name, std::move(values));
}

double spectral(const std::string& name, const Vector& modes, double rank_fraction) {
  if (name == "rank") return linalg::rank_above(modes, rank_fraction);
  if (name == "stable_rank") return linalg::stable_rank(modes);
  if (name == "effective_rank") return linalg::effective_rank(modes);
  if (name == "nuclear_norm") return linalg::nuclear_norm(modes);
  return nan;
}

/// The step of descent at this time, for comparison with trained networks.
double step_at(double time, const Configuration& c, const PreparedTask& task, const Start& start) {
  return time / descent_step(c, task, start).geometric_mean();
}

/// Of a flow mode by mode.
template <class Flow>
void set_modes(Values& v, const Flow& exact, const Configuration& c, const PreparedTask& task, const Start& start) {
  v.set("status", static_cast<double>(Status::completed));
  v.set("rule", 0);
  v.set("final_time", infinity);
  v.set("final_train_error", exact.train_error(infinity));
  if (exact.spectrum().overlap.size() == 0) return;
  const BestMoment best = exact.best();
  v.set("final_test_error", exact.test_error(infinity));
  v.set("best_time", best.time);
  v.set("best_train_error", exact.train_error(best.time));
  v.set("best_test_error", best.test_error);
  v.set("best_step", start.wide ? nan : step_at(best.time, c, task, start));
  const Vector modes = exact.modes(best.time);
  for (const std::string& name : c.record.at_best) {
    // A limit spectrum is a density of modes, for which these summaries are not defined.
    v.set("best_" + name, exact.spectrum().vectors ? spectral(name, modes, c.record.rank_fraction) : nan);
  }
}

template <class O>
bool has_name(const std::vector<O>& all, const char* name) {
  return std::any_of(all.begin(), all.end(), [&](const O& o) { return o.name == name; });
}

/// Adds the errors, which are always among the results of a point.
void add_errors(Record& record, const Task& task, bool linear) {
  auto& all = record.observables;
  if (!has_name(all, "train_error")) all.push_back(observables::train_error());
  const bool tested = linear ? task.test.has_value() : task.test_samples() != nullptr;
  if (tested && !has_name(all, "test_error")) all.push_back(observables::test_error());
}

std::string learned_name(double fraction) { return fmt::format("learned_{:.4g}", 100 * fraction); }

void set_learned(Values& v, const Configuration& c, const Vector& times) {
  const std::vector<double>& fractions = c.record.learned;
  if (fractions.empty()) return;
  const Index modes = times.size() / static_cast<Index>(fractions.size());
  for (std::size_t i = 0; i < fractions.size(); ++i) {
    const Vector own = times.segment(static_cast<Index>(i) * modes, modes);
    v.set(learned_name(fractions[i]), std::vector<double>(own.begin(), own.end()));
  }
}

/// When the test error is first below the bound, and for how long in all, linear between the records; nan if never.
void set_below(Values& v, double bound, const Trajectory& t) {
  const Series* errors = find(t, "test_error");
  if (errors == nullptr) return;
  double from = nan;
  double length = 0;
  for (std::size_t i = 0; i < t.time.size(); ++i) {
    const double now = errors->values(static_cast<Index>(i), 0);
    if (now < bound && i == 0) from = t.time[0];
    if (i == 0) continue;
    const double before = errors->values(static_cast<Index>(i) - 1, 0);
    const double step = t.time[i] - t.time[i - 1];
    const double part = (before - bound) / (before - now);  // of the step, where it passes the bound
    if (before < bound && now < bound) length += step;
    if (before < bound && now >= bound) length += part * step;
    if (before >= bound && now < bound) {
      length += (1 - part) * step;
      if (std::isnan(from)) from = t.time[i - 1] + part * step;
    }
  }
  v.set("below_from", from);
  v.set("below_time", std::isnan(from) ? nan : length);
}

/// Sets the ends of the run and of its companion, and their curves, whose records are at these times.
void set_execution(Values& values, const Configuration& c, const Execution& e, const PointLayout& layout,
                   const std::vector<double>& times) {
  set_outcome(values, e.last());
  std::vector<const Execution::Run*> runs{&e.runs.front()};
  if (e.runs.size() > 1) runs.push_back(&e.runs.back());
  std::vector<const Trajectory*> ends{&e.last()};
  if (companion_kind(c).both_ends) ends.push_back(&e.runs.back().phases.back());
  set_finals(values, ends);
  set_learned(values, c, e.learning_times);
  if (c.record.below) set_below(values, *c.record.below, e.last());
  values.set("largest_distance", e.largest_distance);
  for (const auto& [name, value] : e.numbers) values.set(name, value);
  values.set("log10_largest_distance", std::log10(e.largest_distance));
  values.set("ln_largest_squared_distance", 2 * std::log(e.largest_distance));
  for (const PointField& field : layout.fields) {
    const auto over = [&](const char* name) {
      return std::any_of(field.dimensions.begin(), field.dimensions.end(),
                         [&](const auto& d) { return d.first == name; });
    };
    if (!over(layout.clock.c_str())) continue;
    set_curve(values, field, over("dynamics") ? runs : std::vector<const Execution::Run*>{runs.front()}, layout, times);
  }
}

}  // namespace

std::size_t PointField::size() const {
  std::size_t count = 1;
  for (const auto& dimension : dimensions) count *= static_cast<std::size_t>(dimension.second);
  return count;
}

std::size_t PointLayout::size() const {
  std::size_t count = 0;
  for (const PointField& field : fields) count += field.size();
  return count;
}

bool needs_shape(const Configuration& c) {
  const auto& names = c.record.observables;
  const bool per_input = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    const Over over = landscape::observable_by_name(name).over;
    return over == Over::coefficients || over == Over::inputs;
  });
  return c.sweep.curves || !c.record.learned.empty() || per_input;
}

PointLayout point_layout(const Configuration& c, Shape shape) {
  PointLayout layout{.shape = shape};
  if (c.solver.kind->design()) {
    lay_out_designs(layout);
    return layout;
  }
  const CompanionKind& companion = companion_kind(c);
  if (compares(c)) layout.dynamics = {name_of_run(c), companion.legend};
  const Dimensions dynamics = companion_kind(c).both_ends ? Dimensions{{"dynamics", 2}} : Dimensions{};
  const std::string when = c.solver.kind->moves() ? " at the end" : "";
  std::vector<PointField>& fields = layout.fields;
  fields = {{.name = "status", .long_name = "how the run ended", .whole = true, .meanings = {}},
            {.name = "rule", .long_name = "stop rule that fired", .whole = true, .meanings = rules()},
            {.name = "final_step", .long_name = "last step"},
            {.name = "final_time", .long_name = "last gradient-flow time t"},
            {.name = "final_train_error", .long_name = "train error" + when, .dimensions = dynamics},
            {.name = "final_test_error", .long_name = "test error" + when, .dimensions = dynamics},
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
  if (c.record.below) {
    const std::string bound = fmt::format("the test error is below {:.4g}", *c.record.below);
    fields.push_back({.name = "below_from", .long_name = "time t from which " + bound});
    fields.push_back({.name = "below_time", .long_name = "time for which " + bound});
  }
  if (companion.has_distance) {
    const std::string from = " from " + layout.dynamics.back();
    fields.push_back({.name = "largest_distance", .long_name = "largest |A - A'|_F / sqrt(n_0 n_2)" + from});
    fields.push_back({.name = "log10_largest_distance", .long_name = "log10 of the largest distance" + from});
    fields.push_back({.name = "ln_largest_squared_distance", .long_name = "ln of the largest squared distance" + from});
  }
  for (const auto& [name, long_name] : companion.numbers) fields.push_back({.name = name, .long_name = long_name});
  const auto tasks = static_cast<Index>(c.task.then.size() + 1);
  const std::vector<Observable> all = observables_of(c, shape);
  for (const Observable& o : all) {
    const bool there = o.name == "train_error" || o.name == "test_error";
    const bool short_enough =
        o.over == Over::nothing || o.over == Over::tasks || o.over == Over::coefficients || o.over == Over::inputs;
    if (there || !short_enough) continue;
    Dimensions own = of_both(o) ? dynamics : Dimensions();
    for (const auto& d : dimensions_over(o.over, shape, o.count)) own.push_back(d);
    fields.push_back({.name = "final_" + o.name, .long_name = o.long_name + when, .dimensions = own});
  }
  for (const double fraction : c.record.learned) {
    fields.push_back({.name = learned_name(fraction),
                      .long_name = fmt::format("time t at which a mode is learned to {:.4g} %", 100 * fraction),
                      .dimensions = {{"mode", shape.modes()}}});
  }
  if (!c.sweep.curves) return layout;
  if (c.solver.kind->counts_steps()) layout.clock = "steps";
  const std::vector<double> phase = record_times(c, make_record(c, {}));
  for (Index task = 0; task < tasks; ++task) {
    const double start = static_cast<double>(task) * phase.back();
    if (task > 0) layout.task_starts.push_back(start);
    for (const double t : phase) layout.times.push_back(start + t);
  }
  for (const Observable& o : all) {
    Dimensions own;
    if (compares(c) && of_both(o)) own.emplace_back("dynamics", 2);
    own.emplace_back(layout.clock, static_cast<Index>(layout.times.size()));
    for (const auto& d : dimensions_over(o.over, shape, o.count)) own.push_back(d);
    fields.push_back({.name = o.name, .long_name = o.long_name, .dimensions = own});
  }
  return layout;
}

std::vector<double> run_point(const Configuration& c, const PreparedTask& task, const PointLayout& layout,
                              const Observer& observer) {
  Values values;
  if (const std::optional<DesignOptions> options = c.solver.kind->design()) {
    for (auto& [name, value] : designed(c, *options, task, observer)) values.set(name, std::move(value));
    return values.in_order(layout);
  }
  const Start start = make_start(c, task);
  if (!start.network) {
    if (start.wide) {
      set_modes(values, make_wide_flow(c, task, start), c, task, start);
    } else {
      set_modes(values, make_mode_flow(c, task, start), c, task, start);
    }
    return values.in_order(layout);
  }
  Record record = make_record(c, start);
  add_errors(record, *task.task, is_linear(*start.network));
  // If only the ends are stored, only the ends are recorded. Not so for a distance, the largest of all records, for
  // `best` of records, and for `below`.
  const bool of_all_steps = record.best_of == BestOf::steps && !c.record.below;
  if (!c.sweep.curves && !companion_kind(c).both_ends && of_all_steps) record.schedule = Schedule::ends();
  if (goes_to_infinity(c)) {
    const ExactFlow exact = make_exact_flow(c, *start.network, *task.task);
    Record at_ends = record;
    at_ends.schedule = Schedule::ends();
    Trajectory ends = trace(exact, infinity, at_ends, observer);
    const std::optional<Vector> learned = c.sweep.curves ? Vector() : learning_times(exact, c.record.learned, observer);
    if (!learned) ends.outcome.status = Status::interrupted;
    values.set("final_step", nan);
    const bool has_step = start.nominal || c.solver.kind->step()->numbers() != nullptr;
    values.set("best_step", ends.best && has_step ? step_at(ends.best->time, c, task, start) : nan);
    set_outcome(values, ends);
    set_finals(values, {&ends});
    if (!c.sweep.curves) {
      set_learned(values, c, learned.value_or(Vector()));
      return values.in_order(layout);
    }
  }
  std::vector<double> times;
  if (c.sweep.curves) times = record_times(c, record);
  if (c.solver.kind->counts_steps()) times = c.solver.kind->times_of_steps(times, descent_step(c, task, start));
  set_execution(values, c, execute(c, task, start, record, observer), layout, times);
  return values.in_order(layout);
}

bool was_interrupted(const std::vector<double>& values) {
  return values.front() == static_cast<double>(Status::interrupted);
}

}  // namespace linnet::sweeps
