#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "linnet/tasks/cost.hpp"

namespace linnet {

/// A task: the cost that training lowers and, if known, the cost that measures generalization (its `error` is the test
/// error).
struct Task {
  std::string name;
  Cost train;
  std::optional<Cost> test = std::nullopt;

  [[nodiscard]] Shape shape() const { return train.shape(); }
  [[nodiscard]] const Matrix& target() const { return train.target(); }
};

/// Throws, naming the field "network", unless an end-to-end matrix of this shape fits the task.
void require_fit(Shape network, const Task& task);

}  // namespace linnet

namespace linnet::tasks {

/// Options of `low_rank_plus_noise`.
struct LowRankPlusNoise {
  Index dim = 200;   ///< d: A* and Y are d x d
  Index rank = 5;    ///< k
  double noise = 1;  ///< standard deviation of the entries of E
  std::uint64_t seed = 0;
};

/// Y = A* + E of Mixed: A* = U Vᵀ with U, V ∈ R^{d x k} of entries N(0, k^{-1/2}) (so that s_i(A*) ≈ d/√k), E of
/// entries N(0, noise²). Train error ‖A − Y‖²/d², test error ‖A − A*‖²/d².
Task low_rank_plus_noise(const LowRankPlusNoise& options);

/// C = ½‖A − Y‖². With `signal`, the test error is against it: ‖A − A*‖²/(n_0 n_2).
Task target(Matrix y, std::optional<Matrix> signal = std::nullopt);

/// Options of `regression`.
struct Regression {
  Matrix inputs;                                     ///< P x n_0, samples in rows
  Matrix targets;                                    ///< P x n_2
  std::optional<Matrix> test_inputs = std::nullopt;  ///< held-out samples, for the test error
  std::optional<Matrix> test_targets = std::nullopt;
  bool whiten = false;  ///< train on Σ_xx^{-1/2} x; the condition number is `train.condition()` either way
};

/// C = (1/2P)‖A X − T‖². Held-out inputs are whitened by the training inputs' covariance when `whiten` is set.
Task regression(const Regression& data);

/// Options of `completion`.
struct Completion {
  Matrix target;
  std::optional<Matrix> mask =
      std::nullopt;  ///< 1 seen, 0 unseen; without a mask the entries of the target that are not nan are seen,
  std::optional<double> fraction = std::nullopt;  ///< or, without nan, round(fraction n_0 n_2) entries drawn uniformly
                                                  ///< at random, half of all by default
  std::uint64_t seed = 0;
  std::optional<Matrix> signal = std::nullopt;  ///< A* of the test error, over all entries; by default the test error
                                                ///< is over the unseen entries of the target
};

/// C = ½‖M∘(A − Y)‖².
Task completion(const Completion& options);

}  // namespace linnet::tasks
