#pragma once

#include <optional>

#include "linnet/exact/mode_flow.hpp"

namespace linnet {

/// Spiked random matrices: what a large matrix Y = A* + E, E of independent entries of variance σ², shows of a signal
/// A* of low rank (Benaych-Georges & Nadakuditi 2012). Singular values are in units of σ√m, m the larger side of Y; β =
/// smaller side / larger side. A strength x of A* above β^{1/4} leaves a singular value y above the bulk's edge 1 + √β
/// and singular vectors that overlap with the signal's,
///
///     y² = (x + 1/x)(x + β/x),   ⟨u, û⟩⟨v, v̂⟩ = (x⁴ − β)/√((x⁴ + βx²)(x⁴ + x²)).
///
/// A strength below that leaves nothing. All are O(1).
///
/// A signal of rank k takes k of the rows and columns from the noise, and leaves it k(m + n − k) numbers of freedom, of
/// the sides m and n: both sides count as shorter by k/2, which removes the error of order k/n.
class SpikedModel {
 public:
  /// Throws for a shape without entries.
  explicit SpikedModel(Shape shape, Index rank = 0);

  [[nodiscard]] double unit() const;  ///< √m, the unit of singular values at σ = 1

  [[nodiscard]] double edge() const;                     ///< of the bulk, 1 + √β
  [[nodiscard]] double observed(double strength) const;  ///< y of x; the edge for x up to β^{1/4}
  [[nodiscard]] double strength(double observed) const;  ///< x of y; 0 for y up to the edge
  [[nodiscard]] double overlap(double strength) const;   ///< ⟨u, û⟩⟨v, v̂⟩ of x; 0 for x up to β^{1/4}
  /// x ⟨u, û⟩⟨v, v̂⟩ of y, √((y² − β − 1)² − 4β)/y: what is left of y when the squared error is least (Gavish & Donoho
  /// 2017). 0 for y up to the edge.
  [[nodiscard]] double shrunk(double observed) const;
  // Without cancellation, of a strength above the threshold:
  [[nodiscard]] double added(double strength) const;  ///< y² − x² = 1 + β + β/x²
  [[nodiscard]] double unseen(double strength) const;  ///< x²(1 − overlap²), what no multiple of û v̂ᵀ has of x u vᵀ
  /// The bulk's singular value that so large a part of all are above: 0.5 for the median.
  [[nodiscard]] double quantile(double above) const;
  /// y above which noise alone has its largest singular value in one of a hundred draws, at this finite size
  /// (Tracy–Widom; Johnstone 2001).
  [[nodiscard]] double largest_of_noise() const;

 private:
  double larger_;  // m, n: the sides
  double smaller_;
  double aspect_;  // β
};

/// The signal in a matrix of noise, from its singular values alone.
struct SpectrumEstimate {
  TaskSpectrum spectrum;  ///< of Y: overlaps and the signal outside the modes as the model has them
  double noise = 0;       ///< σ, as given or estimated
  bool noise_known = false;
  Vector strengths;  ///< singular values of A*, one for each of Y above the noise; falling
  double edge = 0;   ///< the singular value of Y above which it counts as signal
  Shape shape;

  [[nodiscard]] Index rank() const { return strengths.size(); }
};

/// σ, if not given, is that of what is left without the largest singular values, as few of them as leave what looks
/// like noise alone: the largest of the rest below the edge, its median and its lower fifth where those of noise are.
/// So the signal may have any rank that leaves some rest. Then mnσ² = ‖Y‖² − Σx_i(σ)². Where nothing is left, σ = 0.
/// One SVD. Throws for a target that has no entries, is 0 or not finite, or beyond 1e±100, and a negative noise.
///
/// "Noise alone exceeds it in one of a hundred draws" holds for entries with light tails, as Gaussian ones.
SpectrumEstimate estimate_spectrum(const Matrix& target, std::optional<double> noise = std::nullopt);

/// The same from an SVD.
SpectrumEstimate estimate_spectrum(linalg::Svd target, Shape shape, std::optional<double> noise = std::nullopt);

}  // namespace linnet
