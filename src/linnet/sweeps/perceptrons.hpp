#pragma once

#include "linnet/perceptron/train.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/sweeps/execution.hpp"

namespace linnet::sweeps {

// Configurations of kind "perceptron": networks that are not linear, and their tasks.

[[nodiscard]] bool is_perceptron(const config::Configuration& c);

PerceptronTask make_perceptron_task(const config::Configuration& c);
PerceptronRecord make_perceptron_record(const config::Configuration& c);

/// How many numbers of an observable each record has, of the configuration's network.
Index length_of(const PerceptronObservable& observable, const config::Configuration& c, Shape shape);

/// The steps η_l of descent, by number or rule.
Layerwise perceptron_step(const config::Configuration& c);

/// Train it by the configuration's solver, compare.
Execution execute_perceptron(const config::Configuration& c, const PreparedTask& task, const Start& start,
                             const PerceptronRecord& record, const Observer& observer);

/// The neurons of a teacher of two layers and one output, over dimensions of their own; nothing for other tasks.
void add_teacher(Dataset& data, const PerceptronTask& task);

}  // namespace linnet::sweeps
