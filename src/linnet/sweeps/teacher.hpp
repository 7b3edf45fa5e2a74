#pragma once

#include "linnet/storage/dataset.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet::sweeps {

/// The neurons of a teacher of two layers and one output, over dimensions of their own; nothing for other tasks.
void add_teacher(Dataset& data, const Task& task);

}  // namespace linnet::sweeps
