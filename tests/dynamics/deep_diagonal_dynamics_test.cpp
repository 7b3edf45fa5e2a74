#include "linnet/dynamics/deep_diagonal_dynamics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "linnet/tasks/structured.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::normal;

Task one_output() { return tasks::coefficients({.values = Vector(normal(5, 1, 7)), .samples = 8, .seed = 2}); }

TEST(DeepDiagonalDynamics, VelocityIsTheSlopeOfCostAndDecayInEachWeight) {
  const Task task = one_output();
  const Layerwise rates{0.5, 2.0, 1.0};
  Matrix w = normal(3, 5, 3);
  w(0, 1) = 0;  // alone in its product
  w(0, 2) = 0;  // with another: neither moves
  w(2, 2) = 0;
  const double mu = 0.3;
  const auto energy = [&](const Matrix& at) {
    return task.train.evaluate(DeepDiagonal(at).end_to_end()).cost + mu / 2 * at.squaredNorm();
  };
  DeepDiagonalDynamics dynamics(DeepDiagonal(w), task);
  dynamics.set_weight_decay(mu);
  std::vector<double> derivative(15);
  dynamics.velocity(rates, derivative);
  const double h = 1e-5;
  double squares = 0;
  for (Index l = 0; l < 3; ++l) {
    for (Index i = 0; i < 5; ++i) {
      Matrix up = w;
      Matrix down = w;
      up(l, i) += h;
      down(l, i) -= h;
      const double slope = (energy(up) - energy(down)) / (2 * h);
      squares += slope * slope;
      EXPECT_NEAR(derivative[static_cast<std::size_t>(5 * l + i)], -rates[static_cast<std::size_t>(l)] * slope, 1e-8);
    }
  }
  EXPECT_NEAR(dynamics.slope(), std::sqrt(squares), 1e-7);
}

TEST(DeepDiagonalDynamics, ManyLayersOfOnesAreOneLayerAtTheBottom) {
  const Task task = one_output();
  Matrix w = Matrix::Ones(6, 5);
  w.row(0) = normal(1, 5, 4);
  const DeepDiagonal network(w);
  EXPECT_EQ(network.end_to_end(), Matrix(w.row(0)));
  EXPECT_EQ(network.weights(), w);
  DeepDiagonalDynamics dynamics(network, task);
  dynamics.descend({.step = Layerwise{0.1, 0.0, 0.0, 0.0, 0.0, 0.0}});
  const Matrix gradient = task.train.evaluate(w.row(0)).gradient;
  EXPECT_LT((dynamics.end_to_end() - (w.row(0) - 0.1 * gradient)).norm(), 1e-15);
}

}  // namespace
}  // namespace linnet
