#pragma once

#include <filesystem>
#include <string>

#include "command.hpp"

namespace linnet::command {

/// Measures some points of a sweep, for half a minute at most, and prints a batch script for Slurm that computes all of
/// them in the tasks of a job array, grouped so that a task takes `options.minutes` or more. `file` is the
/// configuration.
int print_batch_script(const config::Source& source, const std::string& file, const std::filesystem::path& target,
                       const OutputOptions& options);

}  // namespace linnet::command
