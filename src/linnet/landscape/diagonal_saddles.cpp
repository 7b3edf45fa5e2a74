#include "linnet/landscape/diagonal_saddles.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "linnet/error.hpp"
#include "linnet/exact/seen_inputs.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::landscape {

namespace {

constexpr double slope_rounding = 1e-10;  // of ∇C, relative to its largest entry at 0

[[noreturn]] void not_small(const std::string& got) {
  bad_input({.field = "network",
             .expected = "Diagonal with s = 0 and one κ < 1, or DeepDiagonal with the same weights α < 1 in all layers "
                         "or in all but one of 0",
             .got = got,
             .hint = "the limit is that of vanishing starts"});
}

/// The least C with prescribed signs, by the active-set method of Lawson and Hanson, and the integrals σ.
class Jumps {
 public:
  Jumps(const SeenInputs& seen, bool positive)
      : covariance_(seen.covariance()),
        pull_(covariance_ * seen.target()),
        positive_(positive),
        zero_(slope_rounding * pull_.cwiseAbs().maxCoeff()),
        values_(Vector::Zero(pull_.size())),
        sigma_(Vector::Zero(pull_.size())),
        free_(static_cast<std::size_t>(pull_.size()), false) {}

  [[nodiscard]] const Vector& values() const { return values_; }

  /// The time until the next σ_i reaches ±1, and moves to it; infinite if none does.
  double wait(std::vector<Index>& reached) {
    const Vector slope = gradient();
    Vector needed(slope.size());
    for (Index i = 0; i < slope.size(); ++i) {
      needed(i) = slope(i) < 0                 ? (1 - sigma_(i)) / -slope(i)
                  : slope(i) > 0 && !positive_ ? (1 + sigma_(i)) / slope(i)
                                               : std::numeric_limits<double>::infinity();
    }
    const double time = needed.minCoeff();
    if (!std::isfinite(time)) return time;
    for (Index i = 0; i < slope.size(); ++i) {
      const bool now = needed(i) <= time * (1 + slope_rounding);
      sigma_(i) = now ? (slope(i) < 0 ? 1.0 : -1.0) : sigma_(i) - time * slope(i);
      if (now) reached.push_back(i);
    }
    return time;
  }

  /// To the least C of the signs that σ allows.
  void jump() {
    const Index most = 10 * (values_.size() + 10);
    for (Index iteration = 0; iteration < most; ++iteration) {
      stop_if_asked();
      const Vector slope = gradient();
      Index best = -1;
      for (Index i = 0; i < slope.size(); ++i) {
        if (!is_free(i) && sign(i) != 0 && -sign(i) * slope(i) > 0 &&
            (best < 0 || std::abs(slope(i)) > std::abs(slope(best)))) {
          best = i;
        }
      }
      if (best < 0) return;
      free_[static_cast<std::size_t>(best)] = true;
      while (!solve()) {
      }
    }
    numerical_failure({.field = "landscape.diagonal_saddles",
                       .expected = "a least C of prescribed signs",
                       .got = "none after " + std::to_string(most) + " changes of the active set"});
  }

 private:
  [[nodiscard]] bool is_free(Index i) const { return free_[static_cast<std::size_t>(i)]; }
  /// The sign that s_i may have.
  [[nodiscard]] double sign(Index i) const { return sigma_(i) == 1 || (sigma_(i) == -1 && !positive_) ? sigma_(i) : 0; }

  /// ∇C, exactly 0 where s is at rest, up to rounding.
  [[nodiscard]] Vector gradient() const {
    Vector g = covariance_ * values_ - pull_;
    for (Index i = 0; i < g.size(); ++i) {
      if (is_free(i) || std::abs(g(i)) <= zero_) g(i) = 0;
    }
    return g;
  }

