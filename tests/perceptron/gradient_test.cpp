#include <gtest/gtest.h>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/perceptron/curvature.hpp"
#include "linnet/perceptron/kernel.hpp"
#include "linnet/tasks/task.hpp"
#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using namespace testing;

TEST(Perceptron, CostAndGradientsAreThoseOfTheFormula) {
  for (const Form& form : forms()) {
    const Perceptron network = perceptron(form.sizes, form.neuron);
    const Task task = samples(form.sizes.front(), form.sizes.back(), 11);
    const std::vector<Samples> blocks = in_blocks(*task.samples());
    Backpropagation backward(network, 1);
    const double cost = backward.differentiate(network.weights(), blocks);
    EXPECT_NEAR(cost, plain_cost(network.weights(), network.neuron(), *task.samples()), 1e-12 * cost);
    EXPECT_NEAR(backward.cost(network.weights(), blocks), cost, 1e-14 * cost);
    const std::vector<Matrix> expected = difference_gradients(network, *task.samples());
    for (std::size_t l = 0; l < expected.size(); ++l) {
      EXPECT_LT(relative(backward.gradients()[l], expected[l]), 1e-6) << form.sizes.size() << " sizes, layer " << l;
    }
  }
}

TEST(Perceptron, BlocksAddUpToTheWhole) {
  for (const Index outputs : {1, 2}) {
    const Perceptron network = perceptron({4, 6, outputs}, {});
    const Task task = samples(4, outputs, 700);
    EXPECT_GT(in_blocks(*task.samples()).size(), 1U);
    Backpropagation backward(network, 1);
    const double cost = backward.differentiate(network.weights(), in_blocks(*task.samples()));
    const std::vector<Matrix> whole = backward.gradients();
    EXPECT_NEAR(backward.differentiate(network.weights(), *task.samples()), cost, 1e-13 * cost);
    for (std::size_t l = 0; l < whole.size(); ++l) EXPECT_LT(relative(backward.gradients()[l], whole[l]), 1e-13);
  }
}

TEST(Perceptron, WithSlopeOneItIsALinearNetworkAtTwiceItsCost) {
  const Perceptron network = perceptron({5, 6, 4, 3}, {.slope = 1});
  const DeepLinear linear(network.weights());
  const Matrix x = normal(20, 5, 1);
  const Matrix t = normal(20, 3, 2);
  EXPECT_LT(relative(network.at(x.transpose()), linear.end_to_end() * x.transpose()), 1e-14);
  const Task task = tasks::regression({.inputs = x, .targets = t});
  const Residual r = task.train.evaluate(linear.end_to_end());
  Backpropagation backward(network, 1);
  const Task same = tasks::regression({.inputs = x, .targets = t, .normalisation = authors});
  EXPECT_NEAR(backward.differentiate(network.weights(), in_blocks(*same.samples())), 2 * r.cost, 1e-12 * r.cost);
  const std::vector<Matrix> gradients = parameter_gradients(linear, r.gradient);
  for (std::size_t l = 0; l < gradients.size(); ++l) {
    EXPECT_LT(relative(backward.gradients()[l], 2 * gradients[l]), 1e-12);
  }
}

TEST(Perceptron, CurvatureIsTheDerivativeOfTheGradient) {
  for (const Form& form : forms()) {
    const Perceptron network = perceptron(form.sizes, form.neuron);
    const Task task = samples(form.sizes.front(), form.sizes.back(), 11);
    const std::vector<Samples> blocks = in_blocks(*task.samples());
    std::vector<Matrix> direction;
    std::vector<Matrix> up = network.weights();
    std::vector<Matrix> down = network.weights();
    constexpr double step = 1e-6;
    for (std::size_t l = 0; l < up.size(); ++l) {
      direction.push_back(normal(up[l].rows(), up[l].cols(), 40 + l));
      up[l] += step * direction[l];
      down[l] -= step * direction[l];
    }
    Backpropagation backward(network, 1);
    const Backpropagation::Prepared data = backward.prepare(*task.samples());
    Curvature curvature(network, data, 1);
    curvature.linearize(network.weights());
    curvature.product(direction);
    const std::vector<Matrix> product = curvature.product(direction);  // independent of the first call
    backward.differentiate(up, blocks);
    const std::vector<Matrix> above = backward.gradients();
    backward.differentiate(down, blocks);
    for (std::size_t l = 0; l < product.size(); ++l) {
      EXPECT_LT(relative(product[l], (above[l] - backward.gradients()[l]) / (2 * step)), 1e-7)
          << form.sizes.size() << " sizes, layer " << l;
    }
  }
}

TEST(PerceptronKernel, IsTheProductOfTheFeatures) {
  for (const Form& form : forms()) {
    const Perceptron network = perceptron(form.sizes, form.neuron);
    const Matrix x = normal(form.sizes.front(), 7, 1);
    const Matrix y = normal(form.sizes.front(), 5, 2);
    const Matrix fx = difference_features(network, x);
    const Matrix fy = difference_features(network, y);
    EXPECT_LT(relative(neural_tangent_kernel(network, x, y), fx * fy.transpose()), 1e-7);
    const Matrix full = fx * fx.transpose();
    const Index n = network.outputs();
    Matrix trace = Matrix::Zero(7, 7);
    for (Index i = 0; i < 7; ++i) {
      for (Index j = 0; j < 7; ++j) trace(i, j) = full.block(n * i, n * j, n, n).trace();
    }
    EXPECT_LT(relative(traced_kernel(network, x), trace), 1e-7);
    const Perceptron other = perceptron(form.sizes, form.neuron, 4);
    const Matrix g = traced_kernel(other, x);
    EXPECT_NEAR(kernel_distance(network, other, x), 1 - trace.cwiseProduct(g).sum() / (trace.norm() * g.norm()), 1e-7);
    EXPECT_NEAR(kernel_distance(network, network, x), 0, 1e-14);
  }
}

TEST(PerceptronKernel, LayersCountByTheirRates) {
  const Perceptron network = perceptron({4, 6, 1}, {});
  const Matrix x = normal(4, 7, 1);
  const Matrix both = neural_tangent_kernel(network, x, x);
  const Matrix first = neural_tangent_kernel(network, x, x, {1, 1e-300});
  EXPECT_LT(relative(neural_tangent_kernel(network, x, x, {2, 3}), 3 * both - first), 1e-14);
  const Perceptron other = perceptron({4, 6, 1}, {}, 4);
  const auto kernel = [&](const Perceptron& n) { return neural_tangent_kernel(n, x, x, {2, 0.1}); };
  EXPECT_LT(relative(traced_kernel(network, x, {2, 0.1}), kernel(network)), 1e-14);
  EXPECT_NEAR(kernel_distance(network, other, x, {2, 0.1}), kernel_distance(kernel(network), kernel(other)), 1e-14);
}

}  // namespace
}  // namespace linnet
