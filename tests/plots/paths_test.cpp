#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "tests/plots/script.hpp"

namespace linnet::plots {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Two balances at three times, each of so many weights: 100 δ index + 10 time + coordinate.
Dataset weights(Index count) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}, {"neuron_rates", "1 1"}};
  data.add_dimension("delta", 2);
  data.add({"delta", {"delta"}, std::vector<double>{-1, 2}, {{"long_name", "network.delta"}, {"scale", "list"}}});
  data.add_dimension("time", 3);
  data.add({"time", {"time"}, std::vector<double>{0, 1, 2}});
  data.add_dimension("weight", count);
  std::vector<double> values;
  for (int d = 1; d <= 2; ++d) {
    for (int t = 1; t <= 3; ++t) {
      for (Index k = 1; k <= count; ++k) values.push_back(100 * d + 10 * t + static_cast<double>(k));
    }
  }
  data.add({"neuron_weights", {"delta", "time", "weight"}, values, {{"long_name", "weights"}}});
  return data;
}

TEST(Paths, OfTwoWeightsAreAPlaneCurveForEachBalance) {
  const std::string script = script_of(weights(2));
  EXPECT_THAT(block(script, "p1_1"),
              ElementsAre(ElementsAre("111", "112"), ElementsAre("121", "122"), ElementsAre("131", "132")));
  EXPECT_THAT(block(script, "p1_2_end"), ElementsAre(ElementsAre("231", "232")));
  EXPECT_THAT(script, HasSubstr("set xlabel 'w'"));
  EXPECT_THAT(script, HasSubstr("set ylabel 'a'"));
  EXPECT_THAT(script, Not(HasSubstr("splot")));
}

TEST(Paths, OfTwoWeightsLieOnTheirHyperbolas) {
  const std::string script = script_of(weights(2));
  const double first = 112.0 * 112 - 111.0 * 111;
  const double second = 212.0 * 212 - 211.0 * 211;
  int points = 0;
  for (const auto& row : block(script, "p1_conserved")) {
    if (row.empty() || row[0] == "NaN" || row[1] == "NaN") continue;
    const double w = std::stod(row[0]);
    const double a = std::stod(row[1]);
    EXPECT_LT(std::min(std::abs(a * a - w * w - first), std::abs(a * a - w * w - second)), 1e-3);
    ++points;
  }
  EXPECT_GT(points, 100);
}

// Two balances that start at 0 and are to end at two β with β_1 + 2 β_2 = 3.
TEST(Paths, InterpolatorsPredictedLieOnALine) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  data.add_dimension("delta", 2);
  data.add({"delta", {"delta"}, std::vector<double>{-1, 2}});
  data.add_dimension("dynamics", 2);
  data.add({"dynamics", {"dynamics"}, std::vector<std::string>{"gradient flow", "predicted"}});
  data.add_dimension("time", 2);
  data.add({"time", {"time"}, std::vector<double>{0, 1}});
  data.add_dimension("coefficient", 2);
  data.add({"coefficients",
            {"delta", "dynamics", "time", "coefficient"},
            std::vector<double>{0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 3, 0, 3, 0, 3, 0}});
  const auto line = block(script_of(data), "p1_fits");
  ASSERT_EQ(line.size(), 2U);
  for (const auto& row : line) EXPECT_NEAR(std::stod(row[0]) + 2 * std::stod(row[1]), 3, 1e-7);
}

TEST(Slice, IsAMapOfTheCostWithTheRunAndItsPlateaus) {
  Dataset data;
  data.attributes = {{"kind", "run"}};
  for (const char* axis : {"slice_x", "slice_y"}) {
    data.add_dimension(axis, 2);
    data.add({axis, {axis}, std::vector<double>{0, 1}});
  }
  data.add({"slice_cost", {"slice_x", "slice_y"}, std::vector<double>{7, 5, 3, 1}});
  data.add_dimension("time", 2);
  data.add({"time", {"time"}, std::vector<double>{0, 1}});
  data.add({"path_x", {"time"}, std::vector<double>{0.25, 0.75}});
  data.add({"path_y", {"time"}, std::vector<double>{0, 0.5}});
  data.add_dimension("plateau", 1);
  data.add({"plateau_x", {"plateau"}, std::vector<double>{0.5}});
  data.add({"plateau_y", {"plateau"}, std::vector<double>{0.125}});
  const std::string script = script_of(data, {.kind = "slice"});
  EXPECT_THAT(script, HasSubstr("set cblabel 'cost C'"));
  const auto path = block(script, "p2_path");
  ASSERT_EQ(path.size(), 2U);
  EXPECT_EQ(path[1][0] + " " + path[1][1], "0.75 0.5");
  const auto plateaus = block(script, "p2_plateaus");
  ASSERT_EQ(plateaus.size(), 1U);
  EXPECT_EQ(plateaus[0][0] + " " + plateaus[0][1], "0.5 0.125");
}

TEST(Paths, OfThreeWeightsLieInSpaceOnTheConservedSurface) {
  const std::string script = script_of(weights(3));
  EXPECT_THAT(script, HasSubstr("splot $p2_surface"));
  EXPECT_THAT(block(script, "p2_1").front(), ElementsAre("211", "212", "213"));
  const double delta = 213.0 * 213 - 211.0 * 211 - 212.0 * 212;
  int points = 0;
  for (const auto& row : block(script, "p2_surface")) {
    if (row.empty()) continue;
    const double x = std::stod(row[0]);
    const double y = std::stod(row[1]);
    const double a = std::stod(row[2]);
    EXPECT_NEAR(a * a - x * x - y * y, delta, 1e-6 * std::abs(delta));
    ++points;
  }
  EXPECT_GT(points, 100);
}

TEST(Paths, RefuseWhatHasMoreCoordinates) {
  EXPECT_THROW((void)script_of(weights(4), {.kind = "paths", .variables = {"neuron_weights"}}), Error);
}

}  // namespace
}  // namespace linnet::plots
