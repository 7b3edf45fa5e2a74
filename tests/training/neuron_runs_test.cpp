#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "linnet/exact/mirror.hpp"
#include "linnet/exact/neuron_bias.hpp"
#include "linnet/observables/neuron.hpp"
#include "linnet/sweeps/run.hpp"
#include "linnet/sweeps/sweep.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet::sweeps {
namespace {

using linnet::testing::error_of;
using ::testing::HasSubstr;

constexpr const char* one_neuron = R"(
[task]
kind = "coefficients"
coefficients = [1.5, 0.5]
[network]
kind = "neuron"
coefficients = [-0.2, 0.3]
delta = -1.0
compare = "exact"
[solver]
kind = "flow"
t_end = 2.0
rtol = 1e-11
atol = 1e-14
rates = [0.5, 2.0]
[record]
observables = ["neuron_weights", "coefficients", "neuron_magnitude", "neuron_alignment"]
schedule = "linear"
count = 5
)";

Dataset data_of(const config::Source& source) { return run(source.resolve()).data; }

Dataset with(const char* text, const std::vector<std::string>& settings) {
  config::Source source = config::Source::from_text(text);
  for (const std::string& s : settings) source.set(s);
  return data_of(source);
}

TEST(NeuronRun, ClosedFormHasTheWeightsSignsIncluded) {
  const Dataset data = with(one_neuron, {});
  const std::vector<double> weights = data["neuron_weights"].as_reals();  // dynamics x time x 3
  const std::vector<double> beta = data["coefficients"].as_reals();
  ASSERT_EQ(weights.size(), 2 * 5 * 3);
  for (std::size_t i = 0; i < 15; ++i) EXPECT_NEAR(weights[i], weights[i + 15], 1e-9);
  EXPECT_LT(weights[14] * weights[2], 0);  // a passes 0
  for (std::size_t i = 0; i < 5; ++i) {
    const double a = weights[3 * i + 2];
    EXPECT_NEAR(beta[2 * i], a * weights[3 * i], 1e-12);
    EXPECT_NEAR(0.5 * a * a - 2 * (std::pow(weights[3 * i], 2) + std::pow(weights[3 * i + 1], 2)), -1, 1e-8);
    EXPECT_NEAR(data["neuron_magnitude"].as_reals()[i], a * std::hypot(weights[3 * i], weights[3 * i + 1]), 1e-12);
  }
  for (const double d : data["gram_distance"].as_reals()) EXPECT_LT(d, 1e-9);
}

TEST(NeuronRun, ClosedFormAloneIsTheSame) {
  const Dataset trained = with(one_neuron, {"network.compare=none"});
  const Dataset exact = with(one_neuron, {"network.compare=none", "solver.kind=exact"});
  for (const char* name : {"neuron_weights", "neuron_alignment"}) {
    const auto a = trained[name].as_reals();
    const auto b = exact[name].as_reals();
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-9);
  }
}

// The closed form reports the final sign of a, alone and in a comparison with a trained run.
TEST(NeuronRun, TellsTheFateOfItsSign) {
  for (const Dataset& data : {with(one_neuron, {}), with(one_neuron, {"network.compare=none", "solver.kind=exact"})}) {
    const double change = std::stod(data.attribute("sign_change"));
    const auto a_at = [&](double t_end) {
      const auto weights =
          with(one_neuron, {"network.compare=none", "solver.kind=exact", fmt::format("solver.t_end={}", t_end)});
      return weights["neuron_weights"].as_reals().back();
    };
    EXPECT_LT(a_at(0.999 * change) * a_at(1.001 * change), 0);
    EXPECT_EQ(std::stod(data.attribute("end_sign")), a_at(100) > 0 ? 1 : -1);
    EXPECT_NEAR(std::stod(data.attribute("balance")), -1, 1e-14);
    const std::vector<double> phi = data["neuron_alignment"].as_reals();
    EXPECT_LT(phi[0], std::stod(data.attribute("critical_alignment")));
    const std::vector<double> tau = data["neuron_warp"].as_reals();
    for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(phi[i], std::tanh(tau[i] + std::atanh(phi[0])), 1e-8);
  }
  const Dataset kept = with(one_neuron, {"network.delta=1"});
  EXPECT_EQ(kept.attribute("sign_change"), "inf");
  EXPECT_LE(std::stod(kept.attribute("critical_alignment")), -1);
}

