#include "linnet/plots/plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <regex>

#include "linnet/error.hpp"
#include "tests/plots/script.hpp"

namespace linnet::plots {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class PlotTest : public testing::Test {
 protected:
  PlotTest() : folder_(fs::temp_directory_path() / ("linnet-plots-" + std::to_string(getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~PlotTest() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path file(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

 private:
  fs::path folder_;
};

// Two dynamics over 6 steps of 4 modes, two of them the task's.
Dataset lockstep_run() {
  Dataset data;
  data.attributes = {
      {"kind", "run"}, {"title", "A_run {of} mine"}, {"solver", "descent"}, {"threshold", "1.5"}, {"task_rank", "2"}};
  data.add_dimension("dynamics", 2);
  data.add_dimension("time", 6);
  data.add_dimension("mode", 4);
  data.add({"dynamics", {"dynamics"}, std::vector<std::string>{"gradient descent", "self-consistent"}});
  data.add({"time", {"time"}, std::vector<double>{0, 0.25, 0.5, 0.75, 1, 1.25}});
  data.add({"step", {"time"}, std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}});
  std::vector<double> train;
  std::vector<double> test;
  std::vector<double> modes;
  for (int k = 0; k < 2; ++k) {
    for (int i = 0; i < 6; ++i) {
      train.push_back(std::pow(10.0, -i));
      test.push_back(1 - 0.1 * i + 0.01 * k);
      for (int m = 0; m < 4; ++m) modes.push_back(static_cast<double>(i) / (m + 1));
    }
  }
  data.add({"train_error", {"dynamics", "time"}, train, {{"long_name", "train error"}}});
  data.add({"test_error", {"dynamics", "time"}, test, {{"long_name", "test error"}}});
  data.add({"singular_values", {"dynamics", "time", "mode"}, modes, {{"long_name", "singular values of A"}}});
  return data;
}

// The Mixed plane with a point that diverged; the test error is a plane in the two exponents.
Dataset phase_diagram(Index n = 9) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}, {"dim", "100"}, {"task_rank", "10"}, {"regime_lines", "mixed"}};
  data.add_dimension("variance_exponent", n);
  data.add_dimension("width_exponent", n);
  std::vector<double> x;
  std::vector<double> y;
  for (Index i = 0; i < n; ++i) {
    x.push_back(-2 + 2 * static_cast<double>(i) / static_cast<double>(n - 1));
    y.push_back(2 * static_cast<double>(i) / static_cast<double>(n - 1));
  }
  data.add({"variance_exponent", {"variance_exponent"}, x, {{"scale", "linear"}}});
  data.add({"width_exponent", {"width_exponent"}, y, {{"scale", "linear"}}});
  std::vector<double> error;
  std::vector<double> step;
  std::vector<std::int64_t> status(static_cast<std::size_t>(n * n), 0);
  status.back() = 2;
  for (const double v : x) {
    for (const double w : y) {
      error.push_back((v + 2 + w) / 4);
      step.push_back(std::round(std::pow(10, 3 - (v + 2 + w) / 2)));
    }
  }
  const std::vector<std::string> dims = {"variance_exponent", "width_exponent"};
  data.add({"status", dims, status});
  data.add({"best_test_error", dims, error, {{"long_name", "smallest test error"}}});
  data.add({"best_step", dims, step, {{"long_name", "step of the smallest test error"}}});
  return data;
}

// Samples against a limit at two dimensions, three seeds.
Dataset limits() {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  data.add_dimension("width", 10);
  data.add_dimension("dim", 2);
  data.add_dimension("spectrum", 2);
  data.add_dimension("seed", 3);
  std::vector<double> widths;
  for (int i = 0; i < 10; ++i) widths.push_back(std::pow(10, i));
  data.add({"width", {"width"}, widths, {{"scale", "logarithmic"}}});
  data.add({"dim", {"dim"}, std::vector<std::int64_t>{100, 200}});
  data.add({"spectrum", {"spectrum"}, std::vector<std::string>{"sample", "limit"}});
  std::vector<double> values;
  for (int i = 0; i < 10 * 2 * 2; ++i) {
    for (const double off : {-0.5, 0.0, 0.5}) values.push_back(10 + i + off);
  }
  data.add({"best_test_error", {"width", "dim", "spectrum", "seed"}, values});
  return data;
}

std::string error_of(const std::function<void()>& act, Error::Kind kind) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "nothing thrown";
}

