#include "linnet/sweeps/execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/deep_mode.hpp"
#include "linnet/exact/mirror.hpp"
#include "linnet/exact/neuron_bias.hpp"
#include "linnet/exact/unbalanced_mode.hpp"
#include "linnet/landscape/escape.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/sweeps/perceptrons.hpp"
#include "linnet/training/recorder.hpp"

namespace linnet::sweeps {

namespace {

using config::Configuration;

/// At the instants of a run that is over.
Record along(Record record, const Trajectory& run) {
  record.schedule = Schedule::at(run.time);
  return record;
}

Index depth_of(const Network& network, const std::string& compare) {
  const std::optional<DeepLinear> weights = weights_of(network);
  if (!weights || weights->depth() < 2) {
    bad_input({.field = "network.compare",
               .expected = "\"" + compare + "\" for weights of two or more layers",
               .got = weights ? "depth 1" : "a network that is not held by its weights"});
  }
  return weights->depth();
}

/// The saddles of the greedy low-rank algorithm beside a run: at every record the nearest of them.
class GreedyCompanion {
 public:
  explicit GreedyCompanion(Index depth) : depth_(depth) {}

  std::vector<Observable> begin(const Task& task) {
    task_ = &task;
    landscape::GreedyPath path = landscape::greedy_low_rank(task.train, {.depth = depth_});
    ended_ = path.completed ? std::string() : path.ended;
    saddles_ = std::move(path.saddles);
    matrices_ = landscape::end_to_ends(saddles_);
    const double root = std::sqrt(static_cast<double>(task.target().size()));
    Observable distance{.name = "distance",
                        .long_name = "distance |A - A_k|_F / sqrt(n_0 n_L)",
                        .units = "1",
                        .measure = [this, root](const Snapshot& s, std::span<double> out) {
                          out[0] = landscape::nearest(matrices_, s.end_to_end()).distance / root;
                        }};
    Observable rank{.name = "greedy_rank",
                    .long_name = "rank of the nearest greedy saddle",
                    .units = "1",
                    .measure = [this](const Snapshot& s, std::span<double> out) {
                      const Index k = landscape::nearest(matrices_, s.end_to_end()).index;
                      out[0] = static_cast<double>(saddles_[static_cast<std::size_t>(k)].rank);
                    }};
    return {std::move(distance), std::move(rank)};
  }

  /// What the run would show if it were at the nearest saddle.
  Trajectory end(const Record& record, const Trajectory& run) {
    Record own = along(record, run);
    own.keep_networks = false;
    end_to_end_.clear();
    for (const Network& network : run.networks) end_to_end_.push_back(end_to_end(network));
    Recorder recorder({*task_, run.networks.front(), 1.0, std::nullopt}, own, static_cast<double>(run.time.size()));
    for (std::size_t i = 0; i < end_to_end_.size(); ++i) {
      const Index k = landscape::nearest(matrices_, end_to_end_[i]).index;
      recorder.record(run.time[i], matrices_[static_cast<std::size_t>(k)], std::nullopt);
    }
    return std::move(recorder).finish({.time = run.time.back()}, std::optional<Network>());
  }

  /// Saddles, plateaus and the slice through them.
  void tell(const Trajectory& run, Index slice, Execution& e) const {
    e.saddles = saddles_;
    e.escapes.assign(saddles_.size(), std::nan(""));
    const double least = task_->train.evaluate(task_->train.target()).cost;
    for (std::size_t i = 0; i < saddles_.size(); ++i) {
      const landscape::GreedySaddle& s = saddles_[i];
      constexpr double left_over = 1e-7;  // of a minimum: nothing leaves it
      if (!(s.cost - least > left_over * (saddles_.front().cost - least))) continue;
      const DeepLinear room = landscape::padded(s.network, 1);
      e.escapes[i] = landscape::find_escape_direction(room, task_->train).strength;
    }
    if (!ended_.empty()) e.attributes["greedy"] = ended_;
    e.plateaus = landscape::find_plateaus(run, matrices_, {}, end_to_end_);
    if (slice == 0) return;
    if (e.plateaus.size() < 3) {
      bad_input({.field = "record.slice",
                 .expected = "a run with three plateaus",
                 .got = std::to_string(e.plateaus.size()),
                 .hint = "start smaller, train longer, or record more instants"});
    }
    const auto weights_at = [&](std::size_t i) {
      return *weights_of(run.networks[static_cast<std::size_t>(e.plateaus[i].record)]);
    };
    const landscape::Plane plane({weights_at(0), weights_at(1), weights_at(2)});
    Slice found{.grid = {}, .path = Matrix(static_cast<Index>(run.networks.size()), 2), .plateaus = Matrix(3, 2)};
    for (Index i = 0; i < found.path.rows(); ++i) {
      found.path.row(i) = plane.project(*weights_of(run.networks[static_cast<std::size_t>(i)])).transpose();
    }
    for (Index i = 0; i < 3; ++i) {
      found.plateaus.row(i) = plane.project(weights_at(static_cast<std::size_t>(i))).transpose();
    }
    Matrix all(found.path.rows() + 3, 2);
    all << found.path, found.plateaus;
    found.grid = landscape::slice(plane, task_->train, all, slice);
    e.slice = std::move(found);
  }

