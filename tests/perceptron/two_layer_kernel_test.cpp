#include "linnet/perceptron/two_layer_kernel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "linnet/perceptron/curvature.hpp"
#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using namespace testing;

struct Gradients {
  double cost = 0;
  std::vector<Matrix> of;
};

Gradients by_kernel(const Perceptron& network, const Samples& data, linalg::VectorUnit unit) {
  TwoLayerKernel kernel(network, 1, unit);
  PackedSamples packed;
  kernel.pack(data.inputs, data.targets, packed);
  Gradients result{.of = network.weights()};
  result.cost = kernel.differentiate(network.weights(), packed, result.of);
  EXPECT_EQ(kernel.cost(network.weights(), packed), result.cost);
  return result;
}

Gradients by_products(const Perceptron& network, const Samples& data) {
  Backpropagation backward(network, 1);
  const double cost = backward.differentiate(network.weights(), in_blocks(data));
  return {.cost = cost, .of = backward.gradients()};
}

void expect_same(const Perceptron& network, const Samples& data) {
  const Gradients expected = by_products(network, data);
  for (const linalg::VectorUnit unit : linalg::vector_units()) {
    SCOPED_TRACE(::testing::Message() << to_string(unit) << ", d = " << network.inputs()
                                      << ", m = " << network.sizes()[1] << ", P = " << data.inputs.cols());
    const Gradients got = by_kernel(network, data, unit);
    EXPECT_NEAR(got.cost, expected.cost, 1e-13 * expected.cost);
    for (std::size_t l = 0; l < 2; ++l) EXPECT_LT(relative(got.of[l], expected.of[l]), 1e-13) << "layer " << l;
  }
}

void expect_same_curvature(const Perceptron& network, const Samples& data) {
  const std::vector<Samples> blocks = in_blocks(data);
  const std::vector<Matrix> direction = perceptron(network.sizes(), {}, 9).weights();
  Curvature curvature(network, blocks, 1);
  curvature.linearize(network.weights());
  const std::vector<Matrix>& expected = curvature.product(direction);
  for (const linalg::VectorUnit unit : linalg::vector_units()) {
    SCOPED_TRACE(::testing::Message() << to_string(unit) << ", d = " << network.inputs()
                                      << ", m = " << network.sizes()[1] << ", P = " << data.inputs.cols());
    TwoLayerKernel kernel(network, 1, unit);
    PackedSamples packed;
    kernel.pack(data.inputs, data.targets, packed);
    std::vector<Matrix> product = direction;
    kernel.linearize(network.weights(), packed);
    kernel.differentiate(direction, packed, product);  // must not affect the product below
    kernel.product(direction, packed, product);
    for (std::size_t l = 0; l < 2; ++l) EXPECT_LT(relative(product[l], expected[l]), 1e-13) << "layer " << l;
  }
}

TEST(TwoLayerKernel, AgreesWithProductsForAllSizesAndNeurons) {
  const std::vector<HiddenUnit> neurons{
      {}, {.slope = -0.3}, {.activation = Activation::quadratic}, {.rounding = 0.1}, {.slope = 0.2, .rounding = 0.1}};
  const std::vector<Index> counts{1, 2, 31, 32, 33, 64, 100};
  for (Index d = 1; d <= 130; ++d) {
    const Index m = 7 * d % 130 + 1;
    const HiddenUnit neuron = neurons[static_cast<std::size_t>(d) % neurons.size()];
    const Index count = counts[static_cast<std::size_t>(d) % counts.size()];
    const Perceptron drawn = networks::gaussian_perceptron({d, m, 1}, {.seed = 3});
    const Perceptron network(drawn.weights(), neuron);
    expect_same(network, *samples(d, 1, count).samples());
    expect_same_curvature(network, *samples(d, 1, count).samples());
  }
}

TEST(TwoLayerKernel, AgreesWithProductsWhereFeaturesTakeSeveralTiles) {
  expect_same(perceptron({300, 3, 1}, {}), *samples(300, 1, 40).samples());
  expect_same(perceptron({257, 30, 1}, {.slope = 0.5}), *samples(257, 1, 70).samples());
}

