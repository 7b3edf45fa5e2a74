#include "linnet/networks/self_consistent.hpp"

#include <cmath>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/graded.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

SelfConsistent::SelfConsistent(Matrix end_to_end, const Layerwise& scales, const Layerwise& rates)
    : a_(std::move(end_to_end)), scales_(scales), ratio_(1) {
  require_non_negative(scales.pair("network.scale"), "network.scale");
  require_positive(rates.pair("network.rates"), "network.rates");
  if (!rates.uniform()) ratio_ = std::sqrt(rates[0]) / std::sqrt(rates[1]);
  if (a_.size() == 0 || !a_.allFinite()) {
    bad_input({.field = "network.end_to_end",
               .expected = "a matrix of finite numbers",
               .got = a_.size() == 0 ? format_shape(a_.rows(), a_.cols()) : "a nan or an infinity among the entries"});
  }
}

Vector root_excess(const Vector& singular_values, double threshold) {
  return singular_values.unaryExpr([&](double s) {
    const double above = std::hypot(s, threshold) + threshold;
    return above > 0 ? s * (s / above) : 0.0;
  });
}

SelfConsistent::Representations SelfConsistent::representations() const {
  Representations c{.vectors = linalg::svd(a_), .inputs = {}, .outputs = {}};
  const Vector excess = root_excess(c.vectors.s, threshold());
  c.inputs = ratio_ * excess;
  c.outputs = excess / ratio_;
  return c;
}

GramState SelfConsistent::gram_state() const {
  const auto n = static_cast<double>(shape().sum());
  require_memory(
      3 * matrix_bytes(n, n), "network.state",
      "a Gram state of " + std::to_string(a_.rows()) + " outputs and " + std::to_string(a_.cols()) + " inputs",
      "train the self-consistent network itself");
  const auto [d, inputs, outputs] = representations();
  const double kappa = threshold();
  const Vector root = (d.s.array().square() + kappa * kappa).sqrt();
  Matrix c1 = linalg::product((d.v * inputs.asDiagonal()).eval(), d.v.transpose());
  Matrix c2 = linalg::product((d.u * outputs.asDiagonal()).eval(), d.u.transpose());
  c1.diagonal().array() += scales_[0];
  c2.diagonal().array() += scales_[1];
  GramState state(c1, a_, c2);
  if (scales_[0] > 0 && scales_[1] > 0) return std::move(state).with_full_rank();

  // Balanced weights: √big on the larger side and s/√big on the smaller, big = (κ² + s²)^{½} + κ, along the singular
  // vectors for κ = 0. For κ > 0 the larger side has parts outside the singular vectors too, and √big is a symmetric
  // matrix.
  const bool outputs_larger = balance() >= 0;
  const Matrix& large = outputs_larger ? d.u : d.v;
  const Matrix& small = outputs_larger ? d.v : d.u;
  const Index r = kappa > 0 ? d.s.size() : linalg::graded_rank(a_);
  const Vector big = (root.head(r).array() + kappa).sqrt();
  const Vector ratio = (big.array() > 0).select(d.s.head(r).array() / big.array(), 0.0);
  Matrix on_large = large.leftCols(r) * big.asDiagonal();
  Matrix on_small = small.leftCols(r) * ratio.asDiagonal();
  if (kappa > 0) {
    const double rest = std::sqrt(2 * kappa);
    on_small = linalg::product(on_small, large.transpose());
    on_large = linalg::product((on_large - rest * large).eval(), large.transpose());
    on_large.diagonal().array() += rest;
  }
  Matrix q(a_.rows() + a_.cols(), on_large.cols());
  q.topRows(a_.cols()) = std::sqrt(ratio_) * (outputs_larger ? on_small : on_large);
  q.bottomRows(a_.rows()) = (outputs_larger ? on_large : on_small) / std::sqrt(ratio_);
  return std::move(state).with_factor(std::move(q));
}

}  // namespace linnet