 private:
  Index depth_;
  const Task* task_ = nullptr;
  std::vector<landscape::GreedySaddle> saddles_;
  std::vector<Matrix> matrices_;
  std::vector<Matrix> end_to_end_;  // of the run, at its records
  std::string ended_;
};

/// |θ| on the fastest way out of the origin from the run's own |θ_0|: r' = s L^{1−L/2} r^{L−1}, as long as it is below
/// what the run comes to, where the law ends. Nothing else is known.
Trajectory escape_run(const DeepLinear& start, const Task& task, const Trajectory& like) {
  const Shape shape = task.shape();
  const Matrix origin = Matrix::Zero(shape.outputs, shape.inputs);
  const double strength = linalg::operator_norm(task.train.evaluate(origin).gradient);
  Trajectory t{.step = like.step, .time = like.time, .outcome = like.outcome, .shape = like.shape};
  for (const Series& s : like.series) {
    t.series.push_back(s);
    Matrix& values = t.series.back().values;
    const double most = s.values.maxCoeff();
    values.setConstant(std::nan(""));
    if (s.name != "parameter_norm") continue;
    for (std::size_t i = 0; i < t.time.size(); ++i) {
      const double r = landscape::escape_radius(start.depth(), strength, start.norm(), t.time[i]);
      if (r <= most) values(static_cast<Index>(i), 0) = r;
    }
  }
  return t;
}

/// Weights, balanced or but for one layer, that start along the task's singular vectors, all modes of one size: A(t) =
/// U diag(s_i(t)) Vᵀ.
class AlignedModes {
 public:
  AlignedModes(const Configuration& c, const Task& task) : task_(&task), y_(linalg::svd(task.target())) {
    const Layerwise& rates = std::get<Layerwise>(c.solver.rates);
    const std::string& how = c.network.initialization;
    const bool unbalanced = how == "unbalanced";
    const bool fits = (how == "balanced" || unbalanced) && c.network.start == "aligned" && rates.uniform() &&
                      task.train.is_white() && c.task.then.empty() && c.network.depth == std::floor(c.network.depth);
    if (!fits) {
      bad_input({.field = "network.compare",
                 .expected = "\"exact\" for one task of whitened inputs, equal rates, a whole depth, initialization = "
                             "\"balanced\" or \"unbalanced\" and "
                             "start = \"aligned\", for network.kind = \"deep\"",
                 .got = "another start or task"});
    }
    const auto depth = static_cast<Index>(c.network.depth);
    const double rate = rates[0] * *task.train.white_variance();
    for (const double target : y_.s) {
      if (unbalanced) {
        const UnbalancedMode mode({.depth = depth,
                                   .start = c.network.start_size,
                                   .target = target,
                                   .imbalance = layer_imbalance(c),
                                   .rate = rate});
        modes_.emplace_back([mode](double t) { return mode.at(t); });
      } else {
        const DeepMode mode({.depth = depth, .start = c.network.start_size, .target = target, .rate = rate});
        modes_.emplace_back([mode](double t) { return mode.at(t); });
      }
    }
  }

  [[nodiscard]] Matrix end_to_end(double t) const {
    Vector s(y_.s.size());
    for (Index i = 0; i < s.size(); ++i) s(i) = modes_[static_cast<std::size_t>(i)](t);
    return y_.u * s.asDiagonal() * y_.v.transpose();
  }

  [[nodiscard]] Trajectory trace(const Network& start, const Record& record, const std::vector<double>& times,
                                 const Observer& observer) const {
    Recorder recorder({*task_, start, 1.0, std::nullopt}, record, static_cast<double>(times.size()));
    Outcome outcome = record_all(times, observer, [&](double t) { recorder.record(t, end_to_end(t), std::nullopt); });
    return std::move(recorder).finish(std::move(outcome), std::optional<Network>());
  }

