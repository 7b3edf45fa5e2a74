#pragma once

#include <filesystem>
#include <variant>

#include "linnet/storage/dataset.hpp"
#include "linnet/training/checkpoint.hpp"

/// Networks and checkpoints as data sets, and so as NetCDF files: every number as it is, so that what is read is what
/// was written to the last bit.
namespace linnet::storage {

Dataset to_dataset(const Network& network);
Dataset to_dataset(const Checkpoint& checkpoint);

/// What such a data set holds. Throws for another one, and for numbers that make no network.
std::variant<Network, Checkpoint> held_by(const Dataset& data);

/// Replaces an existing file, as `write_netcdf`.
void write_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& file);
/// Throws, naming the file, unless it holds one.
Checkpoint read_checkpoint(const std::filesystem::path& file);

}  // namespace linnet::storage
