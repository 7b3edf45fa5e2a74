#pragma once

#include <complex>
#include <functional>
#include <string>
#include <vector>

#include "linnet/networks/deep_starts.hpp"
#include "linnet/tasks/task.hpp"
#include "tests/support/core.hpp"

namespace linnet::testing {

using ComplexMatrix = Eigen::Matrix<std::complex<double>, Eigen::Dynamic, Eigen::Dynamic>;

/// A task of 3 x 5 with its cost and gradient computed from the data, without linnet's Cost. The cost takes complex
/// matrices, without conjugation: an imaginary step then gives derivatives to the last digits.
struct DeepCase {
  std::string name;
  Task task;
  std::function<std::complex<double>(const ComplexMatrix&)> cost;
  std::function<Matrix(const Matrix&)> gradient;
};

inline std::vector<DeepCase> deep_cases() {
  const Matrix y = normal(3, 5, 1);
  Matrix mask = Matrix::Ones(3, 5);
  for (Index i = 0; i < mask.size(); i += 3) mask(i) = 0;
  const Matrix x = normal(40, 5, 2);
  const Matrix t = normal(40, 3, 3);
  const Matrix sxx = x.transpose() * x / 40.0;
  const Matrix syx = t.transpose() * x / 40.0;
  return {{"full", tasks::target(y), [=](const ComplexMatrix& a) { return 0.5 * (a - y).array().square().sum(); },
           [=](const Matrix& a) -> Matrix { return a - y; }},
          {"completion", tasks::completion({.target = y, .mask = mask}),
           [=](const ComplexMatrix& a) { return 0.5 * (mask.array() * (a - y).array().square()).sum(); },
           [=](const Matrix& a) -> Matrix { return mask.cwiseProduct(a - y); }},
          {"regression", tasks::regression({.inputs = x, .targets = t}),
           [=](const ComplexMatrix& a) { return (a * x.transpose() - t.transpose()).array().square().sum() / 80.0; },
           [=](const Matrix& a) -> Matrix { return a * sxx - syx; }}};
}

/// Sizes of networks from 5 inputs to 3 outputs, of depth 1 to 6, with hidden layers wider and narrower than these.
inline std::vector<std::vector<Index>> deep_sizes() {
  return {{5, 3},       {5, 4, 3},       {5, 9, 3},          {5, 2, 7, 3},
          {5, 6, 6, 3}, {5, 8, 1, 4, 3}, {5, 4, 4, 4, 4, 3}, {5, 7, 3, 6, 2, 5, 3}};
}

/// Gaussian weights whose end-to-end matrix is of order 1, all layers different.
inline DeepLinear deep_start(const std::vector<Index>& sizes, double scale = 1, std::uint64_t seed = 7) {
  std::vector<Matrix> weights;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    const double deviation = scale / std::sqrt(static_cast<double>(std::max(sizes[l], sizes[l + 1])));
    weights.push_back(normal(sizes[l + 1], sizes[l], seed + 10 * l, deviation));
  }
  return DeepLinear(std::move(weights));
}

/// W_{to−1} … W_from, layers counted from 0, by plain products beginning at the input; I if there are no layers.
template <class M>
M plain_product(const std::vector<M>& w, std::size_t from, std::size_t to, Index size_if_empty) {
  M product = M::Identity(size_if_empty, size_if_empty);
  for (std::size_t l = from; l < to; ++l) product = (w[l] * product).eval();
  return product;
}

template <class M>
M plain_product(const std::vector<M>& w) {
  return plain_product(w, 0, w.size(), w.front().cols());
}

/// (W_L⋯W_{l+1})ᵀ R (W_{l−1}⋯W_1)ᵀ of every layer.
template <class M>
std::vector<M> plain_gradients(const std::vector<M>& w, const M& r) {
  std::vector<M> gradients;
  for (std::size_t l = 0; l < w.size(); ++l) {
    const M after = plain_product(w, l + 1, w.size(), w[l].rows());
    const M before = plain_product(w, 0, l, w[0].cols());
    gradients.push_back(after.transpose() * r * before.transpose());
  }
  return gradients;
}

}  // namespace linnet::testing
