#include "linnet/networks/self_consistent.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

SelfConsistent::SelfConsistent(Matrix end_to_end, PerLayer scales) : a_(std::move(end_to_end)), scales_(scales) {
  require_non_negative(scales.first, "network.scale");
  require_non_negative(scales.second, "network.scale");
  if (a_.size() == 0 || !a_.allFinite()) {
    bad_input({.field = "network.end_to_end",
               .expected = "a matrix of finite numbers",
               .got = a_.size() == 0 ? format_shape(a_.rows(), a_.cols()) : "a nan or an infinity among the entries"});
  }
}

GramState SelfConsistent::gram_state() const {
  const linalg::Svd d = linalg::svd(a_);
  const double kappa = threshold();
  // (κ² + s²)^{½} = κ + excess: only the excess lives on the singular vectors.
  const Vector root = (d.s.array().square() + kappa * kappa).sqrt();
  const Vector excess = (root.array() + kappa > 0).select(d.s.array().square() / (root.array() + kappa), 0.0);
  Matrix c1 = linalg::product((d.v * excess.asDiagonal()).eval(), d.v.transpose());
  Matrix c2 = linalg::product((d.u * excess.asDiagonal()).eval(), d.u.transpose());
  c1.diagonal().array() += scales_.first;
  c2.diagonal().array() += scales_.second;
  return {c1, a_, c2};
}

}  // namespace linnet