 private:
  const Task* task_;
  linalg::Svd y_;
  std::vector<std::function<double(double)>> modes_;  // s_i(t)
};

/// Where a neuron or a diagonal network is to end.
Matrix interpolator_of(const Configuration& c, const Network& start, const Task& task) {
  const auto* weights = std::get_if<Weights>(&start);
  const auto* diagonal = std::get_if<Diagonal>(&start);
  if (weights == nullptr && diagonal == nullptr) {
    bad_input({.field = "network.compare",
               .expected = "\"interpolator\" for network.kind = \"neuron\" or \"diagonal\"",
               .got = "network.kind = \"" + c.network.kind + "\""});
  }
  const PerLayer rates = std::get<Layerwise>(c.solver.rates).pair("solver.rates");
  return (diagonal != nullptr ? interpolator(*diagonal, task) : interpolator(neuron_of(*weights), task, rates))
      .transpose();
}

/// τ(t) of the closed form, which must outlive the observable.
Observable warp_of(const NeuronFlow& exact) {
  return {.name = "neuron_warp",
          .long_name = "time warp τ of one neuron, φ = tanh(τ + artanh φ_0)",
          .units = "1",
          .measure = [&exact](const Snapshot& s, std::span<double> out) { out[0] = exact.warp(s.time()); }};
}

/// What a run is compared with, one task after the other.
class Companion {
 public:
  Companion(const Configuration& c, const Start& start) : c_(c), kind_(c.network.compare) {
    if (kind_ == "exact") network_ = start.companion;
    if (kind_ == "interpolator") network_ = start.network;
    if (kind_ == "greedy") {
      if (c.solver.kind == "exact") {
        bad_input({.field = "network.compare",
                   .expected = "\"greedy\" for solver.kind = \"descent\" or \"flow\"",
                   .got = "solver.kind = \"exact\""});
      }
      greedy_.emplace(depth_of(*start.network, kind_));
    }
    if (kind_ != "one_layer") return;
    a_ = end_to_end(*start.network);
    const PerLayer rates = std::get<Layerwise>(c.solver.rates).pair("solver.rates");
    if (!rates.equal()) {
      bad_input({.field = "solver.rates", .expected = "equal rates, for compare = \"one_layer\"", .got = "two"});
    }
    // 2κ: the rate of a model that keeps its first representations.
    const PerLayer scales = start.scales ? *start.scales : fit_closure(gram_state(*start.network)).scales();
    rate_ = rates.first * (scales.first + scales.second);
  }

  [[nodiscard]] bool present() const {
    return kind_ == "exact" || kind_ == "one_layer" || kind_ == "interpolator" || greedy_;
  }

  /// Begin a task: observables of the run that tell how far it is from the closed form.
  std::vector<Observable> begin(const Task& task) {
    exact_.reset();
    shallow_.reset();
    if (kind_ == "exact" && c_.network.kind == "deep") {
      aligned_.emplace(c_, task);
      return {observables::distance([this](double t) { return aligned_->end_to_end(t); })};
    }
    if (kind_ == "exact" && c_.network.kind == "neuron") {
      neuron_.emplace(make_neuron_flow(c_, *network_, task));
      return {observables::distance([this](double t) { return neuron_->end_to_end(t); }),
              observables::gram_distance([this](double t) { return neuron_->gram_state(t); }), warp_of(*neuron_)};
    }
    if (kind_ == "interpolator") {
      task_ = &task;
      a_ = interpolator_of(c_, *network_, task);
      return {observables::distance([this](double) { return a_; })};
    }
    if (kind_ == "exact") {
      exact_.emplace(make_exact_flow(c_, *network_, task));
      return {observables::distance([this](double t) { return exact_->end_to_end(t); }),
              observables::gram_distance([this](double t) { return exact_->gram_state(t); })};
    }
    if (kind_ == "one_layer") {
      shallow_.emplace(a_, task, rate_);
      return {observables::distance([this](double t) { return shallow_->end_to_end(t); })};
    }
    if (greedy_) return greedy_->begin(task);
    return {};
  }

