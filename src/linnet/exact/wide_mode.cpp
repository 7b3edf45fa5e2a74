#include "linnet/exact/wide_mode.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/dormand_prince.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

namespace {

using linalg::dormand_prince::stages;
using Stages = Eigen::Matrix<double, stages, 1>;
const Eigen::Map<const Eigen::Matrix<double, stages, stages, Eigen::RowMajor>> tableau(
    &linalg::dormand_prince::tableau[0][0]);
const Eigen::Map<const Stages> error_weights(linalg::dormand_prince::error_weights);
const Eigen::Map<const Stages> dense_weights(linalg::dormand_prince::dense_weights);

/// The weights of one mode and the residual r = y − a: dW_l/dt = η_l r b_l p_{l−1}ᵀ with the signals p_l = W_l⋯W_1 and
/// b_l = (W_L⋯W_{l+1})ᵀ, and dr/dt = −r Σ_l η_l |b_l|²|p_{l−1}|². So r falls to 0, and is never a difference. Each
/// velocity has rank one, so that the stages of a step are kept as signals, and no stage forms its weights.
class ScalarNetwork {
 public:
  ScalarNetwork(const DeepLinear& start, const Layerwise& rates, double target) : residual_(target) {
    for (std::size_t l = 0; l < start.weights().size(); ++l) {
      stop_if_asked();
      const Matrix& w = start.weights()[l];
      layers_.push_back({.weights = w,
                         .rate = rates[l],
                         .ahead = Matrix::Zero(w.rows(), stages),
                         .before = Matrix::Zero(w.cols(), stages),
                         .next = Matrix(w.rows(), w.cols()),
                         .scaled = Matrix(w.rows(), stages)});
    }
    set_stage(0, 0);
  }

  [[nodiscard]] double residual() const { return residual_; }
  [[nodiscard]] double next_residual() const { return at_stage_(stages - 1); }
  /// dr/dt at a stage; stage 0 is where the step begins, the last one where it ends.
  [[nodiscard]] double slope(Index stage) const { return slope_(stage); }

  /// The term of the dense output that is of the whole step, by h.
  [[nodiscard]] double dense() const { return dense_weights.dot(slope_); }

  void try_step(double h) {
    for (Index s = 1; s < stages; ++s) {
      if (layers_.size() >= many) stop_if_asked();
      set_stage(s, h);
    }
  }

  /// The time in which a layer changes by its own size.
  [[nodiscard]] double shortest_time() const {
    double least = infinity;
    for (const Layer& layer : layers_) {
      const double speed = layer.rate * residual_ * layer.ahead.col(0).norm() * layer.before.col(0).norm();
      const double size = layer.weights.norm();
      if (speed > 0 && size > 0) least = std::min(least, size / speed);
    }
    return least;
  }

  /// The largest error of a layer in the step relative to its norm, which may be 0 at the start, and that of the
  /// residual to itself.
  [[nodiscard]] double error(double h) {
    double largest = std::abs(h * error_weights.dot(slope_)) / std::max(residual_, next_residual());
    for (Layer& layer : layers_) {
      set_change(layer, h * error_weights);
      const double off = layer.next.norm();
      set_change(layer, h * tableau.row(stages - 1).transpose());
      layer.next += layer.weights;
      if (off > 0) largest = std::max(largest, off / std::max(layer.weights.norm(), layer.next.norm()));
    }
    return largest;
  }

  /// After `error`.
  void accept() {
    residual_ = next_residual();
    for (Layer& layer : layers_) {
      layer.weights.swap(layer.next);
      layer.ahead.col(0) = layer.ahead.col(stages - 1);
      layer.before.col(0) = layer.before.col(stages - 1);
    }
    at_stage_(0) = residual_;
    slope_(0) = slope_(stages - 1);
  }

 private:
  static constexpr std::size_t many = 1024;

  struct Layer {
    Matrix weights;
    double rate;
    Matrix ahead;   // b_l, a column a stage
    Matrix before;  // p_{l−1}
    Matrix next;    // the weights at the end of the step
    Matrix scaled;  // room
  };

  /// next = Σ_s c_s dW/dt at stage s.
  void set_change(Layer& layer, const Stages& c) const {
    layer.scaled.noalias() = layer.ahead * (layer.rate * c.cwiseProduct(at_stage_)).asDiagonal();
    layer.next.noalias() = layer.scaled * layer.before.transpose();
  }

