#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "linnet/error.hpp"
#include "linnet/support/constants.hpp"
#include "tests/plots/script.hpp"

namespace linnet::plots {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Numbers whose decimal digits are the indices (from 1) of their place: 231 is the second, the third, the first.
std::vector<double> telling_indices(const Dataset& data, const std::vector<std::string>& dims) {
  std::vector<double> values = {0};
  for (const auto& dim : dims) {
    std::vector<double> longer;
    for (const double value : values) {
      for (Index i = 1; i <= data.length(dim); ++i) longer.push_back(10 * value + static_cast<double>(i));
    }
    values = std::move(longer);
  }
  return values;
}

void add(Dataset& data, const std::string& name, const std::vector<std::string>& dims, const std::string& label = {}) {
  data.add({name, dims, telling_indices(data, dims), {{"long_name", label.empty() ? name : label}}});
}

void add_axis(Dataset& data, const std::string& name, const std::vector<double>& values, const std::string& scale) {
  data.add_dimension(name, static_cast<Index>(values.size()));
  data.add({name, {name}, values, {{"long_name", "network." + name}, {"scale", scale}}});
}

void add_texts(Dataset& data, const std::string& name, const std::vector<std::string>& texts) {
  data.add_dimension(name, static_cast<Index>(texts.size()));
  data.add({name, {name}, texts});
}

// Three balances of two networks, each trained and in closed form, at four times.
Dataset balances() {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  add_axis(data, "balance", {-10, 0, 10}, "symmetric");
  add_texts(data, "network", {"narrow", "wide"});
  add_texts(data, "dynamics", {"trained", "closed form"});
  data.add_dimension("time", 4);
  data.add({"time", {"time"}, std::vector<double>{0, 1, 2, 3}});
  data.add_dimension("mode", 2);
  data.add({"mode", {"mode"}, std::vector<std::int64_t>{1, 2}});
  data.add_dimension("input", 3);
  data.add_dimension("input_2", 3);
  return data;
}

// The script, with plain blanks where subscripts and fonts need others behind them.
std::string readable(const Dataset& data, const PlotOptions& options = {}) {
  static const std::string unbroken = "\u200B\u00A0";
  std::string script = script_of(data, options);
  for (std::size_t at = script.find(unbroken); at != std::string::npos; at = script.find(unbroken, at)) {
    script.replace(at, unbroken.size(), " ");
  }
  return script;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::vector<std::string> lines_with(const std::string& text, const std::string& start) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (line.compare(0, start.size(), start) == 0) lines.push_back(line);
  }
  return lines;
}

