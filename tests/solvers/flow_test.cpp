#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "linnet/dynamics/gram_dynamics.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"

namespace linnet {
namespace {

using Kind = FlowEvent::Kind;
using Method = GradientFlow::Method;

const Method methods[] = {Method::adams, Method::explicit_runge_kutta};

Task small_task() { return tasks::low_rank_plus_noise({.dim = 10, .rank = 2, .noise = 0.3, .seed = 3}); }

double relative(const Matrix& a, const Matrix& b) { return (a - b).norm() / b.norm(); }

void ignore(const Moment&) {}

/// One mode along the first unit vectors of a 2 x 2 task with target diag(y, 0).
Task one_mode(double y) {
  Matrix target = Matrix::Zero(2, 2);
  target(0, 0) = y;
  return tasks::target(target);
}

Network one_mode_start(double a, double kappa) {
  Matrix m = Matrix::Zero(2, 2);
  m(0, 0) = a;
  return SelfConsistent(m, kappa).gram_state();
}

/// Counts the calls of the solver.
class Counting final : public LinearDynamics {
 public:
  Counting(const GramState& start, const Task& task) : LinearDynamics(task), inner_(start, task) { refresh(); }
  const Matrix& end_to_end() const override { return inner_.end_to_end(); }
  Network network() const override { return inner_.network(); }
  std::unique_ptr<Dynamics> clone() const override { return std::make_unique<Counting>(*this); }
  void descend_along(const Update& update, const Matrix& gradient) override { inner_.descend_along(update, gradient); }
  Index unknowns() const override { return inner_.unknowns(); }
  void get(std::span<double> state) const override { inner_.get(state); }
  void set(std::span<const double> state) override {
    inner_.set(state);
    refresh();
  }
  void velocity(const Layerwise& rates, std::span<double> derivative) override {
    ++velocities;
    inner_.velocity(rates, derivative);
  }

  Index velocities = 0;

