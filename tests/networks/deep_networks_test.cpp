#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "linnet/linalg/chain.hpp"
#include "linnet/linalg/chain_tangent.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/deep_limits.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/networks/network.hpp"
#include "linnet/networks/neuron.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;

/// The fewest operations over all orders in which neighbours can be multiplied.
double fewest_flops(std::vector<Index> sizes) {
  if (sizes.size() <= 2) return 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i + 1 < sizes.size(); ++i) {
    const double product = 2.0 * static_cast<double>(sizes[i - 1] * sizes[i] * sizes[i + 1]);
    std::vector<Index> rest = sizes;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    least = std::min(least, product + fewest_flops(rest));
  }
  return least;
}

TEST(Chain, OrderIsTheOneOfFewestFlops) {
  linalg::Random random({.seed = 5});
  for (int k = 0; k < 60; ++k) {
    std::vector<Index> sizes(2 + random.below(6));
    for (Index& n : sizes) n = 1 + static_cast<Index>(random.below(30));
    linalg::Chain chain(sizes);
    EXPECT_EQ(chain.flops(), fewest_flops(sizes));
    // The stated number of operations is that of its products.
    const DeepLinear network = deep_start(sizes);
    chain.multiply(network.weights());
    double flops = 0;
    for (const auto& node : chain.nodes()) {
      if (node.leaf) continue;
      const Matrix& left = chain.at(node.left, network.weights());
      const Matrix& right = chain.at(node.right, network.weights());
      flops += 2.0 * static_cast<double>(right.rows() * right.cols() * left.cols());
    }
    EXPECT_EQ(chain.flops(), flops);
  }
}

TEST(Chain, ProductIsThePlainOne) {
  for (const auto& sizes : deep_sizes()) {
    const DeepLinear network = deep_start(sizes);
    EXPECT_LT(relative(network.end_to_end(), plain_product(network.weights())), 1e-14);
    EXPECT_EQ(network.sizes(), sizes);
    EXPECT_EQ(network.depth(), static_cast<Index>(sizes.size()) - 1);
  }
}

TEST(DeepLinear, GradientOfEachLayerIsThatOfACostWrittenOut) {
  for (const DeepCase& c : deep_cases()) {
    for (const auto& sizes : deep_sizes()) {
      const DeepLinear network = deep_start(sizes);
      const std::vector<Matrix>& w = network.weights();
      const std::vector<Matrix> gradients =
          parameter_gradients(network, c.task.train.evaluate(network.end_to_end()).gradient);
      const std::vector<Matrix> plain = plain_gradients(w, c.gradient(plain_product(w)));
      std::vector<ComplexMatrix> z;
      for (const Matrix& m : w) z.push_back(m.cast<std::complex<double>>());
      for (std::size_t l = 0; l < w.size(); ++l) {
        EXPECT_LT(relative(gradients[l], plain[l]), 1e-13) << c.name;
        Matrix by_imaginary_step(w[l].rows(), w[l].cols());
        Matrix by_differences(w[l].rows(), w[l].cols());
        constexpr double tiny = 1e-30;
        constexpr double small = 1e-5;
        for (Index i = 0; i < w[l].size(); ++i) {
          z[l](i) += std::complex<double>(0, tiny);
          by_imaginary_step(i) = c.cost(plain_product(z)).imag() / tiny;
          z[l](i) = w[l](i);
          const auto cost_at = [&](double step) {
            std::vector<Matrix> moved = w;
            moved[l](i) += step;
            return c.task.train.evaluate(DeepLinear(moved).end_to_end()).cost;
          };
          by_differences(i) = (cost_at(small) - cost_at(-small)) / (2 * small);
        }
        EXPECT_LT(relative(gradients[l], by_imaginary_step), 1e-13) << c.name << ", layer " << l;
        EXPECT_LT(relative(gradients[l], by_differences), 1e-8) << c.name << ", layer " << l;
      }
    }
  }
}

