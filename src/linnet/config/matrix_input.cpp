#include "linnet/config/matrix_input.hpp"

#include "linnet/config/file_path.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/matrix_file.hpp"

namespace linnet::config {

Matrix read(const MatrixInput& input, const std::filesystem::path& folder, const std::string& field, Rows rows) {
  if (input.values) return *input.values;
  if (input.file.empty()) {
    bad_input({.field = field,
               .expected = "a matrix file (.npy or .csv)",
               .got = "none",
               .hint = "name one in the configuration"});
  }
  return storage::read_matrix(file_in(folder, input.file), field,
                              rows == Rows::of_samples ? storage::Vectors::columns : storage::Vectors::refused);
}

std::optional<Vector> read_vector_if_given(const MatrixInput& input, const std::filesystem::path& folder,
                                           const std::string& field) {
  if (!input.given()) return std::nullopt;
  return read_vector(input, folder, field);
}

Vector read_vector(const MatrixInput& input, const std::filesystem::path& folder, const std::string& field) {
  const Matrix column = read(input, folder, field, Rows::of_samples);
  if (column.cols() == 1) return column.col(0);
  bad_input({.field = field,
             .expected = "one number a sample",
             .got = "a matrix of " + format_shape(column.rows(), column.cols())});
}

std::optional<Matrix> read_if_given(const MatrixInput& input, const std::filesystem::path& folder,
                                    const std::string& field, Rows rows) {
  if (!input.given()) return std::nullopt;
  return read(input, folder, field, rows);
}

}  // namespace linnet::config
