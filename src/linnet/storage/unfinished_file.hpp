#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "linnet/training/unfinished.hpp"

namespace linnet::storage {

/// What a run must have in common with the one that was saved: by name, texts of several lines.
using Identity = std::map<std::string, std::string>;

/// A run on its way, as a NetCDF file with its checkpoint (`read_checkpoint` reads it too), its records, what it must
/// have in common with the run that goes on, and a checksum. Replaces an existing file, at once.
void write_unfinished(const Unfinished& run, const Identity& identity, const std::filesystem::path& file);

/// Throws Error (input), naming the file, when it is damaged or none of these, and with the first line that differs,
/// when it is of another identity.
Unfinished read_unfinished(const std::filesystem::path& file, const Identity& identity);

}  // namespace linnet::storage
