#include "problem.hpp"

#include <cmath>

#include "linnet/networks/closure.hpp"

namespace linnet::explorer {

Layerwise Start::scales() const { return Closure{.balance = balance, .scale2 = scale * scale}.scales(); }

std::vector<double> Start::deep_scales() const {
  std::vector<double> all(static_cast<std::size_t>(depth), scale);
  all.front() = scales()[0];
  all.back() = scales()[1];
  return all;
}

Layerwise Start::deep_roots() const {
  std::vector<double> roots = deep_scales();
  for (double& s : roots) s = std::sqrt(s);
  return Layerwise(roots);
}

Task neuron_task() { return tasks::target(Matrix{{1.0, 0.0}}); }

}  // namespace linnet::explorer
