#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linnet/exact/best_moment.hpp"
#include "linnet/exact/mode.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/network.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// The input of the mode-wise closed form: the singular values of Y and their overlaps with the signal.
struct TaskSpectrum {
  Vector target;         ///< y_i, falling
  Vector weight;         ///< how many modes each represents: 1, or a quadrature weight of a continuous spectrum
  Vector overlap;        ///< o_i, the value of mode i with the least test error: u_iᵀ A* v_i; empty without a test
  Vector variance = {};  ///< d_i of the inputs along v_i: C = ½Σ d_i (a_i − y_i)² + least_cost; empty: all 1
  bool white = true;     ///< whether the inputs have one variance, also in directions that no v_i has
  Vector test_variance = {};  ///< the same of the test inputs; empty: all 1
  double unseen = 0;          ///< ‖A* − Σ overlap u_i v_iᵀ‖²_F, the part of the signal outside the modes
  double entries = 1;      ///< test error = (unseen + Σ test_variance (a_i − o_i)²) / entries; n_0 n_2 of a signal
  double least_cost = 0;   ///< C_min, the least cost of any A
  double train_count = 1;  ///< train error = 2C / train_count
  std::optional<linalg::Svd> vectors = std::nullopt;  ///< of Y; none for a limit spectrum

  // What modes a_i yield, by their residuals y_i − a_i: mean squared errors, and A itself. The test error throws
  // without a signal, A for a limit spectrum.
  [[nodiscard]] double train_error(const Vector& residuals) const;
  [[nodiscard]] double test_error(const Vector& residuals) const;
  [[nodiscard]] Matrix matrix_of(const Vector& modes) const;
};

/// One SVD of Y and three products. Inputs that are not white take two more decompositions (`aligned_modes`). Throws
/// when the modes do not decouple: for a mask, and where the covariance of the inputs is farther than `tolerance` from
/// sharing its eigenvectors with Y.
TaskSpectrum sample_spectrum(const Task& task, double tolerance = 1e-8);

/// The limit d → ∞ of the low-rank-plus-noise task at matched d (docs/theory.md, "The limit of large matrices"): k
/// singular values θ√d of the signal, θ = √(d/k)/noise, which Y has at √d(θ + 1/θ) with overlap 1 − θ^{-2}, and the
/// bulk of the quarter-circle law by `nodes`-point Gauss–Chebyshev quadrature.
TaskSpectrum limit_spectrum(Index dim, Index rank, double noise, Index nodes = 400);

/// Gradient flow of a two-layer network in closed form, mode by mode (docs/theory.md, "Mode by mode"): exact for
/// infinite width, G_0 = diag(aI, bI), and for task-aligned starts. Mode i moves in the time d_i t, d_i the variance of
/// the inputs along v_i. Built once, evaluated at any t; O(n) a time after the spectrum.
class ModeFlow {
 public:
  struct Options {
    Layerwise scales = 1.0;  ///< (a, b): the representations C_1 = aI, C_2 = bI at A = 0; σ_l²w of a wide network
    Layerwise rates = 1.0;   ///< η_l
    Vector start = {};       ///< a_i(0) along Y's singular vectors; empty: 0
  };

  /// Throws for a negative scale, a rate that is not positive, and a start that does not fit the modes.
  ModeFlow(TaskSpectrum spectrum, const Options& options);
  ModeFlow(std::shared_ptr<const TaskSpectrum> spectrum, const Options& options);  ///< shared by many

  [[nodiscard]] const TaskSpectrum& spectrum() const { return *spectrum_; }
  [[nodiscard]] const Layerwise& rates() const { return rates_; }
  [[nodiscard]] double threshold() const { return threshold_; }  ///< κ in the units of A: (a√(η_2/η_1) + b√(η_1/η_2))/2
  /// Why nothing is learned: modes that start at 0 with κ = 0 stay there, at a saddle. Empty without such a mode.
  [[nodiscard]] std::string warning() const;
  [[nodiscard]] Vector modes(double t) const;  ///< a_i(t), t in [0, inf]
  /// Mean squared errors at t in [0, inf]. O(n).
  [[nodiscard]] double train_error(double t) const;
  [[nodiscard]] double test_error(double t) const;  ///< throws without a signal
  /// ∂a_i(t)/∂ ln t and ∂a_i(t)/∂ ln κ, in closed form.
  struct Slopes {
    Vector by_time;
    Vector by_threshold;
  };
  [[nodiscard]] Slopes slopes(double t) const;
  /// The times at which a_i(t) = fraction y_i, however late: 0 where a mode starts beyond, inf where it never gets
  /// there, as where d_i = 0.
  [[nodiscard]] Vector learning_times(double fraction) const;
  /// Of the tangent kernel from its start, on inputs that are white. O(n). Throws for inputs that are not, and a limit
  /// spectrum.
  [[nodiscard]] double kernel_distance(double t) const;
  [[nodiscard]] Matrix end_to_end(double t) const;     ///< A(t); throws for a limit spectrum
  [[nodiscard]] GramState gram_state(double t) const;  ///< G(t)
  /// The network at t: self-consistent where one side is at least four times the other, as then C_1 or C_2 would be far
  /// larger than A, and the rates are equal; else its Gram state.
  [[nodiscard]] Network state(double t) const;

  /// The time of the smallest test error of all t in [0, inf] (where it is inside, a root of its derivative to 1e-9
  /// relative): by bounds on the error over intervals of time. No other time has an error that is lower by more than
  /// 1e-11 of it, which is proven. inf when the error falls for ever. Throws without a signal. O(n) for each interval,
  /// up to some hundred of them.
  [[nodiscard]] BestMoment best() const;

 private:
  [[nodiscard]] double time_of(Index mode, double t) const;
  [[nodiscard]] Vector residuals(double t) const;  // y_i − a_i(t)

  std::shared_ptr<const TaskSpectrum> spectrum_;
  Layerwise scales_;
  Layerwise rates_;
  double threshold_;
  double clock_;  // time of the fastest mode per unit of t: √(η_1η_2) max d_i
  Vector pace_;   // of the modes: d_i over the largest
  std::vector<Mode> modes_;
};

}  // namespace linnet
