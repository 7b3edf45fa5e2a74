#pragma once

#include <memory>
#include <optional>
#include <string>

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

/// How a cost on samples is normalised: C = (h/P) Σ_i |f(x_i) − y_i|², and errors are the means of |f(x_i) − y_i|² over
/// the samples and the outputs, or over the samples alone. {.half = false, .mean_over_outputs = false} is the
/// convention of the authors of *Get rich quick*: the error is the cost.
struct Normalisation {
  bool half = true;               ///< h = ½; else 1
  bool mean_over_outputs = true;  ///< of errors; else they are sums over the outputs

  [[nodiscard]] double factor() const { return half ? 0.5 : 1.0; }  ///< h
  friend bool operator==(const Normalisation&, const Normalisation&) = default;
};

/// What is minimized. Of a linear network it is a quadratic cost C(A) = ½⟨A − Y, 𝓜(A − Y)⟩ + C_min of the end-to-end
/// matrix A (docs/theory.md, "Costs"):
///
///     full matrix (whitened inputs)  𝓜 = 1        C = ½‖A − Y‖²_F
///     matrix completion, mask M      𝓜 = M∘       C = ½‖M∘(A − Y)‖²_F
///     regression on data X, T        𝓜 = ·Σ_xx    C = (1/2P)‖A X − T‖²_F
///
/// For regression Y is the least-squares map of least norm and C_min its cost; with h = 1 for ½, 𝓜 and C_min are twice
/// as large. Every cost is computed as half a sum of squares of the residual, never as a difference, so that small
/// costs keep their digits and none is negative.
///
/// A regression is a cost of any network, by its samples. Y, 𝓜 and C_min are computed by one SVD at first use; a
/// network that is not linear never uses them.
class Cost {
 public:
  static constexpr double white_to =
      1e-12;  ///< relative spread of the inputs' variances below which inputs count as white

  /// ½‖A − Y‖²_F. Throws for a target without entries or with entries that are not finite.
  static Cost full_matrix(Matrix target);

  /// `mask` is 1 for an observed entry and 0 for others. Throws for other values, and if no entry is observed.
  static Cost masked(Matrix target, Matrix mask);

  /// Data sets are samples in rows: `inputs` P x n_0, `targets` P x n_2. With `whiten`, X is replaced by
  /// Σ_xx^{-1/2} X and the cost becomes the full-matrix one; throws when Σ_xx is singular.
  static Cost regression(const Matrix& inputs, const Matrix& targets, bool whiten, Normalisation normalisation = {});

  /// The same of samples in columns, not whitened.
  static Cost on_samples(Samples samples, Normalisation normalisation = {});

  /// What a cost is made of, to store it and make the same again.
  struct Parts;
  [[nodiscard]] Parts parts() const;
  explicit Cost(Parts parts);

  /// The same inputs and mask with targets that leave the same C_min: Y, of any number of outputs, and T of a
  /// regression, samples in columns.
  [[nodiscard]] Cost with_targets(Matrix target, Matrix samples_targets) const;

  [[nodiscard]] Shape shape() const { return shape_; }
  [[nodiscard]] const Matrix& target() const { return moments().target; }        ///< Y
  [[nodiscard]] bool is_full_matrix() const { return !mask_ && !covariance(); }  ///< 𝓜 = 1
  /// σ² where 𝓜 = σ²: 1 for the full-matrix cost; σ² for a regression with 2hΣ_xx = σ²I up to rounding
  /// (eigenvalues that differ by less than `white_to` of their size). The flow is then that of the full-matrix cost in
  /// the time σ²t.
  [[nodiscard]] std::optional<double> white_variance() const { return moments().white_variance; }
  [[nodiscard]] bool is_white() const { return white_variance().has_value(); }  ///< the closed forms are valid
  [[nodiscard]] const std::optional<Matrix>& mask() const { return mask_; }
  /// 2hΣ_xx: the inputs' covariance, twice that without ½.
  [[nodiscard]] const std::optional<Matrix>& covariance() const { return moments().covariance; }
  /// Σ_xx^{½}, symmetric, for inputs that are not white; none for white inputs and for costs without data. One SVD.
  [[nodiscard]] std::optional<Matrix> input_root() const;
  [[nodiscard]] const Samples* samples() const { return samples_.get(); }  ///< of a regression; else none
  [[nodiscard]] Normalisation normalisation() const { return normalisation_; }
  /// What cost and error are, for files and plots.
  [[nodiscard]] std::string words() const;

  /// Largest over smallest eigenvalue of Σ_xx as given, before any whitening; 1 without data, inf when singular.
  [[nodiscard]] double condition() const { return moments().condition; }

  /// Fills `at` with C(a) and ∇C(a). O(n_0 n_2), and two products for regression. Allocates nothing once `at` has its
  /// size.
  void evaluate(const Matrix& a, Residual& at) const;
  [[nodiscard]] Residual evaluate(const Matrix& a) const;

  /// Of a regression: C of these outputs, n_2 x P, of all its samples.
  [[nodiscard]] double of_outputs(const Matrix& outputs) const;
  /// Of a regression: its gradient on some of the samples alone, (2h/b)(A X_B − T_B) X_Bᵀ; `difference` is room for
  /// A X_B − T_B.
  void gradient_on(const Samples& batch, const Matrix& a, Matrix& difference, Matrix& out) const;

  /// out = 𝓜 d, the second derivative of the cost along d; one product for regression.
  void curvature(const Matrix& d, Matrix& out) const;

  /// Mean squared error over the entries that count: 2C / N with N = n_0 n_2 (full), observed entries (masked),
  /// n_2 (regression, where the mean over the P samples is already in C; see Normalisation).
  [[nodiscard]] double error_of(double cost) const { return 2 * cost / count_; }
  [[nodiscard]] double error(const Matrix& a) const;

  /// The least cost of an A of at most this rank, by the Eckart–Young theorem; none for a masked cost, which has no
  /// closed form. One SVD.
  [[nodiscard]] std::optional<double> least_of_rank(Index rank) const;

 private:
  /// Y, 𝓜 and C_min, but for the mask.
  struct Moments {
    Matrix target;
    std::optional<Matrix> covariance = std::nullopt;
    Matrix root = {};  // of the covariance, n_0 x rank: it is root rootᵀ
    double least = 0;  // C_min
    double condition = 1;
    std::optional<double> white_variance = 1;
  };
  /// Those of samples in rows; for a whitened cost the whitened samples, in columns, into `whitened`.
  static Moments moments_of(const Matrix& inputs, const Matrix& targets, Normalisation normalisation,
                            Samples* whitened);

  /// Moments that are made when first asked for, by whichever thread is first.
  class Lazy;

  Cost(Shape shape, Moments moments);
  [[nodiscard]] const Moments& moments() const;

  Shape shape_;
  std::optional<Matrix> mask_;
  std::shared_ptr<const Samples> samples_;
  Normalisation normalisation_;
  std::shared_ptr<const Lazy> moments_;
  double count_ = 1;  // N
};

/// `least` and what follows it are without a value where Y, 𝓜 and C_min follow from the samples.
struct Cost::Parts {
  Shape shape;
  std::optional<Matrix> mask;
  std::optional<Samples> samples;
  Normalisation normalisation;
  double count = 1;
  std::optional<double> least;
  Matrix target;
  std::optional<Matrix> covariance;
  Matrix root;
  double condition = 1;
  std::optional<double> white_variance;
};

}  // namespace linnet
