#include "linnet/networks/kernel.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

/// Its largest entry made 1: fourth powers are then within the range of numbers.
GramState of_unit_size(const GramState& g) {
  const double size = std::max(g.input_representation().maxCoeff(), g.output_representation().maxCoeff());
  if (!(size > 0)) return g;
  return {g.input_representation() / size, g.end_to_end() / size, g.output_representation() / size};
}

}  // namespace

double kernel_product(const GramState& a, const GramState& b) {
  const Matrix& a1 = a.input_representation();
  const Matrix& a2 = a.output_representation();
  const Matrix& b1 = b.input_representation();
  const Matrix& b2 = b.output_representation();
  return static_cast<double>(a1.rows()) * a2.cwiseProduct(b2).sum() + a2.trace() * b1.trace() +
         a1.trace() * b2.trace() + static_cast<double>(a2.rows()) * a1.cwiseProduct(b1).sum();
}

void require_one_shape(Shape a, Shape b) {
  if (a == b) return;
  bad_input({.field = "network",
             .expected = "two networks of one shape, to compare their kernels",
             .got = format_shape(a.outputs, a.inputs) + " and " + format_shape(b.outputs, b.inputs)});
}

double kernel_distance(double product, double first_norm, double second_norm) {
  if (first_norm == 0 || second_norm == 0) return first_norm == second_norm ? 0 : 1;
  return std::max(0.0, 1 - product / first_norm / second_norm);
}

double kernel_distance(const GramState& a, const GramState& b) {
  require_one_shape(a.shape(), b.shape());
  const GramState one = of_unit_size(a);
  const GramState two = of_unit_size(b);
  return kernel_distance(kernel_product(one, two), std::sqrt(kernel_product(one, one)),
                         std::sqrt(kernel_product(two, two)));
}

Matrix neural_tangent_kernel(const GramState& g, const Matrix& inputs) {
  const Shape shape = g.shape();
  const std::vector<DeepLinearized::Share> shares{
      {.out = g.output_representation(), .in = Matrix::Identity(shape.inputs, shape.inputs)},
      {.out = Matrix::Identity(shape.outputs, shape.outputs), .in = g.input_representation()}};
  return neural_tangent_kernel(DeepLinearized(g.end_to_end(), shares), inputs);
}

Matrix neural_tangent_kernel(const DeepLinearized& network, const Matrix& inputs) {
  const Shape shape = network.shape();
  if (inputs.cols() != shape.inputs || inputs.rows() == 0) {
    bad_input({.field = "inputs",
               .expected = "samples in rows, of " + std::to_string(shape.inputs) + " inputs each",
               .got = format_shape(inputs.rows(), inputs.cols())});
  }
  const Index n2 = shape.outputs;
  Matrix kernel = Matrix::Zero(inputs.rows() * n2, inputs.rows() * n2);
  for (const DeepLinearized::Share& share : network.kernel()) {
    const Matrix seen = linalg::product(linalg::product(inputs, share.in), inputs.transpose());
    for (Index p = 0; p < inputs.rows(); ++p) {
      for (Index q = 0; q < inputs.rows(); ++q) kernel.block(p * n2, q * n2, n2, n2) += seen(p, q) * share.out;
    }
  }
  return kernel;
}

}  // namespace linnet
