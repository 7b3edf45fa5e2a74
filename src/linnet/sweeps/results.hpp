#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet::sweeps {

/// The results of the points of a sweep: the same number of values for each, as far as they are known.
class Results {
 public:
  Results(Index points, std::size_t values_per_point)
      : width_(values_per_point),
        known_(static_cast<std::size_t>(points)),
        values_(static_cast<std::size_t>(points) * values_per_point) {}

  [[nodiscard]] Index points() const { return static_cast<Index>(known_.size()); }
  [[nodiscard]] bool has(Index point) const { return known_[static_cast<std::size_t>(point)]; }
  [[nodiscard]] std::span<const double> of(Index point) const {
    return std::span(values_).subspan(static_cast<std::size_t>(point) * width_, width_);
  }
  void set(Index point, std::span<const double> values) {
    std::copy(values.begin(), values.end(), values_.begin() + point * static_cast<Index>(width_));
    known_[static_cast<std::size_t>(point)] = true;
  }

 private:
  std::size_t width_;
  std::vector<bool> known_;
  std::vector<double> values_;
};

}  // namespace linnet::sweeps
