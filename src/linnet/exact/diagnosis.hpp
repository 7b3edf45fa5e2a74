#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "linnet/exact/exact_flow.hpp"
#include "linnet/networks/balanced.hpp"

namespace linnet {

/// Regime and predicted learning of a user's own two-layer network, before training (docs/exact.md, "Regimes of your
/// own network").
struct Diagnosis {
  enum class Verdict {
    exact,           ///< the start satisfies the closure: the prediction is gradient flow itself
    approximate,     ///< it does not: the prediction is that of the nearest start that does; see `error`
    not_applicable,  ///< the inputs are neither white nor aligned with Y and the weights, or some entries are not
                     ///< observed: no closed form
  };

  /// How a mode of the target is learned.
  enum class Regime {
    lazy,          ///< y_i ≤ κ, by a kernel that does not move
    active,        ///< y_i > κ
    delayed_rich,  ///< y_i ≤ κ, but more than a tenth of the kernel that drives it is missing at the start: the larger
                   ///< layer, narrower than its end, has to turn to u_i or v_i
    never,  ///< the mode is never learned
  };

  Shape shape;
  Index width = 0;
  networks::EffectiveBalance balance;  ///< λ of the weights, and how far from λI they are
  Closure closure;                     ///< the λ and c² that fit best, and their residual: `fit_closure`
  double threshold = 0;  ///< κ between lazy and active modes, of the closure of the prediction: `closure` where it
                         ///< holds, otherwise `match_closure`

  // With a task:
  Verdict verdict = Verdict::not_applicable;
  std::string reason;                   ///< the reason for the verdict, in words
  double condition = 1;                 ///< of the inputs' covariance as given
  std::optional<ExactFlow> prediction;  ///< A(t), G(t), errors, times at any t; none where not applicable
  double error = std::nan("");          ///< estimate of the largest |A_predicted − A|_F / |Y|_F over all times; nan
                                        ///< without a prediction
  std::vector<Regime> regimes;          ///< of each mode of the target, by the prediction and the weights

  /// Whether a mode of the target ends active: regime active or delayed-rich.
  [[nodiscard]] bool ends_active(Index mode) const {
    const Regime regime = regimes[static_cast<std::size_t>(mode)];
    return regime == Regime::active || regime == Regime::delayed_rich;
  }
};

const char* to_string(Diagnosis::Verdict verdict);
const char* to_string(Diagnosis::Regime regime);  ///< "lazy", "active", "delayed-rich", "never"

/// The weights alone: balance, closure, threshold.
Diagnosis diagnose(const DeepLinear& weights);

/// The weights with a task. `tolerance` is the largest closure residual that counts as exact. The prediction starts
/// from A(0) and the representations of the closure. The error estimate is its largest distance to two other
/// predictions, which agree with it if the closure is satisfied: from A(0) and the larger of the true representations,
/// and from A(0) and the smaller one (c = 0: from the true G(0)). Costs three closed forms, each O(n³) a time. Throws
/// for shapes that do not fit.
Diagnosis diagnose(const DeepLinear& weights, const Task& task, double tolerance = 1e-8);

}  // namespace linnet
