#pragma once

#include <filesystem>
#include <string>

namespace linnet::command {

/// Stores the name that the command was called by, argv[0].
void set_program(const std::string& name);

/// Whether it was called by its name alone, so that PATH has it.
bool called_by_path();

/// The folder of the command, found by that name; empty if it is not found. Links are followed.
std::filesystem::path own_folder();

}  // namespace linnet::command
