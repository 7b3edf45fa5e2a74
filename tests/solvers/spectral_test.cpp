#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"
#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using namespace testing;

/// U Vᵀ by Eigen's Jacobi rotations, of the rank of m.
Matrix plain_polar(const Matrix& m) {
  const Eigen::JacobiSVD<Matrix> d(m, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Vector s = d.singularValues();
  const Index rank = (s.array() > 1e-12 * s.maxCoeff()).count();
  return d.matrixU().leftCols(rank) * d.matrixV().leftCols(rank).transpose();
}

TEST(Spectral, PolarFactorLeavesOutWhatIsRounding) {
  for (const Index rank : {0, 1, 2, 4}) {
    const Matrix m = normal(6, rank, 1) * normal(rank, 4, 2);
    const Matrix p = linalg::polar_factor(m);
    EXPECT_LT((p - plain_polar(m)).norm(), 1e-12) << rank;
    EXPECT_NEAR(p.squaredNorm(), static_cast<double>(rank), 1e-12);
  }
}

TEST(Spectral, DescentIsThePlainLoop) {
  for (const DeepCase& c : deep_cases()) {
    for (const auto& sizes : {std::vector<Index>{5, 3}, {5, 6, 3}, {5, 6, 2, 3}}) {
      for (const double momentum : {0.0, 0.9}) {
        // No entry of its first row is seen: the rank of a sum of its gradients is a matter of rounding.
        if (momentum > 0 && c.name == "completion") continue;
        const DeepLinear start = deep_start(sizes);
        std::vector<Matrix> w = start.weights();
        std::vector<Matrix> m;
        for (const Matrix& layer : w) m.push_back(Matrix::Zero(layer.rows(), layer.cols()));
        for (int k = 0; k < 3; ++k) {
          const std::vector<Matrix> g = plain_gradients(w, c.gradient(plain_product(w)));
          for (std::size_t l = 0; l < w.size(); ++l) {
            m[l] = momentum * m[l] + g[l];
            w[l] -= 0.01 * plain_polar(m[l]);
          }
        }
        const GradientDescent solver{
            .step = 0.01, .momentum = momentum, .direction = Direction::spectral, .max_steps = 3};
        const Trajectory run = train(start, c.task, solver);
        const auto& end = std::get<DeepLinear>(*run.final).weights();
        for (std::size_t l = 0; l < w.size(); ++l) {
          // Small singular values of a sum of gradients magnify rounding.
          EXPECT_LT((end[l] - w[l]).norm(), momentum > 0 ? 1e-6 : 1e-9)
              << c.name << " " << sizes.size() << " " << momentum;
        }
        EXPECT_NEAR(run.outcome.time, 0.01 * static_cast<double>(solver.max_steps), 1e-15);
      }
    }
  }
}

TEST(Spectral, EveryModeOfALayerMovesAtOneSpeed) {
  const Task task = tasks::target(normal(3, 5, 1));
  const DeepLinear start = deep_start({5, 6, 3});
  const Trajectory run =
      train(start, task, GradientDescent{.step = 0.01, .direction = Direction::spectral, .max_steps = 1});
  const auto& end = std::get<DeepLinear>(*run.final).weights();
  for (std::size_t l = 0; l < 2; ++l) {
    const Vector s = linalg::singular_values(end[l] - start.weights()[l]);
    for (Index i = 0; i < 3; ++i) EXPECT_NEAR(s(i), 0.01, 1e-14);
  }
}

TEST(Spectral, BalancedModesGrowAsAPowerOfTime) {
  const Vector y = Vector::LinSpaced(3, 2.0, 0.5);
  const Matrix target = y.asDiagonal();
  for (const Index depth : {2, 3}) {
    const auto l = static_cast<double>(depth);
    const Matrix small = 1e-3 * Matrix::Identity(3, 3);
    const DeepLinear start = networks::balanced_deep(small, std::vector<Index>(static_cast<std::size_t>(depth - 1), 3));
    const GradientDescent solver{.step = 1e-3, .direction = Direction::spectral, .max_steps = 500};
    const Matrix end = end_to_end(*train(start, tasks::target(target), solver).final);
    for (Index i = 0; i < 3; ++i) EXPECT_NEAR(end(i, i), std::pow(std::pow(1e-3, 1 / l) + 0.5, l), 1e-10) << depth;
    EXPECT_LT((end - Matrix(end.diagonal().asDiagonal())).norm(), 1e-10);
  }
}

TEST(Spectral, ContinuedRunsHaveTheBitsOfOne) {
  const DeepCase c = deep_cases()[0];
  const DeepLinear start = deep_start({5, 6, 3});
  const GradientDescent whole{.step = 0.01, .momentum = 0.9, .direction = Direction::spectral, .max_steps = 30};
  GradientDescent half = whole;
  half.max_steps = 11;
  EXPECT_EQ(end_to_end(*train(start, c.task, whole).final),
            end_to_end(*train(train(start, c.task, half).checkpoint(), c.task, whole).final));
}

TEST(Spectral, PerceptronsTakeTheSameSteps) {
  const Task task = samples(4, 2, 30);
  const Perceptron start = perceptron({4, 7, 2}, {.activation = Activation::relu, .slope = 0.1});
  Backpropagation passes(start, task.train.objective());
  passes.differentiate(start.weights(), *task.samples());
  const Trajectory run =
      train(start, task, GradientDescent{.step = 0.05, .direction = Direction::spectral, .max_steps = 1});
  for (std::size_t l = 0; l < 2; ++l) {
    const Matrix& g = passes.gradients()[l];
    const Matrix expected = start.weights()[l] - 0.05 * plain_polar(g);
    EXPECT_LT(relative(final_of(run).weights()[l], expected), 1e-12);
  }
}

TEST(Spectral, OtherStatesRefuseIt) {
  const Task task = tasks::target(normal(3, 5, 1));
  const GradientDescent spectral{.step = 0.01, .direction = Direction::spectral};
  const DeepLinear start = deep_start({5, 2, 3});
  for (const Network& network :
       {Network(GramState::from_weights(start)), Network(networks::gaussian_gram({3, 5}, {.width = 40})),
        Network(DeepBalanced(start.end_to_end(), 2.0))}) {
    EXPECT_THAT(caught([&] { train(network, task, spectral); }).text, ::testing::HasSubstr("explicit weights"));
  }
  GradientDescent other = spectral;
  other.weight_decay = 0.1;
  EXPECT_THAT(caught([&] { train(start, task, other); }).text, ::testing::HasSubstr("solver.weight_decay"));
  other = spectral;
  other.order = Order::sequential;
  EXPECT_THAT(caught([&] { train(start, task, other); }).text, ::testing::HasSubstr("solver.order"));
}

}  // namespace
}  // namespace linnet
