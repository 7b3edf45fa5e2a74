#include "linnet/predict/flow_path.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "linnet/dynamics/linear_dynamics.hpp"
#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/training/start_check.hpp"

namespace linnet {

namespace {

constexpr double noticed = 0.02;      // a change of the view that is kept
constexpr double ratio = 1.25;        // of the times of two points at most
constexpr double farther = 1e4;       // how far the next leg goes
constexpr double longest_wait = 1e5;  // at a saddle, in the time of the last change
constexpr double most_time = 1e100;
constexpr double most_bytes = 2e8;  // of kept states

/// |W|^(L−2) of the smallest layer, or where this is less, of the layers that make the target: what leaves a saddle
/// grows at the rate |R||W|^(L−2). 1 of two layers.
double factor_of_growth(const Network& start, double target) {
  const auto factor = [&](double layer, double depth) {
    if (target > 0) layer = std::min(layer, std::pow(target, 1 / depth));
    return layer > 0 && depth > 2 ? std::pow(layer, depth - 2) : 1.0;
  };
  if (const auto* balanced = std::get_if<DeepBalanced>(&start)) {
    const double depth = balanced->depth();
    return factor(std::pow(balanced->end_to_end().norm(), 1 / depth), depth);
  }
  const DeepLinear* weights = weights_of(start);
  if (weights == nullptr) return 1;
  double least = infinity;
  for (const Matrix& w : weights->weights()) {
    least = std::min(least, w.norm() / std::sqrt(static_cast<double>(std::max(w.rows(), w.cols()))));
  }
  return factor(least, static_cast<double>(weights->depth()));
}

/// qᵀGq with q = (v, −u)/√2, which grows at the rate 2σ at a saddle, where R = σuvᵀ + … stays. Below the noise nothing
/// is known of it.
struct Part {
  double size = 0;
  double noise = 0;
};

/// Of Gram states of full rank: fewer neurons may keep such a part out.
std::optional<Part> part_along(const Network& network, const Vector& u, const Vector& v) {
  const GramState g = gram_state(network);
  if (narrow_factor(g)) return std::nullopt;
  constexpr double rounding = 1e-15;
  const Matrix& c1 = g.input_representation();
  const Matrix& c2 = g.output_representation();
  return Part{.size = (v.dot(c1 * v) + u.dot(c2 * u)) / 2 - u.dot(g.end_to_end() * v),
              .noise = rounding * (c1.trace() + c2.trace())};
}

}  // namespace

FlowPath::FlowPath(const Network& start, std::shared_ptr<const Task> task, const Options& options)
    : start_(at_rates(start, options.rates)),
      task_(std::move(task)),
      frame_(start_, task_),
      options_(options),
      linear_(is_linear(start_)),
      switched_(infinity) {
  const linalg::SerialBlas serial;
  const Cost& cost = task_->train;
  if (linear_) {
    if (const auto root = cost.input_root()) root_ = *root;
    if (cost.has_target()) {
      size_ = cost.target().norm();
      seen_size_ = root_.size() > 0 ? linalg::product(cost.target(), root_).norm() : size_;
    }
    patience_ /= factor_of_growth(start_, size_);
  } else {
    size_ = seen_size_ = require_samples(*task_).targets.norm();
  }
  const std::unique_ptr<Dynamics> begin =
      checked_dynamics(frame_.inside(start_), frame_.task(), Record{}, options_.rates, "rates", nullptr);
  keep(0, *begin);
  if (settled_) return;
  double time = 0;
  const double horizon = 1e4 / growth(*begin);
  const auto follow_by = [&](GradientFlow::Method method, Index most_steps) {
    Index steps = 0;
    const See at_steps = [&](double t, const Dynamics& dynamics) {
      time = t;
      return keep(t, dynamics) && ++steps < most_steps;
    };
    try {
      // In legs, as an integrator's first step depends on how far it is to go.
      for (bool going = true; going && time < most_time;) {
        const Point& last = points_.back();
        time = last.time;
        going = integrate(frame_, *last.state, time, std::max(horizon, farther * time), method, options_.rtol, {}, {},
                          at_steps);
      }
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::numerical) throw;
      failure_ = error.got();
    }
  };
  follow_by(options_.method, options_.most_steps);
  if (settled_ || options_.method == GradientFlow::Method::bdf) return;
  failure_.clear();
  switched_ = points_.back().time;
  follow_by(GradientFlow::Method::bdf, 3 * options_.most_steps);
}

FlowPath::Frame::Frame(const Network& start, const std::shared_ptr<const Task>& task) : task_(task) {
  const DeepLinear* weights = weights_of(start);
  if (weights == nullptr) return;
  OuterSpaces spaces(*weights, task->train);
  if (!spaces.smaller()) return;
  task_ = std::make_shared<const Task>(Task{.name = task->name, .train = spaces.inside(task->train)});
  spaces_ = std::move(spaces);
}

Network FlowPath::Frame::inside(const Network& network) const {
  if (!spaces_) return network;
  const DeepLinear& weights = *weights_of(network);
  return spaces_->inside(weights).standing_for(weights.shared_cone());
}

