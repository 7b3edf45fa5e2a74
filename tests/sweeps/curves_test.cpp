#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "linnet/networks/balanced.hpp"
#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/sweeps/run.hpp"
#include "linnet/sweeps/sweep.hpp"
#include "linnet/tasks/one_hot.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet::sweeps {
namespace {

using linnet::testing::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* balanced_grid = R"(
seed = 3
[task]
kind = "modes"
shape = [4, 3]
modes = [2.0, 1.0]
[network]
kind = "balanced"
width = 3
start_size = 0.1
[solver]
kind = "exact"
t_end = 2.0
[record]
observables = ["train_error", "singular_values", "kernel_distance", "hidden_similarity"]
schedule = "linear"
count = 5
[sweep]
curves = true
axes = [{field = "network.balance", values = [-1.0, 0.0, 2.0]}]
)";

config::Source source_with(const char* text, const std::vector<std::string>& assignments) {
  config::Source source = config::Source::from_text(text);
  for (const std::string& a : assignments) source.set(a);
  return source;
}

/// The part of a data set, with the axis of the sweep first, that belongs to one point.
std::vector<double> part(const Dataset& data, const std::string& name, std::size_t point, std::size_t points) {
  const std::vector<double> all = data[name].as_reals();
  const std::size_t size = all.size() / points;
  return {all.begin() + static_cast<std::ptrdiff_t>(point * size),
          all.begin() + static_cast<std::ptrdiff_t>((point + 1) * size)};
}

void expect_curves_of_runs(const std::vector<std::string>& assignments, const std::vector<std::string>& names) {
  const Dataset data = sweep(source_with(balanced_grid, assignments));
  const std::vector<double> balances = data["balance"].as_reals();
  for (std::size_t i = 0; i < balances.size(); ++i) {
    config::Source one = source_with(balanced_grid, assignments);
    one.set("sweep.axes=[]");
    one.set("sweep.curves=false");
    one.add("network.balance", balances[i]);
    one.set("point=" + std::to_string(i));
    const Dataset of_run = run(one.resolve()).data;
    EXPECT_EQ(data["time"].reals(), of_run["time"].reals());
    for (const std::string& name : names) {
      std::vector<std::string> dims = of_run[name].dims;
      dims.insert(dims.begin(), "balance");
      EXPECT_EQ(data[name].dims, dims);
      EXPECT_EQ(part(data, name, i, balances.size()), of_run[name].as_reals()) << name << " of point " << i;
    }
  }
}

TEST(SweepCurves, AreThoseOfTheRunsOfTheirPoints) {
  expect_curves_of_runs({}, {"train_error", "singular_values", "kernel_distance", "hidden_similarity"});
}

TEST(SweepCurves, LaterTasksBeginWithRebalancedLayers) {
  const std::vector<std::string> assignments{
      "task.shape=[3, 3]",    "task.then=['reversed']", "network.then_balance=1.5",
      "network.compare=none", "network.balance=-1",     "solver.kind=flow",
      "sweep.axes=[]",        "sweep.curves=false",     "record.observables=['balance', 'kernel_distance']"};
  const auto with = [&](const char* compare) {
    auto own = assignments;
    own[3] = std::string("network.compare=") + compare;
    own.push_back("record.observables=['kernel_distance']");
    return run(source_with(balanced_grid, own).resolve()).data;
  };
  const Dataset alone = run(source_with(balanced_grid, assignments).resolve()).data;
  const std::vector<double> balance = alone["balance"].as_reals();
  const std::size_t records = balance.size() / 2;
  for (std::size_t i = 0; i < balance.size(); ++i) EXPECT_NEAR(balance[i], i < records ? -1 : 1.5, 1e-7);
  // A is what it was: the error on the second task goes on, and the kernel is compared with that of the new layers.
  const std::vector<double> errors = alone["task_error"].as_reals();
  EXPECT_NEAR(errors[2 * records - 1], errors[2 * records + 1], 1e-12);
  EXPECT_EQ(alone["kernel_distance"].as_reals()[records], 0);
  // The closed form begins from the same layers.
  const Dataset compared = with("exact");
  const std::vector<double> both = compared["kernel_distance"].as_reals();
  for (std::size_t i = 0; i < 2 * records; ++i) EXPECT_NEAR(both[i], both[2 * records + i], 1e-7);
  for (const double distance : compared["gram_distance"].as_reals()) EXPECT_LT(distance, 1e-7);

  EXPECT_THAT(
      error_of([&] {
        (void)source_with(balanced_grid, {"network.then_balance=1", "sweep.axes=[]", "sweep.curves=false"}).resolve();
      }),
      HasSubstr("network.then_balance: expected task.then, for this key, got one task"));
  EXPECT_THAT(error_of([&] { (void)with("one_layer"); }),
              HasSubstr("network.then_balance: expected no comparison, or network.compare = \"exact\""));
}

