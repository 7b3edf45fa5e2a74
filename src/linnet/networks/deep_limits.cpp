#include "linnet/networks/deep_limits.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

DeepLinearized::DeepLinearized(const DeepLinear& start) : a_(start.end_to_end()) {
  const std::vector<Matrix>& w = start.weights();
  const Shape shape = start.shape();
  kernel_.resize(w.size());
  kernel_.front().in = Matrix::Identity(shape.inputs, shape.inputs);
  kernel_.back().out = Matrix::Identity(shape.outputs, shape.outputs);
  Matrix before = w.front();
  for (std::size_t l = 1; l < w.size(); ++l) {
    if (l > 1) before = linalg::product(w[l - 1], before);
    linalg::multiply(before.transpose(), before, kernel_[l].in);
  }
  Matrix after = w.back();
  for (std::size_t l = w.size() - 1; l-- > 0;) {
    if (l + 2 < w.size()) after = linalg::product(after, w[l + 1]);
    linalg::multiply(after, after.transpose(), kernel_[l].out);
  }
}

DeepLinearized::DeepLinearized(Matrix end_to_end, std::vector<LayerKernel> kernel)
    : a_(std::move(end_to_end)), kernel_(std::move(kernel)) {}

DeepBalanced::DeepBalanced(Matrix end_to_end, double depth) : a_(std::move(end_to_end)), depth_(depth) {
  if (a_.size() == 0 || !a_.allFinite()) {
    bad_input({.field = "network.end_to_end",
               .expected = "a matrix of finite numbers",
               .got = a_.size() == 0 ? format_shape(a_.rows(), a_.cols()) : "a nan or an infinity among the entries"});
  }
  if (!std::isfinite(depth) || depth < 1) {
    bad_input({.field = "network.depth", .expected = "a number >= 1", .got = format_number(depth)});
  }
}

}  // namespace linnet