TEST(ChainTangent, IsTheDerivativeOfProductAndGradients) {
  constexpr double tiny = 1e-30;
  for (const auto& sizes : deep_sizes()) {
    const std::vector<Matrix> w = deep_start(sizes).weights();
    const std::vector<Matrix> v = deep_start(sizes, 1, 1000).weights();
    const Matrix r = normal(3, 5, 31);
    const Matrix dr = normal(3, 5, 32);
    linalg::Chain chain(sizes);
    chain.multiply(w);
    linalg::ChainTangent tangent(chain);
    tangent.linearize(w, r);
    const Matrix forward = tangent.forward(w, v);
    std::vector<Matrix> change;
    tangent.backward(w, v, dr, change);

    std::vector<ComplexMatrix> z;
    for (std::size_t l = 0; l < w.size(); ++l) {
      z.push_back(w[l].cast<std::complex<double>>());
      z.back().imag() = tiny * v[l];
    }
    ComplexMatrix rz = r.cast<std::complex<double>>();
    rz.imag() = tiny * dr;
    EXPECT_LT(relative(forward, Matrix(plain_product(z).imag() / tiny)), 1e-13);
    for (std::size_t l = 0; l < w.size(); ++l) {
      const ComplexMatrix after = plain_product(z, l + 1, z.size(), w[l].rows());
      const ComplexMatrix before = plain_product(z, 0, l, w[0].cols());
      const ComplexMatrix g = after.transpose() * rz * before.transpose();
      EXPECT_LT(relative(change[l], Matrix(g.imag() / tiny)), 1e-13) << "depth " << w.size() << ", layer " << l;
    }
  }
}

TEST(DeepStarts, TwoGaussianLayersHaveTheSameBitsByBothNames) {
  const DeepLinear two =
      networks::gaussian_weights({.outputs = 3, .inputs = 5}, {.width = 7, .variance = 0.3, .seed = 9});
  const DeepLinear deep = networks::gaussian_deep({5, 7, 3}, {.variance = 0.3, .seed = 9});
  EXPECT_EQ(deep.weights()[0], two.w1());
  EXPECT_EQ(deep.weights()[1], two.w2());
  // Layers of one network, and points of a sweep, have different random numbers.
  const DeepLinear square = networks::gaussian_deep({4, 4, 4, 4}, {.seed = 9});
  for (std::size_t l = 0; l < 3; ++l) {
    for (std::size_t m = 0; m < l; ++m) EXPECT_GT((square.weights()[l] - square.weights()[m]).norm(), 1.0);
    EXPECT_GT(
        (square.weights()[l] - networks::gaussian_deep({4, 4, 4, 4}, {.seed = 9, .point = 1}).weights()[l]).norm(),
        1.0);
  }
}

TEST(DeepStarts, VarianceOfEachLayerIsTheOneAskedFor) {
  const Layerwise variance{0.01, 1.0, 4.0};
  const DeepLinear network = networks::gaussian_deep({100, 120, 150, 90}, {.variance = variance, .seed = 2});
  for (std::size_t l = 0; l < 3; ++l) {
    const Matrix& w = network.weights()[l];
    // The mean square of N entries has a relative deviation of √(2/N): five deviations.
    const auto count = static_cast<double>(w.size());
    EXPECT_NEAR(w.squaredNorm() / count / variance[l], 1, 5 * std::sqrt(2 / count));
  }
  EXPECT_EQ(networks::saddle_variance(100, 1.5), 1e-3);
  EXPECT_EQ(networks::layer_sizes({.outputs = 3, .inputs = 5}, 4, 8), (std::vector<Index>{5, 8, 8, 8, 3}));
}

TEST(DeepStarts, BalancedOnesAreBalancedAndHaveTheirProduct) {
  const Matrix full = 0.3 * normal(3, 5, 4);
  const Matrix low = normal(3, 2, 5) * normal(2, 5, 6);
  const std::vector<std::pair<Matrix, std::vector<Index>>> given{
      {full, {}}, {full, {3}}, {full, {4, 9}}, {low, {2, 2, 2}}, {low, {6, 2, 8, 3}}};
  for (const auto& [a, hidden] : given) {
    const DeepLinear network = networks::balanced_deep(a, hidden, 3);
    EXPECT_LT(relative(network.end_to_end(), a), 1e-14);
    EXPECT_EQ(network.depth(), static_cast<Index>(hidden.size()) + 1);
    for (const Matrix& delta : imbalances(network, 1.0)) EXPECT_LT(delta.norm(), 1e-14);
  }
  EXPECT_EQ(error_of([&] {
              networks::balanced_deep(full, {4, 2}, 3);
            }),
            "network.width: expected at least 3, the rank of the end-to-end matrix, got 2");
}

