#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/run_abandonable.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/solvers/interruptible_observer.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using namespace testing;

const Task& task() {
  static const Task of = tasks::target(normal(3, 5, 1));
  return of;
}

DeepLinear start() {
  return networks::gaussian_weights({.outputs = 3, .inputs = 5}, {.width = 4, .variance = 0.3, .seed = 2});
}

Observable measured(std::string name, std::function<double(const Snapshot&)> f) {
  return {
      .name = std::move(name), .long_name = "", .units = "1", .measure = [f](const Snapshot& s, std::span<double> out) {
        out[0] = f(s);
      }};
}

/// Each solver, recording at t = 0, 0.25, … 1.
template <class F>
void by_each_solver(const std::vector<Observable>& observables, const Observer& observer, F check) {
  const Record record{.observables = observables, .schedule = Schedule::linear(5)};
  check(train(start(), task(), GradientDescent{.step = 0.01, .max_steps = 100}, record, observer));
  check(train(start(), task(), GradientFlow{.t_end = 1}, record, observer));
  check(trace(ExactFlow(networks::infinite_width({.outputs = 3, .inputs = 5}, 0.3), task()), 1, record, observer));
}

TEST(Interruption, AsksTheInnermostUntilItEnds) {
  stop_if_asked();  // no observer is registered
  std::string asked;
  const auto answering = [&](char name, bool answer) {
    return [&asked, name, answer] {
      asked += name;
      return answer;
    };
  };
  const Interruptible outer(answering('o', false));
  {
    const Interruptible inner(answering('i', true));
    stop_if_asked();
    EXPECT_EQ(asked, "i");
    stop_if_asked();
    EXPECT_LE(asked.size(), 2U);  // only every few hundredths of a second
  }
  asked.clear();
  {
    const Interruptible no(answering('n', false));
    for (int i = 0; i < 2; ++i) EXPECT_EQ(caught([] { stop_if_asked(); }).kind, Error::Kind::interrupted);
    EXPECT_EQ(asked, "nn");
  }
  EXPECT_EQ(error_of([] { stop_if_asked(); }), "measurement: expected time to compute it, got an interruption");
  EXPECT_EQ(asked, "nno");
}

// A measurement that only the observer ends: all other records are kept.
TEST(Interruption, WithinAMeasurementKeepsTheRun) {
  bool wanted = false;
  const Observable endless = measured("endless", [&](const Snapshot& s) {
    wanted = s.time() > 0.4;
    while (wanted) stop_if_asked();
    return 1.0;
  });
  const Observable after = measured("after", [](const Snapshot&) { return 2.0; });
  const auto check = [&](const Trajectory& run) {
    wanted = false;
    EXPECT_EQ(run.outcome.status, Status::interrupted);
    EXPECT_NEAR(run.outcome.time, 0.5, 0.1);
    ASSERT_GE(run.time.size(), 3U);
    EXPECT_EQ(run.values("endless").head(2), Vector::Ones(2));
    EXPECT_TRUE(std::isnan(run.values("endless")(2)));
    EXPECT_EQ(run.values("after").head(3), Vector::Constant(3, 2));
    EXPECT_TRUE(run.values("cost").allFinite());
    EXPECT_EQ(run.warning, "");
  };
  by_each_solver(
      {observables::cost(), endless, after}, [&](const Progress&) { return !wanted; }, check);
}

TEST(Recorder, AMeasurementThatFailsIsNanAndNamed) {
  const Observable failing = measured("failing", [](const Snapshot& s) {
    if (s.time() > 0.4 && s.time() < 0.9) {
      numerical_failure({.field = "search", .expected = "to converge", .got = "no end"});
    }
    return 1.0;
  });
  by_each_solver({observables::cost(), failing}, {}, [](const Trajectory& run) {
    EXPECT_EQ(run.outcome.status, Status::completed);
    const Vector values = run.values("failing");
    ASSERT_EQ(values.size(), 5);
    for (const Index i : {0, 1, 4}) EXPECT_EQ(values(i), 1);
    EXPECT_TRUE(std::isnan(values(2)) && std::isnan(values(3)));
    EXPECT_TRUE(run.values("cost").allFinite());
    EXPECT_EQ(run.warning,
              "record.failing: nan at 2 of 5 records, first at t = 0.5: search: expected to converge, got no end");
  });
}