  /// The same task, at the instants of the run.
  Trajectory end(const Record& record, const Trajectory& run, const Observer& observer) {
    if (greedy_) return greedy_->end(record, run);
    if (aligned_) return aligned_->trace(*network_, along(record, run), run.time, observer);
    const double t_end = run.time.back();
    if (neuron_) {
      network_ = neuron_->at(t_end).weights();
      return trace(*neuron_, t_end, along(record, run), observer);
    }
    if (kind_ == "interpolator") {
      Recorder recorder({*task_, *network_, 1.0, std::nullopt}, along(record, run),
                        static_cast<double>(run.time.size()));
      for (const double t : run.time) recorder.record(t, a_, std::nullopt);
      network_ = run.final;
      return std::move(recorder).finish({.time = t_end}, std::optional<Network>());
    }
    return exact_ ? trace(*exact_, t_end, along(record, run), observer)
                  : trace(*shallow_, t_end, along(record, run), observer);
  }

  /// To the next task, from where this one ended.
  void go_on(double t_end) {
    if (exact_) network_ = exact_->network(t_end);
    if (shallow_) a_ = shallow_->end_to_end(t_end);
  }

  [[nodiscard]] const std::optional<GreedyCompanion>& greedy() const { return greedy_; }
  [[nodiscard]] const std::optional<NeuronFlow>& neuron() const { return neuron_; }