std::string input_error(const Dataset& data, const PlotOptions& options, const std::string& target = "picture.svg") {
  return error_of([&] { gnuplot_script(data, target, options); }, Error::Kind::input);
}

TEST_F(PlotTest, RunShowsErrorsAndSpectrumSideBySide) {
  const std::string script = script_of(lockstep_run());
  EXPECT_THAT(script, AllOf(HasSubstr("'{/:Bold (a)}"), HasSubstr("'{/:Bold (b)}"), Not(HasSubstr("'{/:Bold (c)}"))));
  EXPECT_THAT(script, AllOf(HasSubstr("'train error'"), HasSubstr("'test error'"), HasSubstr("'gradient descent'"),
                            HasSubstr("'self-consistent'")));
  EXPECT_THAT(script, HasSubstr("set xlabel \"step k of gradient descent\\ngradient-flow time t = ηk, η = 0.25\""));
  EXPECT_THAT(script, HasSubstr("'singular values s_i\u200B\u00A0of A'"));
  EXPECT_THAT(script, HasSubstr("'leading modes 1–2'"));
  EXPECT_THAT(script, HasSubstr("'bulk: modes 3–4'"));
  EXPECT_THAT(script, HasSubstr("'threshold κ = 1.5'"));
  EXPECT_THAT(script, HasSubstr("set arrow from graph 0,first 1.5 to graph 1,first 1.5 nohead"));
  EXPECT_THAT(script, HasSubstr("set logscale y"));  // the train error spans five decades
}

TEST_F(PlotTest, RunDataIsTheDataSets) {
  const std::string script = script_of(lockstep_run());
  const auto train = block(script, "p1_1");
  ASSERT_EQ(train.size(), 6U);
  EXPECT_THAT(train[3], testing::ElementsAre("3", "0.001", "0.001"));  // step, first dynamics, second
  const auto modes = block(script, "p2_2");
  ASSERT_EQ(modes.size(), 6U);
  EXPECT_THAT(modes[4], testing::ElementsAre("4", "1", "1.33333333", "4", "2"));  // step, bulk from, to, modes 1 and 2
}

TEST_F(PlotTest, FlowSaysTimeAndNotSteps) {
  Dataset data = lockstep_run();
  data.attributes["solver"] = "flow";
  const std::string script = script_of(data);
  EXPECT_THAT(script, AllOf(HasSubstr("set xlabel \"gradient-flow time t"), Not(HasSubstr("step k"))));
  EXPECT_EQ(block(script, "p1_1")[3][0], "0.75");
}

TEST_F(PlotTest, ThresholdFarAboveEveryModeIsSaidNotDrawn) {
  Dataset data = lockstep_run();
  data.attributes["threshold"] = "1000";
  const std::string script = script_of(data);
  EXPECT_THAT(script, HasSubstr("'threshold κ = 1000 (above the axes)'"));
  EXPECT_THAT(script, Not(HasSubstr("first 1000")));
}

TEST_F(PlotTest, KindAndVariablesChoosePanels) {
  EXPECT_THAT(script_of(lockstep_run(), {.kind = "curves"}), Not(HasSubstr("threshold")));
  EXPECT_THAT(script_of(lockstep_run(), {.kind = "spectrum"}), Not(HasSubstr("'train error'")));
  EXPECT_THAT(script_of(lockstep_run(), {.variables = {"test_error"}}), Not(HasSubstr("train error")));
  EXPECT_THAT(script_of(phase_diagram(), {.kind = "lines"}), Not(HasSubstr("boxxyerror")));
}

TEST_F(PlotTest, UsersTextPrintsAsItStands) {
  EXPECT_THAT(script_of(lockstep_run()), HasSubstr("'A\\_run \\{of\\} mine'"));
  Dataset data = lockstep_run();
  data.attributes["title"] = "it's `id` @x\nγ_w n_0";
  EXPECT_THAT(script_of(data), HasSubstr(R"("it's \140id\140 \\@x γ_{w})"
                                         "\u200B\u00A0n_{0}\""));
}

