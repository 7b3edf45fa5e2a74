#include "linnet/exact/convergence_bound.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/exact.hpp"

namespace linnet {
namespace {

using testing::error_of;
using testing::normal;
using ::testing::StartsWith;

std::vector<Task> costs() {
  const Matrix y = normal(3, 4, 1);
  const Matrix mask = (normal(3, 4, 2).array() > -0.5).cast<double>();
  const Matrix x = normal(9, 4, 3);
  return {tasks::target(y),
          {.name = "mask", .train = Cost::masked(y, mask)},
          tasks::regression({.inputs = x, .targets = x * y.transpose() + 0.2 * normal(9, 3, 4)}),
          tasks::regression({.inputs = x.topRows(2), .targets = x.topRows(2) * y.transpose()})};
}

// ½‖∇C‖² >= μ(C − C_min) everywhere, with equality somewhere.
TEST(PolyakLojasiewicz, IsTheBestConstant) {
  for (const Task& task : costs()) {
    const Cost& cost = task.train;
    const double mu = polyak_lojasiewicz(cost);
    const double least = cost.evaluate(cost.target()).cost;
    const auto ratio = [&](const Matrix& a) {
      const Residual r = cost.evaluate(a);
      return r.gradient.squaredNorm() / 2 / (r.cost - least);
    };
    for (std::uint64_t seed = 0; seed < 50; ++seed) EXPECT_GE(ratio(normal(3, 4, 100 + seed)), mu * (1 - 1e-12));
    // Descent in A: the residual keeps the direction of the least eigenvalue of 𝓜 longest.
    Matrix at = cost.target() + cost.evaluate(normal(3, 4, 9)).gradient;
    double last = ratio(at);
    for (int i = 0; i < 3000 && cost.evaluate(at).cost - least > 1e-9; ++i) {
      at -= 0.2 * cost.evaluate(at).gradient;
      last = ratio(at);
    }
    EXPECT_NEAR(last, mu, 1e-2 * mu) << task.name;
  }
}

// Along every flow the cost stays below the bound, at any λ, κ and rates; at large κ it is the bound.
TEST(ConvergenceBound, HoldsAndIsSharpInTheLazyLimit) {
  const std::vector<Task> all = costs();
  for (const Task& task : all) {
    for (const Layerwise& scales :
         {Layerwise{1.0, 1.0}, Layerwise{0.0, 0.8}, Layerwise{3.0, 0.1}, Layerwise{1e4, 1e4}}) {
      if (scales[0] == 1e4 && !task.train.is_full_matrix()) continue;
      for (const Layerwise& rates : {Layerwise(1.0), Layerwise{0.5, 2.0}}) {
        const SelfConsistent start(0.3 * normal(3, 4, 7), scales);
        const ConvergenceBound bound = convergence_bound(start, task, {.rates = rates});
        EXPECT_NEAR(bound.rate, 2 * (rates[0] * scales[1] + rates[1] * scales[0]) * polyak_lojasiewicz(task.train),
                    1e-12 * bound.rate);
        const Trajectory run =
            train(start, task,
                  GradientFlow{.t_end = std::min(8 / bound.rate, 10.0), .rates = rates, .rtol = 1e-11, .atol = 1e-14},
                  {.observables = {observables::cost()}, .schedule = Schedule::linear(9)});
        for (std::size_t i = 0; i < run.time.size(); ++i) {
          const double cost = run.series[0].values(static_cast<Index>(i), 0);
          EXPECT_LE(cost - bound.least, (bound.at(run.time[i]) - bound.least) * (1 + 1e-9));
          const bool sharp = scales[0] == 1e4 && task.train.is_full_matrix();
          EXPECT_TRUE(!sharp || std::abs(cost - bound.at(run.time[i])) < 1e-5 * bound.cost);
        }
      }
    }
  }
}

TEST(ConvergenceBound, TakesStartsThatSatisfyTheClosure) {
  const Task task = costs()[1];
  const Matrix a = 0.3 * normal(3, 4, 7);
  for (const Layerwise& rates : {Layerwise(1.0), Layerwise{0.5, 2.0}}) {
    const DeepLinear weights = networks::balanced(a, 0.8, 3, 1, rates);
    EXPECT_NEAR(convergence_bound(weights, task, {.rates = rates}).rate, 2 * 0.8 * rates[0] * rates[1], 1e-12);
  }
  const GramState wide = networks::infinite_width({.outputs = 3, .inputs = 4}, {0.5, 0.7});
  EXPECT_NEAR(convergence_bound(wide, task).rate, 2 * 1.2, 1e-12);
  // Directions that the larger layer does not reach are not certified.
  EXPECT_THAT(error_of([&] { (void)convergence_bound(networks::balanced(a.col(0) * a.row(0), 0.8, 2, 1), task); }),
              StartsWith("network: "));
  EXPECT_THAT(error_of([&] {
                (void)convergence_bound(networks::gaussian_weights({.outputs = 3, .inputs = 4}, {.width = 5}), task);
              }),
              StartsWith("network: "));
  EXPECT_THAT(error_of([&] { (void)convergence_bound(wide, task, {.strength = -1.0}); }), StartsWith("strength: "));
  EXPECT_THAT(error_of([&] { (void)convergence_bound(wide, task, {.least = 1e9}); }), StartsWith("least: "));
}

}  // namespace
}  // namespace linnet
