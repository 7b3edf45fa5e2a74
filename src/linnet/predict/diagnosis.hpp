#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "linnet/networks/balanced.hpp"
#include "linnet/predict/prediction.hpp"

namespace linnet {

/// Regime and predicted learning of a user's own two-layer network, before training (docs/exact.md, "Regimes of your
/// own network").
struct Diagnosis {
  enum class Verdict {
    exact,        ///< the start satisfies the closure: the prediction is gradient flow itself, in closed form
    approximate,  ///< it does not: the prediction is that of the nearest start that does; see `error`
    integrated,   ///< no closed form applies: the prediction is a flow that was integrated; `reason` says why
  };

  Shape shape;
  Index width = 0;
  networks::EffectiveBalance balance;  ///< λ of the weights, and how far from λI they are
  Closure closure;                     ///< the λ and c² that fit best, and their residual: `fit_closure`
  double threshold = 0;  ///< κ between lazy and active modes, of the closure of the prediction: `closure` where it
                         ///< holds, otherwise `match_closure`

  // With a task:
  Verdict verdict = Verdict::integrated;
  std::string reason;                    ///< the reason for the verdict, in words
  double condition = 1;                  ///< of the inputs' covariance as given; inf where it is singular
  std::optional<Prediction> prediction;  ///< A(t), errors, times at any t; none without a task
  double error = std::nan("");           ///< estimate of the largest |A_predicted − A|_F / |Y|_F over all times; nan
                                         ///< without a prediction
  /// Of each mode of the target, by what the prediction does to it; none where that is not known.
  std::vector<std::optional<Regime>> regimes;

  /// Whether a mode of the target ends active: regime active or delayed-rich.
  [[nodiscard]] bool ends_active(Index mode) const {
    const std::optional<Regime> regime = regimes[static_cast<std::size_t>(mode)];
    return regime == Regime::active || regime == Regime::delayed_rich;
  }
};

const char* to_string(Diagnosis::Verdict verdict);

/// The weights alone: balance, closure, threshold.
Diagnosis diagnose(const DeepLinear& weights);

/// The weights with a task. `tolerance` is the largest closure residual that counts as exact. The approximate
/// prediction starts from A(0) and the representations of the closure (`nearest_closed_form`, which says what its error
/// is and costs); where there is no closed form it is `predict`'s. Throws for shapes that do not fit.
Diagnosis diagnose(const DeepLinear& weights, const Task& task, double tolerance = 1e-8);

}  // namespace linnet