std::string input_error(const Dataset& data, const PlotOptions& options = {}) {
  try {
    readable(data, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "nothing thrown";
}

TEST(SweepPlot, ModesTellColoursAndTheOtherAxesPanels) {
  Dataset data = balances();
  add(data, "modes", {"balance", "dynamics", "time", "mode"});
  const std::string script = readable(data);
  EXPECT_THAT(script, AllOf(HasSubstr("'{/:Bold (a)} λ = −10'"), HasSubstr("'{/:Bold (b)} λ = 0'"),
                            HasSubstr("'{/:Bold (c)} λ = 10'"), Not(HasSubstr("{/:Bold (d)}"))));
  // λ = 0, third time: trained modes 1 and 2, then those in closed form.
  EXPECT_THAT(block(script, "p2").at(2), ElementsAre("2", "2131", "2132", "2231", "2232"));
  // The first dynamics is broad, the second thin and dashed above it; modes 1 and 2 have the first two colours.
  EXPECT_THAT(script, AllOf(HasSubstr("$p2 using 1:2 with lines linecolor rgb '#0072B2' linewidth 1.9"),
                            HasSubstr("$p2 using 1:3 with lines linecolor rgb '#D55E00' linewidth 1.9"),
                            HasSubstr("$p2 using 1:5 with lines linecolor rgb '#753300' linewidth 0.9 dashtype")));
  EXPECT_EQ(count(script, "'mode 1'"), 1U);
  EXPECT_EQ(count(script, "'closed form'"), 1U);
}

TEST(SweepPlot, WithoutModesTheLastAxisOfNumbersTellsColours) {
  Dataset data = balances();
  add_axis(data, "width", {8, 16}, "logarithmic");
  add(data, "cost", {"width", "balance", "network", "time"});
  const std::string script = readable(data);
  EXPECT_THAT(script, AllOf(HasSubstr("(a)} w = 8, narrow'"), HasSubstr("(b)} w = 8, wide'"),
                            HasSubstr("(c)} w = 16, narrow'"), HasSubstr("(d)} w = 16, wide'")));
  // w = 16, narrow, last time; the columns are the balances.
  EXPECT_THAT(block(script, "p3").at(3), ElementsAre("3", "2114", "2214", "2314"));
  EXPECT_EQ(count(script, "'λ = −10'"), 1U);
}

TEST(SweepPlot, PanelsOfAVariableShareTheirRanges) {
  Dataset data = balances();
  add(data, "cost", {"network", "balance", "time"});
  const auto ranges = lines_with(readable(data), "set yrange");
  ASSERT_EQ(ranges.size(), 2U);
  EXPECT_EQ(ranges[0], ranges[1]);
  double least = 0;
  double most = 0;
  ASSERT_EQ(std::sscanf(ranges[0].c_str(), "set yrange [%lf:%lf]", &least, &most), 2);
  EXPECT_LE(least, 111);  // of the first panel
  EXPECT_GE(most, 234);   // of the second
}

TEST(SweepPlot, ManySeriesTakeColoursOfARamp) {
  Dataset data = balances();
  add_axis(data, "width", {1, 2, 3, 4, 5, 6, 7}, "linear");
  add(data, "cost", {"width", "time"});
  const std::string script = readable(data);
  EXPECT_THAT(script, AllOf(HasSubstr("$p1 using 1:2 with lines linecolor rgb '#440154'"),
                            HasSubstr("$p1 using 1:8 with lines linecolor rgb '#6DCD59'"), Not(HasSubstr("#0072B2"))));
  EXPECT_EQ(count(script, "'w = "), 7U);
}

TEST(SweepPlot, TasksTellColoursAndTheirStartsAreMarked) {
  Dataset data = balances();
  data.attributes["tasks_start"] = "1.5 2.25 7";
  add_texts(data, "task", {"first", "second", "third"});
  add(data, "task_error", {"network", "time", "task"});
  add(data, "final_error", {"network", "task"});
  const std::string script = readable(data, {.variables = {"task_error", "final_error"}});
  EXPECT_THAT(block(script, "p2").at(1), ElementsAre("1", "221", "222", "223"));
  EXPECT_EQ(count(script, "set arrow from first 1.5,graph 0 to first 1.5,graph 1 nohead"), 2U);
  EXPECT_EQ(count(script, "set arrow from first 2.25,graph 0"), 2U);
  EXPECT_THAT(script, Not(HasSubstr("first 7,graph")));  // after the end
  // The results over the two networks: a colour a task, side by side.
  EXPECT_THAT(block(script, "p3_3_1"), ElementsAre(ElementsAre("1.1", "13", "0"), ElementsAre("2.1", "23", "0")));
  EXPECT_EQ(count(script, "'third'"), 1U);
}

TEST(SweepPlot, OneColourNeverMeansTwoThings) {
  Dataset data = balances();
  add(data, "cost", {"balance", "time"});
  add(data, "modes", {"network", "time", "mode"});
  const std::string script = readable(data);
  EXPECT_THAT(script, AllOf(HasSubstr("'{/:Bold (a)}' at"), HasSubstr("'{/:Bold (b–c)}' at"), HasSubstr("'λ = 0'"),
                            HasSubstr("'mode 2'")));
}

TEST(SweepPlot, LogarithmicRecordsHaveALogarithmicTimeAxis) {
  Dataset data = balances();
  add_axis(data, "start_size", {1, 2}, "list");
  data.variables[3].values = std::vector<double>{0, 0.01, 0.1, 10};
  ASSERT_EQ(data.variables[3].name, "time");
  add(data, "cost", {"start_size", "time"});
  const std::string script = readable(data);
  EXPECT_THAT(script, AllOf(HasSubstr("set logscale x"), HasSubstr("set xrange [0.01:10]"), HasSubstr("'s(0) = 2'")));
}

// Each square is shown on its own scale.
std::string scaled(double value, double largest) { return fmt::format("{:.9g}", value / largest); }

TEST(SweepPlot, MatricesStandRowByRowWithTheirFirstRowOnTop) {
  Dataset data = balances();
  add(data, "similarity", {"balance", "time", "input", "input_2"});
  const std::string script = readable(data);
  EXPECT_EQ(count(script, "\nplot "), 1U);
  const auto cells = block(script, "p1_cells");
  ASSERT_EQ(cells.size(), 3U * 4U * 9U);
  // λ = 0 (second row), third time, entry (1, 2): x grows with the second index, y falls with the first.
  EXPECT_THAT(cells.at((1 * 4 + 2) * 9 + 1),
              ElementsAre("2.74", "-1.28666667", testing::_, testing::_, testing::_, testing::_, scaled(2312, 2333)));
  EXPECT_THAT(cells.at((1 * 4 + 2) * 9 + 3),
              ElementsAre("2.40666667", "-1.62", testing::_, testing::_, testing::_, testing::_, scaled(2321, 2333)));
  EXPECT_THAT(script, AllOf(HasSubstr("set label 'λ = 0' at first 0,-1.62 "), HasSubstr("'t = 2' at first 2.74,0.15 "),
                            HasSubstr("set cbrange [0.980"), HasSubstr(":1]"), HasSubstr("largest in the square"),
                            Not(HasSubstr("#B2182B"))));
}

TEST(SweepPlot, MatricesOfBothSignsAreWhiteAtZero) {
  Dataset data = balances();
  add(data, "similarity", {"balance", "dynamics", "input", "input_2"});
  auto& values = std::get<std::vector<double>>(data.variables.back().values);
  for (double& value : values) value -= 2000;
  values[4] = nan;
  const std::string script = readable(data);
  EXPECT_THAT(script, AllOf(HasSubstr("set cbrange [-1:1]"), HasSubstr("3 '#F7F7F7'"), HasSubstr("6 '#B2182B'")));
  EXPECT_EQ(block(script, "p1_cells").size(), 3U * 2U * 9U - 1);
  EXPECT_THAT(script, HasSubstr("'no value: diverged or not finished'"));
  EXPECT_THAT(script, AllOf(HasSubstr("'trained' at first 0.5,"), HasSubstr("'closed form' at first 1.62,")));
}

TEST(SweepPlot, LongSequencesOfMatricesShowSixTimesWithTheirEnds) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  data.add_dimension("time", 50);
  data.add_dimension("input", 2);
  data.add_dimension("input_2", 2);
  std::vector<double> times;
  std::vector<double> kernel;
  for (int i = 0; i < 50; ++i) {
    times.push_back(i);
    kernel.insert(kernel.end(), {100, 0, 0, 1.0 * i});
  }
  data.add({"time", {"time"}, times});
  data.add({"kernel", {"time", "input", "input_2"}, kernel});
  const std::string script = readable(data);
  const auto cells = block(script, "p1_cells");
  ASSERT_EQ(cells.size(), 6U * 4U);
  EXPECT_EQ(cells.at(3).back(), "0");
  EXPECT_EQ(cells.at(2 * 4 + 3).back(), "0.19");
  EXPECT_EQ(cells.back().back(), "0.49");
  EXPECT_THAT(script, HasSubstr("'t = 19'"));
}

TEST(SweepPlot, SymmetricAxisIsLinearInsideTheUnitAndLogarithmicBeyond) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  add_axis(data, "balance", {-50, -5, -0.5, 0, 0.5, std::sqrt(2.5), 5, 50}, "symmetric");
  add(data, "rank", {"balance"});
  const std::string script = readable(data);
  std::vector<std::string> places;
  for (const auto& row : block(script, "p1_1_1")) places.push_back(row.at(0));
  EXPECT_THAT(places, ElementsAre("-3", "-2", "-1", "0", "1", "1.5", "2", "3"));
  EXPECT_THAT(script,
              HasSubstr("set xtics ('−50' -3 0, '−5' -2 0, '−0.5' -1 0, '0' 0 0, '0.5' 1 0, '5' 2 0, '50' 3 0)"));
  EXPECT_THAT(script, AllOf(HasSubstr("set xlabel 'balance λ'"), Not(HasSubstr("logscale x"))));
}

