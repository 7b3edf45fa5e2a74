#include "linnet/networks/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

/// What has its kernel, η_1 C_2 ⊗ I + η_2 I ⊗ C_1.
DeepLinearized with_kernel_of(const GramState& g, PerLayer rates) {
  const Shape shape = g.shape();
  return {g.end_to_end(),
          {{.out = rates.first * g.output_representation(), .in = Matrix::Identity(shape.inputs, shape.inputs)},
           {.out = Matrix::Identity(shape.outputs, shape.outputs), .in = rates.second * g.input_representation()}}};
}

}  // namespace

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

DeepLinearized at_rates(const DeepLinearized& network, const Layerwise& rates) {
  rates.require_depth(network.depth(), "rates");
  std::vector<DeepLinearized::Share> shares = network.kernel();
  for (std::size_t l = 0; l < shares.size(); ++l) shares[l].out *= rates[l];
  return {network.end_to_end(), std::move(shares)};
}

double kernel_distance(const GramState& a, const GramState& b, PerLayer rates) {
  return kernel_distance(with_kernel_of(a, rates), with_kernel_of(b, rates));
}

Matrix neural_tangent_kernel(const GramState& g, const Matrix& inputs, PerLayer rates) {
  return neural_tangent_kernel(with_kernel_of(g, rates), inputs);
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