TEST(TwoLayerKernel, DeadNeuronsKinksAndNeuronsThatAreAlwaysActive) {
  const Perceptron drawn = perceptron({9, 7, 1}, {});
  std::vector<Matrix> w = drawn.weights();
  w[0].row(1) = w[0].row(1).cwiseAbs();
  w[0].row(2) = -w[0].row(2).cwiseAbs();
  w[0].row(4).setZero();
  w[1](0, 5) = 0;
  Samples data = *samples(9, 1, 45).samples();
  data.inputs = data.inputs.cwiseAbs();
  data.inputs.col(3).setZero();
  const Perceptron network(w);
  expect_same(network, data);
  for (const linalg::VectorUnit unit : linalg::vector_units()) {
    const Gradients got = by_kernel(network, data, unit);
    for (const Index dead : {2, 4, 5}) EXPECT_EQ(got.of[0].row(dead).cwiseAbs().maxCoeff(), 0) << to_string(unit);
    for (const Index dead : {2, 4}) EXPECT_EQ(got.of[1](0, dead), 0) << to_string(unit);
    EXPECT_NE(got.of[1](0, 5), 0);
  }
}

TEST(TwoLayerKernel, PairsThatCancelDoSoExactly) {
  for (const Index width : {2, 6, 10, 50, 94}) {
    const Perceptron start = networks::spherical_pairs(13, {.width = width, .alpha = 0.7, .slope = 0.1, .seed = 4});
    Samples data = *samples(13, 1, 50).samples();
    data.targets.setZero();
    for (const linalg::VectorUnit unit : linalg::vector_units()) {
      const Gradients got = by_kernel(start, data, unit);
      EXPECT_EQ(got.cost, 0) << to_string(unit) << ", m = " << width;
      for (const Matrix& g : got.of) EXPECT_EQ(g.cwiseAbs().maxCoeff(), 0) << to_string(unit) << ", m = " << width;
    }
  }
}

TEST(TwoLayerKernel, NothingIsLeftOfOtherSamplesOrOfNumbersThatAreNotFinite) {
  const Perceptron network = perceptron({5, 12, 1}, {});
  const Samples many = *samples(5, 1, 70, 5).samples();
  const Samples few = *samples(5, 1, 35, 8).samples();
  std::vector<Matrix> broken = network.weights();
  broken[0](3, 2) = std::numeric_limits<double>::quiet_NaN();
  std::vector<Matrix> overflown = network.weights();
  overflown[0] *= -1e308;
  overflown[0] *= 10;
  for (const linalg::VectorUnit unit : linalg::vector_units()) {
    const Gradients expected = by_kernel(network, few, unit);
    TwoLayerKernel kernel(network, 1, unit);
    PackedSamples packed;
    std::vector<Matrix> gradients = network.weights();
    kernel.pack(many.inputs, many.targets, packed);
    EXPECT_TRUE(std::isnan(kernel.differentiate(broken, packed, gradients))) << to_string(unit);
    EXPECT_FALSE(std::isfinite(kernel.differentiate(overflown, packed, gradients))) << to_string(unit);
    EXPECT_FALSE(std::isfinite(kernel.cost(overflown, packed))) << to_string(unit);
    kernel.pack(few.inputs, few.targets, packed);
    EXPECT_EQ(kernel.differentiate(network.weights(), packed, gradients), expected.cost) << to_string(unit);
    for (std::size_t l = 0; l < 2; ++l) EXPECT_EQ(gradients[l], expected.of[l]) << to_string(unit) << ", layer " << l;
  }
}

TEST(TwoLayerKernel, SuitsTwoLayersOfOneOutputUpToTheSizesMeasured) {
  const Perceptron small = perceptron({100, 50, 1}, {});
  const Perceptron leaky = perceptron({101, 100, 1}, {.slope = 0.1});
  const Perceptron large = perceptron({1000, 301, 1}, {});
  EXPECT_FALSE(TwoLayerKernel::suits(small, linalg::VectorUnit::baseline));
  EXPECT_TRUE(TwoLayerKernel::suits(small, linalg::VectorUnit::avx2));
  EXPECT_FALSE(TwoLayerKernel::suits(leaky, linalg::VectorUnit::avx2));
  EXPECT_TRUE(TwoLayerKernel::suits(leaky, linalg::VectorUnit::avx512));
  EXPECT_FALSE(TwoLayerKernel::suits(large, linalg::VectorUnit::avx512));
  for (const linalg::VectorUnit unit : linalg::vector_units()) {
    EXPECT_TRUE(TwoLayerKernel::suits(perceptron({10, 10, 1}, {}), unit));
    EXPECT_FALSE(TwoLayerKernel::suits(perceptron({10, 10, 2}, {}), unit));
    EXPECT_FALSE(TwoLayerKernel::suits(perceptron({10, 1}, {}), unit));
    EXPECT_FALSE(TwoLayerKernel::suits(perceptron({5, 4, 3, 1}, {}), unit));
  }
}

}  // namespace
}  // namespace linnet
