#include "scene.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/golden_section.hpp"
#include "linnet/support/constants.hpp"

namespace linnet::explorer {

namespace {

std::vector<double> even_in_log(const Span& span, Index count) {
  std::vector<double> times(static_cast<std::size_t>(count));
  const double low = std::log10(span.first);
  const double high = std::log10(span.last);
  for (Index k = 0; k < count; ++k) {
    times[static_cast<std::size_t>(k)] =
        std::pow(10, low + (high - low) * static_cast<double>(k) / static_cast<double>(count - 1));
  }
  return times;
}

/// The first times at which the modes pass half their targets, between the times of a solution on a straight line.
Vector half_times(const Solution& s, const Vector& targets) {
  Vector half = Vector::Constant(targets.size(), infinity);
  for (Index i = 0; i < targets.size(); ++i) {
    const double y = targets(i);
    if (y == 0) continue;
    double before = s.start.modes(i) / y;
    double at = 0;
    if (before >= 0.5) half(i) = 0;
    for (std::size_t k = 0; k < s.times.size() && half(i) == infinity; ++k) {
      const double now = s.modes(i, static_cast<Index>(k)) / y;
      if (now >= 0.5) half(i) = at + (s.times[k] - at) * (0.5 - before) / (now - before);
      before = now;
      at = s.times[k];
    }
  }
  return half;
}

/// The least test error: of the times of a solution, its start and end, refined between neighbours if they are cheap.
BestMoment least_test_error(const Solution& s, const Motion& motion) {
  Index k = 0;
  BestMoment best{.time = 0, .test_error = s.test_error.minCoeff(&k)};
  const auto at = static_cast<std::size_t>(k);
  best.time = s.times[at];
  if (motion.exact() && k > 0 && at + 1 < s.times.size()) {
    const auto error = [&](double log_time) { return motion.at(std::exp(log_time)).test_error; };
    const auto narrow = [](double left, double right) { return right - left < 1e-6; };
    const GoldenSection least = golden_section(error, std::log(s.times[at - 1]), std::log(s.times[at + 1]), narrow);
    if (least.value < best.test_error) best = {.time = std::exp(least.at), .test_error = error(least.at)};
  }
  if (s.start.test_error <= best.test_error) best = {.time = 0, .test_error = s.start.test_error};
  if (s.end.test_error < best.test_error) best = {.time = infinity, .test_error = s.end.test_error};
  return best;
}

/// At least the square of the operator norm; of large layers by ‖W‖² ≤ ‖W‖₁‖W‖_∞, as their SVD would take long.
double square_of_norm(const Matrix& w) {
  if (w.size() < 40'000) return std::pow(linalg::operator_norm(w), 2);
  return w.cwiseAbs().colwise().sum().maxCoeff() * w.cwiseAbs().rowwise().sum().maxCoeff();
}

/// Each layer's largest singular value is at most this at start or end, and so is the rate of the fastest mode.
double fastest_rate(const DeepLinear& start, double largest_target) {
  const auto depth = static_cast<double>(start.depth());
  const double learned = std::pow(std::max(largest_target, 1e-12), 2 / depth);
  double square = learned;
  for (const Matrix& w : start.weights()) square = std::max(square, square_of_norm(w) + learned);
  return depth * std::pow(square, depth - 1);
}

/// "980", "620,000", "1.8 million": two digits, as one says them.
std::string steps_in_words(double steps) {
  if (steps >= 1e9) return "more than a billion";
  if (steps >= 1e6) return format_number(steps / 1e6, 2) + " million";
  const double unit = std::pow(10, std::max(0.0, std::floor(std::log10(std::max(steps, 1.0))) - 1));
  std::string digits = std::to_string(static_cast<Index>(unit * std::round(steps / unit)));
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, ",");
  return digits;
}

}  // namespace

Scene::Scene(Problem problem) : problem_(std::move(problem)), motion_(make_motion(problem_)) {}

Solution Scene::solution(Index count) {
  Solution s;
  s.complete = motion_->work(0);
  s.start = motion_->at(0);
  s.end = motion_->at(infinity);
  const bool integrated = !motion_->known_times().empty() || !s.complete;
  s.times = integrated ? motion_->known_times() : even_in_log(span_of(*motion_), count);
  std::vector<Values> values = integrated ? known_ : std::vector<Values>{};
  for (std::size_t k = values.size(); k < s.times.size(); ++k) values.push_back(motion_->at(s.times[k]));
  if (integrated) {
    known_ = values;
    // What comes before anything moves is not shown.
    const double largest = std::max(s.start.modes.cwiseAbs().maxCoeff(), motion_->targets().cwiseAbs().maxCoeff());
    const auto moves = std::find_if(values.begin(), values.end(), [&](const Values& v) {
      return (v.modes - s.start.modes).cwiseAbs().maxCoeff() >= 3e-3 * largest;
    });
    if (!s.times.empty()) {
      const std::size_t k = std::min(static_cast<std::size_t>(moves - values.begin()), values.size() - 1);
      const double from = std::min(s.times[k] / std::pow(10, 0.25), s.times.back() / std::pow(10, 1.25));
      const auto still = std::lower_bound(s.times.begin(), s.times.end(), from) - s.times.begin();
      s.times.erase(s.times.begin(), s.times.begin() + still);
      values.erase(values.begin(), values.begin() + still);
    }
  }
  const auto times = static_cast<Index>(values.size());
  s.modes.resize(s.start.modes.size(), times);
  s.loss.resize(times);
  s.test_error.resize(times);
  s.kernel_distance.resize(times);
  for (Index k = 0; k < times; ++k) {
    const Values& v = values[static_cast<std::size_t>(k)];
    s.modes.col(k) = v.modes;
    s.loss(k) = v.loss;
    s.test_error(k) = v.test_error;
    s.kernel_distance(k) = v.kernel_distance;
  }
  if (motion_->neuron(0).size() > 0) {
    s.neuron.resize(3, times);
    for (Index k = 0; k < times; ++k) s.neuron.col(k) = motion_->neuron(s.times[static_cast<std::size_t>(k)]);
  }
  s.learning_times = motion_->learning_times();
  if (s.learning_times.size() == 0) s.learning_times = half_times(s, motion_->targets());
  s.best = motion_->best();
  if (!s.best && times > 0 && std::isfinite(s.test_error(0))) s.best = least_test_error(s, *motion_);
  return s;
}

PlainDescent::PlainDescent(Problem problem, const Span& span) : problem_(std::move(problem)) {
  const Task& task = problem_.task;
  vectors_ = linalg::svd(task.target());
  const DeepLinear start = weights_of_start(problem_);
  layers_ = std::make_unique<Layers>(start, task);
  // As many steps as a second or two can take. Smaller steps lie closer to the curves.
  const double flops = 12 * static_cast<double>(layers_->numbers()) * static_cast<double>(task.shape().modes()) + 2e3;
  const double affordable = std::floor(std::min(3e9 / flops, 1e6));
  const double unit = 1 / fastest_rate(start, vectors_.s(0));
  step_ = std::clamp(span.last / affordable, 0.01 * unit, 0.1 * unit);
  const double wanted = std::ceil(span.last / step_ * (1 - 1e-12));
  last_ = static_cast<Index>(std::min(wanted, affordable));
  due_ = span.first;
  if (affordable < wanted) {
    note_ = "Gradient descent would take " + steps_in_words(wanted) + " steps to the end: the dots stop after " +
            steps_in_words(affordable) + ".";
  }
  if (static_cast<double>(last_) * step_ < span.first) {
    note_ = "Gradient descent would take " + steps_in_words(wanted) + " steps: no dots here.";
    last_ = 0;
  }
}

void PlainDescent::keep() {
  times_.push_back(static_cast<double>(steps_) * step_);
  modes_.emplace_back(vectors_.u.cwiseProduct(layers_->end_to_end() * vectors_.v).colwise().sum());
  loss_.push_back(layers_->cost());
}

bool PlainDescent::work(double milliseconds) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point until = Clock::now() + std::chrono::microseconds(static_cast<long long>(1000 * milliseconds));
  constexpr double apart = 1.12;  // of the times of dots: twenty a decade
  for (Index since = 1; steps_ < last_; ++since) {
    layers_->descend(step_);
    ++steps_;
    if (static_cast<double>(steps_) * step_ >= due_) {
      keep();
      due_ = apart * static_cast<double>(steps_) * step_;
    }
    if (since % 16 == 0 && Clock::now() > until) return false;
  }
  return true;
}

