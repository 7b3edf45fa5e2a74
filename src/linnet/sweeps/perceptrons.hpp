#pragma once

#include "linnet/storage/dataset.hpp"
#include "linnet/sweeps/execution.hpp"

namespace linnet::sweeps {

// Configurations of kind "perceptron": networks that are not linear.

[[nodiscard]] bool is_perceptron(const config::Configuration& c);

Perceptron make_perceptron(const config::Configuration& c, Shape shape);

/// Neurons of the configuration's first hidden layer.
Index hidden_neurons(const config::Configuration& c);

/// The steps η_l of descent, by number or rule.
Layerwise perceptron_step(const config::Configuration& c);

/// Throws for a solver or a comparison that perceptrons do not have.
void require_of_perceptrons(const config::Configuration& c);

/// Train and test error of the perceptron's tangent model at its start, at the instants of the run; nothing else is
/// known of it.
Trajectory linearized_run(const config::Configuration& c, const Perceptron& start, const Task& task,
                          const Trajectory& like);

/// The neurons of a teacher of two layers and one output, over dimensions of their own; nothing for other tasks.
void add_teacher(Dataset& data, const Task& task);

}  // namespace linnet::sweeps
