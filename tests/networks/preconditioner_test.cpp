#include "linnet/networks/preconditioner.hpp"

#include <algorithm>
#include <tuple>

#include "linnet/landscape/observables.hpp"
#include "linnet/landscape/preconditioner_range.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;

Vector vec(const Matrix& a) { return Eigen::Map<const Vector>(a.data(), a.size()); }

Layerwise some_rates(std::size_t depth) {
  std::vector<double> rates{0.5, 2.0, 1.5, 0.7, 3.0, 0.2};
  rates.resize(depth);
  return Layerwise(rates);
}

TEST(Preconditioner, IsHowWeightsMoveTheirProduct) {
  for (const auto& sizes : deep_sizes()) {
    const DeepLinear network = deep_start(sizes);
    const Layerwise rates = some_rates(sizes.size() - 1);
    const Preconditioner m(network, rates);
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const Matrix r = normal(3, 5, 40 + seed);
      // A after a small step of each layer along this gradient, and after one in the opposite direction.
      const std::vector<Matrix> g = plain_gradients(network.weights(), r);
      const auto moved = [&](double h) {
        std::vector<Matrix> w = network.weights();
        for (std::size_t l = 0; l < w.size(); ++l) w[l] -= h * rates[l] * g[l];
        return plain_product(w);
      };
      constexpr double h = 1e-5;
      const Matrix velocity = (moved(h) - moved(-h)) / (2 * h);
      EXPECT_LT(relative(Matrix(-m.apply(r)), velocity), 1e-7);
      EXPECT_LT(relative(Vector(m.dense() * vec(r)), vec(m.apply(r))), 1e-14);
    }
  }
}

TEST(Preconditioner, IsSymmetricAndPositiveWithTheEigenvaluesItSays) {
  for (const auto& sizes : deep_sizes()) {
    const Preconditioner m(deep_start(sizes), some_rates(sizes.size() - 1));
    const Matrix dense = m.dense();
    EXPECT_LT((dense - dense.transpose()).norm(), 1e-14 * dense.norm());
    const Vector values = linalg::symmetric_eigen(dense).values;
    EXPECT_GT(values(0), -1e-14 * values(14));
    EXPECT_LT((m.eigenvalues() - values).norm(), 1e-13 * values(14)) << sizes.size();
    const landscape::PreconditionerRange range = landscape::preconditioner_range(m);
    EXPECT_NEAR(range.largest, values(14), 1e-13 * values(14));
    EXPECT_NEAR(range.smallest, values(0), 1e-13 * values(14));
  }
}

TEST(Preconditioner, OfTwoLayersIsTheSumOfBothRepresentations) {
  const DeepLinear network = deep_start({5, 4, 3});
  const GramState g = GramState::from_weights(DeepLinear(network.weights()[0], network.weights()[1]));
  const Matrix m = Preconditioner(network, {0.3, 2.0}).dense();
  for (Index i = 0; i < 5; ++i) {
    for (Index j = 0; j < 5; ++j) {
      const Matrix expected = 0.3 * (i == j ? 1.0 : 0.0) * g.output_representation() +
                              2.0 * g.input_representation()(i, j) * Matrix::Identity(3, 3);
      EXPECT_LT((m.block(3 * i, 3 * j, 3, 3) - expected).norm(), 1e-13);
    }
  }
}

TEST(Preconditioner, EndsOfItsSpectrumByLanczosAreThoseOfAllEigenvalues) {
  const Preconditioner m(deep_start({17, 20, 18, 15}), 1.0);
  const Vector values = m.eigenvalues();
  const auto range = landscape::preconditioner_range(m, {.tolerance = 1e-10, .dense_below = 0});
  EXPECT_NEAR(range.largest, values(values.size() - 1), 1e-9 * range.largest);
  EXPECT_NEAR(range.smallest, values(0), 1e-9 * range.largest);
  EXPECT_EQ(range.condition(), range.largest / range.smallest);
}

TEST(Preconditioner, VanishesWhereTwoLayersDo) {
  const Preconditioner m(DeepLinear(std::vector<Matrix>{Matrix::Zero(4, 5), normal(4, 4, 1), Matrix::Zero(3, 4)}));
  const auto range = landscape::preconditioner_range(m);
  EXPECT_EQ(range.largest, 0);
  EXPECT_EQ(range.smallest, 0);
}

