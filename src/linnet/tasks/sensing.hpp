#pragma once

#include <cstdint>
#include <optional>

#include "linnet/tasks/task.hpp"

namespace linnet::tasks {

/// Options of `sensing`: measurements of your own.
struct Sensing {
  Shape shape;                                         ///< of A
  Matrix matrices;                                     ///< m x n_2 n_0, row i is X_i row after row
  Vector values;                                       ///< y_i
  std::optional<Matrix> test_matrices = std::nullopt;  ///< further measurements, for the test error,
  std::optional<Vector> test_values = std::nullopt;
  std::optional<Matrix> signal = std::nullopt;  ///< or A*, which the test error compares A with
};

/// Matrix sensing, C = ½ Σ_i (⟨X_i, A⟩ − y_i)², with the Euclidean product ⟨X, A⟩ = Σ_jk X_jk A_jk. Train error 2C/m.
/// Throws for sizes that do not match, numbers that are not finite, or a signal beside test measurements.
Task sensing(const Sensing& options);

/// Options of `gaussian_sensing`.
struct GaussianSensing {
  Matrix target;           ///< A*, n_2 x n_0, what is measured
  Index measurements = 0;  ///< m
  double noise = 0;        ///< standard deviation of the noise in each y_i
  std::uint64_t seed = 0;
};

/// y_i = ⟨X_i, A*⟩ + noise, the entries of X_i Gaussian of variance 1/m, so that Σ_i ⟨X_i, A⟩² is ‖A‖²_F on average
/// over the draws. The test error is against A*. The measurements are those of a seed; m n_0 n_2 numbers are kept.
Task gaussian_sensing(const GaussianSensing& options);

}  // namespace linnet::tasks
