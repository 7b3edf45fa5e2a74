#pragma once

#include <filesystem>
#include <string>

namespace linnet::storage {

/// Whether the file is no file in a folder, but a pipe or something that a process has open: standard input, the
/// /dev/fd/63 of a shell's <(…).
bool is_stream(const std::filesystem::path& file);

/// A whole file in memory, or what comes through a pipe; /dev/stdin is the standard input of this process, whatever it
/// is. An interruption ends the wait for a pipe. Throws Error (input) on `field` when it is missing, a folder, a device
/// other than a terminal or cannot be read, when it has more bytes than this machine has memory, and when more than
/// 2^30 come through a pipe.
std::string file_bytes(const std::filesystem::path& file, const std::string& field);

/// A hint for a path that begins with "~", which only a shell expands; empty for any other path.
std::string hint_of_home(const std::filesystem::path& path);

}  // namespace linnet::storage