TEST(DeepStarts, OrthogonalAndIdentityLayersAreWhatTheySay) {
  const DeepLinear orthogonal = networks::orthogonal_deep({5, 8, 4, 4, 3}, 0.7, 3);
  for (const Matrix& w : orthogonal.weights()) {
    const Matrix gram = w.rows() >= w.cols() ? Matrix(w.transpose() * w) : Matrix(w * w.transpose());
    EXPECT_LT((gram - 0.49 * Matrix::Identity(gram.rows(), gram.cols())).norm(), 1e-14);
  }
  const DeepLinear identity = networks::identity_deep({5, 4, 6, 3}, 0.5, {.variance = 0.0});
  for (const Matrix& w : identity.weights()) EXPECT_EQ(w, Matrix(0.5 * Matrix::Identity(w.rows(), w.cols())));
  const DeepLinear noisy = networks::identity_deep({5, 4, 6, 3}, 0.5, {.variance = 0.2, .seed = 8});
  const DeepLinear noise = networks::gaussian_deep({5, 4, 6, 3}, {.variance = 0.2, .seed = 8});
  for (std::size_t l = 0; l < 3; ++l) {
    const Matrix rest = noisy.weights()[l] - noise.weights()[l];
    EXPECT_LT((rest - identity.weights()[l]).norm(), 1e-15);
  }
}

TEST(DeepStarts, EscapePathIsTheSteepestDirectionOfItsSize) {
  const Matrix gradient = normal(3, 5, 8);
  const linalg::Svd d = linalg::svd(gradient);
  for (const std::vector<Index>& hidden : {std::vector<Index>{4}, {6, 2}, {3, 3, 3}}) {
    for (const Index mode : {Index{0}, Index{2}}) {
      const DeepLinear network = networks::escape_path(gradient, hidden, 0.2, mode, 1);
      const double depth = static_cast<double>(network.depth());
      EXPECT_NEAR(network.norm(), 0.2, 1e-15);
      // The leading term of the cost at the origin: −s |θ|^L L^{−L/2}.
      const double slope = network.end_to_end().cwiseProduct(gradient).sum();
      EXPECT_NEAR(slope, -d.s(mode) * std::pow(0.2, depth) * std::pow(depth, -depth / 2), 1e-15);
      // The gradient is parallel to the weights, so that gradient flow stays on the path.
      const std::vector<Matrix> g = parameter_gradients(network, gradient);
      const double along = -slope * depth / 0.04;
      for (std::size_t l = 0; l < g.size(); ++l)
        EXPECT_LT(relative(Matrix(-g[l]), Matrix(along * network.weights()[l])), 1e-13);
    }
    // No random direction of the same size has a larger leading term.
    const DeepLinear best = networks::escape_path(gradient, hidden, 1.0, 0, 1);
    const double least = best.end_to_end().cwiseProduct(gradient).sum();
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      std::vector<Matrix> w = networks::gaussian_deep(best.sizes(), {.seed = seed}).weights();
      const double size = DeepLinear(w).norm();
      for (Matrix& m : w) m /= size;
      EXPECT_GT(DeepLinear(w).end_to_end().cwiseProduct(gradient).sum(), least);
    }
  }
  EXPECT_EQ(error_of([] { networks::escape_path(Matrix::Zero(3, 5), {4}, 0.1); }),
            "network.escape: expected a gradient at the origin that is not 0, got 0\n"
            "  hint: the origin is a minimum of this cost: there is nothing to escape to");
  EXPECT_EQ(error_of([&] { networks::escape_path(gradient, {4}, 0.1, 3); }),
            "network.mode: expected a mode from 0 to 2, got 3");
}

TEST(DeepLinearized, KernelIsThatOfTheParameters) {
  for (const auto& sizes : deep_sizes()) {
    const DeepLinear network = deep_start(sizes);
    const DeepLinearized linear(network);
    EXPECT_LT(relative(linear.end_to_end(), plain_product(network.weights())), 1e-14);
    // Σ_l K_l^out R K_l^in is the velocity of A if each layer moves along its gradient.
    const Matrix r = normal(3, 5, 12);
    const std::vector<Matrix> g = plain_gradients(network.weights(), r);
    Matrix by_layers = Matrix::Zero(3, 5);
    for (std::size_t l = 0; l < g.size(); ++l) {
      std::vector<Matrix> w = network.weights();
      w[l] = g[l];
      by_layers += plain_product(w);
    }
    Matrix by_kernel = Matrix::Zero(3, 5);
    for (const auto& share : linear.kernel()) by_kernel += share.out * r * share.in;
    EXPECT_LT(relative(by_kernel, by_layers), 1e-13);
  }
}