  void set_stage(Index s, double h) {
    const Stages a = h * tableau.row(s).transpose();
    at_stage_(s) = residual_ + a.head(s).dot(slope_.head(s));
    layers_.front().before.col(s).setOnes();
    for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      const auto p = layer.before.col(s);
      auto next = layers_[l + 1].before.col(s);
      next.noalias() = layer.weights * p;
      for (Index j = 0; j < s; ++j) {
        next += (layer.rate * a(j) * at_stage_(j) * layer.before.col(j).dot(p)) * layer.ahead.col(j);
      }
    }
    layers_.back().ahead.col(s).setOnes();
    for (std::size_t l = layers_.size() - 1; l > 0; --l) {
      const Layer& layer = layers_[l];
      const auto b = layer.ahead.col(s);
      auto next = layers_[l - 1].ahead.col(s);
      next.noalias() = layer.weights.transpose() * b;
      for (Index j = 0; j < s; ++j) {
        next += (layer.rate * a(j) * at_stage_(j) * layer.ahead.col(j).dot(b)) * layer.before.col(j);
      }
    }
    double kernel = 0;
    for (const Layer& layer : layers_) {
      kernel += layer.rate * layer.ahead.col(s).squaredNorm() * layer.before.col(s).squaredNorm();
    }
    slope_(s) = -kernel * at_stage_(s);
  }

  std::vector<Layer> layers_;
  double residual_;
  Stages at_stage_ = Stages::Zero();  // r
  Stages slope_ = Stages::Zero();     // dr/dt
};

}  // namespace

double WideMode::Piece::at(double t) const {
  const double x = (t - start) / length;
  const double rest = 1 - x;
  const auto& c = coefficients;
  return c[0] + x * (c[1] + rest * (c[2] + x * (c[3] + rest * c[4])));
}

double WideMode::Piece::slope(double t) const {
  const double x = (t - start) / length;
  const double rest = 1 - x;
  const auto& c = coefficients;
  return (c[1] + (1 - 2 * x) * c[2] + x * ((2 - 3 * x) * c[3] + 2 * rest * (1 - 2 * x) * c[4])) / length;
}

WideMode::Path WideMode::integrated(const Parameters& p, Index order) {
  const DeepLinear cone = networks::infinite_width_cone({.outputs = 1, .inputs = 1}, p.depth, p.scales, order);
  ScalarNetwork network(cone, p.rates, p.target);
  Path path;
  if (!(network.slope(0) < 0)) return path;

  const double rtol = std::max(p.tolerance / 10, 1e-13);
  double t = 0;
  double h = std::min(1e-3 * p.target / -network.slope(0), 1e-2 * network.shortest_time());
  constexpr std::size_t most = 200'000;
  // When so little is left, the weights do not change any more, and the residual falls as an exponential.
  const double negligible = 0.01 * p.tolerance * p.target;
  while (network.residual() > negligible && path.pieces.size() < most) {
    if (path.pieces.size() % 64 == 0) stop_if_asked();
    network.try_step(h);
    const double error = network.error(h) / rtol;
    const double factor = std::clamp(0.9 * std::pow(std::max(error, 1e-10), -0.2), 0.2, 8.0);
    if (!(error <= 1) || !(network.next_residual() > 0)) {
      h *= std::isfinite(error) ? std::min(factor, 0.5) : 0.2;
      if (!(h > 1e-14 * t)) break;
      continue;
    }
    const double change = network.next_residual() - network.residual();
    const double bend = h * network.slope(0) - change;
    path.pieces.push_back({.start = t,
                           .length = h,
                           .coefficients = {network.residual(), change, bend,
                                            change - h * network.slope(stages - 1) - bend, h * network.dense()}});
    t += h;
    network.accept();
    h *= factor;
    if (!std::isfinite(t + h)) break;
  }
  path.rate = -network.slope(0) / network.residual();
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

const WideMode::Piece& WideMode::Path::around(double t) const {
  const auto after = std::upper_bound(pieces.begin(), pieces.end(), t,
                                      [](double time, const Piece& piece) { return time < piece.start; });
  return *std::prev(after);
}

double WideMode::Path::residual(double t) const {
  if (t >= end()) {
    const Piece& last = pieces.back();
    return last.at(last.start + last.length) * std::exp(-rate * (t - end()));
  }
  return around(t).at(t);
}

double WideMode::residual(double t) const { return learns() ? path_.residual(t) : target_; }

double WideMode::kernel(double t) const {
  if (!learns()) return 0;
  if (t >= path_.end()) return path_.rate;
  const Piece& piece = path_.around(t);
  return -piece.slope(t) / piece.at(t);
}

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
