#pragma once

#include <span>

#include "linnet/linalg/matrix.hpp"

namespace linnet::landscape {

/// The distance (Σ‖E_l‖_F²)^{½} below which no change E_l of these layers, the first one first, changes their product
/// by `gap` in Frobenius norm, nor in operator norm, which is less (docs/theory.md, "Saddle to saddle"). It is
/// homogeneous: s times the layers and s^L the gap have s times the distance. One layer has the gap itself. The cost is
/// that of the norms of all stretches, L(L + 1)/2 products.
double least_change(std::span<const Matrix> layers, double gap);

}  // namespace linnet::landscape
