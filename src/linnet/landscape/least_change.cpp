#include "linnet/landscape/least_change.hpp"

#include <cmath>
#include <vector>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet::landscape {

double least_change(std::span<const Matrix> w, double gap) {
  constexpr double rounding = 1e-12;  // larger than the rounding error of the norms
  const std::size_t depth = w.size();
  // stretch[i][j]: ‖W_j⋯W_{i+1}‖_op² of the layers i+1 … j, 1 for none.
  std::vector<std::vector<double>> stretch(depth + 1, std::vector<double>(depth + 1, 1));
  for (std::size_t i = 0; i < depth; ++i) {
    Matrix product = w[i];
    for (std::size_t j = i + 1;; ++j) {
      stretch[i][j] = std::pow(linalg::operator_norm(product), 2);
      if (j == depth) break;
      product = linalg::product(w[j], product);
    }
  }
  // sums[m][j]: Σ c_S² over sets of m layers whose last layer is j, without the stretch after j.
  std::vector<double> q(depth + 1, 0);
  std::vector<std::vector<double>> sums(depth + 1, std::vector<double>(depth + 1, 0));
  for (std::size_t m = 1; m <= depth; ++m) {
    for (std::size_t j = m; j <= depth; ++j) {
      if (m == 1) sums[m][j] = stretch[0][j - 1];
      for (std::size_t i = m - 1; i >= 1 && i < j; ++i) sums[m][j] += sums[m - 1][i] * stretch[i][j - 1];
      q[m] += sums[m][j] * stretch[j][depth];
    }
  }
  const auto layers = static_cast<double>(depth);
  const auto reach = [&](double d) {
    double sum = 0;
    double binomial = 1;
    for (std::size_t m = 1; m <= depth; ++m) {
      const auto k = static_cast<double>(m);
      binomial *= (layers - k + 1) / k;
      sum += std::sqrt(q[m] * binomial) * std::pow(d / std::sqrt(layers), k);
    }
    return sum;
  };
  double low = 0;
  // q_L = 1, so that at this distance the last term alone equals the gap.
  double high = std::sqrt(layers) * std::pow(gap, 1 / layers);
  for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    const double middle = (low + high) / 2;
    (reach(middle) < gap ? low : high) = middle;
  }
  return low * (1 - rounding);
}

}  // namespace linnet::landscape
