#pragma once

#include <functional>

#include "linnet/design/design.hpp"

namespace linnet {

/// What `fit_width` needs of the infinitely wide network.
struct WidthSetting {
  std::function<double(double kappa)> time;       ///< about which the best time of this scale is, finite
  std::function<double(const Matrix&)> error_of;  ///< the test error of an A
  double least_scale = 0;                         ///< of the scales to look at
  double largest_scale = 0;
  bool free_scale = true;  ///< whether the scale may be chosen
};

/// The best of finite widths, measured on drawn networks: Gram states of Gaussian weights, trained by gradient flow.
/// Sets scale, balance, time, width, test error with its error bar, and the loss.
///
/// Where the width of the budget adds more than 1 % to the test error of infinite width, the scale goes from that of
/// infinite width by factors of 10, and one of √10, as long as the test error falls. The time of each scale is the best
/// of 33, from a quarter to four times the infinitely wide network's. Where a width of twice the sides of A loses
/// something, the balance is the best of λ = 0 and nearly ±2κ on the same draws: 0 unless another is better beyond the
/// draws' errors. The loss falls as 1/w; the width is the least that loses at most 5 % of the test error, to a factor
/// of 1.4, or the budget, with a warning.
void fit_width(Design& design, const Task& task, const DesignOptions& options, const WidthSetting& setting);

}  // namespace linnet
