#pragma once

#include <span>

#include "linnet/linalg/matrix.hpp"

namespace linnet::landscape {

/// A lower bound of the distance (Σ‖E_l‖_F²)^{½} of changes E_l of these layers, the first layer first, that change
/// their product by `gap` in Frobenius norm or, which is less, in operator norm (docs/theory.md, "Saddle to saddle").
/// The bound is homogeneous: with s times the layers and s^L times the gap it is s times as large. For one layer it is
/// the gap. It takes the norms of all stretches of layers, L(L + 1)/2 products.
double least_change(std::span<const Matrix> layers, double gap);

}  // namespace linnet::landscape
