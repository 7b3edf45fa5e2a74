#pragma once

#include "linnet/tasks/task.hpp"

namespace linnet::tasks {

// Targets of known structure, and tasks that follow another one: reversal, transfer, fine-tuning (docs/theory.md,
// "Structured tasks").

/// The semantic hierarchy: 2^levels one-hot items and as many properties. The first property is shared by all items,
/// the next separates the two halves (+1 and −1), each of the next two separates the halves of one half (0 elsewhere),
/// and so on down the binary tree. Y is properties x items; its rows are orthogonal.
Task hierarchy(Index levels);

/// Options of `modes`.
struct Modes {
  Shape shape;
  Vector values;                ///< y_i >= 0, at most min(n_0, n_2) of them
  Vector input_variances = {};  ///< d_i >= 0 of the inputs along v_i, at most n_0 of them, then zeros; empty: whitened
  std::uint64_t seed = 0;
};

/// Y = Σ y_i u_i v_iᵀ of given singular values along random orthonormal u_i, v_i. With variances of the inputs it is
/// the regression of n_0 samples √(n_0 d_i) v_i and their targets √(n_0 d_i) y_i u_i: Σ_xx = Σ d_i v_i v_iᵀ is aligned
/// with Y, and Σ_yx has the singular values d_i y_i. A mode of variance 0 is not seen and not in Y.
Task modes(const Modes& options);

/// Options of `from_svd`.
struct SingularTriples {
  Vector values;             ///< y_i >= 0
  Matrix left = {};          ///< u_i in columns, n_2 x k, orthonormal
  Matrix right = {};         ///< v_i in columns, n_0 x k
  bool coordinates = false;  ///< Y = diag(y_i), k x k, in the coordinates of the triples
};

/// Y = Σ y_i u_i v_iᵀ of given singular triples, the rest of a large matrix left out. In the coordinates of the triples
/// n drops out: a start that lies in their span, or is white in it as infinite width is, has the same modes and costs
/// there, up to the constant of the rest. Throws unless the vectors are orthonormal to 1e-8. Without vectors only
/// coordinates are left.
Task from_svd(const SingularTriples& triples);

/// Options of `low_rank_regression`.
struct LowRankRegression {
  Shape shape;
  Vector values;         ///< singular values of the teacher A*, along random orthonormal vectors
  Index samples = 100;   ///< P
  double condition = 1;  ///< of the inputs' covariance: its eigenvalues fall from 1 to 1/condition, evenly in logarithm
  double noise = 0;      ///< standard deviation of the noise of each output
  std::uint64_t seed = 0;
  Normalisation normalisation = {};
};

/// Regression on data of a low-rank teacher, T = A*X + noise: Gaussian inputs of a covariance with random axes, as many
/// again for the test error.
Task low_rank_regression(const LowRankRegression& options);

/// Options of `coefficients`.
struct Coefficients {
  Vector values;      ///< β*, the first of them; the rest of the inputs have 0
  Index inputs = 0;   ///< n_0; 0: as many as there are values
  Index samples = 0;  ///< P of Gaussian inputs; 0: infinitely many, C = ½|β − β*|²
  double noise = 0;   ///< standard deviation of the noise of each target
  std::uint64_t seed = 0;
};

/// One output of known coefficients, y = β*ᵀx + noise, x ~ N(0, I). The test error is that of β itself, |β − β*|²/n_0.
Task coefficients(const Coefficients& options);

/// Y → −Y. This function and the next two change the train targets (of data, or of the observed entries) and the test
/// targets in the same way. Inputs, mask and least cost stay the same.
Task reversed(const Task& task);

/// Y → 𝒪Y with a random orthogonal 𝒪: the same input structure, YᵀY, and new outputs. Throws for a masked cost, because
/// 𝒪 mixes observed with unobserved entries.
Task with_new_outputs(const Task& task, std::uint64_t seed);

/// Options of `with_low_rank_change`.
struct Change {
  Index rank = 1;
  double size = 1;  ///< of each of its singular values
  std::uint64_t seed = 0;
};

/// Y → Y + a random matrix Δ of low rank, T → T + ΔX.
Task with_low_rank_change(const Task& task, const Change& change);

}  // namespace linnet::tasks