  /// A step to the least C over the free values; false if one met 0 on the way and is not free any more.
  bool solve() {
    std::vector<Index> open;
    for (Index i = 0; i < values_.size(); ++i) {
      if (is_free(i)) open.push_back(i);
    }
    const Vector least = Matrix(covariance_(open, open)).ldlt().solve(Vector(pull_(open)));
    double part = 1;
    for (std::size_t k = 0; k < open.size(); ++k) {
      const double from = values_(open[k]);
      const double to = least(static_cast<Index>(k));
      if (sign(open[k]) * to <= 0) part = std::min(part, from == to ? 0 : from / (from - to));
    }
    bool whole = true;
    for (std::size_t k = 0; k < open.size(); ++k) {
      const double from = values_(open[k]);
      const double to = least(static_cast<Index>(k));
      const bool meets = sign(open[k]) * to <= 0 && (from == to || from / (from - to) <= part);
      values_(open[k]) = meets ? 0 : from + part * (to - from);
      if (!meets) continue;
      free_[static_cast<std::size_t>(open[k])] = false;
      whole = false;
    }
    return whole;
  }

  Matrix covariance_;  // Σ
  Vector pull_;        // Σβ*
  bool positive_;
  double zero_;
  Vector values_;           // s
  Vector sigma_;            // σ
  std::vector<bool> free_;  // s_i ≠ 0, at rest
};

}  // namespace

SmallStart small_start(const Network& start) {
  const auto below_one = [](double x, const char* what) {
    if (!(x > 0 && x < 1)) not_small(std::string(what) + " = " + format_number(x));
    return x;
  };
  if (const auto* two = std::get_if<Diagonal>(&start)) {
    if (!two->values().isZero(0)) not_small("values other than 0");
    return {.unit = -std::log(below_one(two->threshold(), "κ")) / 2};
  }
  const auto* deep = std::get_if<DeepDiagonal>(&start);
  if (deep == nullptr) not_small(description_of(start));
  const Matrix weights = deep->weights();
  const double alpha = below_one(weights.maxCoeff(), "α");
  Index zeros = 0;
  for (const auto& layer : weights.rowwise()) {
    if (layer.isZero(0)) {
      ++zeros;
    } else if ((layer.array() != alpha).any()) {
      not_small("weights that differ");
    }
  }
  const double depth = static_cast<double>(deep->depth());
  if (zeros > 1) not_small(std::to_string(zeros) + " layers of 0");
  if (zeros == 0) {
    return {.unit = depth == 2 ? -std::log(alpha) : std::pow(alpha, 2 - depth) / (depth - 2), .positive = true};
  }
  if (depth == 2) return {.unit = (std::numbers::ln2 - 2 * std::log(alpha)) / 2};
  const double gammas = std::exp(std::lgamma(depth / 2 - 1) - std::lgamma(depth / 2 - 0.5));
  return {.unit = std::pow(alpha, 2 - depth) * std::sqrt(std::numbers::pi) / 2 * gammas};
}

std::vector<DiagonalSaddle> diagonal_saddles(const Task& task, bool positive) {
  Jumps jumps((SeenInputs(task)), positive);
  const auto saddle = [&](double time, std::vector<Index> reached) {
    return DiagonalSaddle{.time = time,
                          .values = jumps.values(),
                          .cost = task.train.evaluate(jumps.values().transpose()).cost,
                          .reached = std::move(reached)};
  };
  std::vector<DiagonalSaddle> all{saddle(0, {})};
  while (true) {
    stop_if_asked();
    std::vector<Index> reached;
    const double waited = jumps.wait(reached);
    if (!std::isfinite(waited)) return all;
    jumps.jump();
    all.push_back(saddle(all.back().time + waited, std::move(reached)));
  }
}

const DiagonalSaddle& saddle_at(const std::vector<DiagonalSaddle>& saddles, double time) {
  const auto later =
      std::find_if(saddles.begin() + 1, saddles.end(), [&](const DiagonalSaddle& s) { return s.time > time; });
  return *(later - 1);
}

}  // namespace linnet::landscape
