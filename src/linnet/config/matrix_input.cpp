#include "linnet/config/matrix_input.hpp"

#include <fmt/format.h>

#include <string_view>

#include "linnet/config/file_path.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/matrix_file.hpp"
#include "linnet/support/fnv1a.hpp"

namespace linnet::config {

MatrixInput in_memory(Matrix values) {
  const std::string_view bytes(reinterpret_cast<const char*>(values.data()),
                               static_cast<std::size_t>(values.size()) * sizeof(double));
  std::string told = fmt::format("array {}, fnv1a-{:016x}", format_shape(values.rows(), values.cols()), fnv1a(bytes));
  return {.file = std::move(told), .values = std::make_shared<const Matrix>(std::move(values))};
}

bool tells_of_array(const std::string& file) {
  return file.starts_with("array ") && file.find(", fnv1a-") != std::string::npos;
}

Matrix read(const MatrixInput& input, const std::filesystem::path& folder, const std::string& field, Rows rows) {
  if (input.values) return *input.values;
  if (input.file.empty()) {
    bad_input({.field = field,
               .expected = "a matrix file (.npy or .csv), or rows of numbers",
               .got = "none",
               .hint = "name a file in the configuration, or write [[1, 2], [3, 4]]"});
  }
  if (tells_of_array(input.file)) {
    bad_input({.field = field,
               .expected = "the array of the computation that this configuration is of",
               .got = "none here",
               .hint = "give the same array in Python; a sweep goes on there by linnet.sweep(…, resume=True)"});
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
