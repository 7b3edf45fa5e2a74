#pragma once

#include <functional>
#include <string>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// The input of stop rules: the errors so far, before each update, with steps counted from 0.
struct ErrorHistory {
  Index step = 0;
  double train = 0;
  double train_before = 0;                     ///< one step earlier
  double train_start = 0;                      ///< at step 0
  double test = 0;                             ///< nan without a test; of a perceptron, only for rules with needs_test
  Index test_rises = 0;                        ///< the number of consecutive steps in which the test error has risen
  double cost = 0;                             ///< C
  std::function<double()> gradient_norm = {};  ///< ‖∇C(A)‖_F; |∂C/∂θ| of a perceptron
  std::function<double()> test_accuracy = {};  ///< for tasks with test samples
};

/// A named reason to stop descent early.
struct StopRule {
  std::string name;
  bool needs_test = false;      ///< uses the test error
  bool needs_accuracy = false;  ///< uses the test accuracy, on test samples
  std::function<bool(const ErrorHistory&)> fires;
  std::vector<double> parameters = {};  ///< those of its maker in `stop`, in order
};

namespace stop {

StopRule train_error_below(double value = 1e-3);

/// The test error rose in `times` consecutive steps, from step `from_step` on.
StopRule test_error_rose(Index times = 2, Index from_step = 4);

/// The train error changed by less than `change` in a step and is more than `drop` below its start, from step
/// `from_step` on.
StopRule train_error_stalled(double change = 2e-4, double drop = 1e-2, Index from_step = 4);

StopRule cost_below(double value);
StopRule gradient_below(double value);  ///< ErrorHistory::gradient_norm

/// The test accuracy exceeds `value`, checked every `every` steps. The step of the outcome is then the time to
/// generalize.
StopRule test_accuracy_above(double value = 0.95, Index every = 10);

/// The three rules of the Mixed authors' figure 2 (docs/theory.md, "The Mixed experiment").
std::vector<StopRule> mixed_authors();

}  // namespace stop

}  // namespace linnet
