#include "linnet/tasks/measurements.hpp"

#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;

Measurements::Measurements(const Matrix& matrices, Vector values, Shape shape, const Fields& fields)
    : shape_(shape), values_(std::move(values)) {
  require_entries(matrices, fields.matrices);
  require_entries(values_, fields.values);
  const Index size = shape.outputs * shape.inputs;
  if (matrices.cols() != size) {
    bad_input({.field = fields.matrices,
               .expected = std::to_string(size) + " numbers a measurement, a matrix of " +
                           format_shape(shape.outputs, shape.inputs),
               .got = std::to_string(matrices.cols())});
  }
  if (values_.size() != matrices.rows()) {
    bad_input({.field = fields.values,
               .expected = std::to_string(matrices.rows()) + " numbers, one a measurement",
               .got = std::to_string(values_.size())});
  }
  columns_.resize(matrices.rows(), size);
  for (Index j = 0; j < shape.inputs; ++j) {
    for (Index i = 0; i < shape.outputs; ++i) {
      columns_.col(j * shape.outputs + i) = matrices.col(i * shape.inputs + j);
    }
  }
}

Measurements::Measurements(Parts parts)
    : shape_{.outputs = static_cast<Index>(parts.numbers.at(0)), .inputs = static_cast<Index>(parts.numbers.at(1))},
      columns_(std::move(parts.matrices.at(0))),
      values_(parts.matrices.at(1).reshaped()) {}

CostFunction::Parts Measurements::parts() const {
  return {.kind = kind,
          .matrices = {columns_, values_},
          .numbers = {static_cast<double>(shape_.outputs), static_cast<double>(shape_.inputs)}};
}

void Measurements::evaluate(const Matrix& a, Residual& at) const {
  at.difference = a.reshaped();
  multiply(columns_, at.difference, at.seen);
  at.seen -= values_;
  at.cost = 0.5 * at.seen.squaredNorm();
  multiply(columns_.transpose(), at.seen, at.difference);
  at.gradient = at.difference.reshaped(shape_.outputs, shape_.inputs);
}

void Measurements::curvature(const Residual& /*at*/, const Matrix& d, Room& room, Matrix& out) const {
  room.first = d.reshaped();
  multiply(columns_, room.first, room.second);
  multiply(columns_.transpose(), room.second, room.first);
  out = room.first.reshaped(shape_.outputs, shape_.inputs);
}

}  // namespace linnet
