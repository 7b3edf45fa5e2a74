#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "linnet/error.hpp"
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
  std::function<double()> slope = {};          ///< Dynamics::slope
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

/// The rules, with their defaults; config/kinds/stop_rules.cpp describes each to configurations and to Python.
namespace stop {

inline StopRule train_error_below(double value = 1e-3) {
  require_non_negative(value, "stop.train_error_below");
  return {.name = "train_error_below",
          .fires = [=](const ErrorHistory& h) { return h.train < value; },
          .parameters = {value}};
}

/// The test error rose in `times` consecutive steps, from step `from_step` on.
inline StopRule test_error_rose(Index times = 2, Index from_step = 4) {
  require_at_least(times, 1, "stop.test_error_rose.times");
  return {.name = "test_error_rose",
          .needs_test = true,
          .fires = [=](const ErrorHistory& h) { return h.step >= from_step && h.test_rises >= times; },
          .parameters = {static_cast<double>(times), static_cast<double>(from_step)}};
}

/// The train error changed by less than `change` in a step and is more than `drop` below its start, from step
/// `from_step` on.
inline StopRule train_error_stalled(double change = 2e-4, double drop = 1e-2, Index from_step = 4) {
  require_non_negative(change, "stop.train_error_stalled.change");
  require_non_negative(drop, "stop.train_error_stalled.drop");
  return {.name = "train_error_stalled",
          .fires =
              [=](const ErrorHistory& h) {
                return h.step >= from_step && h.step > 0 && std::abs(h.train - h.train_before) < change &&
                       h.train < h.train_start - drop;
              },
          .parameters = {change, drop, static_cast<double>(from_step)}};
}

inline StopRule cost_below(double value) {
  require_finite(value, "stop.cost_below");
  return {.name = "cost_below", .fires = [=](const ErrorHistory& h) { return h.cost < value; }, .parameters = {value}};
}

/// ErrorHistory::gradient_norm is below `value`.
inline StopRule gradient_below(double value) {
  require_non_negative(value, "stop.gradient_below");
  return {.name = "gradient_below",
          .fires = [=](const ErrorHistory& h) { return h.gradient_norm() < value; },
          .parameters = {value}};
}

/// ErrorHistory::slope is below `value`: of the gradient of the weights, that of weight decay added. Weights, Gram
/// states and perceptrons have it.
inline StopRule slope_below(double value) {
  require_non_negative(value, "stop.slope_below");
  return {
      .name = "slope_below", .fires = [=](const ErrorHistory& h) { return h.slope() < value; }, .parameters = {value}};
}

/// The test accuracy exceeds `value`, checked every `every` steps. The step of the outcome is then the time to
/// generalize.
inline StopRule test_accuracy_above(double value = 0.95, Index every = 10) {
  require_non_negative(value, "stop.test_accuracy_above");
  require_at_least(every, 1, "stop.test_accuracy_above.every");
  return {.name = "test_accuracy_above",
          .needs_accuracy = true,
          .fires = [=](const ErrorHistory& h) { return h.step % every == 0 && h.test_accuracy() > value; },
          .parameters = {value, static_cast<double>(every)}};
}

/// The three rules of the Mixed authors' figure 2 (docs/theory.md, "The Mixed experiment").
inline std::vector<StopRule> mixed_authors() { return {train_error_below(), test_error_rose(), train_error_stalled()}; }

}  // namespace stop

}  // namespace linnet
