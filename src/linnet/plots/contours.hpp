#pragma once

#include <cstddef>
#include <vector>

namespace linnet::plots {

struct Point {
  double x = 0;
  double y = 0;
};

using Polyline = std::vector<Point>;

/// Values on a grid; element (i, j) of `values` (C order, i along x) lies at index coordinates (i, j). NaN: a hole.
struct Grid {
  std::size_t columns = 0;
  std::size_t rows = 0;
  std::vector<double> values;

  [[nodiscard]] double at(std::size_t i, std::size_t j) const { return values[i * rows + j]; }
};

/// The lines where the values, linear between neighbours, equal `level`: marching squares, joined; in index
/// coordinates. Cells with a hole at a corner have none.
std::vector<Polyline> contour(const Grid& grid, double level);

/// About `count` round numbers strictly inside (least, most): 1, 2, 2.5 or 5 times a power of ten apart.
std::vector<double> round_levels(double least, double most, int count);

}  // namespace linnet::plots
