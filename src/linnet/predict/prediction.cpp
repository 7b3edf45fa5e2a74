#include "linnet/predict/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/observables/snapshot.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/training/recorder.hpp"
#include "linnet/training/train.hpp"

namespace linnet {

namespace {

/// Throws for a time that is none.
void require_times(const std::vector<double>& times) {
  for (const double t : times) {
    if (t >= 0) continue;
    bad_input({.field = "times", .expected = "times >= 0, inf for the end", .got = format_number(t)});
  }
}

/// Whether the modes are those of Y: each counts by itself.
bool has_own_modes(const Cost& cost) {
  return cost.has_target() && (!cost.entry_weights() || cost.entry_weights()->minCoeff() > 0);
}

}  // namespace

Prediction::Prediction(Network start, std::shared_ptr<const Task> task, const Layerwise& rates, Source source,
                       Account account) {
  Parts parts{.start = std::move(start),
              .task = std::move(task),
              .rates = rates,
              .source = std::move(source),
              .account = std::move(account),
              .modes = {}};
  const auto* path = std::get_if<FlowPath>(&parts.source);
  if (const auto* exact = std::get_if<ExactFlow>(&parts.source)) {
    parts.modes = exact->target_vectors();
  } else if (const auto* modes = std::get_if<ModeFlow>(&parts.source)) {
    parts.modes = *modes->spectrum().vectors;
  } else if (path != nullptr && is_linear(parts.start)) {
    if (has_own_modes(parts.task->train)) {
      parts.modes = Reference(*parts.task, parts.start, rates).task_svd();
    } else if (path->settled()) {
      parts.modes = linalg::svd(path->points().back().view);
    }
  }
  parts_ = std::make_shared<const Parts>(std::move(parts));
}

std::string Prediction::warning() const {
  std::string text = parts_->account.warning;
  const auto add = [&](const std::string& more) {
    if (!more.empty()) text += (text.empty() ? "" : "; ") + more;
  };
  if (const auto* exact = closed_form()) add(exact->warning());
  if (const auto* modes = std::get_if<ModeFlow>(&parts_->source)) add(modes->warning());
  if (const auto* path = std::get_if<FlowPath>(&parts_->source)) {
    add(path->warning());
    const Vector& y = mode_vectors().s;
    const double least = error() * path->size();
    const auto count = y.size() > 0 ? (y.array() > 1e-12 * y(0) && y.array() <= least).count() : 0;
    // Modes of the end are known only to the error.
    if (has_own_modes(task().train) && count > 0) {
      const std::string below = " below the error of A, " + format_number(least) + ": how ";
      add(count == 1 ? "the smallest mode of the target is" + below + "it is learned is not predicted"
                     : "the smallest " + std::to_string(count) + " modes of the target are" + below +
                           "they are learned is not predicted");
    }
  }
  return text;
}

bool Prediction::settled() const {
  const auto* path = std::get_if<FlowPath>(&parts_->source);
  return path == nullptr || path->settled();
}

void Prediction::visit(const std::vector<double>& times, const See& see) const {
  require_times(times);
  if (const auto* path = std::get_if<FlowPath>(&parts_->source)) {
    std::vector<std::size_t> order(times.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return times[a] < times[b]; });
    std::vector<double> rising;
    for (const std::size_t i : order) {
      if (times[i] < infinity && (rising.empty() || times[i] > rising.back())) rising.push_back(times[i]);
    }
    std::size_t next = 0;
    path->visit(rising, [&](double t, const Dynamics& dynamics) {
      const Network now = dynamics.network();
      for (; next < order.size() && times[order[next]] == t; ++next) see(order[next], &now);
    });
    const Network* end = path->settled() ? path->points().back().state.get() : nullptr;
    for (; next < order.size(); ++next) see(order[next], end);
    return;
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Network now = std::visit(
        [&](const auto& source) -> Network {
          if constexpr (requires { source.state(0.0); }) {
            return source.state(times[i]);
          } else {
            bad_input({.field = "method",
                       .expected = "a method that predicts the network",
                       .got = "linearized, which predicts its outputs"});
          }
        },
        parts_->source);
    see(i, &now);
  }
}