TEST(SweepCurves, OfATrainedNetworkAndItsClosedForm) {
  expect_curves_of_runs({"solver.kind=flow", "network.compare=exact"},
                        {"train_error", "singular_values", "kernel_distance", "distance", "gram_distance"});
  const Dataset data = sweep(source_with(
      balanced_grid, {"solver.kind=flow", "network.compare=exact", "solver.rtol=1e-11", "solver.atol=1e-14"}));
  EXPECT_THAT(data["dynamics"].texts(), ElementsAre("gradient flow", "closed form"));
  for (const double d : data["largest_distance"].reals()) EXPECT_LT(d, 1e-9);
  for (const double d : data["gram_distance"].reals()) EXPECT_LT(d, 1e-9);
  // The two columns differ.
  const auto both = data["final_train_error"].reals();
  EXPECT_NE(both[0], both[1]);
}

TEST(SweepCurves, OfDescentStopAtItsStopRule) {
  const Dataset data = sweep(source_with(
      balanced_grid, {"solver.kind=descent", "solver.step=0.05", "solver.max_steps=60", "record.schedule=every",
                      "record.every=10", "solver.stop=['cost_below']", "solver.cost_below=1.0"}));
  EXPECT_THAT(data["time"].reals(), ElementsAre(0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0));
  for (std::size_t i = 0; i < 3; ++i) {
    const double last = part(data, "final_step", i, 3)[0];
    const std::vector<double> error = part(data, "train_error", i, 3);
    ASSERT_LT(last, 60);
    for (std::size_t k = 0; k < error.size(); ++k) {
      EXPECT_EQ(std::isfinite(error[k]), 10 * static_cast<double>(k) <= last) << i << " " << k;
    }
  }
}

TEST(SweepCurves, GoOnFromTaskToTask) {
  const std::vector<std::string> three{"task.then=['reversed', 'low_rank_change']", "task.change_size=0.5"};
  expect_curves_of_runs(three, {"train_error", "task_error", "singular_values"});
  const Dataset data = sweep(source_with(balanced_grid, three));
  EXPECT_EQ(data.attribute("tasks_start"), "2 4");
  EXPECT_THAT(data["task"].texts(), ElementsAre("task 1", "task 2: reversed", "task 3: low rank change"));
  // The same by hand, with the same random numbers: λ = −1 is point 0.
  const Task first =
      tasks::modes({.shape = {.outputs = 4, .inputs = 3}, .values = (Vector(2) << 2, 1).finished(), .seed = 3});
  const Task second = tasks::reversed(first);
  const Task third = tasks::with_low_rank_change(second, {.rank = 1, .size = 0.5, .seed = 5});
  Network now = networks::balanced(networks::random_end_to_end(first.shape(), 3, 0.1, 3), -1, 3, 3);
  std::vector<double> expected;
  for (const Task& task : {first, second, third}) {
    const Trajectory t =
        train(now, task, GradientFlow{.t_end = 2, .rtol = 1e-11, .atol = 1e-14},
              {.observables = {observables::task_errors({first, second, third})}, .schedule = Schedule::linear(5)});
    const Matrix errors = t["task_error"].values;
    for (Index k = 0; k < errors.rows(); ++k)
      expected.insert(expected.end(), {errors(k, 0), errors(k, 1), errors(k, 2)});
    now = *t.final;
  }
  const std::vector<double> found = part(data, "task_error", 0, 3);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-9) << i;
}

