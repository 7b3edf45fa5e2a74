#include "linnet/config/kinds/network.hpp"
#include "linnet/config/kinds/solver.hpp"
#include "linnet/config/kinds/task.hpp"

// The list of kinds: each is a file of this folder. A new kind is named twice here, and nowhere else.

namespace linnet::config {

using TaskPointer = std::unique_ptr<TaskKind>;
TaskPointer task_low_rank_plus_noise();
TaskPointer task_modes();
TaskPointer task_hierarchy();
TaskPointer task_low_rank_regression();
TaskPointer task_coefficients();
TaskPointer task_target();
TaskPointer task_regression();
TaskPointer task_completion();
TaskPointer task_sensing();
TaskPointer task_classification();
TaskPointer task_teacher();
TaskPointer task_random_hierarchy();
TaskPointer task_modular_addition();
TaskPointer task_branching();
TaskPointer task_xor_points();
TaskPointer task_from_svd();
TaskPointer task_words();
TaskPointer task_tied();
TaskPointer task_modalities();

using NetworkPointer = std::unique_ptr<NetworkKind>;
NetworkPointer network_gaussian();
NetworkPointer network_infinite_width();
NetworkPointer network_balanced();
NetworkPointer network_weights();
NetworkPointer network_deep_gaussian();
NetworkPointer network_deep_balanced();
NetworkPointer network_deep_unbalanced();
NetworkPointer network_deep_orthogonal();
NetworkPointer network_deep_identity();
NetworkPointer network_deep_escape();
NetworkPointer network_deep_weights();
NetworkPointer network_neuron();
NetworkPointer network_diagonal();
NetworkPointer network_deep_diagonal();
NetworkPointer network_perceptron_gaussian();
NetworkPointer network_perceptron_weights();
NetworkPointer network_perceptron_pairs();

using SolverPointer = std::unique_ptr<SolverKind>;
SolverPointer solver_descent();
SolverPointer solver_spectral();
SolverPointer solver_flow();
SolverPointer solver_exact();
SolverPointer solver_design();

namespace {

template <class Section>
std::vector<std::unique_ptr<Section>> all_of(std::initializer_list<std::unique_ptr<Section> (*)()> makers) {
  std::vector<std::unique_ptr<Section>> all;
  for (const auto make : makers) all.push_back(make());
  return all;
}

}  // namespace

template <>
const std::vector<TaskPointer>& kinds<TaskKind>() {
  static const auto all = all_of<TaskKind>({
      task_low_rank_plus_noise,
      task_modes,
      task_hierarchy,
      task_low_rank_regression,
      task_coefficients,
      task_target,
      task_regression,
      task_completion,
      task_sensing,
      task_classification,
      task_teacher,
      task_random_hierarchy,
      task_modular_addition,
      task_branching,
      task_xor_points,
      task_from_svd,
      task_words,
      task_tied,
      task_modalities,
  });
  return all;
}

template <>
const std::vector<NetworkPointer>& kinds<NetworkKind>() {
  static const auto all = all_of<NetworkKind>({
      network_gaussian,
      network_infinite_width,
      network_balanced,
      network_weights,
      network_deep_gaussian,
      network_deep_balanced,
      network_deep_unbalanced,
      network_deep_orthogonal,
      network_deep_identity,
      network_deep_escape,
      network_deep_weights,
      network_neuron,
      network_diagonal,
      network_deep_diagonal,
      network_perceptron_gaussian,
      network_perceptron_weights,
      network_perceptron_pairs,
  });
  return all;
}

template <>
const std::vector<SolverPointer>& kinds<SolverKind>() {
  static const auto all = all_of<SolverKind>({
      solver_descent,
      solver_spectral,
      solver_flow,
      solver_exact,
      solver_design,
  });
  return all;
}

}  // namespace linnet::config
