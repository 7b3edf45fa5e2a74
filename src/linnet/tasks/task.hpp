#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "linnet/networks/perceptron.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

/// A task: the cost that training lowers and, if known, the cost that measures generalization (its `error` is the test
/// error). Every task suits linear networks, by the cost of their end-to-end matrix A; one with samples suits
/// perceptrons too.
struct Task {
  std::string name;
  Cost train;
  std::optional<Cost> test = std::nullopt;
  std::optional<Perceptron> teacher = std::nullopt;  ///< whose outputs the targets are

  [[nodiscard]] Shape shape() const { return train.shape(); }
  [[nodiscard]] const Matrix& target() const { return train.target(); }
  [[nodiscard]] const Samples* samples() const { return train.samples(); }                        ///< or null
  [[nodiscard]] const Samples* test_samples() const { return test ? test->samples() : nullptr; }  ///< or null
};

/// Throws, naming the field "network", unless a network of this shape fits the task.
void require_fit(Shape network, const Task& task);

/// Those that it trains on. Throws, naming the field "task", for a task that has none, as perceptrons need them.
const Samples& require_samples(const Task& task);

/// Throws, naming the field "task", unless its costs are mean squares of samples without weights.
void require_mean_squares(const Task& task, const char* for_what);

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

/// How the entries of a target count in the cost.
struct Entries {
  std::optional<Matrix> weights = std::nullopt;  ///< W, >= 0; entries of weight 0 may be nan
  std::optional<double> huber = std::nullopt;    ///< δ: residuals beyond it count linearly (`Huber`)
};

/// C = ½‖A − Y‖², or ½ Σ W∘(A − Y)², or Huber's. With `signal`, the test error is against it: ‖A − A*‖²/(n_0 n_2).
Task target(const Matrix& y, std::optional<Matrix> signal = std::nullopt, const Entries& entries = {});

/// The cost of A − signal, all entries alike. Throws, naming `task.signal`, for another shape or entries that are not
/// finite.
Cost against_signal(Matrix signal, Shape shape);

/// Options of `regression`.
struct Regression {
  Matrix inputs;                                     ///< P x n_0, samples in rows
  Matrix targets;                                    ///< P x n_2
  std::optional<Matrix> test_inputs = std::nullopt;  ///< test samples, for the test error
  std::optional<Matrix> test_targets = std::nullopt;
  bool whiten = false;  ///< train on Σ_xx^{-1/2} x; the condition number is `train.condition()` either way
  Normalisation normalisation = {};
  std::optional<Vector> weights = std::nullopt;  ///< w_i >= 0 of each training sample
  std::optional<double> huber = std::nullopt;    ///< δ: residuals beyond it count linearly (`Huber`), in the test too
};

/// C = (1/2P) Σ_i |f(x_i) − y_i|², of a linear network (1/2P)‖A X − T‖²; or as `normalisation` says. Held-out inputs
/// are whitened by the training inputs' covariance when `whiten` is set, on the span of the training inputs. With
/// `weights` it is the sum of w_i |f(x_i) − y_i|², with `huber` of Σ_k 2ρ(f_k(x_i) − y_ik). Neither is for whitened
/// inputs.
Task regression(const Regression& data);

/// Options of `completion`.
struct Completion {
  Matrix target;
  std::optional<Matrix> mask =
      std::nullopt;  ///< 1 observed, 0 not; without a mask the entries of the target that are not nan are observed,
  std::optional<double> fraction = std::nullopt;  ///< or, without nan, round(fraction n_0 n_2) entries drawn uniformly
                                                  ///< at random, half of all by default
  std::uint64_t seed = 0;
  std::optional<Matrix> signal = std::nullopt;  ///< A* of the test error, over all entries; by default the test error
                                                ///< is over the unobserved entries of the target
  std::optional<Matrix> test_mask = std::nullopt;  ///< 1 for the entries of the target that the test error is over,
                                                   ///< none of them observed; alone it leaves all others observed
  Entries entries = {};                            ///< weights of the observed entries, Huber's threshold
};

/// C = ½‖M∘(A − Y)‖², or as `entries` says. Throws for a test mask that holds observed or unknown entries, or for one
/// beside a signal.
Task completion(const Completion& options);

}  // namespace linnet::tasks