 private:
  const Configuration& c_;
  std::string kind_;
  std::optional<GreedyCompanion> greedy_;
  std::optional<Network> network_;
  Matrix a_;
  double rate_ = 0;
  std::optional<ExactFlow> exact_;
  std::optional<OneLayerFlow> shallow_;
  std::optional<AlignedModes> aligned_;
  std::optional<NeuronFlow> neuron_;
  const Task* task_ = nullptr;
};

/// What becomes of a: its sign at the end, when it changes, and the alignment at the start that decides it.
void tell(const NeuronFlow& exact, std::map<std::string, std::string>& attributes) {
  attributes["balance"] = fmt::format("{}", exact.balance());
  attributes["end_sign"] = fmt::format("{}", exact.end_sign());
  attributes["sign_change"] = fmt::format("{}", exact.sign_change());
  attributes["critical_alignment"] = fmt::format("{}", exact.critical_alignment());
}

void tell(const ExactFlow& exact, std::map<std::string, std::string>& attributes) {
  const Closure& closure = exact.closure();
  attributes["balance"] = fmt::format("{}", closure.balance);
  attributes["scale2"] = fmt::format("{}", closure.scale2);
  attributes["closure_residual"] = fmt::format("{}", closure.residual);
  if (!exact.warning().empty()) attributes["warning"] = exact.warning();
}

/// The mean balance of such weights, beside that of the weights drawn.
Trajectory expected_run(const networks::EffectiveBalance& expected, const Trajectory& like) {
  Trajectory t{.step = like.step, .time = like.time, .outcome = like.outcome, .shape = like.shape};
  for (const Series& s : like.series) {
    const double value = s.name == "balance"          ? expected.balance
                         : s.name == "balance_spread" ? expected.distance
                                                      : std::nan("");
    t.series.push_back(s);
    t.series.back().values.setConstant(value);
  }
  return t;
}

/// With the instants of the run: nan at those that an interrupted companion did not come to.
Trajectory as_long_as(const Trajectory& run, Trajectory own) {
  const auto had = static_cast<Index>(own.time.size());
  const auto records = static_cast<Index>(run.time.size());
  if (had >= records) return own;
  own.step.resize(run.step.size());
  own.time = run.time;
  for (Series& s : own.series) {
    s.values.conservativeResize(records, Eigen::NoChange);
    s.values.bottomRows(records - had).setConstant(std::nan(""));
  }
  return own;
}

/// Nothing is known of what it was to be compared with: nan at its instants.
Trajectory unknown_run(const Trajectory& run, const Record& record) {
  Trajectory t{.step = run.step, .time = run.time, .outcome = run.outcome, .shape = run.shape};
  for (const Series& s : run.series) {
    const auto is_its = [&](const Observable& o) { return o.name == s.name; };
    if (std::none_of(record.observables.begin(), record.observables.end(), is_its)) continue;
    t.series.push_back(s);
    t.series.back().values.setConstant(std::nan(""));
  }
  return t;
}

bool goes_on(const Trajectory& t) {
  const bool ended = t.outcome.status == Status::diverged || t.outcome.status == Status::interrupted;
  return !ended && t.final.has_value();
}

}  // namespace

std::string name_of_run(const Configuration& c) {
  if (c.network.compare == "expected") return "drawn";
  if (c.solver.kind == "exact") return "closed form";
  return c.solver.kind == "flow" ? "gradient flow" : "gradient descent";
}

std::string name_of_companion(const Configuration& c) {
  const std::string& kind = c.network.compare;
  if (kind == "one_layer") return "one layer";
  if (kind == "self_consistent") return "self-consistent";
  if (kind == "escape") return "fastest escape";
  if (kind == "greedy") return "greedy saddle";
  if (kind == "interpolator") return "predicted";
  return kind == "exact" ? "closed form" : kind;
}

std::optional<Vector> learning_times(const ExactFlow& exact, const std::vector<double>& fractions,
                                     const Observer& observer) {
  const Index modes = exact.target().size();
  Vector times = Vector::Constant(modes * static_cast<Index>(fractions.size()), std::nan(""));
  if (exact.at_saddle()) return times;  // rounding alone would end them
  try {
    for (std::size_t i = 0; i < fractions.size(); ++i) {
      times.segment(static_cast<Index>(i) * modes, modes) =
          exact.learning_times(fractions[i], [&] { return !observer || observer({}); });
    }
  } catch (const Error& error) {
    if (!is_interruption(error)) throw;
    return std::nullopt;
  }
  return times;
}

std::vector<double> record_times(const Configuration& c, const Record& record) {
  if (c.solver.kind != "descent") return record.schedule.times_from_start(c.solver.t_end);
  const auto* step = std::get_if<Layerwise>(&c.solver.step);
  if (step == nullptr) {
    bad_input({.field = "sweep.curves",
               .expected = "the same instants at every point",
               .got = "solver.step = \"mixed\", a step of each point's own",
               .hint = "give the step as a number"});
  }
  const double unit = step->geometric_mean() / (1 - c.solver.momentum);
  std::vector<double> times;
  for (const Index k : record.schedule.steps(c.solver.max_steps)) {
    times.push_back(static_cast<double>(k) * unit);
  }
  return times;
}

Execution execute(const Configuration& c, const PreparedTask& prepared, const Start& start, const Record& record,
                  const Observer& observer) {
  Execution e;
  const bool is_exact = c.solver.kind == "exact";
  const bool lockstep = c.network.compare == "self_consistent";
  for (const double fraction : c.record.learned) require_fraction(fraction, "record.learned");
  if (!is_exact && !c.record.learned.empty()) {
    bad_input({.field = "record.learned",
               .expected = "none, except for solver.kind = \"exact\"",
               .got = fmt::format("solver.kind = \"{}\"", c.solver.kind)});
  }
  std::vector<Task> all{*prepared.task};
  all.insert(all.end(), prepared.then.begin(), prepared.then.end());
  Record extended = record;
  if (all.size() > 1) extended.observables.push_back(observables::task_errors(all));

  Companion companion(c, start);
  extended.keep_networks = companion.greedy().has_value();
  if (c.record.slice > 0) require_at_least(c.record.slice, 2, "record.slice");
  if (c.record.slice > 0 && !companion.greedy()) {
    bad_input({.field = "record.slice",
               .expected = "0, without network.compare = \"greedy\"",
               .got = std::to_string(c.record.slice),
               .hint = "a slice goes through plateaus, which that comparison finds"});
  }
  e.runs.push_back({.dynamics = name_of_run(c), .phases = {}});
  if (lockstep || companion.present()) e.runs.push_back({.dynamics = name_of_companion(c), .phases = {}});
  std::optional<Network> now = start.network;
  std::optional<Network> twin = start.companion;
  const auto note = [&](double value) {
    if (!(value <= e.largest_distance)) e.largest_distance = value;
  };
  const auto learn = [&](const Task& task) {
    Record with_distances = extended;
    for (Observable& o : companion.begin(task)) with_distances.observables.push_back(std::move(o));
    std::vector<Trajectory>& phases = e.runs.front().phases;
    if (is_exact && c.network.kind == "neuron") {
      const NeuronFlow exact = make_neuron_flow(c, *now, task);
      with_distances.observables.push_back(warp_of(exact));
      tell(exact, e.attributes);
      phases.push_back(trace(exact, c.solver.t_end, with_distances, observer));
      now = phases.back().final;
    } else if (is_exact) {
      const ExactFlow exact = make_exact_flow(c, *now, task);
      phases.push_back(trace(exact, c.solver.t_end, with_distances, observer));
      tell(exact, e.attributes);
      if (&task == &all.back() && goes_on(phases.back())) {
        std::optional<Vector> times = learning_times(exact, c.record.learned, observer);
        if (times) e.learning_times = std::move(*times);
        if (!times) phases.back().outcome.status = Status::interrupted;
      }
      now = exact.network(c.solver.t_end);
    } else if (c.solver.kind == "flow") {
      phases.push_back(train(*now, task, make_flow(c, record, start), with_distances, observer));
    } else if (lockstep) {
      Comparison both = compare(*now, *twin, task, make_descent(c, prepared, start), with_distances, observer);
      const double root = std::sqrt(static_cast<double>(task.target().size()));
      both.first.series.push_back({.name = "distance",
                                   .long_name = "distance |A - A'|_F / sqrt(n_0 n_2) of the two dynamics",
                                   .units = "1",
                                   .values = both.distance / root});
      note(both.largest_distance / root);
      twin = both.second.final;
      phases.push_back(std::move(both.first));
      e.runs.back().phases.push_back(std::move(both.second));
    } else {
      phases.push_back(train(*now, task, make_descent(c, prepared, start), with_distances, observer));
    }
    Trajectory& done = phases.back();
    if (companion.present()) {
      Trajectory own = companion.end(extended, done, observer);
      if (own.outcome.status == Status::interrupted) done.outcome.status = Status::interrupted;
      e.runs.back().phases.push_back(as_long_as(done, std::move(own)));
      for (const double d : done.values("distance")) note(d);
      if (companion.neuron()) tell(*companion.neuron(), e.attributes);
      if (companion.greedy()) companion.greedy()->tell(done, c.record.slice, e);
      if (goes_on(done)) companion.go_on(done.time.back());
    }
    if (!is_exact) now = done.final;
    return goes_on(done) && (!lockstep || twin);
  };
  // What was learned before an interruption is kept, whether it came between two tasks or in what follows a run.
  try {
    const Interruptible interruptible([&] { return !observer || observer({}); });
    for (const Task& task : all) {
      if (!learn(task)) break;
    }
  } catch (const Error& error) {
    std::vector<Trajectory>& phases = e.runs.front().phases;
    if (!is_interruption(error) || phases.empty()) throw;
    phases.back().outcome.status = Status::interrupted;
    if (e.runs.size() > 1 && e.runs.back().phases.size() < phases.size()) {
      e.runs.back().phases.push_back(unknown_run(phases.back(), extended));
    }
    return e;
  }
  if (c.network.compare == "escape") {
    depth_of(*start.network, c.network.compare);
    if (all.size() > 1) {
      bad_input({.field = "task.then",
                 .expected = "no further task, for network.compare = \"escape\"",
                 .got = fmt::format("{}", c.task.then.size()),
                 .hint = "the origin is escaped from once"});
    }
    const Trajectory& first = e.runs.front().phases.front();
    std::vector<Matrix> nothing = weights_of(*start.network)->weights();
    for (Matrix& w : nothing) w.setZero();
    const DeepLinear origin(std::move(nothing));
    e.escape_strength = landscape::escape_direction(origin, prepared.task->train).strength;
    try {
      const Interruptible interruptible([&] { return !observer || observer({}); });
      e.escape_strength_found = landscape::find_escape_direction(origin, prepared.task->train).strength;
    } catch (const Error& error) {
      if (!is_interruption(error)) throw;
      e.runs.front().phases.front().outcome.status = Status::interrupted;
    }
    e.runs.push_back(
        {.dynamics = name_of_companion(c), .phases = {escape_run(*weights_of(*start.network), *prepared.task, first)}});
  }
  if (c.network.compare == "linearized") {
    if (all.size() > 1) {
      bad_input({.field = "task.then",
                 .expected = "no further task, for network.compare = \"linearized\"",
                 .got = fmt::format("{}", c.task.then.size())});
    }
    Trajectory& own = e.runs.front().phases.front();
    try {
      const Interruptible interruptible([&] { return !observer || observer({}); });
      e.runs.push_back({.dynamics = name_of_companion(c),
                        .phases = {linearized_run(c, std::get<Perceptron>(*start.network), *prepared.task, own)}});
    } catch (const Error& error) {
      if (!is_interruption(error)) throw;
      e.runs.front().phases.front().outcome.status = Status::interrupted;  // it is kept
    }
  }
  if (c.network.compare == "expected") {
    const auto& phases = e.runs.front().phases;
    e.runs.push_back({.dynamics = name_of_companion(c), .phases = {expected_run(*start.expected, phases.front())}});
  }
  return e;
}

}  // namespace linnet::sweeps
