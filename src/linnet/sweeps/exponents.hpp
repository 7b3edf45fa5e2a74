#pragma once

#include <string>
#include <vector>

#include "linnet/config/grid.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/sweeps/point.hpp"

namespace linnet::sweeps {

/// x of y ~ scale^x: the slope of ln y over ln scale by least squares. nan unless all numbers are positive and finite
/// and there are two different scales.
double fitted_exponent(const std::vector<double>& scale, const std::vector<double>& y);

/// Exponents of results of a sweep along one of its axes, for sweep.exponents.
class Exponents {
 public:
  /// Throws unless the axis has positive numbers, the results have one number a point, and the law, if one is asked
  /// for, makes a statement about all of them. The grid must live as long.
  Exponents(const config::Grid& grid, const PointLayout& layout);

  /// Adds for each result NAME_exponent, the mean over seeds, and NAME_exponent_error, its standard error (nan for one
  /// seed), over the other axes and, if a law is asked for, over `law`.
  void add_to(Dataset& data) const;

 private:
  const config::Grid* grid_;
  std::vector<std::string> results_;
  std::string law_;
  std::string axis_;
};

}  // namespace linnet::sweeps
