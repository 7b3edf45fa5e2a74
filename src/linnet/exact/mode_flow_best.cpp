#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/exact/least_error.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {

/// The squared error E(t) = unseen + Σ weight_i e_i², e_i = a_i − o_i, of modes in closed form. t is the time of the
/// fastest mode, and mode i has the time p_i t. Each a_i is monotonic from its start to y_i. Hence over an interval of
/// time every term has a least value, and with ρ_i = y_i − a_i and q_i² = κ² + a_i² so have
///
///     E'/4 = Σ weight_i p_i e_i q_i ρ_i,   E''/8 = Σ weight_i p_i² ρ_i (q_i²(ρ_i − e_i) + e_i a_i ρ_i).
///
/// weight_i counts the modes, times the variance of the test inputs along them.
class ModePath {
 public:
  struct Sample {
    double time = 0;
    Vector residual;   // ρ
    double error = 0;  // E
    double slope = 0;  // E'/4
  };

  struct Range {
    double least;
    Bounds slope;
    Bounds curvature;
  };

  ModePath(const TaskSpectrum& spectrum, const std::vector<Mode>& modes, double threshold, const Vector& pace)
      : spectrum_(spectrum),
        modes_(modes),
        kappa2_(threshold * threshold),
        pace_(pace),
        weight_(spectrum.weight),
        off_(spectrum.target - spectrum.overlap) {
    if (spectrum.test_variance.size() != 0) weight_.array() *= spectrum.test_variance.array();
  }

  [[nodiscard]] double soonest() const {
    double fastest = 0;
    for (Index i = 0; i < off_.size(); ++i) {
      const double at_start = modes_[static_cast<std::size_t>(i)].residual(0.0);
      const double largest = std::max(std::abs(spectrum_.target(i)), std::abs(at_start));
      fastest = std::max(fastest, std::hypot(std::sqrt(kappa2_), largest));
    }
    return fastest > 0 ? 1 / fastest : infinity;
  }

  [[nodiscard]] Sample at(double time) const {
    Sample now{.time = time, .residual = Vector(off_.size()), .error = spectrum_.unseen};
    for (Index i = 0; i < off_.size(); ++i) {
      const double left = modes_[static_cast<std::size_t>(i)].residual(pace_(i) > 0 ? pace_(i) * time : 0.0);
      const double off = off_(i) - left;
      const double a = spectrum_.target(i) - left;
      now.residual(i) = left;
      now.error += weight_(i) * off * off;
      now.slope += weight_(i) * pace_(i) * off * std::sqrt(kappa2_ + a * a) * left;
    }
    return now;
  }

  [[nodiscard]] Range over(const Sample& from, const Sample& to) const {
    Range over_all{.least = spectrum_.unseen, .slope = {}, .curvature = {}};
    for (Index i = 0; i < off_.size(); ++i) {
      const double weight = weight_(i);
      const double pace = pace_(i);
      const Bounds left = Bounds::between(from.residual(i), to.residual(i));
      const Bounds a = spectrum_.target(i) - left;
      const Bounds off = off_(i) - left;
      const Bounds a2 = squared(a);
      const Bounds q2{.low = kappa2_ + a2.low, .high = kappa2_ + a2.high};
      const Bounds ahead{.low = 2 * left.low - off_(i), .high = 2 * left.high - off_(i)};  // ρ − e
      over_all.least += weight * squared(off).low;
      over_all.slope = over_all.slope + weight * pace * (off * (root(q2) * left));
      over_all.curvature = over_all.curvature + weight * pace * pace * (left * (q2 * ahead + off * (a * left)));
    }
    return over_all;
  }

  /// By a backward error of the decomposition that y_i and u_iᵀA*v_i come from.
  [[nodiscard]] double uncertain() const {
    const double moved = 8 * std::numeric_limits<double>::epsilon() * spectrum_.target.cwiseAbs().maxCoeff();
    return (weight_.array() * moved * (2 * off_.array().abs() + moved)).sum();
  }

 private:
  const TaskSpectrum& spectrum_;
  const std::vector<Mode>& modes_;
  double kappa2_;
  const Vector& pace_;  // p_i
  Vector weight_;
  Vector off_;  // e_i at t = inf
};

}  // namespace

BestMoment ModeFlow::best() const {
  const double at_start = test_error(0);
  if (spectrum_->target.size() == 0 || !(clock_ > 0)) return {.time = 0, .test_error = at_start};
  LeastError least(ModePath(*spectrum_, modes_, threshold_, pace_));
  const double t = least.find().time / clock_;
  return {.time = t, .test_error = test_error(t)};
}

}  // namespace linnet
