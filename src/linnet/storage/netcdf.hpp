#pragma once

#include <filesystem>

#include "linnet/storage/dataset.hpp"

namespace linnet::storage {

/// A NetCDF-4 file that xarray.open_dataset reads as it is; written beside its target and renamed. The same data set
/// gives the same bytes. Throws Error (output) naming the file when it cannot be written (read-only folder, disk full).
/// The file is put together in memory first: as much again as the data. From one thread at a time, as with reading:
/// the C library has one state for all.
void write_netcdf(const Dataset& data, const std::filesystem::path& target);

/// Files of xarray or of the classic formats too. Throws Error (input) naming the file when it is missing, truncated,
/// damaged or not NetCDF, when a variable named like a dimension lies over others, and when it tells of more numbers
/// than a file of its size can hold; all shapes are checked before memory is taken. As the C libraries do not survive
/// every damage, a process of its own reads the file first: where that one dies, the file is refused. Twice the time of
/// one reading.
Dataset read_netcdf(const std::filesystem::path& file);

}  // namespace linnet::storage
