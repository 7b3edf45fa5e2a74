#pragma once

#include <memory>
#include <optional>
#include <string>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/tasks/cost_function.hpp"
#include "linnet/tasks/loss.hpp"

namespace linnet {

/// How a cost on samples is normalised: C = (h/P) Σ_i |f(x_i) − y_i|², and errors are the means of |f(x_i) − y_i|² over
/// the samples and the outputs, or over the samples alone. {.half = false, .mean_over_outputs = false} is the
/// convention of the authors of *Get rich quick*: the error is the cost.
struct Normalisation {
  bool half = true;               ///< h = ½; else 1
  bool mean_over_outputs = true;  ///< of errors; else they are sums over the outputs

  [[nodiscard]] double factor() const { return half ? 0.5 : 1.0; }  ///< h
  friend bool operator==(const Normalisation&, const Normalisation&) = default;
};

/// The inputs of data by their singular vectors: samples/√P = U diag(s) Vᵀ, so that Σ_xx = V diag(s²) Vᵀ. The span of
/// the inputs has the first `rank` columns of V: singular values up to s_1 ε max(P, n_0) are rounding.
struct PrincipalAxes {
  linalg::Svd svd;
  Index rank = 0;
};
PrincipalAxes principal_axes(const Matrix& inputs);  ///< samples in rows

/// What is minimized: of a linear network a function C(A) of the end-to-end matrix (docs/theory.md, "Costs"). The costs
/// whose least point is known are quadratic, C(A) = ½⟨A − Y, 𝓜(A − Y)⟩ + C_min:
///
///     full matrix (whitened inputs)  𝓜 = 1        C = ½‖A − Y‖²_F
///     matrix completion, mask M      𝓜 = M∘       C = ½‖M∘(A − Y)‖²_F
///     entries of weights W           𝓜 = W∘       C = ½ Σ W∘(A − Y)²
///     regression on data X, T        𝓜 = ·Σ_xx    C = (1/2P)‖A X − T‖²_F
///
/// For regression Y is the least-squares map of least norm and C_min its cost; with h = 1 for ½, 𝓜 and C_min are twice
/// as large; with a weight w_i for each sample, X and T have the columns √w_i x_i and √w_i t_i. Every cost is computed
/// as half a sum of squares of the residual, never as a difference, so that small costs keep their digits and none is
/// negative.
///
/// A regression is a cost of any network, by its samples. Y, 𝓜 and C_min are computed by one SVD at first use; a
/// network that is not linear never uses them.
///
/// Any other cost is a CostFunction: cost, gradient and curvature are its own, and what needs Y, 𝓜 or C_min throws,
/// naming it.
class Cost {
 public:
  static constexpr double white_to =
      1e-12;  ///< relative spread of the inputs' variances below which inputs count as white

  /// ½‖A − Y‖²_F. Throws for a target without entries or with entries that are not finite.
  static Cost full_matrix(Matrix target);

  /// `mask` is 1 for an observed entry and 0 for others. Throws for other values, and if no entry is observed.
  static Cost masked(Matrix target, Matrix mask);

  /// ½ Σ_ij W_ij (A_ij − Y_ij)². Throws for weights that are negative, not finite or all 0; entries of weight 0 may be
  /// nan.
  static Cost weighted(Matrix target, Matrix weights);

  /// Any other cost.
  explicit Cost(std::shared_ptr<const CostFunction> function);

  /// Data sets are samples in rows: `inputs` P x n_0, `targets` P x n_2. With `whiten`, X is replaced by
  /// Σ_xx^{-1/2} X and the cost becomes the full-matrix one. Where Σ_xx is singular (`principal_axes`), by the root of
  /// its pseudo-inverse: the inputs are then white on their span, and 𝓜 is the projection Π on it. Throws where all
  /// inputs are 0.
  static Cost regression(const Matrix& inputs, const Matrix& targets, bool whiten, Normalisation normalisation = {});

  /// The same of samples in columns, not whitened; they may have weights.
  static Cost on_samples(Samples samples, Normalisation normalisation = {});

  /// What a cost is made of, to store it and make the same again.
  struct Parts;
  [[nodiscard]] Parts parts() const;
  explicit Cost(Parts parts);

  /// The same inputs, mask and weights with targets that leave the same C_min: Y, of any number of outputs, and T of a
  /// regression, samples in columns.
  [[nodiscard]] Cost with_targets(Matrix target, Matrix samples_targets) const;

