#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "linnet/linalg/matrix.hpp"

namespace linnet::config {

/// A matrix among the options of a kind: a configuration names its file, Python hands over an array.
struct MatrixInput {
  std::string file = {};
  std::shared_ptr<const Matrix> values = nullptr;  ///< instead of a file

  [[nodiscard]] bool given() const { return values != nullptr || !file.empty(); }
};

/// Where matrices are read: data sets have samples in rows, so that a vector is one number for each of them.
enum class Rows { of_a_matrix, of_samples };

/// Throws, naming `field`, where none is given or its file does not hold a matrix. `folder` is what files are relative
/// to.
Matrix read(const MatrixInput& input, const std::filesystem::path& folder, const std::string& field,
            Rows rows = Rows::of_a_matrix);
std::optional<Matrix> read_if_given(const MatrixInput& input, const std::filesystem::path& folder,
                                    const std::string& field, Rows rows = Rows::of_a_matrix);

}  // namespace linnet::config