TEST_F(PlotTest, NoTextOfAFileLeavesItsPlaceInTheScript) {
  const std::vector<std::string> texts = {"'tis", "f''(x)",    "''",      "a\n! touch PWNED\n", "`touch PWNED`", "\\",
                                          "x\\",  "\xFF\xC3(", "$(x) @y", "\"q\"; !",           "100%"};
  for (const std::string& text : texts) {
    Dataset data = lockstep_run();
    data.attributes["title"] = text;
    for (Variable& v : data.variables) {
      v.attributes["long_name"] = text;
      v.attributes["units"] = text;
      if (v.name == "dynamics") v.values = std::vector<std::string>{text, text + text};  // in the legend
    }
    const fs::path folder = file("here" + text);
    fs::create_directories(folder);
    const fs::path before = fs::current_path();
    fs::current_path(folder);
    EXPECT_NO_THROW(plot(data, "a picture.svg")) << text;
    fs::current_path(before);
    EXPECT_FALSE(fs::exists(folder / "PWNED"));
    EXPECT_THAT(read(folder / "a picture.svg"), HasSubstr("</svg>"));
    // The lines of a script are commands and numbers, never what stands in a text.
    EXPECT_THAT(gnuplot_script(data, "x.svg"), Not(HasSubstr("\n! touch")));
    fs::remove_all(folder);
  }
}

TEST_F(PlotTest, PicturesNeedNoFolderForTemporaryFiles) {
  setenv("TMPDIR", "/nowhere", 1);
  EXPECT_NO_THROW(plot(lockstep_run(), file("run.svg")));
  unsetenv("TMPDIR");
}

TEST_F(PlotTest, HeatMapHasContoursRegimeLinesAndScales) {
  const std::string script = script_of(phase_diagram());
  EXPECT_THAT(script, HasSubstr("boxxyerror linecolor palette"));
  EXPECT_THAT(script, HasSubstr("set xlabel 'variance exponent γ_{σ²}"));
  EXPECT_THAT(script, HasSubstr("set ylabel 'width exponent γ_w"));
  EXPECT_THAT(script, AllOf(HasSubstr("set cblabel 'test error'"), HasSubstr("set cblabel 'step'")));
  EXPECT_THAT(script, HasSubstr("set logscale cb"));  // the step spans two decades
  EXPECT_THAT(script, AllOf(HasSubstr("active/lazy: γ_{σ²}"), HasSubstr("infinite noise: 2γ_{σ²}"),
                            HasSubstr("underparameterized: w < k = 10")));
  // The foot of the page explains each once, though there are two panels.
  const std::string word = "underparameterized";
  EXPECT_EQ(script.find(word), script.rfind(word));
}

TEST_F(PlotTest, RegimeLinesEndOnTheFrame) {
  // The cells reach from -2.125 to 0.125 and from -0.125 to 2.125; k = √d puts the underparameterized line at 1/2.
  const auto lines = block(script_of(phase_diagram()), "p1_regimes");
  std::vector<std::array<double, 2>> points;
  for (const auto& row : lines) {
    if (row.size() == 2) points.push_back({std::stod(row[0]), std::stod(row[1])});
  }
  ASSERT_EQ(points.size(), 6U);
  for (const int i : {0, 1}) EXPECT_NEAR(points[i][0] + points[i][1], 1, 1e-8);
  for (const int i : {2, 3}) EXPECT_NEAR(2 * points[i][0] + points[i][1], 0, 1e-8);
  for (const int i : {4, 5}) EXPECT_NEAR(points[i][1], 0.5, 1e-8);
  for (const auto& p : points) {
    const double out = std::max({-2.125 - p[0], p[0] - 0.125, -0.125 - p[1], p[1] - 2.125});
    EXPECT_NEAR(out, 0, 1e-8);
  }
}

TEST_F(PlotTest, ContoursOfTheTestErrorAreLabelled) {
  Dataset data = phase_diagram(30);
  data.attributes.erase("regime_lines");
  EXPECT_THAT(script_of(data), AllOf(HasSubstr("set label '0.25' at first"), HasSubstr("set label '0.5' at first"),
                                     HasSubstr("set label '0.75' at first")));
}

