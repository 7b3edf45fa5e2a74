#include "linnet/landscape/outer_spaces.hpp"

#include <utility>
#include <vector>

#include "linnet/landscape/point.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet::landscape {

namespace {

/// Orthonormal columns that span the columns of both matrices, and `spare` more; none if these are all dimensions.
std::optional<Matrix> span_of(const Matrix& a, const Matrix& b, Index spare) {
  const Index columns = a.cols() + b.cols() + spare;
  if (columns >= a.rows()) return std::nullopt;
  Matrix both(a.rows(), columns);
  both << a, b, Matrix::Zero(a.rows(), spare);
  return linalg::qr_factor(std::move(both));
}

}  // namespace

OuterSpaces::OuterSpaces(const DeepLinear& start, const Cost& cost, bool spare) {
  require_fit(start, cost);
  if (cost.mask()) return;
  const std::vector<Matrix>& w = start.weights();
  const Index more = spare ? 1 : 0;
  outputs_ = span_of(w.back(), cost.target(), more);
  if (cost.is_full_matrix() && cost.samples() == nullptr) {
    inputs_ = span_of(w.front().transpose(), cost.target().transpose(), more);
  }
}

DeepLinear OuterSpaces::inside(const DeepLinear& network) const {
  std::vector<Matrix> w = network.weights();
  if (outputs_) w.back() = linalg::product(outputs_->transpose(), w.back());
  if (inputs_) w.front() = linalg::product(w.front(), *inputs_);
  return DeepLinear(std::move(w));
}

Matrix OuterSpaces::inside(const Matrix& end_to_end) const {
  Matrix a = outputs_ ? linalg::product(outputs_->transpose(), end_to_end) : end_to_end;
  return inputs_ ? linalg::product(a, *inputs_) : a;
}

Cost OuterSpaces::inside(const Cost& cost) const {
  const Samples* data = cost.samples();
  return cost.with_targets(inside(cost.target()), data != nullptr && outputs_
                                                      ? linalg::product(outputs_->transpose(), data->targets)
                                                      : Matrix());
}

DeepLinear OuterSpaces::whole(const DeepLinear& inside) const {
  std::vector<Matrix> w = inside.weights();
  if (outputs_) w.back() = linalg::product(*outputs_, w.back());
  if (inputs_) w.front() = linalg::product(w.front(), inputs_->transpose());
  return DeepLinear(std::move(w));
}

}  // namespace linnet::landscape
