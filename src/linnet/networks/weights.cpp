#include "linnet/networks/weights.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

Weights::Weights(Matrix w1, Matrix w2) : w1_(std::move(w1)), w2_(std::move(w2)) {
  if (w1_.rows() != w2_.cols()) {
    bad_input({.field = "network.w2",
               .expected = std::to_string(w1_.rows()) + " columns, the width of w1",
               .got = format_shape(w2_.rows(), w2_.cols()),
               .hint = "w1 is width x inputs, w2 is outputs x width"});
  }
  if (w1_.size() == 0 || w2_.size() == 0) {
    const bool first = w1_.size() == 0;
    const Matrix& empty = first ? w1_ : w2_;
    bad_input({.field = first ? "network.w1" : "network.w2",
               .expected = "weights with entries",
               .got = format_shape(empty.rows(), empty.cols())});
  }
  if (!w1_.allFinite() || !w2_.allFinite()) {
    bad_input({.field = w1_.allFinite() ? "network.w2" : "network.w1",
               .expected = "finite numbers",
               .got = "a nan or an infinity among the entries"});
  }
}

Matrix Weights::end_to_end() const { return linalg::product(w2_, w1_); }

Weights rescaled(const Weights& weights, PerLayer rates) {
  return {weights.w1() / std::sqrt(rates.first), weights.w2() / std::sqrt(rates.second)};
}

}  // namespace linnet