TEST(SweepPlot, LongSymmetricAxisLabelsItsEndsAndEverySecondDecade) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  add_axis(data, "balance", {-1e4, -1, 0, 1, 1e4}, "symmetric");
  add(data, "rank", {"balance"});
  EXPECT_THAT(readable(data), HasSubstr("('−10000' -5 0, '' -4 1, '−100' -3 0, '' -2 1, '−1' -1 0, '0' 0 0, "
                                        "'1' 1 0, '' 2 1, '100' 3 0, '' 4 1, '10000' 5 0)"));
}

// Six balances by six widths in three cases; the value rises by one with each index.
Dataset maps() {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  add_axis(data, "balance", {-10, -1, 0, 1, 10, 100}, "symmetric");
  add_axis(data, "width", {1, 2, 4, 8, 16, 32}, "logarithmic");
  add_texts(data, "network", {"one", "two", "three"});
  add(data, "rank", {"balance", "width", "network"});
  return data;
}

TEST(SweepPlot, HeatMapsOfAThirdAxisShareTheirColours) {
  const std::string script = readable(maps());
  EXPECT_THAT(script, AllOf(HasSubstr("(a)} rank, one'"), HasSubstr("(b)} rank, two'"), HasSubstr("(c)} rank, three'"),
                            Not(HasSubstr("{/:Bold (d)}"))));
  EXPECT_EQ(count(script, "set cbrange [111:663]"), 3U);
  // Balance 1 is the fourth value, width 2 the second, and the cell lies between the neighbours' middles.
  EXPECT_THAT(block(script, "p2_cells").at(3 * 6 + 1),
              ElementsAre("1", "2", "0.5", testing::_, "1.41421356", testing::_, "422"));
  EXPECT_THAT(script, HasSubstr("set xtics ('−10' -2 0, '−1' -1 0, '0' 0 0, '1' 1 0, '10' 2 0, '100' 3 0)"));
}

