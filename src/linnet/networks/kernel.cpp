#include "linnet/networks/kernel.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

double kernel_product(const GramState& a, const GramState& b) {
  const Matrix& a1 = a.input_representation();
  const Matrix& a2 = a.output_representation();
  const Matrix& b1 = b.input_representation();
  const Matrix& b2 = b.output_representation();
  return static_cast<double>(a1.rows()) * a2.cwiseProduct(b2).sum() + a2.trace() * b1.trace() +
         a1.trace() * b2.trace() + static_cast<double>(a2.rows()) * a1.cwiseProduct(b1).sum();
}

double kernel_distance(const GramState& a, const GramState& b) {
  const double norms = std::sqrt(kernel_product(a, a) * kernel_product(b, b));
  return norms > 0 ? std::max(0.0, 1 - kernel_product(a, b) / norms) : 0.0;
}

Matrix neural_tangent_kernel(const GramState& g, const Matrix& inputs) {
  if (inputs.cols() != g.shape().inputs || inputs.rows() == 0) {
    bad_input({.field = "inputs",
               .expected = "samples in rows, of " + std::to_string(g.shape().inputs) + " inputs each",
               .got = format_shape(inputs.rows(), inputs.cols())});
  }
  const Index n2 = g.shape().outputs;
  const Matrix similar = linalg::product(inputs, inputs.transpose());
  const Matrix seen = linalg::product(linalg::product(inputs, g.input_representation()), inputs.transpose());
  Matrix kernel(inputs.rows() * n2, inputs.rows() * n2);
  for (Index p = 0; p < inputs.rows(); ++p) {
    for (Index q = 0; q < inputs.rows(); ++q) {
      auto block = kernel.block(p * n2, q * n2, n2, n2);
      block = similar(p, q) * g.output_representation();
      block.diagonal().array() += seen(p, q);
    }
  }
  return kernel;
}

}  // namespace linnet
