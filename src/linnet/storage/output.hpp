#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "linnet/error.hpp"

namespace linnet::storage {

/// What the system refuses of a file or folder, as every other error.
Error error_of(const std::filesystem::filesystem_error& failure);

/// Throws (input) when `target` exists and `force` is false or is no file name, (output) when its folder is missing,
/// not writable or full. Called before a computation starts, so that nothing is computed that could not be kept.
void require_writable(const std::filesystem::path& target, bool force);

/// Write beside `target` and rename: `write` fills the given temporary path; then it is synced and takes the target's
/// place. On any failure the temporary file is removed, an older target is untouched, and an Error (output) names it;
/// a linnet::Error thrown by `write` passes as it is. A target that is a link is followed; a folder or device is
/// refused.
void write_atomically(const std::filesystem::path& target,
                      const std::function<void(const std::filesystem::path&)>& write);

/// A whole file, atomically: a text, or any bytes.
void write_text(const std::filesystem::path& target, std::string_view text);

}  // namespace linnet::storage