constexpr const char* scales_of_pairs = R"(
seed = 2
point = 0
[task]
kind = "teacher"
cost = "mean_square"
dim = 5
samples = 30
test_samples = 20
[network]
kind = "perceptron"
initialization = "pairs"
width = 8
alpha = 2.0
[solver]
kind = "flow"
step = "rich_quick"
max_steps = 400
match_descent = true
method = "bdf"
rtol = 1e-4
atol = 1e-8
[record]
observables = ["train_error", "kernel_distance"]
schedule = "at"
at = [10, 100]
best = "records"
[sweep]
curves = true
axes = [{field = "network.tau", values = [0.2, 1.0]}]
)";

/// The step of every point is its own, 0.005/τ²: the points share the steps, not the times.
TEST(SweepCurves, AreOverStepsWhereEachPointHasItsOwnStep) {
  for (const std::string kind : {"flow", "descent"}) {
    std::vector<std::string> assignments{"solver.kind=" + kind};
    const Dataset data = sweep(source_with(scales_of_pairs, assignments));
    EXPECT_THAT(data["steps"].reals(), ElementsAre(0, 10, 100, 400));
    EXPECT_THAT(data["train_error"].dims, ElementsAre("tau", "steps"));
    for (std::size_t i = 0; i < 2; ++i) {
      const double tau = data["tau"].reals()[i];
      const double step = 0.005 / (tau * tau);
      config::Source one = source_with(scales_of_pairs, assignments);
      for (const char* fixed : {"sweep.axes=[]", "sweep.curves=false"}) one.set(fixed);
      one.add("network.tau", tau);
      if (kind == "flow") {
        for (const char* fixed : {"solver.match_descent=false", "solver.max_steps=1000000"}) one.set(fixed);
        one.set("solver.t_end=" + fmt::format("{:.17g}", 400 * step));
        one.set(fmt::format("record.at=[{:.17g}, {:.17g}]", 10 * step, 100 * step));
      }
      const Dataset of_run = run(one.resolve()).data;
      for (const char* name : {"train_error", "kernel_distance"}) {
        EXPECT_EQ(part(data, name, i, 2), of_run[name].as_reals()) << kind << " " << name << " of point " << i;
      }
    }
  }
}

/// With τ outside, f = τ W_2 (W_1 x)² and steps η/τ²: in the weights of that network.
TEST(OuterScale, IsAFactorOutsideTheNetworkWithStepsOverItsSquare) {
  constexpr double tau = 0.4;
  constexpr double step = 0.02;
  constexpr double momentum = 0.8;
  config::Source source = config::Source::from_text(R"(
seed = 3
task = {kind = "modular_addition", cost = "mean_square", modulus = 5, fraction = 0.6}
network = {kind = "perceptron", activation = "quadratic", initialization = "gaussian", width = 6, last_scale = 0.4}
solver = {kind = "descent", step = 0.02, momentum = 0.8, outer_scale = true, max_steps = 30}
record = {observables = ["train_error"], schedule = "ends"}
)");
  const Dataset data = run(source.resolve()).data;
  const Task task = tasks::modular_addition(
      {.modulus = 5, .fraction = 0.6, .seed = 3, .normalisation = {.half = false, .mean_over_outputs = false}});
  const Perceptron start = networks::gaussian_perceptron({10, 6, 5}, {.activation = Activation::quadratic, .seed = 3});
  const Samples& samples = *task.samples();
  Matrix w1 = start.weights()[0];
  Matrix w2 = start.weights()[1];
  Matrix v1 = Matrix::Zero(6, 10);
  Matrix v2 = Matrix::Zero(5, 6);
  const auto samples_count = static_cast<double>(samples.inputs.cols());
  double error = 0;
  for (int k = 0; k <= 30; ++k) {
    const Matrix h = w1 * samples.inputs;
    const Matrix s = h.cwiseAbs2();
    const Matrix residual = tau * w2 * s - samples.targets;
    error = residual.squaredNorm() / samples_count;
    const Matrix g = 2 / samples_count * residual;
    const Matrix back = 2 * (tau * w2.transpose() * g).cwiseProduct(h);
    if (k == 30) break;
    v1 = momentum * v1 - step / (tau * tau) * back * samples.inputs.transpose();
    v2 = momentum * v2 - step / (tau * tau) * tau * g * s.transpose();
    w1 += v1;
    w2 += v2;
  }
  const std::vector<double> found = data["train_error"].as_reals();
  EXPECT_LT(found.back(), 0.9 * found.front());
  EXPECT_NEAR(found.back(), error, 1e-12 * error);
  const std::vector<double> last = data["final_w2"].as_reals();
  for (Index o = 0; o < 5; ++o) {
    for (Index i = 0; i < 6; ++i) EXPECT_NEAR(last[static_cast<std::size_t>(6 * o + i)], tau * w2(o, i), 1e-12);
  }
  source.set("network.initialization=pairs");
  source.set("network.alpha=1");
  source.set("task={kind = 'teacher', dim = 3, samples = 9}");
  EXPECT_THAT(error_of([&] { run(source.resolve()); }), HasSubstr("solver.outer_scale: expected false"));
}

