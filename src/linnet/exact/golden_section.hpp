#pragma once

#include <algorithm>
#include <numbers>

namespace linnet {

/// Where a search by golden sections ended, and the least value of f that it saw there.
struct GoldenSection {
  double at = 0;
  double value = 0;
};

/// A minimum of f within (left, right), where f falls and then rises, until `narrow(left, right)`. One evaluation a
/// step.
template <class F, class Narrow>
GoldenSection golden_section(F f, double left, double right, Narrow narrow) {
  constexpr double golden = 1 / std::numbers::phi;
  double inner = right - golden * (right - left);
  double outer = left + golden * (right - left);
  double of_inner = f(inner);
  double of_outer = f(outer);
  while (!narrow(left, right)) {
    if (of_inner < of_outer) {
      right = outer;
      outer = inner;
      of_outer = of_inner;
      inner = right - golden * (right - left);
      of_inner = f(inner);
    } else {
      left = inner;
      inner = outer;
      of_inner = of_outer;
      outer = left + golden * (right - left);
      of_outer = f(outer);
    }
  }
  return {.at = (left + right) / 2, .value = std::min(of_inner, of_outer)};
}

}  // namespace linnet
