#pragma once

#include <vector>

#include "linnet/tasks/cost.hpp"

namespace linnet {

/// (1 + γH)^{-1}, H the Hessian of a deep network's cost where A has k singular vectors U, V, for costs whose second
/// derivative 𝓜 couples the entries of A: by a mask, or by the inputs' covariance. All that a step of the weights does
/// to A lies in the m = k(n_0 + n_L − k) dimensions of U X + Z Vᵀ, and H is, but for R between them, 𝓜 seen from
/// there; it is inverted at once, in coordinates in which weights and dA have one length (docs/theory.md, "Saddle to
/// saddle").
class TangentInverse {
 public:
  /// More dimensions take too long to be inverted at once.
  static constexpr Index most_dimensions = 2000;

  struct Input {
    const Cost& cost;
    const Matrix& u;         ///< singular vectors of A, then those of R beyond, n_L x n_L
    const Matrix& v;         ///< n_0 x n_0
    Index rank;              ///< k
    const Matrix& entries;   ///< UᵀdA V of all layers' entries between their learned modes, k² x Lk²
    const Matrix& in;        ///< UᵀdA V⊥ = in × what W_1 has beyond V; k x k
    const Matrix& out;       ///< VᵀdAᵀU⊥ = out × what W_Lᵀ has beyond U
    const Matrix& middle;    ///< these two meet R by W_{L−1}⋯W_2, k x k
    const Vector& residual;  ///< singular values of R beyond A's, from number k on
  };

  [[nodiscard]] static Index dimensions(const Input& at) { return at.rank * (at.u.rows() + at.v.rows() - at.rank); }

  /// 5m³/3 flops and 8k² products of the size of A for 𝓜.
  void prepare(const Input& at, double gamma);

  /// The inverse less 1: of the entries (a k x k matrix a layer) in place, and of what W_1 and W_Lᵀ have beyond the
  /// learned modes, k x (n_0 − k) and k x (n_L − k), into `to_in` and `to_out`. 2m² flops; allocates nothing but the
  /// first time.
  void apply(std::vector<Matrix>& entries, const Matrix& in, const Matrix& out, Matrix& to_in, Matrix& to_out);

 private:
  void invert(const Matrix& hessian, double gamma);

  Matrix entries_;  // Lk² x k², orthonormal columns: what of the entries moves A
  Matrix change_;   // (1 + γH)^{-1} − 1, m x m
  Vector before_;
  Vector after_;
};

}  // namespace linnet
