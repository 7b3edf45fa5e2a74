#include "linnet/networks/deep_limits.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/kernel.hpp"

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

DeepLinearized::DeepLinearized(Matrix end_to_end, std::vector<Share> kernel)
    : a_(std::move(end_to_end)), kernel_(std::move(kernel)) {}

double kernel_product(const DeepLinearized& a, const DeepLinearized& b) {
  double sum = 0;
  for (const DeepLinearized::Share& x : a.kernel()) {
    for (const DeepLinearized::Share& y : b.kernel())
      sum += x.out.cwiseProduct(y.out).sum() * x.in.cwiseProduct(y.in).sum();
  }
  return sum;
}

namespace {

/// A multiple of its kernel of which squares are within the range of numbers.
DeepLinearized of_unit_size(const DeepLinearized& network) {
  std::vector<DeepLinearized::Share> shares = network.kernel();
  double largest = 0;
  for (const auto& s : shares) largest = std::max(largest, s.out.cwiseAbs().maxCoeff() * s.in.cwiseAbs().maxCoeff());
  if (!(largest > 0)) return network;
  for (auto& s : shares) {
    const double size = s.in.cwiseAbs().maxCoeff();
    if (size > 0) s.in /= size;
    s.out *= size / largest;
  }
  return {network.end_to_end(), std::move(shares)};
}

}  // namespace

double kernel_distance(const DeepLinearized& a, const DeepLinearized& b) {
  require_one_shape(a.shape(), b.shape());
  const DeepLinearized one = of_unit_size(a);
  const DeepLinearized two = of_unit_size(b);
  return kernel_distance(kernel_product(one, two), std::sqrt(kernel_product(one, one)),
                         std::sqrt(kernel_product(two, two)));
}

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
