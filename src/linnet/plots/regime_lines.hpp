#pragma once

#include <string>
#include <vector>

#include "linnet/plots/contours.hpp"
#include "linnet/plots/view.hpp"

namespace linnet::plots {

/// Where one regime ends and another begins, across a map.
struct RegimeLine {
  std::string text;
  std::string dashes;
  Polyline ends;
};

/// The lines named by the attribute "regime_lines" (docs/theory.md, "The Mixed experiment"), from one edge of the box
/// to another; its edges lie at the ends of `xs` and `ys`.
std::vector<RegimeLine> regime_lines(const Dataset& data, const Axis& x, const Axis& y, const std::vector<double>& xs,
                                     const std::vector<double>& ys);

}  // namespace linnet::plots
