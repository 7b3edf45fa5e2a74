#include "linnet/networks/gram_distance.hpp"

#include "linnet/linalg/product.hpp"
#include "linnet/linalg/span.hpp"

namespace linnet {

namespace {

/// [W_1ᵀ; W_2]
Matrix factor_of(const DeepLinear& weights) {
  Matrix q(weights.shape().sum(), weights.width());
  q << weights.w1().transpose(), weights.w2();
  return q;
}

}  // namespace

double gram_distance(const Network& network, const Network& other) {
  const DeepLinear* a = two_layers_of(network);
  const DeepLinear* b = two_layers_of(other);
  std::optional<Matrix> span;
  if (a != nullptr && b != nullptr) span = linalg::joint_span(factor_of(*a), factor_of(*b));
  const auto gram = [&](const Network& of) -> Matrix {
    if (!span) return gram_state(of).gram();
    const Matrix inside = linalg::product(span->transpose(), factor_of(*two_layers_of(of)));
    return linalg::product(inside, inside.transpose());
  };
  const Matrix exact = gram(other);
  return (gram(network) - exact).norm() / exact.norm();
}

}  // namespace linnet
