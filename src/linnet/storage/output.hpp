#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace linnet::storage {

/// Throws (input) when `target` exists and `force` is false, (output) when its folder is missing or not writable.
/// Called before a computation starts, so that nothing is computed that could not be kept.
void require_writable(const std::filesystem::path& target, bool force);

/// Write beside `target` and rename: `write` fills the given temporary path; then it is synced and takes the target's
/// place. On any failure the temporary file is removed, an older target is untouched, and an Error (output) names it.
void write_atomically(const std::filesystem::path& target,
                      const std::function<void(const std::filesystem::path&)>& write);

/// A text file, atomically.
void write_text(const std::filesystem::path& target, const std::string& text);

}  // namespace linnet::storage
