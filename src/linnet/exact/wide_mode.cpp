#include "linnet/exact/wide_mode.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

namespace {

/// The weights of one mode and the residual r = y − a, as one vector: dW_l/dt = η_l r b_l p_{l−1}ᵀ with the signals p_l
/// = W_l⋯W_1 and b_l = (W_L⋯W_{l+1})ᵀ, and dr/dt = −r Σ_l η_l |b_l|²|p_{l−1}|². So r falls to 0, and is never a
/// difference.
class ScalarNetwork {
 public:
  ScalarNetwork(const DeepLinear& start, const Layerwise& rates, double target) : rates_(rates) {
    for (const Matrix& w : start.weights()) {
      sizes_.push_back(w.rows());
      forward_.emplace_back(w.rows());
      backward_.emplace_back(w.rows());
      state_.insert(state_.end(), w.data(), w.data() + w.size());
    }
    backward_.back().setOnes();
    state_.push_back(target);
  }

  [[nodiscard]] const std::vector<double>& start() const { return state_; }
  [[nodiscard]] std::size_t layers() const { return sizes_.size(); }
  [[nodiscard]] Index numbers(std::size_t l) const { return sizes_[l] * (l == 0 ? 1 : sizes_[l - 1]); }

  void velocity(const std::vector<double>& x, std::vector<double>& out) {
    const double r = x.back();
    const std::size_t last = sizes_.size() - 1;
    const double* w = x.data();
    for (std::size_t l = 0; l <= last; ++l) {
      const Eigen::Map<const Matrix> layer(w, sizes_[l], l == 0 ? 1 : sizes_[l - 1]);
      if (l == 0) {
        forward_[l] = layer;
      } else {
        forward_[l].noalias() = layer * forward_[l - 1];
      }
      w += layer.size();
    }
    for (std::size_t l = last; l > 0; --l) {
      w -= numbers(l);
      const Eigen::Map<const Matrix> layer(w, sizes_[l], sizes_[l - 1]);
      backward_[l - 1].noalias() = layer.transpose() * backward_[l];
    }
    double kernel = 0;
    double* d = out.data();
    for (std::size_t l = 0; l <= last; ++l) {
      Eigen::Map<Matrix> layer(d, sizes_[l], l == 0 ? 1 : sizes_[l - 1]);
      const double before = l == 0 ? 1 : forward_[l - 1].squaredNorm();
      kernel += rates_[l] * backward_[l].squaredNorm() * before;
      if (l == 0) {
        layer = rates_[l] * r * backward_[l];
      } else {
        layer.noalias() = (rates_[l] * r) * backward_[l] * forward_[l - 1].transpose();
      }
      d += layer.size();
    }
    out.back() = -kernel * r;
  }