struct Structured {
  Shape shape;
  std::vector<Index> hidden;
  double balance;
  UnbalancedLayer layer;
};

/// Larger layers that reach all directions of the end they face, or only those of A.
std::vector<Structured> structured() {
  constexpr UnbalancedLayer first = UnbalancedLayer::first;
  constexpr UnbalancedLayer last = UnbalancedLayer::last;
  return {{{3, 5}, {5, 4}, -1.5, first},     {{3, 5}, {3, 6}, -1.5, first},   {{3, 5}, {3, 4, 7}, 1.5, first},
          {{5, 3}, {5, 6, 5}, 0.4, first},   {{5, 3}, {3, 3, 3}, 0.4, first}, {{5, 3}, {7, 5}, 1.5, last},
          {{5, 3}, {4, 3}, 1.5, last},       {{3, 5}, {6, 5, 5}, -1.5, last}, {{3, 5}, {7, 3}, -0.4, last},
          {{3, 5}, {6, 7}, 0.0, first},      {{5, 3}, {3}, -1.5, first},      {{4, 4}, {4, 4, 4, 4}, -1.0, first},
          {{4, 4}, {4, 4, 4, 4}, -1.0, last}};
}

TEST(PreconditionerModes, AreThoseOfTheWeightsAllAlongAFlow) {
  for (const Structured& c : structured()) {
    const auto depth = c.hidden.size() + 1;
    const Layerwise rates = some_rates(depth);
    const Matrix a = 0.3 * normal(c.shape.outputs, c.shape.inputs, 6);
    const networks::DeepUnbalanced options{.imbalance = {.balance = c.balance, .layer = c.layer}, .rates = rates};
    const DeepLinear start = networks::deep_unbalanced(a, c.hidden, options);
    const PreconditionerStructure structure{
        .depth = static_cast<Index>(depth),
        .imbalance = options.imbalance,
        .width = c.layer == UnbalancedLayer::first ? c.hidden.front() : c.hidden.back(),
        .rates = rates};
    const Task task = tasks::target(normal(c.shape.outputs, c.shape.inputs, 7));
    DeepLinear now = start;
    for (const double t : {0.0, 0.1, 0.5}) {
      if (t > 0) {
        const Trajectory run =
            train(start, task, GradientFlow{.t_end = t, .rates = rates, .rtol = 1e-12, .atol = 1e-14}, {});
        now = *weights_of(*run.final);
      }
      const Preconditioner exact(now, rates);
      const PreconditionerModes modes = preconditioner_modes(now.end_to_end(), structure);
      const Matrix r = normal(c.shape.outputs, c.shape.inputs, 9);
      const double tolerance = t > 0 ? 1e-9 : 1e-12;
      EXPECT_LT(relative(modes.apply(r), exact.apply(r)), tolerance)
          << "depth " << depth << ", λ = " << c.balance << ", t = " << t;
      Vector values = vec(modes.eigenvalues);
      std::sort(values.begin(), values.end());
      EXPECT_LT(relative(values, exact.eigenvalues()), tolerance);
    }
    EXPECT_GT(relative(now.end_to_end(), a), 0.1);  // A has moved
  }
}

TEST(PreconditionerModes, SayWhatADoesNotTell) {
  const Matrix a = normal(3, 5, 6);
  const auto error = [&](PreconditionerStructure s) { return error_of([&] { preconditioner_modes(a, s); }); };
  EXPECT_EQ(error({.depth = 3, .imbalance = {.balance = -1}, .width = 4}),
            "network.width: expected 5, the inputs, or 3, the rank of the end-to-end matrix, got 4\n"
            "  hint: A alone does not tell which further directions the larger layers hold: take the weights");
  EXPECT_EQ(error({.depth = 1}), "network.depth: expected a whole number >= 2, got 1");
  EXPECT_EQ(error({.depth = 3, .rates = {1.0, 2.0}}),
            "rates: expected one number, or one for each of the 3 layers, got 2 numbers");
  const Preconditioner m(deep_start({70, 3, 3, 70}));
  EXPECT_EQ(error_of([&] { std::ignore = m.eigenvalues(); }),
            "preconditioner: expected at most 4096 unknowns n_0n_L, for M as a matrix, got 4900\n"
            "  hint: apply it to gradients, or take its extreme eigenvalues");
  EXPECT_EQ(error_of([&] { std::ignore = m.apply(a); }), "gradient: expected 70 x 70, got 3 x 5");
  EXPECT_EQ(error_of([&] {
              Preconditioner(deep_start({5, 4, 3}), -1.0);
            }),
            error_of([&] { require_positive(Layerwise(-1.0), "rates"); }));
}

