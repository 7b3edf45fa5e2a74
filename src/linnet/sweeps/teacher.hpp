#pragma once

#include "linnet/storage/dataset.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet::sweeps {

/// Adds the neurons of a teacher of two layers and one output, over their own dimensions; does nothing for other tasks.
void add_teacher(Dataset& data, const Task& task);

}  // namespace linnet::sweeps