  [[nodiscard]] Shape shape() const { return shape_; }
  /// Whether Y, 𝓜 and C_min are known. Else the methods that give them throw, and there is neither mask nor covariance.
  [[nodiscard]] bool has_target() const { return function_ == nullptr; }
  void require_target() const;  ///< throws, naming the cost, unless they are known
  [[nodiscard]] const CostFunction* function() const { return function_.get(); }  ///< of any other cost; else null
  [[nodiscard]] const Matrix& target() const { return moments().target; }         ///< Y
  [[nodiscard]] bool is_full_matrix() const { return has_target() && !mask_ && !covariance(); }  ///< 𝓜 = 1
  /// σ² where 𝓜 = σ²: 1 for the full-matrix cost; σ² for a regression with 2hΣ_xx = σ²I up to rounding
  /// (eigenvalues that differ by less than `white_to` of their size). The flow is then that of the full-matrix cost in
  /// the time σ²t.
  [[nodiscard]] std::optional<double> white_variance() const {
    return has_target() ? moments().white_variance : std::nullopt;
  }
  [[nodiscard]] bool is_white() const { return white_variance().has_value(); }  ///< the closed forms are valid
  [[nodiscard]] const std::optional<Matrix>& mask() const { return mask_; }     ///< 1 where an entry has a weight
  /// W of a cost that is a sum over entries: the mask, or weights of its entries.
  [[nodiscard]] const std::optional<Matrix>& entry_weights() const { return weights_ ? weights_ : mask_; }
  [[nodiscard]] bool is_weighted() const { return weights_.has_value(); }  ///< W is not only 0 and 1
  /// 2hΣ_xx: the inputs' covariance, twice that without ½.
  [[nodiscard]] const std::optional<Matrix>& covariance() const;
  /// Σ_xx^{½}, symmetric, for inputs that are not white, Σ w_i x_i x_iᵀ/P where samples have weights; none for white
  /// inputs and for costs without data. One SVD.
  [[nodiscard]] std::optional<Matrix> input_root() const;
  [[nodiscard]] const Samples* samples() const {  ///< of a cost that is a mean over samples; else null
    return function_ ? function_->samples() : samples_.get();
  }
  [[nodiscard]] Normalisation normalisation() const { return normalisation_; }
  /// With samples: what networks that are not linear minimize on them.
  [[nodiscard]] Objective objective() const;
  /// What cost and error are, for files and plots.
  [[nodiscard]] std::string words() const;

  /// Largest over smallest eigenvalue of Σ_xx as given, before any whitening; 1 without data, inf when singular.
  [[nodiscard]] double condition() const { return moments().condition; }
  /// How many directions the inputs span; all of them without data.
  /// σ² where the inputs are white on their span, 𝓜 = σ² times the projection on it, up to this relative spread.
  [[nodiscard]] std::optional<double> white_on_span(double spread = white_to) const;
  [[nodiscard]] Index input_rank() const { return covariance() ? moments().root.cols() : shape_.inputs; }

  /// Fills `at` with C(a) and ∇C(a). O(n_0 n_2), and two products for regression. Allocates nothing once `at` has its
  /// size.
  void evaluate(const Matrix& a, Residual& at) const;
  [[nodiscard]] Residual evaluate(const Matrix& a) const;

  /// With samples: C of these outputs, n_2 x P, of all of them.
  [[nodiscard]] double of_outputs(const Matrix& outputs) const;
  /// With samples: the gradient on some of them alone, of a regression (2h/b)(A X_B − T_B) X_Bᵀ; `difference` is room
  /// for A X_B − T_B.
  void gradient_on(const Samples& batch, const Matrix& a, Matrix& difference, Matrix& out) const;

  /// The second derivative of the cost along d, at the A where `at` was evaluated. Throws for a cost without
  /// (`has_curvature`).
  void curvature(const Residual& at, const Matrix& d, Room& room, Matrix& out) const;
  [[nodiscard]] bool has_curvature() const { return !function_ || function_->has_curvature(); }
  /// out = 𝓜 d, the same at any A, where 𝓜 is known; one product for regression.
  void curvature(const Matrix& d, Matrix& out) const;

  /// Mean squared error over the entries that count: 2C / N with N = n_0 n_2 (full), observed entries (masked), ΣW
  /// (weighted), n_2 times the mean weight (regression, where the mean over the P samples is already in C; see
  /// Normalisation); or what the CostFunction says.
  [[nodiscard]] double error_of(double cost) const { return 2 * cost / count_; }
  [[nodiscard]] double error(const Matrix& a) const;

  /// The least cost of an A of at most this rank, by the Eckart–Young theorem; none for costs that have no closed form,
  /// with a mask or weights of entries or of another kind. One SVD.
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
  /// For a whitened cost the whitened samples go into `whitened`.
  static Moments moments_of(const Samples& samples, Normalisation normalisation, Samples* whitened);

  /// Moments that are made when first asked for, by whichever thread is first.
  class Lazy;

  Cost(Shape shape, Moments moments);
  [[nodiscard]] const Moments& moments() const;
  [[nodiscard]] double half_weighted_square(const Matrix& difference) const;  // by the weights of entries

  Shape shape_;
  std::optional<Matrix> mask_;
  std::optional<Matrix> weights_;  // of entries, where they are not a mask
  std::shared_ptr<const Samples> samples_;
  Normalisation normalisation_;
  std::shared_ptr<const Lazy> moments_;
  std::shared_ptr<const CostFunction> function_;  // instead of all of these
  double count_ = 1;                              // N
};

/// `least` and what follows it are without a value where Y, 𝓜 and C_min follow from the samples. With a function it is
/// all.
struct Cost::Parts {
  std::shared_ptr<const CostFunction> function;
  Shape shape;
  std::optional<Matrix> mask;
  std::optional<Matrix> weights;
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
