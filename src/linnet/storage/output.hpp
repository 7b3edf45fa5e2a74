#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "linnet/error.hpp"

namespace linnet::storage {

/// A refusal by the system for a file or folder, as an Error.
Error error_of(const std::filesystem::filesystem_error& failure);

/// In single quotes of a shell, in which a quote is '\''.
std::string shell_quoted(const std::string& text);
/// A word of a shell: the text, in quotes where it needs them.
std::string shell_word(const std::string& text);
/// A file's name as a word of a shell that no command takes for an option.
std::string file_word(const std::filesystem::path& file);

/// Throws (input) if `target` exists and `force` is false, or is not a file name; (output) if its folder is missing,
/// not writable or full. Call it before a computation, so that nothing is computed that cannot be written.
void require_writable(const std::filesystem::path& target, bool force);

/// Writes beside `target` and renames: `write` fills the given temporary path; the file is then synced and replaces the
/// target. On any failure the temporary file is removed, an older target is untouched, and an Error (output) names the
/// target; a linnet::Error thrown by `write` is passed on. A target that is a link is followed; a folder or device is
/// refused.
void write_atomically(const std::filesystem::path& target,
                      const std::function<void(const std::filesystem::path&)>& write);

/// A whole file, atomically: a text, or any bytes.
void write_text(const std::filesystem::path& target, std::string_view text);

}  // namespace linnet::storage