TEST_F(PlotTest, ContourOfAPlaneIsItsLine) {
  const auto rows = block(script_of(phase_diagram(), {.variables = {"best_test_error"}}), "p1_contours");
  ASSERT_GT(rows.size(), 10U);
  int on_levels = 0;
  for (const auto& row : rows) {
    if (row.size() != 3) continue;
    const double error = (std::stod(row[0]) + 2 + std::stod(row[1])) / 4;
    EXPECT_NEAR(error / 0.25, std::round(error / 0.25), 1e-7);
    ++on_levels;
  }
  EXPECT_GT(on_levels, 10);
}

TEST_F(PlotTest, PointsThatFailedAreGreyAndSaid) {
  const std::string script = script_of(phase_diagram());
  EXPECT_EQ(block(script, "p1_cells").size(), 80U);  // of 81
  EXPECT_THAT(script, HasSubstr("'no value: diverged or not finished'"));
  EXPECT_THAT(script, HasSubstr("from graph 0,0 to graph 1,1 behind"));
  Dataset whole = phase_diagram();
  for (auto& variable : whole.variables) {
    if (variable.name == "status") variable.values = std::vector<std::int64_t>(81, 1);
  }
  EXPECT_THAT(script_of(whole), Not(HasSubstr("no value")));
}

// A map of 6 x 6 over these places, all values finite and none failed.
Dataset map_over(const std::vector<double>& x) {
  Dataset data;
  data.attributes = {{"kind", "sweep"}};
  const auto n = static_cast<Index>(x.size());
  data.add_dimension("x", n);
  data.add_dimension("y", n);
  data.add({"x", {"x"}, x});
  std::vector<double> y;
  std::vector<double> values;
  for (Index i = 0; i < n; ++i) y.push_back(static_cast<double>(i));
  for (Index i = 0; i < n * n; ++i) values.push_back(static_cast<double>(i));
  data.add({"y", {"y"}, y});
  data.add({"status", {"x", "y"}, std::vector<std::int64_t>(static_cast<std::size_t>(n * n), 0)});
  data.add({"final_error", {"x", "y"}, values});
  return data;
}

TEST_F(PlotTest, CellsOfAMapEndWhereTheNextBegin) {
  // Neither even nor in order: the fourth is the first.
  Dataset data = map_over({1, 2, 4, 0, 64, 8});
  for (Variable& v : data.variables) {
    if (v.name == "status") std::get<std::vector<std::int64_t>>(v.values)[2 * 6 + 3] = 2;  // at x = 4, y = 3
  }
  const std::string script = script_of(data, {.kind = "heatmap", .variables = {"final_error"}});
  const auto cells = block(script, "p1_cells");
  ASSERT_EQ(cells.size(), 35U);
  const std::vector<std::vector<std::string>> edges = {{"0", "-0.5", "0.5"}, {"1", "0.5", "1.5"}, {"2", "1.5", "3"},
                                                       {"4", "3", "6"},      {"8", "6", "36"},    {"64", "36", "92"}};
  for (const auto& cell : cells) {
    const auto own = std::find_if(edges.begin(), edges.end(), [&](const auto& e) { return e[0] == cell[0]; });
    ASSERT_NE(own, edges.end());
    EXPECT_THAT((std::vector<std::string>{cell[2], cell[3]}), ElementsAre((*own)[1], (*own)[2]));
  }
  EXPECT_EQ(cells[0][6], std::to_string(3 * 6));  // of x = 0
  const auto failed = block(script, "p1_failed");
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_THAT((std::vector<std::string>(failed[0].begin(), failed[0].begin() + 6)),
              ElementsAre("4", "3", "3", "6", "2.5", "3.5"));
  // What is below the cells reaches into no cell without a value.
  for (const auto& seam : block(script, "p1_seams")) {
    const bool into_x = std::stod(seam[3]) > 3 && std::stod(seam[2]) < 6;
    const bool into_y = std::stod(seam[5]) > 2.5 && std::stod(seam[4]) < 3.5;
    EXPECT_FALSE(into_x && into_y);
  }
}

