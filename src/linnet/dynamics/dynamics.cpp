#include "linnet/dynamics/dynamics.hpp"

#include "linnet/dynamics/gram_dynamics.hpp"
#include "linnet/dynamics/self_consistent_dynamics.hpp"
#include "linnet/dynamics/weights_dynamics.hpp"

namespace linnet {

namespace {

std::unique_ptr<Dynamics> make(const Weights& start, const Task& task) {
  return std::make_unique<WeightsDynamics>(start, task);
}
std::unique_ptr<Dynamics> make(const GramState& start, const Task& task) {
  return std::make_unique<GramDynamics>(start, task);
}
std::unique_ptr<Dynamics> make(const SelfConsistent& start, const Task& task) {
  return std::make_unique<SelfConsistentDynamics>(start, task);
}

}  // namespace

std::unique_ptr<Dynamics> make_dynamics(const Network& start, const Task& task) {
  return std::visit(
      [&](const auto& state) {
        require_fit(state.shape(), task);
        return make(state, task);
      },
      start);
}

}  // namespace linnet
