#include "linnet/design/risk.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/exact/false_position.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

double HeldOutEntries::error(const Vector& modes) const {
  return std::max(modes.dot(products * modes) - 2 * targets.dot(modes) + square, 0.0) / count;
}

Vector HeldOutEntries::gradient(const Vector& modes) const { return (2 / count) * (products * modes - targets); }

Risk::Risk(std::vector<Part> parts, double rate, double time_limit)
    : parts_(std::move(parts)), rate_(rate), time_limit_(time_limit) {
  if (!(rate > 1e-100 && rate < 1e100)) {
    bad_input({.field = "rate", .expected = "a number above 1e-100 and below 1e100", .got = format_number(rate)});
  }
  if (!(time_limit > 0)) {
    bad_input({.field = "time_limit", .expected = "a time above 0", .got = format_number(time_limit)});
  }
  for (const Part& part : parts_) {
    if (part.spectrum->target.size() > 0) largest_ = std::max(largest_, part.spectrum->target.maxCoeff());
  }
  if (!(largest_ < 1e100)) {
    bad_input({.field = "task.target",
               .expected = "singular values below 1e100",
               .got = format_number(largest_),
               .hint = "choose another unit"});
  }
  if (!(largest_ > 0)) {
    bad_input({.field = "task.target",
               .expected = "a target with entries other than 0",
               .got = "a target of rank 0",
               .hint = "there is nothing to learn"});
  }
}

ModeFlow Risk::flow(std::size_t part, double kappa) const {
  return {parts_[part].spectrum, {.scales = kappa, .rates = rate_}};
}

std::vector<ModeFlow> Risk::flows(double kappa) const {
  std::vector<ModeFlow> all;
  all.reserve(parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i) all.push_back(flow(i, kappa));
  return all;
}

double Risk::error_of(std::size_t part, const ModeFlow& flow, double t) const {
  const Part& p = parts_[part];
  return p.entries ? p.entries->error(flow.modes(t)) : flow.test_error(t);
}

Risk::Slopes Risk::slopes_of(std::size_t part, const ModeFlow& flow, double t) const {
  const Part& p = parts_[part];
  const TaskSpectrum& s = *p.spectrum;
  const ModeFlow::Slopes of_modes = flow.slopes(t);
  const Vector modes = flow.modes(t);
  Vector gradient;
  if (p.entries) {
    gradient = p.entries->gradient(modes);
  } else {
    gradient = (2 / s.entries) * s.weight.cwiseProduct(modes - s.overlap);
    if (s.test_variance.size() > 0) gradient = gradient.cwiseProduct(s.test_variance).eval();
  }
  return {.by_time = gradient.dot(of_modes.by_time), .by_scale = gradient.dot(of_modes.by_threshold)};
}

double Risk::mean_error(const std::vector<ModeFlow>& flows, double t) const {
  double sum = 0;
  for (std::size_t i = 0; i < flows.size(); ++i) sum += error_of(i, flows[i], t);
  return sum / static_cast<double>(flows.size());
}

Risk::Slopes Risk::mean_slopes(const std::vector<ModeFlow>& flows, double t) const {
  Slopes sum;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const Slopes own = slopes_of(i, flows[i], t);
    sum.by_time += own.by_time;
    sum.by_scale += own.by_scale;
  }
  const auto count = static_cast<double>(flows.size());
  return {.by_time = sum.by_time / count, .by_scale = sum.by_scale / count};
}

double Risk::error(double kappa, double t) const { return mean_error(flows(kappa), t); }

Vector Risk::errors(double kappa, double t) const {
  Vector all(static_cast<Index>(parts_.size()));
  for (std::size_t i = 0; i < parts_.size(); ++i) all(static_cast<Index>(i)) = error_of(i, flow(i, kappa), t);
  return all;
}

Risk::Slopes Risk::slopes(double kappa, double t) const { return mean_slopes(flows(kappa), t); }

BestMoment Risk::best(double kappa) const {
  if (parts_.size() == 1 && !parts_.front().entries) {
    const BestMoment free = flow(0, kappa).best();
    if (free.time <= time_limit_) return free;
  }
  return search(flows(kappa));
}

BestMoment Risk::search(const std::vector<ModeFlow>& flows) const {
  constexpr int count = 400;
  double first = infinity;
  double last = 0;
  for (const ModeFlow& flow : flows) {
    first = std::min(first, flow.learning_times(1e-3).minCoeff());
    for (const double t : flow.learning_times(0.999)) {
      if (std::isfinite(t)) last = std::max(last, t);
    }
  }
  last = std::min(last, time_limit_);
  BestMoment best{.time = 0, .test_error = mean_error(flows, 0)};
  const auto take = [&](double t) {
    const double error = mean_error(flows, t);
    if (error < best.test_error) best = {.time = t, .test_error = error};
    return error;
  };
  take(time_limit_);
  if (!(first > 0 && first < last)) return best;
  std::vector<double> times;
  std::vector<double> errors;
  for (int k = 0; k <= count; ++k) {
    times.push_back(first * std::pow(last / first, static_cast<double>(k) / count));
    errors.push_back(take(times.back()));
  }
  for (std::size_t k = 1; k + 1 < times.size(); ++k) {
    // Those that may be the least: within what the error changes over a step.
    const double change = std::max(std::abs(errors[k - 1] - errors[k]), std::abs(errors[k + 1] - errors[k]));
    if (errors[k] > errors[k - 1] || errors[k] > errors[k + 1] || errors[k] - change > best.test_error) continue;
    const double a = times[k - 1];
    const double b = times[k + 1];
    const double fa = mean_slopes(flows, a).by_time;
    const double fb = mean_slopes(flows, b).by_time;
    if (!(fa < 0 && fb > 0)) continue;
    take(false_position([&](double t) { return mean_slopes(flows, t).by_time; }, a, fa, b, fb, 1e-10));
  }
  return best;
}

}  // namespace linnet
