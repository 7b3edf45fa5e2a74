#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "linnet/plots/view.hpp"

namespace linnet::plots {

/// One of several coinciding lines: number `which`, from 0, of `of`.
struct Twin {
  std::size_t which = 0;
  std::size_t of = 1;
};

/// The lines of a panel that cannot be distinguished: wherever one of them is within the axes, except for a twentieth
/// of its length, they are closer than the thickness of a line. Each line is given by its values at the same places
/// along x.
std::vector<Twin> twins(const std::vector<std::vector<double>>& lines, const YAxis& axis);

/// " dashtype (…)", so that coinciding lines are visible in alternation; empty for a single line.
std::string turns(const Twin& twin);

}  // namespace linnet::plots