// An observable that does not fit is an error, not a nan.
TEST(Recorder, AMeasurementOfBadInputIsRefused) {
  const Observable refusing = measured("refusing", [](const Snapshot&) -> double {
    bad_input({.field = "record.observables", .expected = "one thing", .got = "another"});
  });
  EXPECT_EQ(error_of([&] { by_each_solver({refusing}, {}, [](const Trajectory&) {}); }),
            "record.refusing: expected one thing, got another");
}

TEST(Recorder, WarningsAreJoined) {
  const Observable failing = measured("failing", [](const Snapshot&) -> double {
    numerical_failure({.field = "search", .expected = "to converge", .got = "no end"});
  });
  const DeepLinear narrow =
      networks::gaussian_weights({.outputs = 3, .inputs = 5}, {.width = 2, .variance = 0.3, .seed = 2});
  const std::string warning = train(narrow, task(), GradientDescent{.step = 0.01, .max_steps = 3},
                                    {.observables = {failing}, .schedule = Schedule::ends()})
                                  .warning;
  EXPECT_TRUE(warning.starts_with("network.width: a hidden layer of 2 neurons")) << warning;
  EXPECT_TRUE(
      warning.ends_with("; record.failing: nan at 2 of 2 records, first at t = 0: search: expected to converge, "
                        "got no end"))
      << warning;
}

// If an interruption is possible, long work is done in parts or on a separate thread: the bits are the same.
TEST(Interruption, MakesNoDifferenceToWhatIsComputed) {
  const Matrix a = normal(900, 800, 1);
  const Matrix b = normal(800, 1100, 2);
  const Matrix g = linalg::self_product(normal(700, 700, 3));
  const auto compute = [&] {
    std::vector<Matrix> all;
    const linalg::Svd d = linalg::svd(a);
    all.push_back(d.u);
    all.push_back(d.s);
    all.push_back(d.v);
    all.push_back(linalg::singular_values(a));
    all.push_back(linalg::product(a, b));
    all.push_back(linalg::product(b.transpose(), a.transpose()));
    all.push_back(linalg::self_product(a.transpose()));
    all.push_back(linalg::symmetric_eigen(g).vectors);
    all.push_back(linalg::cholesky(g));
    all.push_back(linalg::qr_factor(a));
    all.push_back(b.topRows(700).transpose());
    linalg::divide(all.back(), linalg::cholesky(g));
    return all;
  };
  const std::vector<Matrix> alone = compute();
  const Interruptible watched([] { return true; });
  const std::vector<Matrix> asked = compute();
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_EQ(asked[i], alone[i]) << i;
}

TEST(Interruption, LeavesADecompositionToItself) {
  const Matrix a = normal(600, 600, 1);
  {
    const Interruptible no([] { return false; });
    EXPECT_EQ(caught([&] { linalg::svd(a); }).kind, Error::Kind::interrupted);
    EXPECT_EQ(caught([&] { linalg::singular_values(a); }).kind, Error::Kind::interrupted);
  }
  while (linalg::left_to_itself() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_LT((linalg::svd(a).s - linalg::singular_values(a)).norm(), 1e-10);
}

// An interruption within a step keeps the records, but no network that is neither that before nor that after the step.
TEST(Interruption, WithinAStepKeepsTheRecords) {
  const Task wide = tasks::target(normal(1300, 1300, 1));
  const DeepLinear start_there(normal(1300, 1300, 2), normal(1300, 1300, 3));
  int steps = 0;
  bool going = true;
  const Observer observer = [&](const Progress& progress) {
    const bool between = progress.done != static_cast<double>(steps);
    if (between) steps = static_cast<int>(progress.done);
    if (!between && steps == 2) going = false;  // called again at the same step: within the next step
    return going;
  };
  const Trajectory run =
      train(start_there, wide, GradientDescent{.step = 1e-6, .max_steps = 50}, {.threshold = 1}, observer);
  EXPECT_EQ(run.outcome.status, Status::interrupted);
  EXPECT_TRUE(run.outcome.within_step);
  EXPECT_EQ(run.outcome.step, 2);
  EXPECT_EQ(run.time.size(), 3U);
  EXPECT_FALSE(run.final.has_value());
}

}  // namespace
}  // namespace linnet