PhaseMap::PhaseMap(Problem problem, Measure measure) : problem_(std::move(problem)), measure_(measure) {
  const Start& s = problem_.start;
  if (s.gram || !s.weights.empty()) {
    note_ = "There is no map of weights that are given.";
  } else if (!problem_.angle && s.depth == 1) {
    note_ = "One layer has no phases: its modes are exponentials at any start.";
  } else if (!problem_.angle && s.depth > 2 && s.width != "balanced") {
    note_ = "The map needs a closed form: two layers, or balanced ones.";
  }
  empty_ = !note_.empty();
  if (empty_ || problem_.angle) return;
  if (s.width == "gaussian") {
    problem_.start.width = "infinite";
    note_ = "The map is that of infinite width.";
  }
  if (problem_.start.width == "infinite") spectrum_ = spectrum_of(problem_.task);
}

double PhaseMap::at(double scale, double balance) const {
  if (empty_) return nan;
  Problem p = problem_;
  p.start.scale = scale;
  p.start.balance = balance;
  try {
    if (spectrum_) {
      const ModeFlow flow(spectrum_,
                          {.scales = p.start.scales(), .start = p.reversed ? Vector(-spectrum_->target) : Vector()});
      return measure_ == Measure::kernel ? flow.kernel_distance(infinity) : flow.best().test_error;
    }
    Scene scene(p);
    if (measure_ == Measure::kernel) return scene.motion().at(infinity).kernel_distance;
    const Solution s = scene.solution(24);
    return s.best ? s.best->test_error : nan;
  } catch (const Error&) {
    return nan;  // no such start, as for a mode that would stay at a saddle
  }
}

}  // namespace linnet::explorer
