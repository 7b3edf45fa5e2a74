#include "linnet/exact/interpolator.hpp"

#include "linnet/error.hpp"
#include "linnet/exact/deep_bias.hpp"
#include "linnet/exact/mirror.hpp"
#include "linnet/exact/neuron_bias.hpp"

namespace linnet {

Vector interpolator(const Network& start, const Task& task, const Layerwise& rates, std::optional<int> sign) {
  const DeepLinear* weights = weights_of(start);
  if (weights != nullptr && weights->depth() == 2 && weights->width() == 1) {
    return interpolator(neuron_of(*weights), task, rates.pair("solver.rates"), sign);
  }
  if (sign) {
    bad_input({.field = "sign",
               .expected = "none for " + description_of(start) + ", which has no a",
               .got = std::to_string(*sign)});
  }
  if (const auto* diagonal = std::get_if<Diagonal>(&start)) return interpolator(*diagonal, task);
  const auto* balanced = std::get_if<DeepBalanced>(&start);
  if (balanced == nullptr && weights == nullptr) {
    bad_input({.field = "network",
               .expected = "one neuron, a diagonal network of two layers, or balanced layers of one output",
               .got = description_of(start)});
  }
  if (!rates.uniform()) {
    bad_input({.field = "solver.rates", .expected = "equal rates, for balanced layers", .got = "different ones"});
  }
  return interpolator(balanced != nullptr ? *balanced : balanced_limit(*weights), task);
}

}  // namespace linnet
