#pragma once

#include <filesystem>

#include "linnet/storage/dataset.hpp"

namespace linnet::storage {

/// Whether the file begins as a .npz file does. False for one that cannot be read.
bool is_npz(const std::filesystem::path& file);

/// A network or a checkpoint that Python has saved as .npz, as the data set that `linnet::storage::held_by` takes: an
/// array is a variable over dimensions of its own, one named "attribute NAME" an attribute. Throws Error (input),
/// naming the file, when it is missing, damaged, compressed, or has arrays of other types than linnet writes.
Dataset read_npz(const std::filesystem::path& file);

}  // namespace linnet::storage