TEST_F(PlotTest, ValuesThatComeTwiceMakeNoMap) {
  EXPECT_THAT(script_of(map_over({1, 2, 2, 4, 8, 16})), Not(HasSubstr("boxxyerror")));
  Dataset data = map_over({1, 2, std::numeric_limits<double>::infinity(), 4, 8, 16});
  EXPECT_THAT(script_of(data), AllOf(Not(HasSubstr("boxxyerror")), Not(HasSubstr("[nan")), HasSubstr("'inf'")));
}

TEST_F(PlotTest, EntriesOfAMatrixAreTheirSpread) {
  Dataset data = lockstep_run();
  data.add_dimension("output", 10);
  data.add_dimension("input", 8);
  data.add({"end_to_end", {"time", "output", "input"}, std::vector<double>(6 * 80, 1)});
  EXPECT_THAT(script_of(data), AllOf(HasSubstr("median of 80"), HasSubstr("errors")));
}

TEST_F(PlotTest, WidthExponentIsTheOrdinateWhateverTheOrder) {
  Dataset data = phase_diagram();
  std::swap(data.dimensions[0], data.dimensions[1]);
  const auto cells = block(script_of(data), "p1_cells");
  ASSERT_EQ(cells.size(), 80U);
  EXPECT_EQ(cells[1][0], "-2");
  EXPECT_EQ(cells[1][1], "0.25");
  EXPECT_EQ(cells[1][6], "0.0625");
}

TEST_F(PlotTest, LinesCompareSamplesWithTheirLimit) {
  const std::string script = script_of(limits());
  EXPECT_THAT(script, AllOf(HasSubstr("set logscale x"), HasSubstr("set xlabel 'width w'")));
  EXPECT_THAT(script,
              AllOf(HasSubstr("'d = 100'"), HasSubstr("'d = 200'"), HasSubstr("'sample'"), HasSubstr("'limit'")));
  EXPECT_THAT(script, AllOf(HasSubstr("$p1_2_1 using 1:2 with points linecolor rgb '#D55E00'"),
                            HasSubstr("$p1_2_2 using 1:2 with lines linecolor rgb '#D55E00'")));
  // d = 200, limit, fourth width: mean and standard deviation over the seeds.
  EXPECT_THAT(block(script, "p1_2_2").at(3), testing::ElementsAre("1000", "25", "0.5"));
}

TEST_F(PlotTest, WritesEachFormat) {
  const std::map<std::string, std::string> heads = {{"svg", "<?xml"}, {"pdf", "%PDF-"}, {"PNG", "\x89PNG\r\n\x1a\n"}};
  for (const auto& [ending, head] : heads) {
    for (const auto& data : {lockstep_run(), phase_diagram(), limits()}) {
      const fs::path target = file("it's a picture." + ending);
      plot(data, target);
      EXPECT_EQ(read(target).substr(0, head.size()), head);
    }
  }
  EXPECT_EQ(files(), 3U);  // nothing left beside them
}

TEST_F(PlotTest, PngIsAColumnWideAt300DotsAnInch) {
  plot(phase_diagram(), file("one.png"), {.variables = {"best_step"}});
  const std::string bytes = read(file("one.png"));
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes.at(i))); };
  EXPECT_NEAR((byte(18) << 8 | byte(19)) / 300.0 * 2.54, 8.5, 0.01);
}

TEST_F(PlotTest, EverythingMissingIsStillAPicture) {
  Dataset data = phase_diagram();
  for (auto& variable : data.variables) {
    if (variable.name == "status") variable.values = std::vector<std::int64_t>(81, 2);
  }
  plot(data, file("grey.png"));
  EXPECT_TRUE(fs::exists(file("grey.png")));
}

