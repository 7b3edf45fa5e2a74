#include "linnet/dynamics/dynamics.hpp"

#include "linnet/dynamics/gram_dynamics.hpp"
#include "linnet/dynamics/self_consistent_dynamics.hpp"
#include "linnet/dynamics/weights_dynamics.hpp"
#include "linnet/error.hpp"

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
        if (state.shape() != task.shape()) {
          bad_input({.field = "network",
                     .expected = "an end-to-end matrix of " + format_shape(task.shape().outputs, task.shape().inputs) +
                                 ", the shape of the task",
                     .got = format_shape(state.shape().outputs, state.shape().inputs),
                     .hint = "shapes are outputs x inputs"});
        }
        return make(state, task);
      },
      start);
}

}  // namespace linnet