 private:
  GramDynamics inner_;
};

struct Measured {
  double error = 0;  // largest relative error of G at fifty times
  Outcome outcome;
};

Measured against_closed_form(Method method, double rtol, double kappa) {
  const Task task = small_task();
  const ModeFlow exact(sample_spectrum(task), {.scales = kappa});
  GramDynamics dynamics(networks::infinite_width(task.shape(), kappa), task);
  std::vector<double> times;
  for (int i = 1; i <= 50; ++i) times.push_back(2.0 * i / 50);
  Measured m;
  const auto visit = [&](const Moment& moment) {
    const Matrix g = exact.gram_state(moment.time).gram();
    m.error = std::max(m.error, relative(gram_state(moment.dynamics.network()).gram(), g));
  };
  m.outcome = flow(dynamics, {.t_end = 2, .rtol = rtol, .atol = 1e-3 * rtol, .method = method}, times, visit, {});
  return m;
}

TEST(GradientFlow, ErrorFollowsTheTolerance) {
  for (const Method method : methods) {
    for (const double kappa : {0.01, 1.0}) {
      double before = 1;
      for (const double rtol : {1e-6, 1e-8, 1e-10, 1e-12}) {
        const Measured m = against_closed_form(method, rtol, kappa);
        EXPECT_EQ(m.outcome.status, Status::completed);
        EXPECT_LE(m.error, 50 * rtol) << kappa;
        EXPECT_LE(m.error, before / 10) << kappa << " " << rtol;
        before = m.error;
      }
    }
  }
}

TEST(GradientFlow, RungeKuttaIsOfFifthOrder) {
  const Measured coarse = against_closed_form(Method::explicit_runge_kutta, 1e-6, 1.0);
  const Measured fine = against_closed_form(Method::explicit_runge_kutta, 1e-12, 1.0);
  const double order = std::log(coarse.error / fine.error) /
                       std::log(static_cast<double>(fine.outcome.step) / static_cast<double>(coarse.outcome.step));
  EXPECT_NEAR(order, 5, 0.5);
}

TEST(GradientFlow, AdamsNeedsLessThanTwoEvaluationsAStep) {
  for (const double rtol : {1e-6, 1e-9, 1e-12}) {
    const Statistics s = against_closed_form(Method::adams, rtol, 0.1).outcome.statistics;
    EXPECT_LT(s.velocity_evaluations, 2 * s.steps + 3 * s.error_test_failures);
    EXPECT_GT(s.velocity_evaluations, s.steps);
  }
}

TEST(GradientFlow, ReportsExactlyTheEvaluationsMade) {
  const Task task = small_task();
  for (const Method method : methods) {
    Counting dynamics(networks::infinite_width(task.shape(), 0.2), task);
    const Outcome outcome =
        flow(dynamics, {.t_end = 1, .method = method, .events = {{Kind::cost_below, 1.0}}}, {0.3, 0.7}, ignore, {});
    EXPECT_EQ(outcome.statistics.velocity_evaluations, dynamics.velocities);
    EXPECT_EQ(outcome.statistics.steps, outcome.step);
  }
}

TEST(GradientFlow, ItsStepsDoNotDependOnTheTimesAskedFor) {
  const Task task = small_task();
  std::vector<double> many;
  for (int i = 1; i <= 300; ++i) many.push_back(i / 300.0);
  for (const Method method : methods) {
    GramDynamics one(networks::infinite_width(task.shape(), 0.2), task);
    GramDynamics two(networks::infinite_width(task.shape(), 0.2), task);
    const GradientFlow options{.t_end = 1, .method = method};
    const Outcome few = flow(one, options, {}, ignore, {});
    std::vector<double> seen;
    const Outcome dense = flow(two, options, many, [&](const Moment& m) { seen.push_back(m.time); }, {});
    EXPECT_EQ(few.step, dense.step);
    EXPECT_EQ(one.end_to_end(), two.end_to_end());
    many.insert(many.begin(), 0.0);
    EXPECT_EQ(seen, many);
    many.erase(many.begin());
  }
}

TEST(GradientFlow, OnlyTheLastMomentIsMarked) {
  const Task task = small_task();
  GramDynamics dynamics(networks::infinite_width(task.shape(), 0.2), task);
  std::vector<bool> last;
  flow(dynamics, {.t_end = 0.5}, {0.1, 0.5}, [&](const Moment& m) { last.push_back(m.last); }, {});
  EXPECT_EQ(last, (std::vector<bool>{false, false, true}));
}

TEST(GradientFlow, WithNoTimeToGoShowsTheStart) {
  const Task task = small_task();
  GramDynamics dynamics(networks::infinite_width(task.shape(), 0.2), task);
  int seen = 0;
  const auto visit = [&](const Moment& m) {
    ++seen;
    EXPECT_EQ(m.time, 0);
    EXPECT_TRUE(m.last);
    EXPECT_EQ(m.dynamics.train_error(), task.train.error(Matrix::Zero(10, 10)));
  };
  const Outcome outcome = flow(dynamics, {.t_end = 0}, {}, visit, {});
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(outcome.status, Status::completed);
  EXPECT_EQ(outcome.statistics.velocity_evaluations, 0);
}

TEST(GradientFlow, StaysAtASaddle) {
  const Task task = small_task();
  for (const Method method : methods) {
    GramDynamics dynamics(networks::infinite_width(task.shape(), 0), task);
    const Outcome outcome = flow(dynamics, {.t_end = 1e6, .method = method}, {}, ignore, {});
    EXPECT_EQ(outcome.status, Status::completed);
    EXPECT_EQ(dynamics.end_to_end().norm(), 0);
  }
}

TEST(GradientFlow, LocatesEveryCrossingOfTheThreshold) {
  const Task task = small_task();
  const double kappa = 0.8;
  const TaskSpectrum spectrum = sample_spectrum(task);
  const auto expected = (spectrum.target.array() > kappa).count();
  ASSERT_GT(expected, 2);
  ASSERT_LT(expected, 10);
  for (const Method method : methods) {
    GramDynamics dynamics(networks::infinite_width(task.shape(), kappa), task);
    const Outcome outcome = flow(
        dynamics,
        {.t_end = 4, .rtol = 1e-11, .atol = 1e-13, .method = method, .events = {{Kind::threshold_crossing, kappa}}}, {},
        ignore, {});
    EXPECT_EQ(outcome.status, Status::completed);
    ASSERT_EQ(static_cast<Index>(outcome.events.size()), expected);
    for (Index i = 0; i < expected; ++i) {
      // Strong modes learn first, so that they cross in this order.
      const EventHit& hit = outcome.events[static_cast<std::size_t>(i)];
      EXPECT_EQ(hit.name, "threshold_crossing");
      EXPECT_EQ(hit.mode, i);
      EXPECT_EQ(hit.direction, 1);
      const double exact = Mode({.target = spectrum.target(i), .threshold = kappa}).time_to(kappa);
      EXPECT_NEAR(hit.time / exact, 1, 1e-9) << i;
    }
  }
}

TEST(GradientFlow, ReportsAFallThroughTheThreshold) {
  const Task task = one_mode(0.5);
  const auto dynamics = make_dynamics(one_mode_start(3, 1), task);
  const Outcome outcome =
      flow(*dynamics, {.t_end = 2, .rtol = 1e-11, .events = {{Kind::threshold_crossing, 1.0}}}, {}, ignore, {});
  ASSERT_EQ(outcome.events.size(), 1U);
  EXPECT_EQ(outcome.events[0].direction, -1);
  EXPECT_EQ(outcome.events[0].mode, 0);
  EXPECT_NEAR(outcome.events[0].time, Mode({.target = 0.5, .threshold = 1, .start = 3}).time_to(1), 1e-9);
}

TEST(GradientFlow, AStartOnTheThresholdIsNoCrossing) {
  for (const Method method : methods) {
    for (const double y : {0.1, 0.7, 3.0}) {
      for (const double rounding : {0.0, 4e-16, -4e-16}) {
        const double start = 0.7 * (1 + rounding);
        const Task task = one_mode(y);
        const auto dynamics = make_dynamics(one_mode_start(start, 0.7), task);
        const Outcome outcome =
            flow(*dynamics, {.t_end = 1, .method = method, .events = {{Kind::threshold_crossing, 0.7, true}}}, {},
                 ignore, {});
        if (y == 0.7 && rounding != 0) continue;  // it converges to the threshold, from either side
        EXPECT_EQ(outcome.status, Status::completed) << y << " " << rounding;
        EXPECT_TRUE(outcome.events.empty()) << y << " " << rounding;
      }
    }
  }
}

TEST(GradientFlow, EndsWhereATerminalEventIs) {
  const Task task = small_task();
  const ModeFlow exact(sample_spectrum(task), {.scales = 0.3});
  for (const Method method : methods) {
    GramDynamics dynamics(networks::infinite_width(task.shape(), 0.3), task);
    std::vector<double> seen;
    const GradientFlow options{.t_end = 5,
                               .rtol = 1e-11,
                               .atol = 1e-13,
                               .method = method,
                               .events = {{Kind::gradient_below, 2.0}, {Kind::cost_below, 1.0, true}}};
    const Outcome outcome =
        flow(dynamics, options, {0.1, 0.2, 4.0}, [&](const Moment& m) { seen.push_back(m.time); }, {});
    EXPECT_EQ(outcome.status, Status::stopped);
    EXPECT_EQ(outcome.rule, "cost_below");
    EXPECT_NEAR(dynamics.residual().cost, 1, 1e-9);
    EXPECT_EQ(seen, (std::vector<double>{0, 0.1, 0.2, outcome.time}));
    EXPECT_NEAR(exact.train_error(outcome.time), 2 * 1.0 / 100, 1e-10);
    // ‖∇C‖² = 2C: the gradient reaches 2 when the cost reaches 2, which is first.
    ASSERT_EQ(outcome.events.size(), 2U);
    EXPECT_EQ(outcome.events[0].name, "gradient_below");
    EXPECT_EQ(outcome.events[0].direction, -1);
    EXPECT_EQ(outcome.events[0].mode, -1);
    EXPECT_NEAR(exact.train_error(outcome.events[0].time), 2 * 2.0 / 100, 1e-10);
    EXPECT_EQ(outcome.events[1].time, outcome.time);
  }
}

TEST(GradientFlow, AnEventBelowItsValueAtTheStartIsHitThere) {
  const Task task = one_mode(1);
  const auto dynamics = make_dynamics(one_mode_start(0, 1), task);
  const Outcome on = flow(*dynamics, {.events = {{Kind::cost_below, 0.5, true}}}, {}, ignore, {});
  EXPECT_EQ(on.status, Status::stopped);
  EXPECT_EQ(on.rule, "cost_below");
  EXPECT_EQ(on.time, 0);
  const Outcome gone_on =
      flow(*dynamics, {.events = {{Kind::gradient_below, 2.0}, {Kind::cost_below, 0.1}}}, {}, ignore, {});
  EXPECT_EQ(gone_on.status, Status::completed);
  ASSERT_EQ(gone_on.events.size(), 2U);
  EXPECT_EQ(gone_on.events[0].time, 0);
  EXPECT_GT(gone_on.events[1].time, 0);
}

TEST(GradientFlow, DivergenceIsAResultWithItsTime) {
  // C_1 = C_2 = −2, A = 2 is not the Gram state of a network: da/dt = 2a(a − 1) diverges at t = ln(2)/2.
  const Task task = tasks::target(Matrix::Constant(1, 1, 1.0));
  const GramState start(Matrix::Constant(1, 1, -2.0), Matrix::Constant(1, 1, 2.0), Matrix::Constant(1, 1, -2.0));
  for (const Method method : methods) {
    const auto dynamics = make_dynamics(start, task);
    double last_cost = 0;
    bool last = false;
    const Outcome outcome = flow(*dynamics, {.t_end = 3, .method = method}, {0.1, 0.2, 1.0, 2.0},
                                 [&](const Moment& m) {
                                   last = m.last;
                                   last_cost = m.dynamics.cost();
                                   EXPECT_TRUE(std::isfinite(last_cost));
                                 },
                                 {});
    EXPECT_EQ(outcome.status, Status::diverged);
    EXPECT_TRUE(last);
    EXPECT_GT(last_cost, 1e6 * 0.5);
    // C = 5e5 at a = 1001, t = (ln 2 + ln(1 − 1/1001))/2; steps are short there.
    EXPECT_GE(outcome.time, (std::log(2.0) + std::log1p(-1.0 / 1001)) / 2 - 1e-8);
    EXPECT_LE(outcome.time, std::log(2.0) / 2 + 1e-8);
  }
}

TEST(GradientFlow, AStartThatIsNotFiniteHasDiverged) {
  const Task task = tasks::target(Matrix::Constant(1, 1, 1.0));
  const auto dynamics = make_dynamics(DeepLinear(Matrix::Constant(1, 1, 1e200), Matrix::Constant(1, 1, 1e200)), task);
  const Outcome outcome = flow(*dynamics, {}, {}, ignore, {});
  EXPECT_EQ(outcome.status, Status::diverged);
  EXPECT_EQ(outcome.time, 0);
}

// A mode that converges to the threshold does not cross it, whatever rounding and the integrator make of its last
// digits; the modes above cross it once.
TEST(GradientFlow, ALevelThatIsOnlyApproachedIsNotCrossed) {
  const Shape shape{.outputs = 4, .inputs = 3};
  const Task task = tasks::modes({.shape = shape, .values = Vector::LinSpaced(3, 2, 0.5), .seed = 3});
  const Vector y = linalg::singular_values(task.target());
  for (const Method method : methods) {
    for (Index rest = 0; rest < 3; ++rest) {
      for (const Network& start :
           {Network(networks::infinite_width(shape, 0.2)), Network(networks::infinite_width_weights(shape, 0.2))}) {
        const Trajectory run = train(
            start, task, GradientFlow{.t_end = 60, .method = method, .events = {{Kind::threshold_crossing, y(rest)}}},
            {.observables = {}, .schedule = Schedule::ends()});
        ASSERT_EQ(run.outcome.events.size(), static_cast<std::size_t>(rest));
        for (Index i = 0; i < rest; ++i) {
          EXPECT_EQ(run.outcome.events[static_cast<std::size_t>(i)].mode, i);
          EXPECT_EQ(run.outcome.events[static_cast<std::size_t>(i)].direction, 1);
        }
      }
    }
  }
}

// With weight decay a mode passes y − μ and comes back to it as κ decays. So the cost falls through its last value once
// and rises to it, to first order in the error of A.
TEST(GradientFlow, TheEndOfAFlowWithDecayIsNotCrossedAgain) {
  const double mu = 0.2;
  const Task task = tasks::target(Matrix(Vector{{2.1, 1.3}}.asDiagonal()));
  for (const Method method : methods) {
    const Trajectory run =
        train(networks::infinite_width(task.shape(), 0.1), task,
              GradientFlow{.t_end = 150,
                           .weight_decay = mu,
                           .method = method,
                           .events = {{Kind::cost_below, mu * mu}, {Kind::gradient_below, std::sqrt(2) * mu}}},
              {.observables = {observables::cost()}, .schedule = Schedule::ends()});
    EXPECT_NEAR(run.values("cost")(1), mu * mu, 1e-8);
    ASSERT_EQ(run.outcome.events.size(), 2u);
    EXPECT_NE(run.outcome.events[0].name, run.outcome.events[1].name);  // C = |∇C|²/2
    EXPECT_NEAR(run.outcome.events[0].time, run.outcome.events[1].time, 1e-4);
  }
}

// A threshold just below the final value is crossed once, at the time of the closed form.
TEST(GradientFlow, ALevelJustBelowAValueIsCrossed) {
  const Task task = small_task();
  const ModeFlow exact(sample_spectrum(task), {.scales = 0.2});
  const double kappa = (1 - 1e-5) * exact.spectrum().target(0);
  for (const Method method : methods) {
    GramDynamics dynamics(networks::infinite_width(task.shape(), 0.2), task);
    const Outcome outcome =
        flow(dynamics, {.t_end = 30, .rtol = 1e-10, .method = method, .events = {{Kind::threshold_crossing, kappa}}},
             {}, ignore, {});
    ASSERT_EQ(outcome.events.size(), 1U);
    const double t = outcome.events[0].time;
    EXPECT_NEAR(exact.modes(t)(0) / kappa, 1, 1e-8);
  }
}

TEST(GradientFlow, StopsWhenItsObserverSaysSo) {
  const Task task = small_task();
  for (const Method method : methods) {
    GramDynamics dynamics(networks::infinite_width(task.shape(), 0.2), task);
    std::vector<Progress> heard;
    double last_time = -1;
    const Outcome outcome = flow(
        dynamics, {.t_end = 2, .method = method}, {1.9},
        [&](const Moment& m) {
          if (m.last) last_time = m.time;
        },
        [&](const Progress& p) {
          heard.push_back(p);
          return heard.size() < 6;
        });
    EXPECT_EQ(outcome.status, Status::interrupted);
    EXPECT_EQ(outcome.step, 5);
    EXPECT_EQ(outcome.time, last_time);
    EXPECT_GT(outcome.time, 0);
    EXPECT_LT(outcome.time, 2);
    ASSERT_EQ(heard.size(), 6U);
    EXPECT_EQ(heard[0].done, 0);
    EXPECT_EQ(heard[5].done, outcome.time);
    EXPECT_EQ(heard[5].total, 2);
  }
}

TEST(GradientFlow, PassesOnWhatAnObserverThrows) {
  const Task task = small_task();
  GramDynamics dynamics(networks::infinite_width(task.shape(), 0.2), task);
  const auto thrower = [](const Moment& m) {
    if (m.time > 0) throw std::logic_error("enough");
  };
  EXPECT_THROW(flow(dynamics, {}, {0.5}, thrower, {}), std::logic_error);
}

std::string error_of(const GradientFlow& options, const std::vector<double>& times = {}) {
  const Task task = small_task();
  GramDynamics dynamics(networks::infinite_width(task.shape(), 0.2), task);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  std::string text = "nothing thrown";
  try {
    flow(dynamics, options, times, ignore, {});
  } catch (const Error& error) {
    text = error.what();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  return text;
}

TEST(GradientFlow, NamesTheOptionAtFault) {
  const double nan = std::nan("");
  EXPECT_EQ(error_of({.t_end = -1}), "solver.t_end: expected a finite time >= 0, got -1");
  EXPECT_EQ(error_of({.t_end = nan}), "solver.t_end: expected a finite time >= 0, got nan");
  EXPECT_EQ(error_of({.rates = {1, 0}}), "solver.rates: expected a finite number > 0, got 0");
  EXPECT_EQ(error_of({.rtol = 0}), "solver.rtol: expected a finite number > 0, got 0");
  EXPECT_EQ(error_of({.atol = -1e-9}), "solver.atol: expected a finite number >= 0, got -1e-09");
  EXPECT_EQ(error_of({.max_steps = 0}), "solver.max_steps: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of({.events = {{Kind::cost_below, -1}}}), "solver.events: expected a finite number >= 0, got -1");
  EXPECT_EQ(error_of({}, {0.2, 0.1}), "times: expected rising times in (0, t_end], got 0.1");
  EXPECT_EQ(error_of({}, {1.5}), "times: expected rising times in (0, t_end], got 1.5");
  EXPECT_EQ(error_of({.atol = 0}),
            "solver.atol: expected a number > 0, as some unknowns start at 0, got 0\n"
            "  hint: without an absolute tolerance, one that suits the start is used");
}

TEST(GradientFlow, SaysHowFarItCameWhenItGivesUp) {
  const std::string steps = error_of({.t_end = 2, .max_steps = 10});
  EXPECT_EQ(steps.substr(0, steps.find("got")), "solver.max_steps: expected t = 2 within 10 internal steps, ");
  EXPECT_NE(steps.find("\n  hint: allow more internal steps or a looser relative tolerance"), std::string::npos);
  for (const Method method : methods) {
    const std::string text = error_of({.rtol = 1e-30, .atol = 1e-30, .method = method});
    EXPECT_EQ(text.substr(0, text.find(", got")), "solver.rtol: expected a step that meets rtol = 1e-30, atol = 1e-30");
    EXPECT_NE(text.find("got none at t = 0 of 1"), std::string::npos) << text;
    EXPECT_NE(text.find("\n  hint: use a looser solver.rtol or a larger solver.atol"), std::string::npos);
  }
}

TEST(GradientFlow, TrainedTrajectoryIsTheClosedFormOne) {
  const Task task = small_task();
  const ModeFlow exact(sample_spectrum(task), {.scales = 0.2});
  const Record record{.observables = observables::by_names({"train_error", "test_error", "singular_values", "active"}),
                      .schedule = Schedule::logarithmic(1e-3, 20),
                      .at_best = {observables::rank()}};
  const Trajectory trained = train(networks::infinite_width(task.shape(), 0.2), task,
                                   GradientFlow{.t_end = 3, .rtol = 1e-11, .atol = 1e-13}, record);
  const Trajectory traced = trace(exact, task, 3, record);
  ASSERT_EQ(trained.time, traced.time);
  EXPECT_EQ(trained.time.size(), 21U);
  EXPECT_LE(relative(trained.values("train_error"), traced.values("train_error")), 1e-9);
  EXPECT_LE(relative(trained.values("test_error"), traced.values("test_error")), 1e-9);
  EXPECT_LE(relative(trained["singular_values"].values, traced["singular_values"].values), 1e-9);
  EXPECT_EQ(trained["active"].values, traced["active"].values);
  EXPECT_NEAR(trained.threshold, 0.2, 1e-12);
  EXPECT_EQ(trained.outcome.time, 3);
  EXPECT_LE(relative(end_to_end(*trained.final), exact.end_to_end(3)), 1e-9);
  // The best of the internal steps is near the optimum over all times, and never below it.
  ASSERT_TRUE(trained.best && traced.best);
  EXPECT_GE(trained.best->test_error, traced.best->test_error * (1 - 1e-9));
  EXPECT_LE(trained.best->test_error, traced.best->test_error * 1.01);
  EXPECT_LE(trained.best->test_error, trained.values("test_error").minCoeff());
  EXPECT_NEAR(trained.best->time / traced.best->time, 1, 0.1);
  EXPECT_EQ(trained.best->values.at("rank"), traced.best->values.at("rank"));
}

TEST(GradientFlow, SameRunSameBits) {
  const Task task = small_task();
  const GramState start = networks::gaussian_gram(task.shape(), {.width = 50, .variance = 0.01, .seed = 4});
  const Trajectory one = train(start, task, GradientFlow{.t_end = 1});
  const Trajectory two = train(start, task, GradientFlow{.t_end = 1});
  EXPECT_EQ(end_to_end(*one.final), end_to_end(*two.final));
  EXPECT_EQ(one.values("train_error"), two.values("train_error"));
}

}  // namespace
}  // namespace linnet
