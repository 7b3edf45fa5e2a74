#pragma once

#include <filesystem>

namespace linnet::config {

/// A file that a configuration names: in this folder, unless its path is absolute or begins with ~, the home folder.
std::filesystem::path file_in(const std::filesystem::path& folder, const std::filesystem::path& file);

}  // namespace linnet::config