TEST(SweepPlot, LinesOfAThirdAxisStandInPanels) {
  const std::string script = readable(maps(), {.kind = "lines"});
  EXPECT_THAT(script, AllOf(HasSubstr("(a)} rank, one'"), HasSubstr("(c)} rank, three'"), HasSubstr("'w = 32'")));
  // Two of the three: along the balance, a colour a width.
  EXPECT_THAT(block(script, "p2_6_1").at(2), ElementsAre("0", "362", "0"));
  const auto ranges = lines_with(script, "set yrange");
  EXPECT_THAT(ranges, ElementsAre(ranges[0], ranges[0], ranges[0]));
}

TEST(SweepPlot, DynamicsOfResultsArePointsAgainstLines) {
  Dataset data = balances();
  add(data, "final_error", {"balance", "network", "dynamics"});
  add(data, "final_modes", {"balance", "dynamics", "mode"});
  const std::string script = readable(data, {.variables = {"final_error", "final_modes"}});
  // "wide" has the second colour: trained as points, in closed form as a line.
  EXPECT_THAT(script, AllOf(HasSubstr("$p1_2_1 using 1:2 with points linecolor rgb '#D55E00'"),
                            HasSubstr("$p1_2_2 using 1:2 with lines linecolor rgb '#D55E00'")));
  EXPECT_THAT(block(script, "p1_2_1").at(1), ElementsAre("0", "221", "0"));
  EXPECT_THAT(block(script, "p1_2_2").at(1), ElementsAre("0", "222", "0"));
  EXPECT_THAT(block(script, "p2_2_1").at(2), ElementsAre("1", "312", "0"));
}

TEST(SweepPlot, EachVariableIsShownAsItFits) {
  Dataset data = maps();
  data.attributes["panels"] = "cost rank similarity share gone";
  data.add_dimension("time", 2);
  data.add({"time", {"time"}, std::vector<double>{0, 1}});
  data.add_dimension("input", 2);
  data.add_dimension("input_2", 2);
  add(data, "cost", {"balance", "time"});
  add(data, "similarity", {"time", "input", "input_2"});
  add(data, "share", {"width"});
  const std::string script = readable(data);
  EXPECT_THAT(script, AllOf(HasSubstr("$p1 using 1:2 with lines"), HasSubstr("$p2_cells using 1:2:3:4:5:6:7"),
                            HasSubstr("$p5_frames using"), HasSubstr("$p6_1_1 using 1:2 with linespoints")));
  const std::string curves = readable(data, {.kind = "curves"});
  EXPECT_EQ(count(curves, "\nplot "), 1U);
  data.attributes["figure"] = "curves";
  EXPECT_EQ(readable(data), curves);
  data.attributes["figure"] = "spectrum";  // there is none: said of a run
  EXPECT_EQ(readable(data), script);
}

TEST(SweepPlot, FailedPointsHaveNoResultsButTheirCurves) {
  Dataset data = balances();
  data.add({"status", {"balance"}, std::vector<std::int64_t>{0, 2, 1}});
  add(data, "final_error", {"balance", "dynamics"});
  add(data, "cost", {"balance", "time"});
  const std::string script = readable(data, {.variables = {"final_error", "cost"}});
  EXPECT_THAT(block(script, "p1_1_2"),
              ElementsAre(ElementsAre("-1", "12", "0"), ElementsAre("0", "NaN", "0"), ElementsAre("1", "32", "0")));
  EXPECT_THAT(block(script, "p2").at(0), ElementsAre("0", "11", "21", "31"));
}

