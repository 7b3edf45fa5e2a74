#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/riccati_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {

using Array = Eigen::ArrayXd;
constexpr double warned_part =
    epsilon / promised_error;  // component of a start in a growing direction, relative to its size

}  // namespace

/// The components of the start in the growing directions, larger + smaller·y/(r + κ), a row for each y > 0.
Matrix RiccatiFlow::growing_parts() const {
  const auto growing = static_cast<Index>((y_.array() > 0).count());
  const Array y = rescaled_y_.array().head(growing);
  const Array ratio = y / ((y.square() + kappa_ * kappa_).sqrt() + kappa_);
  return larger_.topRows(growing) + ratio.matrix().asDiagonal() * smaller_.topRows(growing);
}

/// The rounding of the component in this mode's growing direction, relative to the size: that of the sums, and that of
/// the direction, which depends on λ, known to a few rounding units of the representations.
double RiccatiFlow::rounding_of_part(Index mode) const {
  const double r = std::hypot(rescaled_y_(mode), kappa_);
  return std::min(warned_part, epsilon * (256 + 8 * size_ * (size_ / r)));
}

// The first of the growing directions are learned, as many as there are neurons. Where the component of the start in
// one of them is just above rounding, the flow comes close to a saddle, and the time at which it leaves depends on the
// relative error of this component.
void RiccatiFlow::look_for_saddles(Index neurons) {
  const Matrix parts = growing_parts();
  const Index growing = parts.rows();
  if (growing == 0) return;
  const Vector y = y_.head(growing);
  const auto smallest = [&](Index count) {
    const Vector s = linalg::singular_values(parts.topRows(count));
    return s.size() == 0 || larger_.cols() < std::min(count, neurons) ? 0.0 : s(s.size() - 1);
  };
  // If equal y outnumber the remaining neurons, any combination of them may be learned.
  Index end = std::min(growing, neurons);
  Index begin = end;
  if (neurons > 0 && neurons < growing) {
    while (end < growing && y(end) == y(neurons - 1)) ++end;
    while (end > neurons && begin > 0 && y(begin - 1) == y(neurons - 1)) --begin;
  }
  double least = smallest(end);
  if (begin > 0 && begin < end) least = std::min(least, smallest(begin));
  const double part = size_ > 0 ? least / size_ : 0.0;
  if (part > warned_part) return;
  at_saddle_ = part <= rounding_of_part(end - 1);
  if (at_saddle_) {
    warning_ =
        "the start has no part, up to rounding, in some direction that grows: exactly it would stay at a saddle, "
        "which rounding leaves; late times are not to be trusted";
  } else {
    warning_ =
        "the start has only " + format_number(part) +
        " of its size in some direction that grows: it comes close to a saddle, and when it leaves is known to a "
        "relative error of " +
        format_number(epsilon / part);
  }
}

// The fastest modes come first, and each takes one direction of the columns.
std::vector<bool> RiccatiFlow::learned() const {
  const Matrix parts = growing_parts();
  std::vector<bool> learned(static_cast<std::size_t>(y_.size()), false);
  Matrix taken(parts.cols(), 0);
  for (Index begin = 0; begin < parts.rows() && taken.cols() < parts.cols();) {
    Index end = begin;
    const Index before = taken.cols();
    for (; end < parts.rows() && y_(end) == y_(begin); ++end) {
      Vector rest = parts.row(end).transpose();
      for (int twice = 0; twice < 2; ++twice) rest -= taken * (taken.transpose() * rest).eval();
      const double left = rest.norm();
      if (left <= rounding_of_part(end) * size_ || taken.cols() == taken.rows()) continue;
      taken.conservativeResize(Eigen::NoChange, taken.cols() + 1);
      taken.rightCols(1) = rest / left;
    }
    std::fill(learned.begin() + begin, learned.begin() + end, taken.cols() > before);
    begin = end;
  }
  return learned;
}

}  // namespace linnet
