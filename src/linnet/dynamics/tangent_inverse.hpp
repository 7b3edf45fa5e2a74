#pragma once

#include <vector>

#include "linnet/tasks/cost.hpp"

namespace linnet {

/// (1 + γH)^{-1}, where H is the Hessian of a deep network's cost and A has k singular vectors U, V, for costs whose
/// second derivative 𝓜 couples the entries of A: by weights of the entries, or by the covariance of the inputs. A step
/// of the weights moves A only within the m = k(n_0 + n_L − k) dimensions of U X + Z Vᵀ. Up to R between these
/// dimensions, H is 𝓜 restricted to them. H is inverted as one matrix, in coordinates in which weights and dA have
/// equal norms (docs/theory.md, "Saddle to saddle").
class TangentInverse {
 public:
  /// The largest m for which the inverse does not take too long.
  static constexpr Index most_dimensions = 2000;

  struct Input {
    const Cost& cost;
    const Matrix& u;         ///< singular vectors of A, then those of R outside them, n_L x n_L
    const Matrix& v;         ///< n_0 x n_0
    Index rank;              ///< k
    const Matrix& entries;   ///< UᵀdA V by the entries of all layers between their learned modes, k² x Lk²
    const Matrix& in;        ///< UᵀdA V⊥ = in × (the part of W_1 outside V); k x k
    const Matrix& out;       ///< VᵀdAᵀU⊥ = out × (the part of W_Lᵀ outside U)
    const Matrix& middle;    ///< W_{L−1}⋯W_2, by which these two parts couple through R; k x k
    const Vector& residual;  ///< singular values of R outside those of A, from index k on
  };

  [[nodiscard]] static Index dimensions(const Input& at) { return at.rank * (at.u.rows() + at.v.rows() - at.rank); }

  /// 5m³/3 operations, and 8k² products of the size of A for 𝓜.
  void prepare(const Input& at, double gamma);

  /// Applies (1 + γH)^{-1} − 1: to the entries (a k x k matrix a layer) in place, and to the parts of W_1 and W_Lᵀ
  /// outside the learned modes, k x (n_0 − k) and k x (n_L − k), into `to_in` and `to_out`. 2m² operations; allocates
  /// only in the first call.
  void apply(std::vector<Matrix>& entries, const Matrix& in, const Matrix& out, Matrix& to_in, Matrix& to_out);

 private:
  void invert(const Matrix& hessian, double gamma);

  Matrix entries_;  // Lk² x k², orthonormal columns: the combinations of entries that move A
  Matrix change_;   // (1 + γH)^{-1} − 1, m x m
  Vector before_;
  Vector after_;
};

}  // namespace linnet
