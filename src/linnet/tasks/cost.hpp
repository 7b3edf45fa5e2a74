#pragma once

#include <memory>
#include <optional>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// Value and gradient of a cost at one A. A loop reuses one object.
struct Residual {
  double cost = 0;         ///< C(A)
  Matrix gradient;         ///< R = ∇C(A), n_2 x n_0
  Matrix difference = {};  ///< A − Y; filled for regression only
  Matrix seen = {};        ///< (A − Y)Σ_xx^{½}, n_2 x rank; filled for regression only
};

/// The data of a regression, samples in columns; whitened where the cost is.
struct Samples {
  Matrix inputs;   ///< X, n_0 x P
  Matrix targets;  ///< T, n_2 x P
};

/// A quadratic cost C(A) = ½⟨A − Y, 𝓜(A − Y)⟩ + C_min of the end-to-end matrix A (docs/theory.md, "Costs"):
///
///     full matrix (whitened inputs)  𝓜 = 1        C = ½‖A − Y‖²_F
///     matrix completion, mask M      𝓜 = M∘       C = ½‖M∘(A − Y)‖²_F
///     regression on data X, T        𝓜 = ·Σ_xx    C = (1/2P)‖A X − T‖²_F
///
/// For regression Y is the least-squares map of least norm and C_min its cost. Every cost is computed as half a sum of
/// squares of the residual, never as a difference, so that small costs keep their digits and none is negative.
class Cost {
 public:
  static constexpr double white_to =
      1e-12;  ///< relative spread of the inputs' variances below which inputs count as white

  /// ½‖A − Y‖²_F. Throws for a target without entries or with entries that are not finite.
  static Cost full_matrix(Matrix target);

  /// `mask` holds 1 for a seen entry and 0 for an unseen one. Throws on another value, or when nothing is seen.
  static Cost masked(Matrix target, Matrix mask);

  /// Data sets are samples in rows: `inputs` P x n_0, `targets` P x n_2. With `whiten`, X is replaced by
  /// Σ_xx^{-1/2} X and the cost becomes the full-matrix one; throws when Σ_xx is singular.
  static Cost regression(const Matrix& inputs, const Matrix& targets, bool whiten);

  /// The same inputs and mask with targets that leave the same C_min: Y, and T of a regression, samples in columns.
  [[nodiscard]] Cost with_targets(Matrix target, Matrix samples_targets) const;

  [[nodiscard]] Shape shape() const { return shape_of(target_); }
  [[nodiscard]] const Matrix& target() const { return target_; }                ///< Y
  [[nodiscard]] bool is_full_matrix() const { return !mask_ && !covariance_; }  ///< 𝓜 = 1
  /// σ² where 𝓜 = σ²: 1 for the full-matrix cost; σ² for a regression with Σ_xx = σ²I up to rounding (eigenvalues that
  /// differ by less than `white_to` of their size). The flow is then that of the full-matrix cost in the time σ²t.
  [[nodiscard]] std::optional<double> white_variance() const { return white_variance_; }
  [[nodiscard]] bool is_white() const { return white_variance_.has_value(); }  ///< the closed forms hold
  [[nodiscard]] const std::optional<Matrix>& mask() const { return mask_; }
  [[nodiscard]] const std::optional<Matrix>& covariance() const { return covariance_; }  ///< Σ_xx
  /// Σ_xx^{½}, symmetric, for inputs that are not white; none for white inputs and for costs without data. One SVD.
  [[nodiscard]] std::optional<Matrix> input_root() const;
  [[nodiscard]] const Samples* samples() const { return samples_.get(); }  ///< of a regression; else none

  /// Largest over smallest eigenvalue of Σ_xx as given, before any whitening; 1 without data, inf when singular.
  [[nodiscard]] double condition() const { return condition_; }

  /// Fills `at` with C(a) and ∇C(a). O(n_0 n_2), and two products for regression. Allocates nothing once `at` has its
  /// size.
  void evaluate(const Matrix& a, Residual& at) const;
  [[nodiscard]] Residual evaluate(const Matrix& a) const;

  /// out = 𝓜 d, the second derivative of the cost along d; one product for regression.
  void curvature(const Matrix& d, Matrix& out) const;

  /// Mean squared error over the entries that count: 2C / N with N = n_0 n_2 (full), seen entries (masked),
  /// n_2 (regression, where the mean over the P samples is already in C).
  [[nodiscard]] double error_of(double cost) const { return 2 * cost / count_; }
  [[nodiscard]] double error(const Matrix& a) const;

  /// The least cost of an A of at most this rank, by the Eckart–Young theorem; none for a masked cost, which has no
  /// closed form. One SVD.
  [[nodiscard]] std::optional<double> least_of_rank(Index rank) const;

 private:
  explicit Cost(Matrix target);

  Matrix target_;
  std::optional<Matrix> mask_;
  std::optional<Matrix> covariance_;
  Matrix root_;  // of the covariance, n_0 x rank: Σ_xx = root rootᵀ
  std::shared_ptr<const Samples> samples_;
  double least_ = 0;  // C_min
  double count_ = 1;  // N
  double condition_ = 1;
  std::optional<double> white_variance_ = 1;
};

}  // namespace linnet