TEST(NeuronRun, EndsWhereItsPotentialSays) {
  const std::pair<const char*, const char*> networks[] = {{"network.kind=neuron", "network.delta=1"},
                                                          {"network.kind=diagonal", "network.kappa=0.3"}};
  for (const auto& [network, own] : networks) {
    const Dataset data = with(one_neuron, {network, own, "network.compare=interpolator", "task.samples=1",
                                           "task.noise=0", "network.coefficients=[0.2, 0.3]", "solver.t_end=400",
                                           "solver.method=bdf", "record.observables=[\"coefficients\"]"});
    EXPECT_LT(data["distance"].as_reals().back(), 1e-7) << network;
    EXPECT_GT(data["distance"].as_reals().front(), 1e-2);
  }
}

TEST(NeuronRun, TellsItsPotential) {
  const std::vector<std::string> settings{"network.compare=none",  "network.coefficients=[]",
                                          "network.start=aligned", "network.start_size=0.7",
                                          "solver.t_end=0",        "record.observables=[\"mirror_potential\"]"};
  const Vector beta = 0.7 * (Vector(2) << 1.5, 0.5).finished().normalized();
  EXPECT_NEAR(with(one_neuron, settings)["mirror_potential"].as_reals()[0],
              (NeuronPotential{.balance = -1, .rates = {0.5, 2.0}}).value(beta), 1e-12);
  std::vector<std::string> diagonal = settings;
  diagonal.insert(diagonal.end(), {"network.kind=diagonal", "network.kappa=0.2"});
  EXPECT_NEAR(with(one_neuron, diagonal)["mirror_potential"].as_reals()[0],
              HyperbolicEntropy{.threshold = 0.2}.value(beta), 1e-12);
}

TEST(NeuronRun, SweepsKeepCoefficientsAtTheEnd) {
  config::Source source = config::Source::from_text(std::string(one_neuron) + R"(
[sweep]
axes = [{field = "network.delta", values = [-1.0, 2.0]}]
)");
  const Dataset data = sweep(source);
  const Variable& ends = data["final_coefficients"];
  EXPECT_THAT(ends.dims, ::testing::ElementsAre("delta", "dynamics", "coefficient"));
  source.set("network.delta=2");
  config::Source single = config::Source::from_text(one_neuron);
  single.set("network.delta=2");
  const auto along = data_of(single)["coefficients"].as_reals();
  EXPECT_NEAR(ends.as_reals()[4], along[8], 1e-12);
}

TEST(NeuronRun, RefusesWhatDoesNotFit) {
  const auto error = [](const std::vector<std::string>& settings) {
    return error_of([&] { with(one_neuron, settings); });
  };
  EXPECT_THAT(error({"network.coefficients=[]"}), HasSubstr("network.coefficients: expected a β_0 other than 0"));
  EXPECT_THAT(error({"network.coefficients=[1.0]"}), HasSubstr("2"));
  EXPECT_THAT(error({"task.coefficients=[]"}), HasSubstr("task.coefficients: expected finite numbers"));
  EXPECT_THAT(error({"network.kind=infinite_width", "network.scale=1", "network.compare=interpolator"}),
              HasSubstr("network.compare: expected \"interpolator\" for"));
  EXPECT_THAT(error({"task.samples=5"}), HasSubstr("white on the space they span"));
  EXPECT_THAT(error({"network.kind=diagonal", "network.compare=none"}), HasSubstr("one hidden neuron"));
}

TEST(CoefficientsTask, IsItsData) {
  const Vector beta = (Vector(2) << 1, -2).finished();
  const Task white = tasks::coefficients({.values = beta, .inputs = 3});
  EXPECT_TRUE(white.train.is_white());
  EXPECT_EQ(white.target(), (Matrix(1, 3) << 1, -2, 0).finished());
  const Task seen = tasks::coefficients({.values = beta, .inputs = 3, .samples = 40, .seed = 2});
  EXPECT_LT((seen.target() - white.target()).norm(), 1e-12);
  EXPECT_NEAR(seen.test->error(Matrix::Zero(1, 3)), 5.0 / 3, 1e-12);
  const Samples& s = *seen.train.samples();
  EXPECT_LT((s.targets - white.target() * s.inputs).norm(), 1e-12);
  EXPECT_THROW(tasks::coefficients({.values = beta, .inputs = 1}), Error);
  EXPECT_THROW(tasks::coefficients({.values = beta, .samples = -1}), Error);
  EXPECT_THROW(tasks::coefficients({.values = beta, .noise = -1}), Error);
}

}  // namespace
}  // namespace linnet::sweeps