Network FlowPath::Frame::whole(const Network& inside) const {
  if (!spaces_) return inside;
  const DeepLinear& weights = *weights_of(inside);
  return spaces_->whole(weights).standing_for(weights.shared_cone());
}

Matrix FlowPath::Frame::view(const Dynamics& inside) const {
  const auto* linear = dynamic_cast<const LinearDynamics*>(&inside);
  if (linear == nullptr) return inside.outputs(inside.samples()->inputs);
  return spaces_ ? spaces_->whole(linear->end_to_end()) : linear->end_to_end();
}

/// The largest rate at which small weights can grow where the network is now.
double FlowPath::growth(const Dynamics& dynamics) const {
  if (linear_) {
    const double rate = options_.rates.geometric_mean();
    return rate * linalg::operator_norm(dynamic_cast<const LinearDynamics&>(dynamics).residual().gradient);
  }
  const Network now = dynamics.network();
  double square = 0;
  for (const Matrix& w : std::get<Perceptron>(now).weights()) square += w.squaredNorm();
  return dynamics.gradient_norm() / std::sqrt(square);
}

bool FlowPath::at_rest(double time, const Dynamics& dynamics) {
  const double gradient = dynamics.gradient_norm();
  steepest_ = std::max(steepest_, gradient);
  if (gradient == 0) return true;
  const auto before =
      std::find_if(points_.rbegin(), points_.rend(), [&](const Point& p) { return p.time <= time / 2; });
  if (before == points_.rend() || time == 0) return false;
  Matrix change = points_.back().view - before->view;
  if (root_.size() > 0) change = linalg::product(change, root_);
  if (change.norm() > options_.settled * seen_size_) {
    last_change_ = time;
    return false;
  }
  if (gradient <= options_.settled * steepest_) return true;
  // A saddle may hold what still grows.
  const bool waited = last_change_ > 0 && time > longest_wait * last_change_;
  return waited || (time - last_change_) * growth(dynamics) > patience_;
}

bool FlowPath::keep(double time, const Dynamics& dynamics) {
  stop_if_asked();
  if (!dynamics.finite()) return false;
  Matrix now = frame_.view(dynamics);
  const double norm = now.norm();
  size_ = std::max(size_, norm);
  seen_size_ = std::max(seen_size_, root_.size() > 0 ? linalg::product(now, root_).norm() : norm);
  const bool moved = points_.empty() || (now - points_.back().view).norm() > noticed * size_;
  if (!moved && time < ratio * points_.back().time) return true;
  points_.push_back({.time = time,
                     .view = std::move(now),
                     .state = std::make_shared<const Network>(frame_.whole(dynamics.network()))});
  kept_bytes_ += 8 * numbers_of(*points_.back().state);
  if (kept_bytes_ > most_bytes) thin();
  settled_ = at_rest(time, dynamics);
  if (switched_ < infinity && lost_growth(time, dynamics)) {
    settled_ = false;
    failure_ = "weights far below the tolerance grow there, which it does not resolve";
    return false;
  }
  return !settled_;
}

/// The error test of bdf does not see parts below its tolerance, and steps much longer than their growth time make them
/// shrink: then the flow would stay at a saddle that it leaves.
bool FlowPath::lost_growth(double time, const Dynamics& dynamics) {
  const Network& now = *points_.back().state;
  if (weights_of(now) != nullptr || !has_gram_state(now) || points_.back().time != time) return false;
  const Matrix& gradient = dynamic_cast<const LinearDynamics&>(dynamics).residual().gradient;
  constexpr double long_enough = 2;
  constexpr double still = 1e-3;
  if (waiting_) {
    const Waiting& before = *waiting_;
    const double grown = before.rate * (time - before.time);
    if (grown < long_enough) return false;
    if ((gradient - before.gradient).norm() <= still * gradient.norm()) {
      const std::optional<Part> part = part_along(now, before.u, before.v);
      if (part && !(part->size > part->noise && std::log(part->size / before.part) > grown / 2)) return true;
    }
  }
  const linalg::Svd d = linalg::svd(gradient);
  Waiting next{.time = time,
               .gradient = gradient,
               .rate = 2 * options_.rates.geometric_mean() * d.s(0),
               .u = d.u.col(0),
               .v = d.v.col(0)};
  const std::optional<Part> part = part_along(now, next.u, next.v);
  if (!part) return false;
  next.part = part->size;
  waiting_ = std::move(next);
  return false;
}

/// Leaves every second state, the first and the last.
void FlowPath::thin() {
  bool leave = true;
  for (std::size_t i = 0; i + 1 < points_.size(); ++i) {
    if (points_[i].state == nullptr) continue;
    if (!leave) {
      kept_bytes_ -= 8 * numbers_of(*points_[i].state);
      points_[i].state = nullptr;
    }
    leave = !leave;
  }
}

std::string FlowPath::warning() const {
  if (settled_) return {};
  return "the flow has not settled by t = " + format_number(end()) +
         (failure_.empty() ? "" : " (the integration ended: " + failure_ + ")") + ": what it tends to is not predicted";
}

