#pragma once

#include "linnet/storage/dataset.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet::sweeps {

/// Adds what pictures show of a task: the neurons of a teacher of two layers and one output; of two inputs and one
/// output the training samples, and β* and Σ of a quadratic cost as attributes. Nothing of other tasks.
void add_task(Dataset& data, const Task& task);

}  // namespace linnet::sweeps
