#pragma once

#include <filesystem>

#include "linnet/storage/dataset.hpp"

namespace linnet::storage {

/// A NetCDF-4 file that xarray.open_dataset reads as it is; written beside its target and renamed. The same data set
/// gives the same bytes. Throws Error (output) naming the file when it cannot be written (read-only folder, disk full).
/// The file is composed in memory first, which takes as much memory as the data. Writing and reading must not run on
/// several threads at once, because the C library has one global state.
void write_netcdf(const Dataset& data, const std::filesystem::path& target);

/// Reads also files of xarray and of the classic formats. Throws Error (input) naming the file if it is missing,
/// truncated, damaged or not NetCDF, if a variable named like a dimension has other dimensions, and if it declares more
/// numbers than a file of its size can contain. All shapes are checked before memory is allocated. As the C libraries
/// crash on some damaged files, a separate process reads the file first; if that process crashes, the file is refused.
/// So reading takes twice the time.
Dataset read_netcdf(const std::filesystem::path& file);

}  // namespace linnet::storage
