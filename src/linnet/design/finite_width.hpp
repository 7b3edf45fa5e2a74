#pragma once

#include <functional>

#include "linnet/design/design.hpp"

namespace linnet {

/// What a network of finite width adds to the test error of infinite width, measured on drawn networks: Gram states of
/// Gaussian weights, trained by gradient flow to the design's time. Sets the balance, the width, the test error with
/// its error bar, and the loss. `error_of` gives the test error of an A.
///
/// Where a width of twice the sides of A loses something, the balance is the best of λ = 0 and nearly ±2κ on the same
/// draws: 0 unless another is better beyond the draws' errors. The loss falls as 1/w; the width is the least that loses
/// at most 5 % of the test error, to a factor of 1.4, or the budget.
void fit_width(Design& design, const Task& task, const DesignOptions& options, double last_time,
               const std::function<double(const Matrix&)>& error_of);

}  // namespace linnet