 private:
  Layerwise rates_;
  std::vector<Index> sizes_;
  std::vector<Vector> forward_;
  std::vector<Vector> backward_;
  std::vector<double> state_;
};

// Dormand and Prince 1980, with the dense output of Hairer, Nørsett and Wanner, "Solving ODEs I", II.6.
constexpr std::size_t stages = 7;
constexpr std::array<std::array<double, 6>, stages> tableau{{
    {},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
}};
constexpr std::array<double, stages> error_weights{71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                                   -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
constexpr std::array<double, stages> dense_weights{-12715105075.0 / 11282082432,  0,
                                                   87487479700.0 / 32700410799,   -10690763975.0 / 1880347072,
                                                   701980252875.0 / 199316789632, -1453857185.0 / 822651844,
                                                   69997945.0 / 29380423};

}  // namespace

double WideMode::Piece::at(double t) const {
  const double x = (t - start) / length;
  const double rest = 1 - x;
  const auto& c = coefficients;
  return c[0] + x * (c[1] + rest * (c[2] + x * (c[3] + rest * c[4])));
}

WideMode::Path WideMode::integrated(const Parameters& p, Index order) {
  const DeepLinear cone = networks::infinite_width_cone({.outputs = 1, .inputs = 1}, p.depth, p.scales, order);
  ScalarNetwork network(cone, p.rates, p.target);
  const std::size_t numbers = network.start().size();
  std::vector<double> x = network.start();
  std::vector<double> next(numbers);
  std::array<std::vector<double>, stages> k;
  for (auto& stage : k) stage.resize(numbers);
  network.velocity(x, k[0]);
  Path path;
  if (!(k[0].back() < 0)) return path;

  const double rtol = std::max(p.tolerance / 10, 1e-13);
  // The largest error of a layer relative to its norm, which may be 0 at the start, and that of the residual to itself.
  const auto error_of = [&](double h) {
    double largest = 0;
    std::size_t from = 0;
    for (std::size_t l = 0; l <= network.layers(); ++l) {
      const std::size_t to = l == network.layers() ? numbers : from + static_cast<std::size_t>(network.numbers(l));
      double error = 0;
      double size = 0;
      for (std::size_t i = from; i < to; ++i) {
        double e = 0;
        for (std::size_t s = 0; s < stages; ++s) e += error_weights[s] * k[s][i];
        error += e * e;
        size += std::max(x[i] * x[i], next[i] * next[i]);
      }
      if (error > 0) largest = std::max(largest, h * std::sqrt(error / size));
      from = to;
    }
    return largest / rtol;
  };
  double t = 0;
  double h = 1e-3 * p.target / -k[0].back();
  {  // not beyond the time in which a layer changes
    std::size_t from = 0;
    for (std::size_t l = 0; l < network.layers(); ++l) {
      const auto count = static_cast<std::size_t>(network.numbers(l));
      double speed = 0;
      double size = 0;
      for (std::size_t i = from; i < from + count; ++i) {
        speed += k[0][i] * k[0][i];
        size += x[i] * x[i];
      }
      if (speed > 0 && size > 0) h = std::min(h, 1e-2 * std::sqrt(size / speed));
      from += count;
    }
  }
  constexpr std::size_t most = 200'000;
  // When so little is left, the weights do not change any more, and the residual falls as an exponential.
  const double negligible = 0.01 * p.tolerance * p.target;
  while (x.back() > negligible && path.pieces.size() < most) {
    if (path.pieces.size() % 64 == 0) stop_if_asked();
    for (std::size_t s = 1; s < stages; ++s) {
      const auto& a = tableau[s];
      for (std::size_t i = 0; i < numbers; ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < s; ++j) sum += a[j] * k[j][i];
        next[i] = x[i] + h * sum;
      }
      network.velocity(next, k[s]);
    }
    const double error = error_of(h);
    const double factor = std::clamp(0.9 * std::pow(std::max(error, 1e-10), -0.2), 0.2, 8.0);
    if (!(error <= 1) || !(next.back() > 0)) {
      h *= std::isfinite(error) ? std::min(factor, 0.5) : 0.2;
      if (!(h > 1e-14 * t)) break;
      continue;
    }
    double dense = 0;
    for (std::size_t s = 0; s < stages; ++s) dense += dense_weights[s] * k[s].back();
    const double change = next.back() - x.back();
    const double bend = h * k[0].back() - change;
    path.pieces.push_back({.start = t,
                           .length = h,
                           .coefficients = {x.back(), change, bend, change - h * k[6].back() - bend, h * dense}});
    t += h;
    x.swap(next);
    k[0].swap(k[6]);
    h *= factor;
    if (!std::isfinite(t + h)) break;
  }
  path.rate = -k[0].back() / x.back();
  return path;
}

WideMode::WideMode(const Parameters& p) : target_(p.target) {
  require_non_negative(p.target, "task.target");
  if (p.target == 0) return;
  double best = infinity;
  int without_progress = 0;
  for (Index order = p.first_order;; ++order) {
    Path before = std::move(path_);
    path_ = integrated(p, order);
    order_ = order;
    if (path_.pieces.empty()) return;
    const bool complete = p.depth == 2;
    estimate_ = complete ? 0 : nan;
    if (!complete && order > p.first_order) estimate_ = distance(before, path_, p.target);
    if (estimate_ <= p.tolerance) return;
    without_progress = estimate_ > 0.7 * best ? without_progress + 1 : 0;
    if (estimate_ < best) best = estimate_;
    if (without_progress == 3) {
      throw Error(Error::Kind::numerical, {.field = "network.tolerance",
                                           .expected = "a tolerance that can be met",
                                           .got = format_number(p.tolerance) + ", where the best reached is " +
                                                  format_number(best) + ", at order " + std::to_string(order),
                                           .hint = "a larger tolerance"});
    }
  }
}

double WideMode::Path::residual(double t) const {
  if (t >= end()) {
    const Piece& last = pieces.back();
    return last.at(last.start + last.length) * std::exp(-rate * (t - end()));
  }
  const auto after = std::upper_bound(pieces.begin(), pieces.end(), t,
                                      [](double time, const Piece& piece) { return time < piece.start; });
  return std::prev(after)->at(t);
}

double WideMode::residual(double t) const { return learns() ? path_.residual(t) : target_; }

double WideMode::value(double t) const { return target_ - residual(t); }

double WideMode::distance(const Path& a, const Path& b, double target) {
  double largest = 0;
  for (const Piece& piece : a.pieces) {
    const double t = piece.start + piece.length / 2;
    const double left = piece.at(t);
    const double apart = std::abs(b.residual(t) - left) / target;
    if (apart > largest) largest = std::max(largest, std::min(apart, std::abs(b.time_to(left) - t) / t));
  }
  return largest;
}

double WideMode::Path::time_to(double left) const {
  double low = 0;
  double high = end();
  while (residual(high) > left) high *= 2;
  for (int i = 0; i < 2000 && low < high; ++i) {
    // Between times of different sizes by their geometric mean, as learning may begin late.
    const double middle = low > 0 && high > 2 * low ? std::sqrt(low) * std::sqrt(high) : low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (residual(middle) > left ? low : high) = middle;
  }
  return high;
}

double WideMode::learning_time(double fraction) const {
  return learns() ? path_.time_to((1 - fraction) * target_) : infinity;
}

}  // namespace linnet