TEST(SweepCurves, LearningTimesAreWhenModesAreLearned) {
  const std::vector<std::string> learned{"record.learned=[0.5]", "sweep.curves=false", "task.then=['reversed']"};
  const Dataset data = sweep(source_with(balanced_grid, learned));
  ASSERT_EQ(data["learned_50"].dims, (std::vector<std::string>{"balance", "mode"}));
  const Task first =
      tasks::modes({.shape = {.outputs = 4, .inputs = 3}, .values = (Vector(2) << 2, 1).finished(), .seed = 3});
  const Network start = networks::balanced(networks::random_end_to_end(first.shape(), 3, 0.1, 3), 2, 3, 3);
  const ExactFlow second(ExactFlow(start, first).network(2), tasks::reversed(first));
  const std::vector<double> times = part(data, "learned_50", 2, 3);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(second.modes(times[i])(static_cast<Index>(i)), 0.5 * second.target()(static_cast<Index>(i)), 1e-8);
  }
  EXPECT_TRUE(std::isinf(times[2]));  // y_3 = 0: there is nothing to learn
}

TEST(SweepEnds, OfTheClosedFormAreAtTheEndOfTime) {
  const Dataset data = sweep(source_with(balanced_grid, {"sweep.curves=false"}));
  const Task task =
      tasks::modes({.shape = {.outputs = 4, .inputs = 3}, .values = (Vector(2) << 2, 1).finished(), .seed = 3});
  const Network start = networks::balanced(networks::random_end_to_end(task.shape(), 3, 0.1, 3), 2, 3, 3);
  const ExactFlow exact(start, task);
  const double forever = std::numeric_limits<double>::infinity();
  EXPECT_EQ(data["final_time"].reals()[2], forever);
  EXPECT_NEAR(data["final_kernel_distance"].reals()[2], exact.kernel_distance(forever), 1e-13);
}

TEST(SweepEnds, OfAWideNetworkComeNearItsLimit) {
  const char* text = R"(
[task]
kind = "modes"
shape = [5, 5]
modes = [2.0, 1.0]
[network]
scale = [0.2, 1.0]
state = "gram"
compare = "exact"
width = 10
[solver]
kind = "flow"
t_end = 1.0
[record]
schedule = "ends"
[sweep]
seeds = 4
axes = [{field = "network.width", values = [100, 10000, 1000000]}]
)";
  const Dataset data = sweep(config::Source::from_text(text));
  EXPECT_EQ(data["width"].attribute("scale"), "logarithmic");
  const std::vector<double> error = data["final_gram_distance"].reals();
  const auto mean = [&](std::size_t i) {
    return (error[4 * i] + error[4 * i + 1] + error[4 * i + 2] + error[4 * i + 3]) / 4;
  };
  EXPECT_NEAR(mean(0) / mean(1), 10, 4);
  EXPECT_NEAR(mean(1) / mean(2), 10, 4);
}