TEST(SweepPlot, CurvesAreTheMeanOverSeedsAndSaySo) {
  Dataset data = balances();
  data.add_dimension("seed", 3);
  data.add({"seed", {"seed"}, std::vector<double>{1, 2, 3}});
  add(data, "cost", {"balance", "seed", "time"});
  const std::string script = readable(data);
  EXPECT_THAT(block(script, "p1").at(0), ElementsAre("0", "121", "221", "321"));
  EXPECT_THAT(script, HasSubstr("'cost (mean of 3 seeds)'"));
}

TEST(SweepPlot, CurvesOfASinglePoint) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  add_axis(data, "balance", {0.5}, "symmetric");
  data.add_dimension("time", 2);
  data.add({"time", {"time"}, std::vector<double>{0, 1}});
  add(data, "cost", {"balance", "time"});
  add(data, "final_cost", {"balance"});
  EXPECT_THAT(block(readable(data), "p1"), ElementsAre(ElementsAre("0", "11"), ElementsAre("1", "12")));
  EXPECT_EQ(input_error(data, {.variables = {"final_cost"}}),
            "data: expected a sweep with an axis of more than one point, got a single point");
}

TEST(SweepPlot, RunsOfTasksShowThemToo) {
  Dataset data = balances();
  data.attributes = {{"kind", "run"}, {"tasks_start", "2"}};
  add_texts(data, "task", {"first", "second"});
  add(data, "task_error", {"time", "task"});
  add(data, "similarity", {"time", "input", "input_2"});
  const std::string script = readable(data);
  EXPECT_THAT(block(script, "p1").at(3), ElementsAre("3", "41", "42"));
  EXPECT_THAT(block(script, "p2_cells").at(9 + 2).back(), scaled(213, 233));
  EXPECT_THAT(script, HasSubstr("set arrow from first 2,graph 0"));
}

TEST(SweepPlot, TextsBelowTheAxisBreakAndRunNothing) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  add_texts(data, "start", {"a start with a long name", "it's \"`id`\" \\", "small"});
  add(data, "final_error", {"start"});
  EXPECT_THAT(readable(data), HasSubstr(R"(("a start with a\nlong name" 1, "it's \"\140id\140\" \\\\" 2, "small" 3))"));
}

TEST(SweepPlot, ATextBelowTheAxisIsNoFormat) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  add_texts(data, "share", {"10%", "%s", "all"});
  add(data, "final_error", {"share"});
  EXPECT_THAT(readable(data), HasSubstr(R"(("10%%" 1, "%%s" 2, "all" 3))"));
}

TEST(SweepPlot, BadOptionsAreNamed) {
  Dataset data = balances();
  add(data, "cost", {"balance", "time"});
  add(data, "final_cost", {"balance"});
  EXPECT_EQ(input_error(data, {.kind = "spectrum"}), "data: expected a variable over time and mode, got none");
  EXPECT_EQ(input_error(data, {.kind = "matrices"}), "data: expected a variable over input and input_2, got none");
  EXPECT_EQ(input_error(data, {.kind = "curves", .variables = {"final_cost"}}),
            "variables: expected variables over time, got \"final_cost\", which is not");
  EXPECT_EQ(input_error(data, {.kind = "lines", .variables = {"cost"}}),
            "variables: expected variables over the axes of the sweep alone, got \"cost\", which is not");
  EXPECT_EQ(input_error(data, {.kind = "heatmap"}), "data: expected two axes of numbers for a heat map, got balance");
  add_axis(data, "width", std::vector<double>(30, 1), "list");
  add(data, "loss", {"width", "balance", "time"});
  EXPECT_EQ(input_error(data, {.variables = {"loss"}}),
            "data: expected at most 24 panels of \"loss\", got 30, one for each combination of width");
}

TEST(SweepPlot, WhatHasTooManyPanelsIsLeftOutAsLongAsThereIsMore) {
  Dataset data = balances();
  add_axis(data, "width", std::vector<double>(30, 1), "list");
  add(data, "loss", {"width", "balance", "time"});
  add(data, "cost", {"balance", "time"});
  EXPECT_THAT(readable(data), HasSubstr("'cost'"));
  EXPECT_EQ(input_error(data, {.variables = {"cost", "loss"}}),
            "data: expected at most 24 panels of \"loss\", got 30, one for each combination of width");
}

TEST(SweepPlot, AStatusBesideAResultIsNoSpread) {
  Dataset data = balances();
  data.add({"status", {"balance"}, std::vector<std::int64_t>{0, 0, 0}});
  data.add({"final_error", {"balance"}, std::vector<double>{1, 2, 3}, {{"ancillary_variables", "status"}}});
  EXPECT_THAT(readable(data), Not(HasSubstr("standard error")));
}

