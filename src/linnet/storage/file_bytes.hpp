#pragma once

#include <filesystem>
#include <string>

namespace linnet::storage {

/// A whole file in memory. Throws Error (input) on `field` when it is missing, a folder or cannot be read.
std::string file_bytes(const std::filesystem::path& file, const std::string& field);

}  // namespace linnet::storage
