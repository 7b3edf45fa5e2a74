#include "linnet/dynamics/saddle_gradient.hpp"

#include <gtest/gtest.h>

#include "linnet/dynamics/deep_dynamics.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;

std::vector<Matrix> differentiate(const DeepLinear& at, const Matrix& inputs, const Cost& cost,
                                  const Residual& residual) {
  SaddleGradient gradient;
  gradient.split(inputs, at.end_to_end(), cost, residual);
  std::vector<Matrix> out(at.weights().size());
  gradient.differentiate(at.weights(), out);
  return out;
}

std::vector<Matrix> differentiate(const DeepLinear& at, const Matrix& inputs, const Matrix& residual) {
  return differentiate(at, inputs, Cost::full_matrix(at.end_to_end() - residual), {.gradient = residual});
}

TEST(SaddleGradient, IsTheGradientHoweverManyModesAreApart) {
  for (const auto& sizes : {std::vector<Index>{5, 4}, {5, 6, 4}, {6, 5, 7, 4}, {4, 8, 5, 6, 7}, {5, 5, 6, 7, 6, 8}}) {
    const DeepLinear at = deep_start(sizes);
    const Matrix r = normal(sizes.back(), sizes.front(), 3);
    const linalg::Svd a = linalg::svd(at.end_to_end());
    for (const Index k : {Index{0}, Index{1}, Index{3}}) {
      const std::vector<Matrix> found = differentiate(at, a.v.leftCols(k), r);
      const std::vector<Matrix> expected = plain_gradients(at.weights(), r);
      for (std::size_t l = 0; l < found.size(); ++l) {
        EXPECT_LT((found[l] - expected[l]).norm(), 1e-13 * expected[l].norm())
            << "layer " << l << ", " << k << " apart";
      }
    }
  }
}

TEST(SaddleGradient, MovesNoLearnedStrengthsAgainstOneAnother) {
  // One mode is learned up to 1e-13, the others are 1e-8 in each layer, with R of order 1 there. Along the learned mode
  // ∂C/∂W_l W_lᵀ is the same for all layers. Sums over the entries of R would have rounding errors of 1e-17 and more, a
  // different one in each layer. Here R is first multiplied with the modes that are not learned, which are 1e-8 times
  // as large.
  const Index n = 12;
  std::vector<Matrix> frames;
  for (std::uint64_t l = 0; l < 5; ++l) frames.push_back(linalg::qr_factor(normal(n, n, 40 + l)));
  std::vector<Matrix> weights;
  for (std::size_t l = 0; l < 4; ++l) {
    Vector t = Vector::Constant(n, 1e-8);
    t(0) = 1.3 + 0.1 * static_cast<double>(l);
    weights.push_back(frames[l + 1] * t.asDiagonal() * frames[l].transpose());
  }
  const DeepLinear at(weights);
  Vector residual = Vector::LinSpaced(n, -2, -1);
  residual(0) = 1e-13;
  const Matrix r = frames[4] * residual.asDiagonal() * frames[0].transpose();
  const std::vector<Matrix> gradient = differentiate(at, frames[0].leftCols(1), r);
  Vector strength(4);
  for (std::size_t l = 0; l < 4; ++l) {
    const Matrix turned = gradient[l] * weights[l].transpose();
    strength(static_cast<Index>(l)) = frames[l + 1].col(0).dot(turned * frames[l + 1].col(0));
  }
  EXPECT_NEAR(strength(0) / (1e-13 * 1.3 * 1.4 * 1.5 * 1.6), 1, 0.1);
  EXPECT_LT((strength.array() - strength(0)).abs().maxCoeff(), 1e-22);
}

TEST(SaddleGradient, OfARegressionIsTheSame) {
  const DeepLinear at = deep_start({5, 6, 4, 3});
  const Task task = deep_cases()[2].task;
  const Residual residual = task.train.evaluate(at.end_to_end());
  const Matrix v = linalg::svd(at.end_to_end()).v;
  const std::vector<Matrix> expected = plain_gradients(at.weights(), residual.gradient);
  for (const Index k : {Index{0}, Index{1}, Index{3}}) {
    const std::vector<Matrix> found = differentiate(at, v.leftCols(k), task.train, residual);
    for (std::size_t l = 0; l < found.size(); ++l) {
      EXPECT_LT((found[l] - expected[l]).norm(), 1e-13 * expected[l].norm()) << "layer " << l << ", " << k << " apart";
    }
  }
}

TEST(SaddleGradient, LeavesInputsThatNoSampleHasAlone) {
  // Four samples of six inputs. One mode is learned up to 1e-13; the others, of order 1, are not. The rounding of R is
  // 1e-16, also where Σ vanishes, and there it would move W_1 without limit.
  const Matrix x = normal(4, 6, 1);
  const Matrix unseen = linalg::full_svd(x).v.rightCols(2);
  const Matrix root = linalg::qr_factor(x.transpose());  // the inputs that the samples span
  const Matrix u = linalg::qr_factor(normal(5, 5, 2));
  const Matrix y = 2.0 * u.col(0) * root.col(0).transpose() + 0.7 * u.col(1) * root.col(1).transpose();
  const Task task = tasks::regression({.inputs = x, .targets = x * y.transpose()});
  const Matrix h = linalg::qr_factor(normal(7, 7, 3));
  const double t = std::sqrt(2 * (1 - 1e-13));
  const DeepLinear at({t * h.col(0) * root.col(0).transpose(), t * u.col(0) * h.col(0).transpose()});
  const std::vector<Matrix> gradient =
      differentiate(at, root.leftCols(1), task.train, task.train.evaluate(at.end_to_end()));
  EXPECT_GT(gradient[0].norm(), 1e-15);
  EXPECT_LT((gradient[0] * unseen).norm(), 1e-26);
}

}  // namespace
}  // namespace linnet