Matrix Prediction::linearized(const Observable& observable, const std::vector<double>& times) const {
  const auto& lazy = std::get<PerceptronLinearized>(parts_->source);
  const bool train = observable.name == "train_error";
  const bool kernel = observable.name == "kernel_distance";
  if (!train && !kernel && observable.name != "test_error") {
    bad_input({.field = "record",
               .expected = "train_error, test_error or kernel_distance, which the linearized network has",
               .got = observable.name});
  }
  require_times(times);
  observable.require(start(), task());
  Matrix out(static_cast<Index>(times.size()), 1);
  for (std::size_t i = 0; i < times.size(); ++i) {
    out(static_cast<Index>(i), 0) = kernel ? 0.0 : train ? lazy.train_error(times[i]) : lazy.test_error(times[i]);
  }
  return out;
}

Network Prediction::own_start() const {
  if (const auto* path = std::get_if<FlowPath>(&parts_->source)) return path->start();
  return method() == Method::nearest_closed_form ? closed_form()->state(0) : start();
}

Matrix Prediction::values(const Observable& observable, const std::vector<double>& times) const {
  if (std::holds_alternative<PerceptronLinearized>(parts_->source)) return linearized(observable, times);
  observable.require(start(), task());
  const linalg::SerialBlas serial;
  const double kappa = threshold();
  std::optional<Threshold> own;
  if (std::isfinite(kappa)) own = kappa;
  const Reference reference(task(), own_start(), rates(), own);
  const Index length = observable.length(shape(), hidden_neurons(reference.start()));
  Matrix out = Matrix::Constant(static_cast<Index>(times.size()), length, nan);
  std::vector<double> row(static_cast<std::size_t>(length));
  const bool linear = is_linear(start());
  visit(times, [&](std::size_t i, const Network* now) {
    if (now == nullptr) return;
    const Matrix a = linear ? linnet::end_to_end(*now) : Matrix();
    observable.evaluate(linear ? Snapshot(reference, a, now, times[i]) : Snapshot(reference, *now, times[i]), row);
    out.row(static_cast<Index>(i)) = Eigen::Map<const Vector>(row.data(), length).transpose();
  });
  return out;
}

double Prediction::value(const Observable& observable, double t) const { return values(observable, {t})(0, 0); }

double Prediction::train_error(double t) const { return value(observables::train_error(), t); }

double Prediction::test_error(double t) const { return value(observables::test_error(), t); }

double Prediction::kernel_distance(double t) const { return value(observables::kernel_distance(), t); }

std::optional<Network> Prediction::state(double t) const {
  if (std::holds_alternative<PerceptronLinearized>(parts_->source)) {
    require_times({t});
    return std::nullopt;
  }
  std::optional<Network> state;
  visit({t}, [&](std::size_t, const Network* now) {
    if (now != nullptr) state = *now;
  });
  return state;
}

Matrix Prediction::end_to_end(double t) const {
  observables::end_to_end().require(start(), task());
  const std::optional<Network> now = state(t);
  return now ? linnet::end_to_end(*now) : Matrix(Matrix::Constant(shape().outputs, shape().inputs, nan));
}

Vector Prediction::modes(double t) const {
  if (mode_vectors().s.size() == 0) {
    bad_input({.field = "modes",
               .expected = "a target, or the end of a flow, which have modes",
               .got = is_linear(start()) ? "a flow that has not settled, on a cost that does not determine Y"
                                         : "a perceptron"});
  }
  return strengths(mode_vectors(), end_to_end(t));
}

Vector Prediction::singular_values(double t) const { return values(observables::singular_values(), {t}).row(0); }