TEST(SweepPlot, CurvesOnEachOtherShowByTurns) {
  Dataset data = balances();
  data.add({"cost", {"balance", "time"}, std::vector<double>{1, 0.6, 0.3, 0.1, 1, 0.9, 0.8, 0.7, 1, 0.6001, 0.3, 0.1}});
  const std::string script = readable(data);
  EXPECT_THAT(script, AllOf(HasSubstr("using 1:2 with lines linecolor rgb '#0072B2' linewidth 1.4, "),
                            HasSubstr("using 1:3 with lines linecolor rgb '#D55E00' linewidth 1.4, "),
                            HasSubstr("using 1:4 with lines linecolor rgb '#009E73' linewidth 1.4 dashtype (8,8)\n")));
}

// 300 lies half a decade above "10^2": it would bear that name.
TEST(SweepPlot, ValuesOfALogarithmicAxisHaveTheirOwnNames) {
  Dataset data = balances();
  add_axis(data, "width", {1e6, 100, 300, 1000}, "logarithmic");
  add(data, "final_cost", {"width"});
  EXPECT_THAT(readable(data), HasSubstr("set xtics ('10^{6}' 1000000, '1000' 1000, '300' 300, '100' 100)"));
}

TEST(SweepPlot, NamesOfValuesDoNotTouch) {
  Dataset data = balances();
  add_axis(data, "alpha", {0.03125, 0.0625, 0.125, 0.25, 0.5, 1, 2}, "logarithmic");
  add(data, "final_cost", {"alpha"});
  EXPECT_THAT(
      readable(data),
      HasSubstr("set xtics ('2' 2, '1' 1, '0.5' 0.5, '0.25' 0.25, '0.125' 0.125, '' 0.0625, '0.03125' 0.03125)"));
}

TEST(SweepPlot, LinesOnEachOtherMarkTheirShareOfThePoints) {
  Dataset data = balances();
  add_axis(data, "width", {1, 2, 3, 4}, "linear");
  data.add({"final_cost", {"balance", "width"}, std::vector<double>{4, 3, 2, 1, 4, 3, 2, 1, 9, 8, 7, 6}});
  data.attributes["x_axis"] = "width";
  const std::string script = readable(data);
  EXPECT_THAT(
      script,
      AllOf(HasSubstr("$p1_2_1 using 1:2 with lines linecolor rgb '#D55E00' linewidth 1.3 dashtype (8,8)"),
            HasSubstr("$p1_1_1 every 2::0 using 1:2 with points"),
            HasSubstr("$p1_2_1 every 2::1 using 1:2 with points"), HasSubstr("$p1_3_1 using 1:2 with linespoints")));
}

TEST(SweepPlot, ScalesAreThoseAsked) {
  Dataset data = balances();
  data.add({"cost", {"network", "time"}, std::vector<double>{1, 0.1, 0.01, 1e-6, 5, 2, 1, 0.5}});
  const auto with = [&](const std::string& scale) {
    data.variables.back().attributes["axis_scale"] = scale;
    return readable(data);
  };
  EXPECT_THAT(with(""), HasSubstr("set logscale y"));
  EXPECT_THAT(with("linear"), AllOf(Not(HasSubstr("set logscale y")), HasSubstr("set yrange [0:5.2")));
  EXPECT_THAT(with("logarithmic 1e-2 10"), AllOf(HasSubstr("set logscale y"), HasSubstr("set yrange [0.00758")));
}

TEST(SweepPlot, OwnRangesAreThoseOfEachPanel) {
  Dataset data = balances();
  add_axis(data, "width", {8, 16}, "list");
  data.add({"cost",
            {"width", "network", "time"},
            std::vector<double>{1, 1, 1, 0, 10, 10, 10, 0, 2, 2, 2, 0, 20, 20, 20, 0},
            {{"axis_scale", "own linear"}}});
  EXPECT_THAT(lines_with(readable(data), "set yrange"), ElementsAre("set yrange [0:2.1]", "set yrange [0:21]"));
}

TEST(SweepPlot, ColoursOfACutScaleSaySo) {
  Dataset data = maps();
  auto& values = std::get<std::vector<double>>(data.variables.back().values);
  for (double& value : values) value = std::pow(10, -value / 100);
  data.variables.back().attributes["axis_scale"] = "logarithmic 1e-4 1e-1";
  const std::string script = readable(data);
  EXPECT_THAT(script, AllOf(HasSubstr("set cbrange [0.0001:0.1]"), HasSubstr("'≤10^{−4}' 0.0001"),
                            HasSubstr("'0.01' 0.01"), Not(HasSubstr("≥"))));
  for (const auto& row : block(script, "p1_cells")) {
    EXPECT_GE(std::stod(row.back()), 1e-4);
    EXPECT_LE(std::stod(row.back()), 1e-1);
  }
}

