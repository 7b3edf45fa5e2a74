#pragma once

#include <filesystem>
#include <string>

#include "linnet/linalg/matrix.hpp"

namespace linnet::storage {

/// What a .npy file of one dimension is: one number for each sample, where samples stand in rows; where a matrix is
/// wanted, none is meant.
enum class Vectors { columns, refused };

/// A matrix from a .npy file (float64, float32, integers that doubles hold, bool as 0 and 1; C or Fortran order; one or
/// two dimensions) or from CSV (.csv, .txt: numbers separated by commas, semicolons, tabs or
/// blanks; one header line of a name for each column, '#' comments and blank lines are passed over). A header holds
/// words that begin with a letter: any other first line that is no numbers is refused, as is a .npy header that NumPy
/// refuses. `field` is named in errors: "task.inputs: expected …, got …" for a file that is missing, empty, truncated,
/// ragged, non-numeric or of another dtype. `nan` entries are accepted here; who uses the matrix decides.
Matrix read_matrix(const std::filesystem::path& file, const std::string& field, Vectors vectors = Vectors::columns);

/// float64, Fortran order; written beside its target and renamed.
void write_npy(const Matrix& matrix, const std::filesystem::path& target);

}  // namespace linnet::storage
