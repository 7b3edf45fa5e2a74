#pragma once

#include <cstdint>

#include "linnet/networks/deep_linear.hpp"

namespace linnet::networks {

/// λ-balanced weights, W_2ᵀW_2 − W_1W_1ᵀ = λI, with the end-to-end matrix given (docs/exact.md, "Starts"): with
/// A_0 = U diag(s) Vᵀ and O orthogonal, drawn from `seed`,
///
///     W_2 = U diag(s₂) Oᵀ,  W_1 = O diag(s₁) Vᵀ,  s₂² = (√(λ² + 4s²) + λ)/2,  s₁² = (√(λ² + 4s²) − λ)/2;
///
/// directions of the width that A_0 does not use get √|λ| in the larger layer. λ = 0 is zero-balanced; A_0 = scale·U Vᵀ
/// of the task is task-aligned. With `rates` η_l all this is true of the layers W_l/√η_l, whose imbalance the flow with
/// these rates conserves. Throws when the width is below the rank of A_0, above n_2 for λ > 0, or above n_0 for λ < 0,
/// where no such weights exist.
DeepLinear balanced(const Matrix& end_to_end, double balance, Index width, std::uint64_t seed = 0,
                    const Layerwise& rates = 1.0);

/// A random end-to-end matrix of rank min(w, n_0, n_2) whose singular values are all `scale`: semi-orthogonal.
Matrix semi_orthogonal(Shape shape, Index rank, double scale, std::uint64_t seed);

/// A random Gaussian end-to-end matrix of this rank, its largest singular value `scale`.
Matrix random_end_to_end(Shape shape, Index rank, double scale, std::uint64_t seed);

/// How balanced weights are: Δ = W_2ᵀW_2/η_2 − W_1W_1ᵀ/η_1, compared with the nearest multiple of I.
struct EffectiveBalance {
  double balance = 0;   ///< λ = tr Δ / w
  double distance = 0;  ///< ‖Δ − λI‖_F / √w, the root mean square per neuron
};

EffectiveBalance effective_balance(const DeepLinear& weights, const Layerwise& rates = 1.0);

/// The averages over draws of Gaussian weights of these variances: E λ = n_2σ_2² − n_0σ_1², and the root of the mean
/// squared distance E‖Δ − λI‖²/w = (w − 1)(w + 2)/w · (n_2σ_2⁴ + n_0σ_1⁴), each draw about its own λ.
EffectiveBalance expected_balance(Shape shape, Index width, const Layerwise& variance);

/// The scales of the layers of upstream and downstream starts: τ/α of the first layer, ατ of the last.
struct Tilt {
  double first = 1;
  double second = 1;
};

/// From τ and α > 0; above 1 is upstream.
Tilt tilt(double tau, double alpha);

/// From τ and δ = τ²(α² − α⁻²): δ > 0 is upstream (the first layer the smaller and faster one), δ < 0 downstream.
Tilt tilt_of_delta(double tau, double delta);

}  // namespace linnet::networks
