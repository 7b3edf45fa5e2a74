#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "linnet/storage/dataset.hpp"

namespace linnet::command {

// Pictures are drawn by `linnet.figures`, in a process of Python that reads the written result. The command computes
// and writes without Python.

struct PictureOptions {
  std::string kind = "auto";
  std::vector<std::string> variables = {};
};

/// "svg", "pdf" or "png" by the target's ending. Throws Error (input), of `field`, for another one, naming the nearest,
/// and for a name with control characters.
std::string picture_format(const std::filesystem::path& target, const std::string& field);

/// Throws Error (output) when there is no Python with linnet and matplotlib. Python is started once a process.
void require_figures(const std::filesystem::path& target);

/// Throws when such data have no picture, whatever their numbers, or there is no Python. They are written beside
/// `target` for as long as that takes.
void require_picture_of(const Dataset& data, const std::filesystem::path& target);

/// The picture of a result file, written beside its target and renamed. Throws the Error of `linnet.figures`, or
/// (output) naming the target and how to draw it later, or (interrupted).
void draw(const std::filesystem::path& data, const std::filesystem::path& target, const PictureOptions& options = {});

/// The same for data that are in no file.
void draw(const Dataset& data, const std::filesystem::path& target);

/// A page with the pictures and the numbers of a result, for a browser; otherwise as `draw`.
void write_report(const std::filesystem::path& data, const std::filesystem::path& target);

/// Throws Error (input), of `field`, for a name with control characters.
void require_plain_name(const std::filesystem::path& target, const std::string& field);

/// Python that draws the same picture: to look at, to change, to keep.
std::string picture_script(const std::filesystem::path& data, const std::filesystem::path& target,
                           const PictureOptions& options);

}  // namespace linnet::command
