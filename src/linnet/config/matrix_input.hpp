#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "linnet/linalg/matrix.hpp"

namespace linnet::config {

/// A matrix among the options of a kind: a file or rows of numbers in configurations, an array in Python.
struct MatrixInput {
  std::string file = {};                           ///< of an array, what is told of it; empty for rows of numbers
  std::shared_ptr<const Matrix> values = nullptr;  ///< replaces the file
  Shape of_rows = {};  ///< where the array had three dimensions, matrices in its rows: their shape

  [[nodiscard]] bool given() const { return values != nullptr || !file.empty(); }
};

/// An array, told as "array 3 x 4, fnv1a-…".
MatrixInput in_memory(Matrix values);

/// Whether this is no file name, but what is told of an array.
bool tells_of_array(const std::string& file);

/// The meaning of rows in a file. Data sets have samples in rows, so that a vector is one number for each sample.
enum class Rows { of_a_matrix, of_samples };

/// Throws, naming `field`, if no matrix is given or the file has none. Relative file names start in `folder`.
Matrix read(const MatrixInput& input, const std::filesystem::path& folder, const std::string& field,
            Rows rows = Rows::of_a_matrix);
/// One number for each sample.
Vector read_vector(const MatrixInput& input, const std::filesystem::path& folder, const std::string& field);
std::optional<Vector> read_vector_if_given(const MatrixInput& input, const std::filesystem::path& folder,
                                           const std::string& field);
std::optional<Matrix> read_if_given(const MatrixInput& input, const std::filesystem::path& folder,
                                    const std::string& field, Rows rows = Rows::of_a_matrix);

}  // namespace linnet::config