TEST(SweepPlot, MissingPointsOfLinesAreMarkedAndSaid) {
  Dataset data = balances();
  data.add({"final_cost", {"balance"}, std::vector<double>{1, nan, 2}});
  EXPECT_THAT(readable(data), AllOf(HasSubstr("set label '' at first 0,graph 0.03 front point"),
                                    HasSubstr("'no value: diverged or not finished'")));
  data.attributes["missing"] = "it stays at the saddle";
  EXPECT_THAT(readable(data), HasSubstr("'no value: it stays at the saddle'"));
  data.variables.back().values = std::vector<double>{1, 3, 2};
  EXPECT_THAT(readable(data), Not(HasSubstr("no value")));
}

TEST(SweepPlot, SpreadOnALogarithmicAxisIsAFactor) {
  Dataset data = balances();
  data.add_dimension("seed", 2);
  data.add({"final_cost", {"balance", "seed"}, std::vector<double>{1e-3, 1e-1, 1, 4, 100, 100}});
  const std::string script = readable(data);
  const auto rows = block(script, "p1_1_1");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_NEAR(std::stod(rows[0][1]), 1e-2, 1e-9);
  EXPECT_NEAR(std::stod(rows[0][2]), std::pow(10, std::sqrt(2.0)), 1e-6);  // each logarithm is one off the middle
  EXPECT_THAT(rows[2], ElementsAre("1", "100", "1"));
  EXPECT_THAT(script, AllOf(HasSubstr("using 1:($2/$3):($2*$3) with filledcurves"),
                            HasSubstr("'logarithmic axes: geometric mean")));
}

TEST(SweepPlot, TextsOfALegendLongerThanThePageGoOnBelow) {
  Dataset data = balances();
  data.add_dimension("seed", 2);
  data.add({"final_cost", {"balance", "seed"}, std::vector<double>{1e-3, 1e-1, 1, 4, 100, 100}});
  const std::string script = readable(data);
  const auto labels = lines_with(script, "set label '");
  EXPECT_THAT(labels, testing::Contains(HasSubstr("'logarithmic axes: geometric mean")));
  EXPECT_THAT(labels, testing::Contains(HasSubstr("over 2 seeds'")));
  EXPECT_THAT(labels, testing::Each(Not(AllOf(HasSubstr("logarithmic axes"), HasSubstr("seeds")))));
}

// One of 1e9 would make the axis logarithmic, one of −1 linear.
TEST(SweepPlot, FailedPointsHaveNoSayInTheKindOfMean) {
  Dataset data = balances();
  data.add_dimension("seed", 2);
  data.add({"status", {"balance"}, std::vector<std::int64_t>{0, 2, 0}});
  data.add({"final_cost", {"balance", "seed"}, std::vector<double>{1, 3, 1e9, 1e9, 4, 6}});
  auto& values = std::get<std::vector<double>>(data.variables.back().values);
  EXPECT_THAT(block(readable(data), "p1_1_1").at(0).at(1), "2");
  values = {1, 100, -1, -1, 1000, 1000};
  const auto row = block(readable(data), "p1_1_1").at(0);
  EXPECT_NEAR(std::stod(row.at(1)), 10, 1e-7);
}

TEST(SweepPlot, LessThanTwoDecadesOfColoursHaveTheirTics) {
  Dataset data = maps();
  auto& values = std::get<std::vector<double>>(data.variables.back().values);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i == 0 ? 0.012 : 0.9;
  EXPECT_THAT(readable(data), HasSubstr("set cbtics (0.02, 0.05, 0.1, 0.2, 0.5)"));
}

TEST(SweepPlot, TicsBetweenPowersAreNotNamedAfterThePowerBelow) {
  Dataset data = balances();
  add_axis(data, "width", {10, 100}, "logarithmic");
  data.add({"final_cost", {"width"}, std::vector<double>{1e-4, 5e-3}});
  EXPECT_THAT(readable(data), HasSubstr("set ytics ('10^{−4}' 0.0001, '2·10^{−4}' 0.0002, '5·10^{−4}' 0.0005, "
                                        "'10^{−3}' 0.001, '2·10^{−3}' 0.002, '5·10^{−3}' 0.005)"));
  // They need a broader margin than the numbers of a linear axis.
  const auto margin = [&] { return std::stod(lines_with(readable(data), "set lmargin at screen ").at(0).substr(22)); };
  const double broad = margin();
  data.variables.back().values = std::vector<double>{0.1, 0.9};
  EXPECT_GT(broad, margin() + 0.03);
}

