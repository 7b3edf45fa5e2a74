#include "linnet/dynamics/deep_limits_dynamics.hpp"

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;

DeepLinearizedDynamics::DeepLinearizedDynamics(const DeepLinearized& start, const Task& task)
    : EndToEndDynamics(start.end_to_end(), task), kernel_(start.kernel()) {}

void DeepLinearizedDynamics::move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) {
  rates.require_depth(static_cast<Index>(kernel_.size()), field);
  const std::size_t last = kernel_.size() - 1;
  if (last == 0) {
    out = -rates[0] * r;
    return;
  }
  // K^out of the last layer and K^in of the first layer are identities.
  multiply(-rates[last], r, kernel_[last].in, 0.0, out);
  multiply(-rates[0], kernel_[0].out, r, 1.0, out);
  for (std::size_t l = 1; l < last; ++l) {
    multiply(kernel_[l].out, r, x_);
    multiply(-rates[l], x_, kernel_[l].in, 1.0, out);
  }
}

namespace {

double only_rate(const Layerwise& rates, const char* field) {
  if (!rates.uniform()) {
    bad_input({.field = field,
               .expected = "equal rates, for balanced weights",
               .got = "different ones",
               .hint = "unequal rates do not keep weights balanced: train them, kind = \"deep\""});
  }
  return rates[0];
}

}  // namespace

DeepBalancedDynamics::DeepBalancedDynamics(const DeepBalanced& start, const Task& task)
    : EndToEndDynamics(start.end_to_end(), task, start.depth() > 1), depth_(start.depth()) {}

void DeepBalancedDynamics::move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) {
  const double rate = only_rate(rates, field);
  if (depth_ == 1) {  // directions outside the singular vectors couple with each other too
    out = -rate * r;
  } else {
    velocity_.evaluate(decomposition(), depth_, rate, r, out);
  }
}

}  // namespace linnet