TEST(DeepLinearized, KernelDistanceOfTwoLayersIsThatOfGramStates) {
  const DeepLinear a = deep_start({5, 4, 3}, 1, 7);
  const DeepLinear b = deep_start({5, 9, 3}, 1, 70);
  const auto gram = [](const DeepLinear& n) {
    return GramState::from_weights(DeepLinear(n.weights()[0], n.weights()[1]));
  };
  EXPECT_NEAR(kernel_distance(DeepLinearized(a), DeepLinearized(b)), kernel_distance(gram(a), gram(b)), 1e-14);
  EXPECT_NEAR(kernel_distance(DeepLinearized(a), DeepLinearized(a)), 0, 1e-15);
}

TEST(DeepLinearized, KernelDistanceDoesNotDependOnTheScale) {
  const auto scaled = [](std::uint64_t seed, double by) {
    std::vector<Matrix> w = deep_start({5, 4, 6, 3}, 1, seed).weights();
    for (Matrix& m : w) m *= by;
    return DeepLinearized(DeepLinear(w));
  };
  const double expected = kernel_distance(scaled(7, 1), scaled(70, 1));
  for (const double by : {1e-60, 1e-40, 1e40, 1e60}) {
    EXPECT_NEAR(kernel_distance(scaled(7, by), scaled(70, by)), expected, 1e-14) << by;
    EXPECT_NEAR(kernel_distance(scaled(7, by), scaled(70, 1)), expected, 1e-14) << by;
  }
}

TEST(DeepLinearized, KernelDistanceOfDeepNetworksIsThatOfTheKernelWrittenOut) {
  // K over whitened inputs: rows and columns are entries of A; K = J Jᵀ with the Jacobian J of A by all weights.
  const auto kernel = [](const DeepLinear& n) {
    const std::vector<Matrix>& w = n.weights();
    Index count = 0;
    for (const Matrix& m : w) count += m.size();
    Matrix j(15, count);
    Index column = 0;
    for (std::size_t l = 0; l < w.size(); ++l) {
      for (Index i = 0; i < w[l].size(); ++i) {
        std::vector<Matrix> unit = w;
        unit[l].setZero();
        unit[l](i) = 1;
        const Matrix d = plain_product(unit);
        j.col(column++) = Eigen::Map<const Vector>(d.data(), d.size());
      }
    }
    return Matrix(j * j.transpose());
  };
  const DeepLinear a = deep_start({5, 4, 6, 3}, 1, 7);
  const DeepLinear b = deep_start({5, 4, 6, 3}, 1, 70);
  const Matrix ka = kernel(a);
  const Matrix kb = kernel(b);
  EXPECT_NEAR(kernel_distance(DeepLinearized(a), DeepLinearized(b)),
              1 - ka.cwiseProduct(kb).sum() / ka.norm() / kb.norm(), 1e-14);
}

TEST(DeepLinear, OfTwoLayersHasTheirNames) {
  const Matrix w1 = normal(6, 4, 1);
  const Matrix w2 = normal(3, 6, 2);
  for (const DeepLinear& two : {DeepLinear(w1, w2), DeepLinear({w1, w2}), DeepLinear(std::vector{w1, w2})}) {
    EXPECT_EQ(two.depth(), 2);
    EXPECT_EQ(two.w1(), w1);
    EXPECT_EQ(two.w2(), w2);
    EXPECT_EQ(two.width(), 6);
  }
  for (const DeepLinear& other : {DeepLinear({w1}), deep_start({4, 6, 5, 3})}) {
    const std::string refused =
        "network: expected a network of two layers, got one of depth " + std::to_string(other.depth());
    EXPECT_EQ(error_of([&] { (void)other.w1(); }), refused);
    EXPECT_EQ(error_of([&] { (void)other.w2(); }), refused);
    EXPECT_EQ(error_of([&] { (void)other.width(); }), refused);
    EXPECT_EQ(error_of([&] { GramState::from_weights(other); }), refused);
    EXPECT_EQ(error_of([&] { fit_closure(other); }), refused);
    const Network network = other;
    EXPECT_EQ(weights_of(network), &std::get<DeepLinear>(network));
    EXPECT_EQ(two_layers_of(network), nullptr);
    EXPECT_FALSE(has_gram_state(network));
  }
}

