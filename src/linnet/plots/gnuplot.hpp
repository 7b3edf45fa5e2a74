#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace linnet::plots {

enum class Format { svg, pdf, png };

/// By the target's ending. Throws Error (input), of `field`, for another one, naming the nearest, and for a name that
/// cannot stand in a script (control characters).
Format format_of(const std::filesystem::path& target, const std::string& field = "target");

/// "set terminal …" for a picture of this size, and "set output …" for a script that names its picture; text of 8 pt is
/// 8 pt on paper in every format.
std::string terminal_commands(Format format, const std::optional<std::filesystem::path>& output, double width_cm,
                              double height_cm);

/// Runs gnuplot on the script, without a shell, without the user's start-up files and without temporary files. The
/// picture goes to the file `picture`, which the script does not name. Throws Error (output) with gnuplot's message
/// when it fails, and with the package's name when it is missing; (interrupted) when SIGINT or SIGTERM ended it.
/// `target` is named in errors.
void run_gnuplot(const std::string& script, const std::filesystem::path& picture, const std::filesystem::path& target);

/// Throws Error (output) unless `picture` is a whole file of its format: gnuplot does not notice a full disk.
void require_complete(const std::filesystem::path& picture, Format format, const std::filesystem::path& target);

}  // namespace linnet::plots