TEST(SweepEnds, DrawnBalanceIsTheExpectedOne) {
  const char* text = R"(
[task]
kind = "modes"
shape = [40, 20]
modes = [1.0]
[network]
state = "weights"
width = 30
variance = "lecun"
compare = "expected"
[solver]
max_steps = 0
[record]
observables = ["balance", "balance_spread"]
[sweep]
seeds = 50
axes = [{field = "network.variance", values = ["lecun", "glorot"]}]
)";
  const Dataset data = sweep(config::Source::from_text(text));
  EXPECT_THAT(data["dynamics"].texts(), ElementsAre("drawn", "expected"));
  const auto balance = data["final_balance"].reals();
  // LeCun: n_2/w − n_0/n_0 = 1/3; Glorot: 2·40/70 − 2·20/50.
  for (const auto& [rule, expected] : {std::pair{0U, 40.0 / 30 - 1}, std::pair{1U, 80.0 / 70 - 0.8}}) {
    double drawn = 0;
    for (std::size_t seed = 0; seed < 50; ++seed) {
      EXPECT_NEAR(balance[2 * (50 * rule + seed) + 1], expected, 1e-14);
      drawn += balance[2 * (50 * rule + seed)] / 50;
    }
    EXPECT_NEAR(drawn, expected, 0.03);
  }
}

TEST(SweepAxes, CasesSetSeveralFields) {
  const Dataset data = sweep(
      source_with(balanced_grid,
                  {"sweep.axes=[{field='start', cases=[{label='narrow', set=['network.width=2', 'network.balance=1']}, "
                   "{label='wide', set=['network.width=3', 'task.shape=[6, 3]']}]}]",
                   "record.observables=['train_error', 'singular_values']"}));
  EXPECT_THAT(data["start"].texts(), ElementsAre("narrow", "wide"));
  EXPECT_EQ(data["train_error"].dims, (std::vector<std::string>{"start", "time"}));
  const std::vector<double> errors = part(data, "train_error", 1, 2);
  const Task task =
      tasks::modes({.shape = {.outputs = 6, .inputs = 3}, .values = (Vector(2) << 2, 1).finished(), .seed = 3});
  const Network start = networks::balanced(networks::random_end_to_end(task.shape(), 3, 0.1, 3), 0, 3, 3);
  EXPECT_NEAR(errors.back(), ExactFlow(start, task).train_error(2), 1e-14);
}

TEST(SweepAxes, RefuseWhatHasNoCommonFrame) {
  const auto message = [](const std::vector<std::string>& assignments) {
    return error_of([&] { sweep(source_with(balanced_grid, assignments)); });
  };
  EXPECT_EQ(message({"sweep.axes=[{field='solver.t_end', values=[1.0, 2.0]}]"}),
            "sweep.axes: expected axes that leave the instants of the record alone, got points that differ in it");
  EXPECT_EQ(message({"sweep.axes=[{field='start', cases=[{label='a', set=['task.shape=[4, 3]']}, "
                     "{label='b', set=['task.shape=[4, 4]', 'network.width=4']}]}]"}),
            "sweep.axes: expected axes that leave the task's shape alone, got points that differ in it");
  EXPECT_THAT(
      message({"solver.kind=flow", "record.learned=[0.5]"}),
      HasSubstr("record.learned: expected none, except for solver.kind = \"exact\", got solver.kind = \"flow\""));
  EXPECT_EQ(message({"record.learned=[0.5, 1.0]"}), "record.learned: expected a number above 0 and below 1, got 1");
  EXPECT_THAT(message({"task.kind=hierarchy", "task.then=['fresh']"}),
              HasSubstr("task.then: expected \"fresh\" after a task that is drawn at random"));
  EXPECT_THAT(message({"network.compare=exact"}),
              HasSubstr("network.compare: expected \"none\" or \"one_layer\", for solver.kind = \"exact\""));
  EXPECT_THAT(message({"network.compare=expected", "solver.kind=flow"}),
              HasSubstr("network.compare: expected \"expected\" for Gaussian weights alone"));
}

}  // namespace
}  // namespace linnet::sweeps