bool FlowPath::integrate(const Frame& frame, const Network& from, double begin, double end, GradientFlow::Method method,
                         double rtol, const std::vector<double>& times, const See& at_times,
                         const See& at_steps) const {
  const std::unique_ptr<Dynamics> dynamics = make_dynamics(frame.inside(from), frame.task());
  std::vector<double> relative;
  for (const double t : times) {
    if (t > begin) relative.push_back(t - begin);
  }
  relative.erase(std::unique(relative.begin(), relative.end()), relative.end());
  bool going = true;
  std::size_t next = 0;
  const Visit visit = [&](const Moment& moment) {
    for (; next < times.size() && (times[next] <= begin || times[next] - begin <= moment.time); ++next) {
      if (at_times && !at_times(times[next], moment.dynamics)) going = false;
    }
  };
  const Observer observer = [&](const Progress& progress) {
    stop_if_asked();
    if (progress.done > 0 && at_steps && !at_steps(begin + progress.done, *dynamics)) going = false;
    return going;
  };
  const GradientFlow options{.t_end = end - begin,
                             .rates = options_.rates,
                             .rtol = rtol,
                             .method = method,
                             .max_steps = 1'000'000'000,
                             .divergence_factor = 1e300};
  const Outcome outcome = flow(*dynamics, options, relative, visit, observer);
  if (outcome.status == Status::interrupted && going) {
    throw Error(Error::Kind::interrupted,
                {.field = "predict", .expected = "time to compute it", .got = "an interruption"});
  }
  return going;
}

/// Through both methods, from a state at `begin`.
void FlowPath::follow(const Frame& frame, const Network& from, double begin, double rtol,
                      const std::vector<double>& times, const std::function<void(double, const Dynamics&)>& see) const {
  const See at_times = [&](double t, const Dynamics& dynamics) {
    see(t, dynamics);
    return true;
  };
  const auto middle = std::upper_bound(times.begin(), times.end(), switched_);
  std::vector<double> first(times.begin(), middle);
  const std::vector<double> second(middle, times.end());
  Network now = from;
  double time = begin;
  if (begin < switched_ && (!first.empty() || !second.empty())) {
    const double end = second.empty() ? first.back() : switched_;
    std::optional<Network> last;
    const bool asked = !first.empty() && first.back() == end;
    if (!asked) first.push_back(end);
    integrate(frame, now, time, end, options_.method, rtol, first,
              [&](double t, const Dynamics& dynamics) {
                if (t == end && !second.empty()) last = frame.whole(dynamics.network());
                return t == end && !asked ? true : at_times(t, dynamics);
              },
              {});
    if (last) now = *last;
    time = end;
  } else if (!first.empty()) {  // the start itself
    integrate(frame, now, time, time, options_.method, rtol, first, at_times, {});
  }
  if (!second.empty()) {
    integrate(frame, now, time, second.back(), GradientFlow::Method::bdf, rtol, second, at_times, {});
  }
}

void FlowPath::visit(const std::vector<double>& times, const std::function<void(double, const Dynamics&)>& see) const {
  const linalg::SerialBlas serial;
  // Integrators fail on the way to times that differ from 0 or the end by too many orders of magnitude.
  const double soon = points_.size() > 1 ? 1e-30 * points_[1].time : 0;
  const double late = settled_ ? std::max(1e6 * end(), soon) : infinity;
  const auto begin = std::upper_bound(times.begin(), times.end(), soon);
  const auto rest = std::upper_bound(begin, times.end(), late);
  const auto show = [&](auto first, auto last, const Point& point) {
    if (first == last) return;
    const std::unique_ptr<Dynamics> dynamics = make_dynamics(*point.state, *task_);
    for (; first != last; ++first) see(*first, *dynamics);
  };
  show(times.begin(), begin, points_.front());
  if (begin != rest) {
    const auto from = std::find_if(points_.rbegin(), points_.rend(),
                                   [&](const Point& p) { return p.state != nullptr && p.time <= *begin; });
    follow(frame_, *from->state, from->time, options_.rtol, {begin, rest}, [&](double t, const Dynamics& inside) {
      if (!frame_.smaller()) return see(t, inside);
      see(t, *make_dynamics(frame_.whole(inside.network()), *task_));
    });
  }
  show(rest, times.end(), points_.back());
}

double FlowPath::distance(const Network& other, double rtol) const {
  const linalg::SerialBlas serial;
  std::vector<double> times;
  for (const Point& p : points_) times.push_back(p.time);
  double largest = 0;
  std::size_t i = 0;
  try {
    const Frame frame(other, task_);
    follow(frame, other, 0, rtol, times, [&](double, const Dynamics& dynamics) {
      const double apart = (frame.view(dynamics) - points_[i++].view).norm();
      if (!(apart <= largest)) largest = apart;
    });
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::numerical) throw;
    return nan;
  }
  return size_ > 0 ? largest / size_ : largest;
}

}  // namespace linnet
