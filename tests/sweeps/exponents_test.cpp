#include "linnet/sweeps/exponents.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "linnet/landscape/distance_exponents.hpp"
#include "linnet/sweeps/sweep.hpp"
#include "tests/support/core.hpp"

namespace linnet::sweeps {
namespace {

using linnet::testing::error_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* starts = R"(
seed = 2
[task]
kind = "modes"
shape = [3, 2]
modes = [2.0, 1.0]
[network]
kind = "deep"
width = 8
[solver]
max_steps = 0
[record]
observables = ["saddle_distance"]
schedule = "ends"
[sweep]
seeds = 3
exponents = ["final_saddle_distance"]
exponent_axis = "width"
expected_exponents = "phase_transition"
axes = [
  {field = "network.width", values = [4, 8, 16]},
  {field = "network.depth", values = [2, 3]},
  {field = "network.gamma", values = [0.75, 1.5]},
]
)";

std::string error_with(const std::string& assignment) {
  config::Source source = config::Source::from_text(starts);
  source.set(assignment);
  return error_of([&] { sweep(source); });
}

TEST(FittedExponent, IsTheSlopeOfTheLogarithms) {
  const std::vector<double> scale{1, 3, 10, 40};
  std::vector<double> y;
  for (const double s : scale) y.push_back(5 * std::pow(s, -0.7));
  EXPECT_NEAR(fitted_exponent(scale, y), -0.7, 1e-14);
  // ln y deviates from the line by (1, −2, 1)/10, which does not change a least-squares slope over equal steps.
  EXPECT_NEAR(fitted_exponent({1, 2, 4}, {std::exp(0.1), 4 * std::exp(-0.2), 16 * std::exp(0.1)}), 2, 1e-14);
  EXPECT_TRUE(std::isnan(fitted_exponent({1, 2}, {1, 0})));
  EXPECT_TRUE(std::isnan(fitted_exponent({1, 2}, {1, INFINITY})));
  EXPECT_TRUE(std::isnan(fitted_exponent({2, 2}, {1, 3})));
}

TEST(DistanceExponents, AreThoseOfThePaper) {
  const auto minimum = [](double depth, double gamma) { return landscape::distance_exponents(depth, gamma).minimum; };
  EXPECT_DOUBLE_EQ(minimum(3, 0.75), -0.25);
  EXPECT_DOUBLE_EQ(minimum(4, 0.75), -0.375);
  EXPECT_EQ(minimum(4, 1), 0);
  EXPECT_EQ(minimum(4, 2.5), 0);
  EXPECT_TRUE(std::isnan(minimum(4, 0.74)));
  EXPECT_FALSE(std::isnan(minimum(3, 2.0 / 3)));
  EXPECT_DOUBLE_EQ(landscape::distance_exponents(3, 0.5).saddle, 0.25);
  EXPECT_DOUBLE_EQ(landscape::distance_exponents(4, 2).saddle, -0.5);
  EXPECT_EQ(error_of([] { landscape::distance_exponents(1, 1); }), "network.depth: expected more than 1 layer, got 1");
  EXPECT_EQ(error_of([] { landscape::distance_exponents(2, NAN); }),
            "network.gamma: expected a finite number, got nan");
}

TEST(Exponents, AreFittedForEachSeedBesideTheLaw) {
  const Dataset data = sweep(config::Source::from_text(starts));
  const Variable& exponents = data["final_saddle_distance_exponent"];
  EXPECT_THAT(exponents.dims, ElementsAre("depth", "gamma", "law"));
  EXPECT_THAT(data["law"].texts(), ElementsAre("fitted", "expected"));
  const std::vector<double> distances = data["final_saddle_distance"].as_reals();  // width, depth, gamma, seed
  const std::vector<double> values = exponents.as_reals();
  const std::vector<double> errors = data["final_saddle_distance_exponent_error"].as_reals();
  for (std::size_t group = 0; group < 4; ++group) {
    Vector slopes(3);
    for (std::size_t seed = 0; seed < 3; ++seed) {
      const auto at = [&](std::size_t width) { return distances[(width * 4 + group) * 3 + seed]; };
      // With three equal steps the middle value does not matter.
      slopes(static_cast<Index>(seed)) = std::log(at(2) / at(0)) / std::log(4);
    }
    EXPECT_NEAR(values[2 * group], slopes.mean(), 1e-13);
    const double error = std::sqrt((slopes.array() - slopes.mean()).square().sum() / 2 / 3);
    EXPECT_NEAR(errors[2 * group], error, 1e-13);
    EXPECT_GT(error, 0);
    EXPECT_DOUBLE_EQ(values[2 * group + 1], group % 2 == 0 ? 0.125 : -0.25);
    EXPECT_EQ(errors[2 * group + 1], 0);
  }
}

TEST(Exponents, OfOneSeedHaveNoError) {
  config::Source source = config::Source::from_text(starts);
  source.set("sweep.seeds=1");
  source.set("sweep.expected_exponents=none");
  const Dataset data = sweep(source);
  EXPECT_THAT(data["final_saddle_distance_exponent"].dims, ElementsAre("depth", "gamma"));
  for (const double error : data["final_saddle_distance_exponent_error"].as_reals()) EXPECT_TRUE(std::isnan(error));
}

TEST(Exponents, RefuseWhatTheyCannotBeFittedTo) {
  EXPECT_EQ(error_with("sweep.exponent_axis=depht"),
            "sweep.exponent_axis: expected an axis of the sweep, of positive numbers, got \"depht\"\n"
            "  hint: its axes are width, depth, gamma, seed");
  EXPECT_EQ(error_with("sweep.exponents=[\"saddle_distance\"]"),
            "sweep.exponents: expected results of one number a point, got \"saddle_distance\"\n"
            "  hint: did you mean \"final_saddle_distance\"?");
  EXPECT_EQ(error_with("sweep.exponents=[\"final_train_error\"]"),
            "sweep.exponents: expected final_minimum_distance and final_saddle_distance alone, which "
            "\"phase_transition\" tells of, got \"final_train_error\"");
  EXPECT_EQ(error_with("network.initialization=orthogonal"),
            "sweep.expected_exponents: expected \"phase_transition\" of a deep Gaussian start of network.gamma, "
            "solver.max_steps = 0, got another start, or a run");
}

TEST(Exponents, HaveTheirErrorsBesideThem) {
  const Dataset data = sweep(config::Source::from_text(starts));
  const std::string beside = data["final_saddle_distance_exponent"].attribute("ancillary_variables");
  EXPECT_EQ(beside, "final_saddle_distance_exponent_error");
  EXPECT_EQ(data[beside].dims, data["final_saddle_distance_exponent"].dims);
}

TEST(Labels, NameVariablesAndAxes) {
  config::Source source = config::Source::from_text(starts);
  source.set("record.observables=[\"parameter_norm\"]");
  source.set("sweep.exponents=[]");
  source.set("figure.labels=[\"final_parameter_norm=how far\", \"width=neurons\", \"unknown=nothing\"]");
  const Dataset data = sweep(source);
  EXPECT_EQ(data["final_parameter_norm"].attribute("label"), "how far");
  EXPECT_EQ(data["width"].attribute("label"), "neurons");
  EXPECT_EQ(error_with("figure.labels=[\"width\"]"), "figure.labels: expected \"name=label\", got \"width\"");
}

}  // namespace
}  // namespace linnet::sweeps
