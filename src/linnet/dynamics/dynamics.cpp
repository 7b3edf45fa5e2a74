#include "linnet/dynamics/dynamics.hpp"

#include "linnet/dynamics/deep_diagonal_dynamics.hpp"
#include "linnet/dynamics/deep_dynamics.hpp"
#include "linnet/dynamics/deep_limits_dynamics.hpp"
#include "linnet/dynamics/diagonal_dynamics.hpp"
#include "linnet/dynamics/gram_dynamics.hpp"
#include "linnet/dynamics/perceptron_dynamics.hpp"
#include "linnet/dynamics/self_consistent_dynamics.hpp"
#include "linnet/error.hpp"
#include "linnet/perceptron/accuracy.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

std::unique_ptr<Dynamics> make(const GramState& start, const Task& task) {
  if (const std::optional<Matrix> q = narrow_factor(start)) return std::make_unique<FactorDynamics>(*q, task);
  return std::make_unique<GramDynamics>(start, task);
}
std::unique_ptr<Dynamics> make(const SelfConsistent& start, const Task& task) {
  return std::make_unique<SelfConsistentDynamics>(start, task);
}
std::unique_ptr<Dynamics> make(const DeepLinear& start, const Task& task) {
  return std::make_unique<DeepDynamics>(start, task);
}
std::unique_ptr<Dynamics> make(const DeepLinearized& start, const Task& task) {
  return std::make_unique<DeepLinearizedDynamics>(start, task);
}
std::unique_ptr<Dynamics> make(const DeepBalanced& start, const Task& task) {
  return std::make_unique<DeepBalancedDynamics>(start, task);
}
std::unique_ptr<Dynamics> make(const Diagonal& start, const Task& task) {
  return std::make_unique<DiagonalDynamics>(start, task);
}
std::unique_ptr<Dynamics> make(const DeepDiagonal& start, const Task& task) {
  return std::make_unique<DeepDiagonalDynamics>(start, task);
}
std::unique_ptr<Dynamics> make(const Perceptron& start, const Task& task) {
  return std::make_unique<PerceptronDynamics>(start, task);
}

}  // namespace

void Dynamics::keep_zeros() {
  bad_input({.field = "solver.keep_zeros",
             .expected = "false, except for all weights of a deep linear network",
             .got = "true for " + description_of(network()),
             .hint = "start from explicit weights, such as gaussian_deep(blocks=, fusion=)"});
}

double Dynamics::test_accuracy() const {
  if (test_samples() != nullptr) return accuracy(outputs(test_samples()->inputs), test_samples()->targets);
  bad_input({.field = "task", .expected = "a task with samples held out", .got = "a task without: " + task().name});
}

void Dynamics::set_weight_decay(double mu) {
  if (mu != 0 && !has_weight_decay()) {
    bad_input({.field = "solver.weight_decay",
               .expected = "0, for " + description_of(network()),
               .got = format_number(mu),
               .hint = "train explicit weights"});
  }
  weight_decay_ = mu;
}

double Dynamics::slope() const {
  bad_input({.field = "solver.stop",
             .expected = "rules and events without slope_below, except for weights and Gram states",
             .got = "slope_below and " + description_of(network()),
             .hint = "a network represented by A alone has gradient_below"});
}

void Dynamics::descend(const Update& /*update*/, const Entries& /*entries*/) {
  bad_input({.field = "solver.batch",
             .expected = "batches of entries for networks that are linear",
             .got = description_of(network())});
}

std::unique_ptr<Dynamics> make_dynamics(const Network& start, const Task& task) {
  // The state, its gradient and their copies, and matrices of the size of A, decompositions of it included.
  const Shape shape = shape_of(start);
  require_memory(4 * matrix_bytes(numbers_of(start), 1) +
                     10 * matrix_bytes(static_cast<double>(shape.outputs), static_cast<double>(shape.inputs)),
                 "network", "what trains it");
  return std::visit(
      [&](const auto& state) {
        require_fit(state.shape(), task);
        return make(state, task);
      },
      start);
}

}  // namespace linnet
