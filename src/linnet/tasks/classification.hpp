#pragma once

#include <optional>

#include "linnet/tasks/task.hpp"

namespace linnet::tasks {

/// Options of `classification`.
struct Classification {
  Matrix inputs;                                     ///< P x n_0, samples in rows
  Vector labels;                                     ///< one a sample: 0 … K − 1, or −1 and 1
  std::optional<Matrix> test_inputs = std::nullopt;  ///< test samples, for the test error
  std::optional<Vector> test_labels = std::nullopt;
  std::optional<Index> classes = std::nullopt;   ///< K outputs and softmax, even for two classes; if unset, as many
                                                 ///< classes as labels
  std::optional<Vector> weights = std::nullopt;  ///< w_i >= 0 of each training sample
};

/// Cross-entropy, mean over samples, of which the error is the cost itself. With two classes and no `classes` there is
/// one output and C = (1/P) Σ_i ln(1 + e^{−y_i f(x_i)}), y_i = ±1 (label 1 is 1, and 0 or −1 is −1); else K outputs and
/// C = −(1/P) Σ_i ln softmax(f(x_i))_{y_i}. Costs down to 1e-300 keep their digits. Data that A can separate have no
/// least cost: C falls to 0 and A grows for ever. Throws for labels of another kind, fewer than two classes, numbers
/// that are not finite or sizes that do not match.
Task classification(const Classification& data);

}  // namespace linnet::tasks