TEST(Layerwise, OfTwoLayersIsOneNumberOrTwo) {
  const Layerwise one = 0.5;
  const Layerwise two{0.5, 2.0};
  EXPECT_EQ(&one.pair("rates"), &one);
  EXPECT_EQ(one.pair("rates")[1], 0.5);
  EXPECT_EQ(two.pair("rates")[1], 2.0);
  const Layerwise three{0.5, 2.0, 1.0};
  const auto refused = [](const std::string& field) {
    return field + ": expected one number, or one for each of the 2 layers, got 3 numbers";
  };
  EXPECT_EQ(error_of([&] { (void)three.pair("rates"); }), refused("rates"));
  const Shape shape{.outputs = 3, .inputs = 4};
  EXPECT_EQ(error_of([&] { networks::infinite_width(shape, three); }), refused("network.scale"));
  EXPECT_EQ(error_of([&] { networks::gaussian_gram(shape, {.width = 2, .variance = three}); }),
            refused("network.variance"));
  EXPECT_EQ(error_of([&] { networks::balanced(Matrix::Zero(3, 4), 0, 2, 0, three); }), refused("network.rates"));
  EXPECT_EQ(error_of([&] { SelfConsistent(Matrix::Zero(3, 4), three); }), refused("network.scale"));
  EXPECT_EQ(error_of([&] { balance_of({.a = 1, .w = Vector::Ones(2)}, three); }), refused("rates"));
}

TEST(DeepLinear, TwoLayersThatDoNotFitAreNamedByTheLayer) {
  EXPECT_EQ(error_of([] { DeepLinear(Matrix::Zero(5, 4), Matrix::Zero(3, 6)); }),
            "network.w2: expected 5 columns, the width of w1, got 3 x 6\n"
            "  hint: w1 is width x inputs, w2 is outputs x width");
  EXPECT_EQ(error_of([] { DeepLinear(Matrix(0, 4), Matrix(3, 0)); }),
            "network.w1: expected weights with entries, got 0 x 4");
  EXPECT_EQ(error_of([] { DeepLinear(Matrix::Zero(5, 4), Matrix(0, 5)); }),
            "network.w2: expected weights with entries, got 0 x 5");
  EXPECT_EQ(error_of([] { DeepLinear(Matrix::Zero(2, 4), Matrix::Constant(3, 2, std::nan(""))); }),
            "network.w2: expected finite numbers, got a nan or an infinity among the entries");
}

TEST(DeepLinear, BadInputIsNamed) {
  EXPECT_EQ(error_of([] { DeepLinear(std::vector<Matrix>{}); }),
            "network.weights: expected at least one layer, got depth 0");
  EXPECT_EQ(error_of([] {
              DeepLinear({normal(4, 5, 1), normal(3, 6, 2)});
            }),
            "network.weights[1]: expected 4 columns, the rows of the layer before, got 3 x 6\n"
            "  hint: layers are given from the input on, each outputs x inputs");
  EXPECT_EQ(error_of([] {
              DeepLinear({normal(4, 5, 1), Matrix(3, 0)});
            }),
            "network.weights[1]: expected weights with entries, got 3 x 0");
  Matrix broken = normal(4, 5, 1);
  broken(1, 2) = std::nan("");
  EXPECT_EQ(error_of([&] { DeepLinear({broken}); }),
            "network.weights[0]: expected finite numbers, got a nan or an infinity among the entries");
  EXPECT_EQ(error_of([] { networks::layer_sizes({.outputs = 3, .inputs = 5}, 0, 4); }),
            "network.depth: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of([] { networks::gaussian_deep({5}, {}); }), "network.depth: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of([] {
              networks::gaussian_deep({5, 4, 3}, {.variance = {1.0, 2.0, 3.0}});
            }),
            "network.variance: expected one number, or one for each of the 2 layers, got 3 numbers");
  EXPECT_EQ(error_of([] {
              parameter_distance(deep_start({5, 4, 3}), deep_start({5, 6, 3}));
            }),
            "network: expected networks of the same sizes, got different ones");
  EXPECT_EQ(error_of([] { DeepBalanced(Matrix::Zero(3, 5), 0.5); }), "network.depth: expected a number >= 1, got 0.5");
}

}  // namespace
}  // namespace linnet
