#pragma once

#include <filesystem>
#include <string>

#include "linnet/linalg/matrix.hpp"

namespace linnet::storage {

/// The meaning of a .npy file of one dimension: one number for each sample where samples are in rows; refused where a
/// matrix is expected.
enum class Vectors { columns, refused };

/// A matrix from a .npy file (float64, float32, integers that doubles represent exactly, bool as 0 and 1; C or Fortran
/// order; one or two dimensions) or from CSV (.csv, .txt: numbers separated by commas, semicolons, tabs or blanks; one
/// header line with a name for each column, '#' comments and blank lines are skipped). The names of a header begin with
/// a letter; any other first line that is not numeric is refused, as is a .npy header that NumPy refuses. What comes
/// through a pipe is either, by its first bytes. `field` is
/// named in errors: "task.inputs: expected …, got …" for a file that is missing, empty, truncated, ragged, non-numeric
/// or of another dtype. `nan` entries are accepted here; the caller decides about them.
Matrix read_matrix(const std::filesystem::path& file, const std::string& field, Vectors vectors = Vectors::columns);

/// float64, Fortran order; written beside its target and renamed.
void write_npy(const Matrix& matrix, const std::filesystem::path& target);

}  // namespace linnet::storage