std::pair<double, double> Prediction::span() const {
  if (const auto* path = std::get_if<FlowPath>(&parts_->source)) {
    const auto& points = path->points();
    const double size = path->size();
    const auto moved = std::find_if(points.begin(), points.end(), [&](const FlowPath::Point& p) {
      return (p.view - points.front().view).norm() > 1e-3 * size;
    });
    const auto still = std::find_if(points.rbegin(), points.rend(), [&](const FlowPath::Point& p) {
      return (p.view - points.back().view).norm() > 1e-4 * size;
    });
    return {moved == points.end() ? path->end() / 100 : moved->time / 2,
            still == points.rend() ? path->end() : std::min(path->end(), 2 * still->time)};
  }
  if (const auto* lazy = std::get_if<PerceptronLinearized>(&parts_->source)) {
    const Vector& values = lazy->eigenvalues();
    const double largest = values.maxCoeff();
    if (!(largest > 0)) return {0.01, 1};
    double least = largest;
    for (const double value : values) {
      if (value > 1e-6 * largest) least = std::min(least, value);
    }
    const double per_time =
        2 * task().train.normalisation().factor() / static_cast<double>(require_samples(task()).inputs.cols());
    return {0.01 / (largest * per_time), 5 / (least * per_time)};
  }
  const Cost& cost = task().train;
  const double variance = cost.is_white() ? *cost.white_variance() : linalg::operator_norm(*cost.covariance());
  const double fastest = std::hypot(mode_vectors().s.maxCoeff(), threshold()) * variance * rates().geometric_mean();
  if (!(fastest > 0)) return {0.01, 1};
  double last = 1 / fastest;
  for (const double t : learning_times(0.9)) {
    if (std::isfinite(t)) last = std::max(last, t);
  }
  return {0.01 / fastest, 3 * last};
}

std::vector<double> Prediction::default_times() const { return times_until(span().second); }

std::vector<double> Prediction::times_until(double last) const {
  double first = span().first;
  if (!(last > 0)) last = 1;
  if (!(first > 0) || first > last / 2) first = last / 100;
  std::vector<double> times{0};
  constexpr int count = 100;
  for (int k = 0; k < count; ++k) times.push_back(first * std::pow(last / first, k / (count - 1.0)));
  times.back() = last;
  return times;
}

Trajectory Prediction::trace(const FlowPath& path, const std::vector<double>& times, const Record& record) const {
  const linalg::SerialBlas serial;
  std::optional<Threshold> own = record.threshold;
  if (!own && std::isfinite(threshold())) own = threshold();
  Recorder recorder({task(), path.start(), rates(), own}, record, static_cast<double>(times.size()));
  Outcome outcome;
  std::optional<Network> final;
  const auto see = [&](double t, const Dynamics& dynamics) {
    stop_if_asked();
    const Moment moment{.step = 0, .time = t, .last = t == times.back(), .dynamics = dynamics};
    recorder.consider_best(moment);
    recorder.record(moment);
    outcome.time = t;
    if (moment.last) final = dynamics.network();
  };
  std::vector<double> finite = times;
  const bool to_the_end = finite.back() == infinity;
  if (to_the_end) finite.pop_back();
  path.visit(finite, see);
  if (to_the_end && path.settled()) see(infinity, *make_dynamics(*path.points().back().state, task()));
  recorder.warn(warning());
  return std::move(recorder).finish(std::move(outcome), std::move(final));
}

Trajectory Prediction::trace(std::vector<double> times, const Record& record) const {
  require_times(times);
  if (times.empty()) bad_input({.field = "times", .expected = "at least one time", .got = "none"});
  times.push_back(0);
  std::ranges::sort(times);
  times.erase(std::unique(times.begin(), times.end()), times.end());
  const auto* path = std::get_if<FlowPath>(&parts_->source);
  require_observables(record, path != nullptr ? path->start() : start(), task());
  if (path != nullptr) return trace(*path, times, record);
  std::vector<double> instants = times;
  if (instants.back() == infinity) instants.pop_back();  // the end of a trace
  Record at = record;
  at.schedule = Schedule::at(instants);
  Trajectory run;
  if (const auto* exact = closed_form()) {
    run = linnet::trace(*exact, times.back(), at);
  } else if (const auto* modes = std::get_if<ModeFlow>(&parts_->source)) {
    run = linnet::trace(*modes, task(), times.back(), at);
  } else {
    run.shape = shape();
    run.time = times;
    run.step.assign(times.size(), 0);
    run.outcome.time = times.back();
    for (const Observable& o : record.observables) {
      run.series.push_back(
          {.name = o.name, .long_name = o.long_name, .units = o.units, .over = o.over, .values = values(o, times)});
    }
  }
  if (run.warning.empty()) run.warning = parts_->account.warning;
  return run;
}

}  // namespace linnet
