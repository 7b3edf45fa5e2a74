#include <gmock/gmock.h>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/sweeps/experiment.hpp"
#include "linnet/sweeps/run.hpp"
#include "linnet/sweeps/sweep.hpp"

namespace linnet::sweeps {
namespace {

Start start_of(const std::string& toml) {
  const config::Configuration c = config::Source::from_text(toml).resolve();
  return make_start(c, prepare_task(c));
}

constexpr const char* unbalanced = R"(
seed = 2
task = {kind = "modes", shape = [3, 3], modes = [3.0, 2.0, 1.0]}
[network]
kind = "deep"
initialization = "unbalanced"
depth = 3
width = 3
balance = 0.5
start = "aligned"
start_size = 0.1
)";

TEST(Starts, UnbalancedLayersAreThoseOfTheFlowsRates) {
  const Layerwise rates{0.5, 1.0, 2.0};
  const auto of_the_start = [](const std::string& solver, const Layerwise& at) {
    const Start start = start_of(unbalanced + solver);
    return imbalances(std::get<DeepLinear>(*start.network), at);
  };
  const Matrix none = Matrix::Zero(3, 3);
  const Matrix own = 0.5 * Matrix::Identity(3, 3);
  const std::vector<Matrix> flow = of_the_start("[solver]\nkind = \"flow\"\nrates = [0.5, 1.0, 2.0]\n", rates);
  EXPECT_TRUE(flow[0].isApprox(own, 1e-12)) << flow[0];
  EXPECT_LT((flow[1] - none).norm(), 1e-12) << flow[1];
  // Descent has steps for rates, and conserves nothing.
  const std::vector<Matrix> descent = of_the_start("[solver]\nstep = 0.01\n", 1.0);
  EXPECT_TRUE(descent[0].isApprox(own, 1e-12)) << descent[0];
  EXPECT_LT((descent[1] - none).norm(), 1e-12) << descent[1];
}

TEST(Starts, UnbalancedModesAreTheClosedFormAtAnyRate) {
  const RunResult run_result = run(config::Source::from_text(std::string(unbalanced) + R"(compare = "exact"
[solver]
kind = "flow"
rates = 3.0
t_end = 2.0
rtol = 1e-10
atol = 1e-13
)")
                                       .resolve());
  EXPECT_LT(std::stod(run_result.data.attribute("largest_distance")), 1e-7);
}

/// Test errors of perceptrons at their starts.
std::vector<double> errors_at_starts(const std::string& network, const std::string& common) {
  const Dataset data = sweep(config::Source::from_text(common + R"(
seed = 3
task = {kind = "teacher", dim = 4, neurons = 2, samples = 20, test_samples = 10}
solver = {step = 1e-12, max_steps = 1}
record = {observables = ["train_error"]}
sweep = {axes = [{field = "solver.divergence_factor", values = [1e6, 2e6, 3e6]}]}  # the same runs
[network]
kind = "perceptron"
)" + network));
  return data["final_train_error"].reals();
}

TEST(Starts, PerceptronsOfASweepHaveTheNumbersOfTheirPoints) {
  for (const std::string network :
       {"width = 6\nvariance = 0.3\n",
        "initialization = \"pairs\"\nwidth = 6\ntau = 0.5\nalpha = 1.0\nantisymmetric = false\n"}) {
    const std::vector<double> own = errors_at_starts(network, "");
    ASSERT_EQ(own.size(), 3U);
    EXPECT_NE(own[0], own[1]) << network;
    EXPECT_NE(own[0], own[2]) << network;
    EXPECT_NE(own[1], own[2]) << network;
    for (std::size_t i = 0; i < own.size(); ++i) {
      const std::vector<double> same = errors_at_starts(network, "point = " + std::to_string(i) + "\n");
      EXPECT_EQ(same, std::vector<double>(3, own[i])) << network << i;
    }
  }
}

}  // namespace
}  // namespace linnet::sweeps
