#pragma once

#include <filesystem>
#include <string>

#include "linnet/linalg/matrix.hpp"

namespace linnet::storage {

/// A matrix from a .npy file (float32 or float64, C or Fortran order, one or two dimensions; a vector is a column) or
/// from CSV (.csv, .txt: numbers separated by commas, semicolons, tabs or blanks; one header line, '#' comments and
/// blank lines are passed over). `field` is named in errors: "task.inputs: expected …, got …" for a file that is
/// missing, empty, truncated, ragged, non-numeric or of another dtype. `nan` entries are accepted here; who uses the
/// matrix decides.
Matrix read_matrix(const std::filesystem::path& file, const std::string& field);

/// float64, Fortran order; written beside its target and renamed.
void write_npy(const Matrix& matrix, const std::filesystem::path& target);

}  // namespace linnet::storage
