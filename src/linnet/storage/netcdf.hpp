#pragma once

#include <filesystem>

#include "linnet/storage/dataset.hpp"

namespace linnet::storage {

/// A NetCDF-4 file that xarray.open_dataset reads as it is; written beside its target and renamed. The same data set
/// gives the same bytes. Throws Error (output) naming the file when it cannot be written (read-only folder, disk full).
/// The file is composed in memory first, which takes as much memory as the data. Writing and reading must not run on
/// several threads at once, because the C library has one global state.
void write_netcdf(const Dataset& data, const std::filesystem::path& target);

/// Files of xarray or of the classic formats too. Throws Error (input) naming the file when it is missing, truncated,
/// damaged or not NetCDF, when a variable named like a dimension lies over others, and when it declares more numbers
/// than a file of its size can hold. All shapes are checked before memory is taken. As the C libraries do not survive
/// every damage, a separate process reads the file first, and if that process dies, the file is refused. So reading
/// takes twice the time.
Dataset read_netcdf(const std::filesystem::path& file);

}  // namespace linnet::storage
