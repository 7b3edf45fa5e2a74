#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/exact/least_error.hpp"
#include "linnet/exact/wide_flow.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

namespace {

/// The squared error E(t) = unseen + Σ weight_i e_i², e_i = a_i − o_i. What is left of a mode, ρ_i = y_i − a_i, falls
/// at the speed K_iρ_i. The weights of a mode begin at 0 or above and rise, so that K_i rises too. Hence over an
/// interval of time every term of E and of E'/4 = Σ weight_i e_i K_i ρ_i/2 is bounded by its values at the ends.
class WidePath {
 public:
  struct Sample {
    double time = 0;
    Vector residual;   // ρ
    Vector kernel;     // K, in the time t
    double error = 0;  // E
    double slope = 0;  // E'/4
  };

  struct Range {
    double least;
    Bounds slope;
    Bounds curvature;
  };

  WidePath(const TaskSpectrum& spectrum, const std::vector<WideMode>& modes, const Vector& pace)
      : spectrum_(spectrum),
        modes_(modes),
        pace_(pace),
        weight_(spectrum.weight),
        off_(spectrum.target - spectrum.overlap) {
    if (spectrum.test_variance.size() != 0) weight_.array() *= spectrum.test_variance.array();
  }

  [[nodiscard]] double soonest() const {
    double fastest = 0;
    for (Index i = 0; i < off_.size(); ++i) fastest = std::max(fastest, pace_(i) * mode(i).kernel(infinity));
    return fastest > 0 ? 1 / fastest : infinity;
  }

  [[nodiscard]] Sample at(double time) const {
    stop_if_asked();
    Sample now{.time = time, .residual = Vector(off_.size()), .kernel = Vector(off_.size()), .error = spectrum_.unseen};
    for (Index i = 0; i < off_.size(); ++i) {
      const double own = pace_(i) > 0 ? pace_(i) * time : 0.0;
      const double left = mode(i).residual(own);
      const double off = off_(i) - left;
      now.residual(i) = left;
      now.kernel(i) = pace_(i) * mode(i).kernel(own);
      now.error += weight_(i) * off * off;
      now.slope += weight_(i) * off * now.kernel(i) * left / 2;
    }
    return now;
  }

  [[nodiscard]] Range over(const Sample& from, const Sample& to) const {
    // E'' has no bounds.
    Range over_all{.least = spectrum_.unseen, .slope = {}, .curvature = {.low = -infinity, .high = infinity}};
    for (Index i = 0; i < off_.size(); ++i) {
      const Bounds left = Bounds::between(from.residual(i), to.residual(i));
      const Bounds off = off_(i) - left;
      const Bounds kernel = Bounds::between(from.kernel(i), to.kernel(i));
      over_all.least += weight_(i) * squared(off).low;
      over_all.slope = over_all.slope + weight_(i) / 2 * (off * (kernel * left));
    }
    return over_all;
  }

  [[nodiscard]] double uncertain() const {
    const double moved = 8 * std::numeric_limits<double>::epsilon() * spectrum_.target.cwiseAbs().maxCoeff();
    return (weight_.array() * moved * (2 * off_.array().abs() + moved)).sum();
  }

 private:
  [[nodiscard]] const WideMode& mode(Index i) const { return modes_[static_cast<std::size_t>(i)]; }

  const TaskSpectrum& spectrum_;
  const std::vector<WideMode>& modes_;
  const Vector& pace_;
  Vector weight_;
  Vector off_;  // e_i at t = inf
};

}  // namespace

BestMoment WideFlow::best() const {
  const double at_start = test_error(0);  // throws without a signal
  LeastError least(WidePath(*spectrum_, modes_, pace_));
  const double t = least.find().time;
  return {.time = t, .test_error = t == 0 ? at_start : test_error(t)};
}

}  // namespace linnet
