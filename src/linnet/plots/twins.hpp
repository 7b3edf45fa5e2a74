#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "linnet/plots/view.hpp"

namespace linnet::plots {

/// One of several lines that lie on each other: the `which`-th, from 0, of `of`.
struct Twin {
  std::size_t which = 0;
  std::size_t of = 1;
};

/// Which lines of a panel the eye cannot tell apart: wherever one of them is within the axes, but for a twentieth of
/// the way, they are closer than a line is thick. Each line is its values at the same places along x.
std::vector<Twin> twins(const std::vector<std::vector<double>>& lines, const YAxis& axis);

/// " dashtype (…)", so that twins drawn one on another show by turns; nothing for a line alone.
std::string turns(const Twin& twin);

}  // namespace linnet::plots