TEST(SweepPlot, RegimeLinesOfInfiniteWidthHaveNoNarrowOne) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}, {"dim", "100"}, {"task_rank", "10"}, {"regime_lines", "mixed_infinite"}};
  add_axis(data, "variance_exponent", {-2, -1.5, -1, -0.5, 0, 0.5}, "linear");
  add_axis(data, "width_exponent", {0, 0.5, 1, 1.5, 2, 2.5}, "linear");
  add(data, "best_step", {"variance_exponent", "width_exponent"});
  EXPECT_THAT(readable(data), AllOf(HasSubstr("active/lazy"), Not(HasSubstr("underparameterized"))));
}

TEST(SweepPlot, ComponentsAreLinesOrTheSpreadOfMany) {
  Dataset data = balances();
  data.attributes["kind"] = "run";
  data.add_dimension("neuron", 101);
  std::vector<double> values;
  for (int t = 0; t < 4; ++t) {
    for (int k = 0; k <= 100; ++k) values.push_back(k);
  }
  data.add({"neuron_balance", {"time", "neuron"}, values});
  data.add_dimension("weight", 3);
  add(data, "neuron_weights", {"time", "weight"});
  const std::string script = readable(data);
  EXPECT_THAT(block(script, "p1").at(2), ElementsAre("2", "0", "25", "50", "75", "100"));
  EXPECT_THAT(script, AllOf(HasSubstr("'median of 101'"), HasSubstr("'the middle half'")));
  EXPECT_THAT(block(script, "p2").at(2), ElementsAre("2", "31", "32", "33"));
  EXPECT_THAT(script, AllOf(HasSubstr("'w_{1}'"), HasSubstr("'w_{2}'"), HasSubstr("'a'")));
}

TEST(SweepPlot, ComponentsOfARunWithoutNumbersHaveNoPanel) {
  Dataset data = balances();
  data.attributes["kind"] = "run";
  data.add_dimension("neuron", 30);
  std::vector<double> values(4 * 30, 1.0);
  values.insert(values.end(), 4 * 30, nan);
  data.add({"neuron_balance", {"dynamics", "time", "neuron"}, values});
  EXPECT_EQ(count(readable(data), "\nplot "), 1U);
}

TEST(SweepPlot, WhatIsComparedWithNothingHasNoLegend) {
  Dataset data = balances();
  data.attributes["kind"] = "run";
  data.add({"cost", {"dynamics", "time"}, std::vector<double>{4, 3, 2, 1, nan, nan, nan, nan}});
  EXPECT_THAT(readable(data), Not(HasSubstr("closed form")));
  add(data, "distance", {"time"});
  EXPECT_THAT(readable(data), HasSubstr("$p2_1 using 1:2 with lines"));  // what else was recorded
}

TEST(SweepPlot, WhatDoesNotMoveHasAReadableAxis) {
  Dataset data = balances();
  data.attributes["kind"] = "run";
  data.add({"cost", {"time"}, std::vector<double>{0, 0, 0, 0}});
  data.add({"rank", {"time"}, std::vector<double>{-2, -2, -2, -2}});
  EXPECT_THAT(lines_with(readable(data), "set yrange"), ElementsAre("set yrange [0:1]", "set yrange [-3:-1]"));
}

TEST(SweepPlot, AnInstantIsAPoint) {
  Dataset data = balances();
  data.attributes["kind"] = "run";
  data.variables[3].values = std::vector<double>{0, 0, 0, 0};
  ASSERT_EQ(data.variables[3].name, "time");
  add(data, "cost", {"time"});
  EXPECT_THAT(readable(data), HasSubstr("using 1:2 with points pointtype 7"));
}

TEST(SweepPlot, EverythingIsDrawn) {
  Dataset data = balances();
  data.add({"gone", {"balance", "time"}, std::vector<double>(12, nan)});
  data.add({"lost", {"balance"}, std::vector<double>(3, nan)});
  add(data, "cost", {"balance", "dynamics", "time"});
  add(data, "modes", {"network", "balance", "time", "mode"});
  add(data, "similarity", {"network", "balance", "time", "input", "input_2"});
  add(data, "final_error", {"network", "dynamics"});
  const auto target = std::filesystem::temp_directory_path() / ("linnet-sweep-" + std::to_string(getpid()) + ".svg");
  plot(data, target, {.variables = {"gone", "cost", "modes", "similarity", "final_error", "lost"}});
  EXPECT_GT(std::filesystem::file_size(target), 10000U);
  std::filesystem::remove(target);
}

}  // namespace
}  // namespace linnet::plots