TEST(PreconditionerObservables, AreRecordedAlongARun) {
  const Task task = tasks::target(normal(3, 5, 7));
  const std::vector<std::string> names{"preconditioner_largest", "preconditioner_smallest", "preconditioner_condition",
                                       "preconditioner_spectrum"};
  std::vector<Observable> recorded;
  for (const std::string& name : names) recorded.push_back(landscape::observable_by_name(name));
  const Layerwise rates{0.5, 1.0, 2.0};
  const Trajectory run =
      train(deep_start({5, 6, 4, 3}), task, GradientFlow{.t_end = 0.3, .rates = rates}, {.observables = recorded});
  const Vector values = Preconditioner(*weights_of(*run.final), rates).eigenvalues();
  const Index end = run.series[0].values.rows() - 1;
  EXPECT_NEAR(run.series[0].values(end, 0), values(14), 1e-12 * values(14));
  EXPECT_NEAR(run.series[1].values(end, 0), values(0), 1e-12 * values(14));
  EXPECT_NEAR(run.series[2].values(end, 0), values(14) / values(0), 1e-9 * values(14) / values(0));
  ASSERT_EQ(run.series[3].values.cols(), 15);
  EXPECT_LT((run.series[3].values.row(end).transpose() - values.reverse()).norm(), 1e-12 * values(14));
}

TEST(PreconditionerObservables, AreInTheTimeOfTheRun) {
  const Task task = tasks::target(normal(3, 5, 7));
  const DeepLinear start = deep_start({5, 2, 3});
  const Record record{.observables = {landscape::observable_by_name("preconditioner_largest")},
                      .schedule = Schedule::ends()};
  const auto largest = [&](const Layerwise& rates) { return Preconditioner(start, rates).eigenvalues()(14); };
  const auto recorded = [&](const auto& solver) {
    return train(start, task, solver, record).values("preconditioner_largest")(0);
  };
  EXPECT_NEAR(recorded(GradientFlow{.t_end = 1e-3, .rates = 4}), 4 * largest(1), 1e-12 * largest(4));
  EXPECT_NEAR(recorded(GradientFlow{.t_end = 1e-3, .rates = {4, 1}}), largest({4, 1}), 1e-12 * largest(4));
  // Step k of descent is the time kη: there A moves by M at the steps over η.
  EXPECT_NEAR(recorded(GradientDescent{.step = 1e-3, .max_steps = 1}), largest(1), 1e-12 * largest(1));
  EXPECT_NEAR(recorded(GradientDescent{.step = {4e-3, 1e-3}, .max_steps = 1}), largest({2, 0.5}), 1e-12 * largest(2));
}

TEST(Preconditioner, OfANarrowHiddenLayerHasTheEigenvaluesOfItsMatrix) {
  for (const std::vector<Index>& sizes : {std::vector<Index>{4, 2, 5}, {4, 1, 2, 5}, {6, 2, 2, 3}}) {
    const Preconditioner m(deep_start(sizes), Layerwise(0.7));
    const Vector dense = linalg::symmetric_eigen(m.dense()).values;
    EXPECT_LT((m.eigenvalues() - dense).norm(), 1e-13 * dense.norm());
    const Matrix g = normal(sizes.back(), sizes.front(), 3);
    const Matrix moved = m.apply(g);
    const Vector by_matrix = m.dense() * Eigen::Map<const Vector>(g.data(), g.size());
    EXPECT_LT((Eigen::Map<const Vector>(moved.data(), moved.size()) - by_matrix).norm(), 1e-13 * by_matrix.norm());
  }
}

TEST(PreconditionerObservables, RefuseASpectrumOfThousands) {
  const Task task = tasks::target(normal(33, 32, 7));
  EXPECT_EQ(
      "record.preconditioner_spectrum: expected at most 1024 eigenvalues, n_0n_L, got 1056\n"
      "  hint: record preconditioner_largest and preconditioner_smallest",
      error_of([&] {
        train(deep_start({32, 2, 33}), task, GradientFlow{.t_end = 0.1},
              {.observables = {landscape::observable_by_name("preconditioner_spectrum")}});
      }));
}

}  // namespace
}  // namespace linnet