TEST_F(PlotTest, FailureLeavesTheOldPictureAndSaysWhy) {
  const fs::path target = file("old.png");
  std::ofstream(target) << "an older picture";
  const std::string path = std::getenv("PATH");
  setenv("PATH", file("").c_str(), 1);
  const std::string missing = error_of([&] { plot(limits(), target); }, Error::Kind::output);

  std::ofstream(file("gnuplot")) << "#!/bin/sh\necho 'line 3:  ^' >&2\necho 'no terminal' >&2\nexit 1\n";
  fs::permissions(file("gnuplot"), fs::perms::owner_all);
  const std::string refused = error_of([&] { plot(limits(), target); }, Error::Kind::output);

  std::ofstream(file("gnuplot")) << "#!/bin/sh\nexit 0\n";
  const std::string unfinished = error_of([&] { plot(limits(), target); }, Error::Kind::output);
  setenv("PATH", path.c_str(), 1);

  EXPECT_EQ(missing, target.string() +
                         ": expected a picture from gnuplot, got no such program on the PATH\n"
                         "  hint: apt-get install gnuplot-nox");
  EXPECT_EQ(refused, target.string() + ": expected a picture from gnuplot, got line 3: no terminal");
  EXPECT_EQ(unfinished, target.string() +
                            ": expected a picture from gnuplot, got 0 bytes of an unfinished one\n"
                            "  hint: is the disk full?");
  EXPECT_EQ(read(target), "an older picture");
  EXPECT_EQ(files(), 2U);  // the picture and the stand-in program
}

TEST_F(PlotTest, FolderThatIsMissing) {
  const fs::path target = file("no/such/picture.pdf");
  EXPECT_THAT(error_of([&] { plot(limits(), target); }, Error::Kind::output), HasSubstr(target.string()));
}

TEST_F(PlotTest, BadOptionsAreNamed) {
  EXPECT_EQ(input_error(lockstep_run(), {.kind = "curve"}),
            "kind: expected auto, curves, spectrum, heatmap, lines, matrices, slice or paths, got \"curve\"\n  hint: "
            "did you mean "
            "\"curves\"?");
  EXPECT_EQ(input_error(lockstep_run(), {.kind = "heatmap"}),
            "kind: expected curves or spectrum for a run, got heatmap");
  EXPECT_EQ(input_error(phase_diagram(), {.kind = "spectrum"}),
            "kind: expected heatmap or lines for a sweep, got spectrum");
  EXPECT_EQ(input_error(lockstep_run(), {.variables = {"test_eror"}}),
            "variables: expected variables of the data set, got \"test_eror\"\n  hint: did you mean \"test_error\"?");
  EXPECT_EQ(input_error(lockstep_run(), {.kind = "curves", .variables = {"singular_values"}}),
            "variables: expected variables over time, got \"singular_values\", which is not");
  EXPECT_EQ(input_error(limits(), {.kind = "heatmap"}),
            "data: expected two axes of numbers for a heat map, got width, dim, spectrum");
  EXPECT_EQ(input_error(lockstep_run(), {.width_cm = 3}),
            "width_cm: expected 0 or 10 to 200 for 2 panels in a row, got 3");
  EXPECT_EQ(input_error(lockstep_run(), {.width_cm = std::numeric_limits<double>::quiet_NaN()}),
            "width_cm: expected 0 or 10 to 200 for 2 panels in a row, got nan");
}

TEST_F(PlotTest, BadTargetsAreNamed) {
  EXPECT_EQ(
      input_error(limits(), {}, "a/b.pngg"),
      "target: expected a file name ending in .svg, .pdf or .png, got \"a/b.pngg\"\n  hint: for example \"b.png\"");
  EXPECT_EQ(input_error(limits(), {}, "b\nsystem 'id'.png"),
            "target: expected a file name without control characters, got b system 'id'.png");
}

TEST_F(PlotTest, NothingToPlot) {
  Dataset point;
  point.attributes = {{"kind", "sweep"}};
  point.add_dimension("width", 1);
  point.add({"width", {"width"}, std::vector<double>{8}});
  point.add({"best_test_error", {"width"}, std::vector<double>{0.5}});
  EXPECT_EQ(input_error(point, {}), "data: expected a sweep with an axis of more than one point, got a single point");

  Dataset empty;
  empty.attributes = {{"kind", "run"}};
  empty.add_dimension("time", 2);
  empty.add({"time", {"time"}, std::vector<double>{0, 1}});
  EXPECT_EQ(input_error(empty, {}), "data: expected a variable over time, got none");
}

}  // namespace
}  // namespace linnet::plots
