#pragma once

#include <cstdint>
#include <optional>

#include "linnet/exact/mode.hpp"
#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// Gradient flow of tied embeddings, C(W) = ¼‖WᵀW − M‖² (`TiedEmbedding`), in closed form from any W_0, for a symmetric
/// M = Σ m_i u_i u_iᵀ given by k eigenpairs (docs/theory.md, "Words"):
///
///     W(t)ᵀW(t) = e^{Mt}W_0ᵀ (I + 2 W_0 (∫₀ᵗ e^{2Ms}ds) W_0ᵀ)^{-1} W_0 e^{Mt}.
///
/// Outside of the u_i the start decays as its own singular values say, so that a triangular factor of it stands for
/// all n − k dimensions: the state has k + min(w, n − k) rows, whatever n is. Modes m_i <= 0 decay to 0, as no WᵀW has
/// negative eigenvalues; this is no saddle and gives no warning. Built once, by a product of n·k·w and a QR
/// factorization of n·w²; then a time takes about 4(k + 2w)w² operations. t is the time of dW/dt = −W(WᵀW − M), in [0,
/// inf].
class TiedFlow {
 public:
  /// `vectors` has the u_i in columns, n x k; `start` is W_0, w x n. Throws for sizes that do not match, vectors that
  /// are not orthonormal to 1e-8, or numbers that are not finite.
  TiedFlow(Vector values, Matrix vectors, const Matrix& start);

  /// A start W_0 of iid entries N(0, variance), drawn in law without its n columns.
  struct Gaussian {
    Index words = 0;  ///< n >= k
    Index width = 0;  ///< w
    double variance = 1e-6;
    std::uint64_t seed = 0;
  };
  static TiedFlow gaussian(Vector values, const Gaussian& start);

  [[nodiscard]] const Vector& values() const { return values_; }  ///< m_i
  [[nodiscard]] Index width() const { return start_.cols(); }     ///< w
  [[nodiscard]] Vector modes(double t) const;                     ///< u_iᵀW(t)ᵀW(t)u_i, in the order of the values
  [[nodiscard]] Vector singular_values(double t) const;  ///< of W(t), falling: the first min(w, rows of the state)
  /// W(t), w x n, up to a rotation of its rows, which C does not see. Throws for a drawn start, which has no columns.
  [[nodiscard]] Matrix embeddings(double t) const;
  [[nodiscard]] double cost(double t) const;  ///< ¼‖W(t)ᵀW(t) − M‖²
  /// Mode i alone, da/dt = 2a(m_i − a) from its size at the start: a sigmoid of rate 2m_i. The limit of a small start,
  /// or one whose modes are orthogonal.
  [[nodiscard]] Mode alone(Index i) const;

 private:
  TiedFlow(Vector values, Matrix start);
  [[nodiscard]] Matrix rows(double t) const;  // of a factor of WᵀW: along the u_i, then of the rest

  Vector values_;
  Matrix start_;  // of the factor at t = 0
  Matrix basis_;  // n x rows; empty for a drawn start
};

}  // namespace linnet
