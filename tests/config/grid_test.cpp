#include "linnet/config/grid.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "linnet/error.hpp"

namespace linnet::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Of a point, without what it has of other points.
std::string text_of(Configuration c) {
  c.of_other_kinds.clear();
  c.sweep.axes.clear();
  return to_toml(c);
}

/// A point's configuration, with every assignment made in the text and read from there.
std::string read_one_by_one(const Source& source, const Grid& grid, Index point) {
  Reading reading = grid.product().at(source, point).read();
  if (!reading.configuration.point) reading.configuration.point = point;
  return text_of(std::move(reading.configuration));
}

TEST(Grid, PointsOfEveryExperimentAreAsTheyAreRead) {
  std::mt19937 random(1);
  int sweeps = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(LINNET_EXPERIMENTS)) {
    if (entry.path().extension() != ".toml") continue;
    const Source source = Source::from_file(entry.path());
    if (!source.resolve().sweep.active()) continue;
    ++sweeps;
    const Grid grid(source);
    std::uniform_int_distribution<Index> any(0, grid.size() - 1);
    for (int i = 0; i < 8; ++i) {
      const Index point = i == 0 ? grid.size() - 1 : any(random);
      EXPECT_EQ(text_of(grid.at(point)), read_one_by_one(source, grid, point)) << entry.path() << " point " << point;
    }
  }
  EXPECT_GT(sweeps, 20);
}

TEST(Grid, TakesNumbersOfEveryTypeAndSection) {
  const Source source = Source::from_text(R"(
[sweep]
seeds = 2
axes = [
  {field = "task.dim", values = [10, 20]},
  {field = "network.kind", values = ["gaussian", "infinite_width"]},
  {field = "network.variance", logarithmic = [1e-3, 1, 4]},
  {field = "solver.rates", values = [0.5, 1]},
  {field = "record.threshold", values = [0, 2.5]},
]
[solver]
kind = "flow"
t_end = 1
)");
  const Grid grid(source);
  EXPECT_EQ(grid.size(), 2 * 2 * 4 * 2 * 2 * 2);
  for (Index point = 0; point < grid.size(); point += 3) {
    EXPECT_EQ(text_of(grid.at(point)), read_one_by_one(source, grid, point)) << point;
    EXPECT_EQ(grid.at(point).point, point);
  }
}

TEST(Grid, RefusesANumberThatItsKeyDoesNotTakeWhereverItStandsOnTheAxis) {
  const auto refusal = [](const std::string& axes) {
    try {
      const Grid grid(Source::from_text("[sweep]\naxes = [" + axes + "]"));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(refusal(R"({field = "network.width", values = [1, 2, 3.5, 4]})"),
              HasSubstr("network.width: expected a whole number >= 1, got 3.5"));
  EXPECT_THAT(refusal(R"({field = "network.width", linear = [1, 1000, 1001]})"),
              HasSubstr("network.width: expected a whole number"));
  EXPECT_THAT(refusal(R"({field = "seed", values = [1, 2]}, {field = "network.variance", linear = [1, -1, 5]})"),
              HasSubstr("network.variance: expected"));
  EXPECT_THAT(refusal(R"({field = "network.variance", values = [0.1, "lecun"]})"),
              HasSubstr("sweep.axes.values: expected all numbers or all words, got a mixture"));
  EXPECT_THAT(refusal(R"({field = "a", cases = [{label = "x", set = ["sweep.axes=[]"]}, {label = "y", set = []}]})"),
              HasSubstr("sweep.axes: expected a field of the run itself"));
}

TEST(Grid, LaterAxesWinWhereTwoSetOneKey) {
  // 70 cases, of which only the last sets the key of the axis of numbers before it.
  std::string cases;
  for (int i = 0; i < 70; ++i)
    cases += "{label = \"" + std::to_string(i) + "\", set = [" + (i == 69 ? "\"network.width=8\"" : "") + "]},";
  const Source source = Source::from_text(
      "[sweep]\naxes = [{field = \"network.width\", values = [4, 8, 8]}, {field = \"c\", cases = [" + cases + "]}]");
  const Grid grid(source);
  for (const Index point : {Index(0), Index(69), Index(70), grid.size() - 1}) {
    EXPECT_EQ(text_of(grid.at(point)), read_one_by_one(source, grid, point)) << point;
  }
  EXPECT_THAT(text_of(grid.at(69)), HasSubstr("width = 8"));
}

TEST(Grid, AKeyMayHaveAnEffectOnlyWhereTwoNumbersAllowIt) {
  const std::string axes = R"([sweep]
axes = [{field = "task.samples", values = [0, 20]}, {field = "solver.max_steps", values = [1, 2]}]
[task]
kind = "coefficients"
coefficients = [1.0, 2.0]
noise = 0.5
)";
  const Grid grid(Source::from_text(axes));
  EXPECT_EQ(grid.size(), 4);
}

TEST(AxisProduct, NumbersItsCombinationsWithTheLastAxisFastest) {
  const std::vector<Axis> axes{{.field = "a", .values = {1.0, 2.0, 3.0}},
                               {.field = "b", .values = {"x", "y"}},
                               {.field = "c", .values = {5.0, 0.0, 6.0, 7.0}}};
  const AxisProduct product(axes);
  EXPECT_EQ(product.size(), 24);
  EXPECT_EQ(product.value_at(23, 0), 2u);
  EXPECT_EQ(product.value_at(13, 1), 1u);
  EXPECT_EQ(product.value_at(13, 2), 1u);
  EXPECT_EQ(product.moved(13, 0, 0), 5);
  EXPECT_EQ(product.first_of_words(23), 4);
  EXPECT_THAT(product.of_words(), ElementsAre(0, 4));
  EXPECT_THAT(product.along(2, 4, 2), ElementsAre(4, 5, 7));  // the ends, and zero
  EXPECT_THAT(product.representatives(), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20));
}

}  // namespace
}  // namespace linnet::config
