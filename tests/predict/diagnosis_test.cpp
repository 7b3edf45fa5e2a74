#include "linnet/predict/diagnosis.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "linnet/networks/gaussian.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::normal;
using testing::relative;
using Verdict = Diagnosis::Verdict;

Task a_task() { return tasks::target(0.7 * normal(5, 6, 3)); }

TEST(Diagnosis, OfBalancedWeightsIsExact) {
  const DeepLinear w = networks::balanced(networks::random_end_to_end({5, 6}, 5, 0.1, 1), 1.2, 5);
  const Task task = a_task();
  const Diagnosis d = diagnose(w, task);
  EXPECT_EQ(d.verdict, Verdict::exact);
  EXPECT_EQ(d.width, 5);
  EXPECT_NEAR(d.balance.balance, 1.2, 1e-13);
  EXPECT_LT(d.balance.distance, 1e-13);
  EXPECT_NEAR(d.threshold, 0.6, 1e-13);
  EXPECT_LT(d.error, 1e-11);
  const Trajectory run =
      train(w, task, GradientFlow{.t_end = 1, .rtol = 1e-11, .atol = 1e-14}, {.schedule = Schedule::ends()});
  EXPECT_LT(relative(d.prediction->end_to_end(1), end_to_end(*run.final)), 1e-9);
  EXPECT_TRUE(d.ends_active(0));
}

TEST(Diagnosis, EstimatesItsErrorOnWideWeights) {
  const Task task = a_task();
  double before = 1;
  for (const Index width : {60, 600, 6000}) {
    for (const std::uint64_t seed : {1, 2, 3}) {
      const Layerwise variance{0.4 / static_cast<double>(width), 0.9 / static_cast<double>(width)};
      const DeepLinear w = networks::gaussian_weights({5, 6}, {.width = width, .variance = variance, .seed = seed});
      const Diagnosis d = diagnose(w, task);
      ASSERT_EQ(d.verdict, Verdict::approximate);
      // The true error, by the flow of the Gram state at a dozen times.
      double error = 0;
      const GramState start = GramState::from_weights(w);
      for (const double t : {0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0}) {
        const Trajectory run =
            train(start, task, GradientFlow{.t_end = t, .rtol = 1e-9, .atol = 1e-12}, {.schedule = Schedule::ends()});
        error = std::max(error, (end_to_end(*run.final) - d.prediction->end_to_end(t)).norm() / task.target().norm());
      }
      EXPECT_LT(error, 3 * d.error) << width;
      EXPECT_GT(error, d.error / 8) << width;
      if (seed == 3) {
        EXPECT_LT(d.error, before / 2);
        before = d.error;
      }
    }
  }
}

TEST(Diagnosis, OfALayerThatOutweighsTheOtherSeesBothScales) {
  // A common initialization: the first layer's representation is a dozen times the second's.
  const Task task = tasks::target(normal(5, 10, 8));
  const DeepLinear w =
      networks::gaussian_weights({5, 10}, {.width = 200, .variance = {1.0 / 30, 1.0 / 600}, .seed = 4});
  const Diagnosis d = diagnose(w, task);
  const Closure& predicting = d.prediction->closed_form()->closure();
  EXPECT_NEAR(predicting.scales()[0], 200.0 / 30, 0.7);
  EXPECT_NEAR(predicting.scales()[1], 1.0 / 3, 0.15);
  EXPECT_EQ(d.threshold, predicting.threshold());
  const Trajectory run = train(GramState::from_weights(w), task,
                               GradientFlow{.t_end = 0.2, .rtol = 1e-9, .atol = 1e-12}, {.schedule = Schedule::ends()});
  const double error = (end_to_end(*run.final) - d.prediction->end_to_end(0.2)).norm() / task.target().norm();
  EXPECT_LT(error, 2 * d.error);
  EXPECT_LT(error, 0.1);
}

/// The largest |A_predicted − A|_F/|Y|_F along an integrated flow, over the times of learning.
double error_in_truth(const DeepLinear& weights, const Task& task, const Diagnosis& d) {
  const double fastest = std::hypot(d.prediction->mode_vectors().s.maxCoeff(), d.threshold);
  std::vector<double> times;
  for (int k = 0; k <= 30; ++k) times.push_back(1e-2 * std::pow(1e4, k / 30.0) / fastest);
  const Network start = weights.width() > 20 ? Network(GramState::from_weights(weights)) : Network(weights);
  const Record record{.observables = {observables::distance([&](double t) { return d.prediction->end_to_end(t); })},
                      .schedule = Schedule::at(times)};
  const Trajectory run = train(start, task, GradientFlow{.t_end = times.back(), .rtol = 1e-8, .atol = 1e-11}, record);
  return run.series[0].values.maxCoeff() * std::sqrt(static_cast<double>(task.target().size())) / task.target().norm();
}

TEST(Diagnosis, EstimatesItsErrorOnNetworksOfAnyShape) {
  int approximate = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    linalg::Random random({.seed = i, .point = 7});
    const auto below = [&](std::uint64_t n) { return 1 + static_cast<Index>(random.below(n)); };
    const Index outputs = i % 5 == 0 ? 1 : below(8);
    const Index inputs = i % 7 == 3 ? 1 : below(8);
    const Index width = below(i % 3 == 0 ? 6 : i % 3 == 1 ? 30 : 150);
    const double first = 3 * std::pow(10.0, -1 + random.uniform()) / std::sqrt(static_cast<double>(width));
    const double second = 3 * std::pow(10.0, -1 + random.uniform()) / std::sqrt(static_cast<double>(width));
    const DeepLinear w(first * normal(width, inputs, 3 * i), second * normal(outputs, width, 3 * i + 1));
    const Task task = tasks::target(std::pow(10.0, -1 + 2 * random.uniform()) * normal(outputs, inputs, 3 * i + 2));
    const Diagnosis d = diagnose(w, task);
    if (d.verdict == Verdict::exact) continue;  // one neuron
    ++approximate;
    const double error = error_in_truth(w, task, d);
    EXPECT_LT(error, 3 * d.error) << i;
    EXPECT_GT(error, d.error / 8) << i;
  }
  EXPECT_GT(approximate, 150);
}

TEST(Diagnosis, EstimatesItsErrorWhereTheLargerRepresentationHasNothingLeftToTell) {
  // One output and λ > 0: its representation is a single number, which satisfies the closure.
  const DeepLinear w(0.3 * normal(5, 4, 1), normal(1, 5, 2));
  const Task task = tasks::target((Matrix(1, 4) << 1, -2, 0.5, 3).finished());
  const Diagnosis d = diagnose(w, task);
  ASSERT_GT(d.closure.balance, 0);
  const double error = error_in_truth(w, task, d);
  EXPECT_GT(error, 1e-3);
  EXPECT_LT(error, 3 * d.error);
  EXPECT_GT(error, d.error / 8);
  // The same with inputs and outputs exchanged.
  const DeepLinear turned(w.w2().transpose(), w.w1().transpose());
  EXPECT_NEAR(diagnose(turned, tasks::target(task.target().transpose())).error / d.error, 1, 1e-6);
}

TEST(Diagnosis, TakesInputsThatAreWhiteAsTheyAre) {
  const Matrix x = std::sqrt(50.0) * linalg::random_frame(50, 3, {.seed = 1});
  const DeepLinear w = networks::balanced(networks::random_end_to_end({2, 3}, 2, 0.1, 1), 0.4, 2);
  const Task task = tasks::regression({.inputs = x, .targets = x * normal(3, 2, 2)});
  EXPECT_EQ(diagnose(w, task).verdict, Verdict::exact);
  const DeepLinear wide(0.1 * normal(30, 8, 1), 0.2 * normal(2, 30, 2));
  const Matrix y = normal(2, 8, 3);
  const Diagnosis one_hot =
      diagnose(wide, tasks::regression({.inputs = Matrix::Identity(8, 8), .targets = y.transpose()}));
  const Diagnosis same = diagnose(wide, tasks::target(y));
  EXPECT_NEAR(one_hot.error, same.error, 1e-10) << "in another time";
  Matrix stretched = x;
  stretched.col(0) *= 1 + 1e-8;
  const Diagnosis nearly = diagnose(w, tasks::regression({.inputs = stretched, .targets = x * normal(3, 2, 2)}));
  EXPECT_EQ(nearly.verdict, Verdict::integrated);
  EXPECT_THAT(nearly.reason, HasSubstr("condition number 1 + 2e-08"));
}

TEST(Diagnosis, TellsTheClosestClosure) {
  for (const Index width : {2, 6, 20, 300}) {
    const DeepLinear w(normal(width, 6, 1), 0.3 * normal(5, width, 2));
    const Closure closest = diagnose(w, a_task()).closure;
    EXPECT_EQ(closest.residual, diagnose(w).closure.residual);
    EXPECT_NEAR(closest.residual, closure_residual(w, closest.balance, closest.scale2), 1e-15);
    const double unit = w.w1().squaredNorm() + w.w2().squaredNorm();
    for (const double h : {-1e-4, 1e-4}) {
      EXPECT_GT(closure_residual(w, closest.balance + h * unit, closest.scale2), closest.residual) << width;
      EXPECT_GT(closure_residual(w, closest.balance, closest.scale2 + h * unit * unit), closest.residual) << width;
    }
  }
}

TEST(Diagnosis, HasNoErrorWithoutATask) {
  const DeepLinear w(0.1 * normal(20, 6, 1), 0.1 * normal(5, 20, 2));
  EXPECT_TRUE(std::isnan(diagnose(w).error));
  EXPECT_FALSE(diagnose(w).prediction);
  EXPECT_GT(diagnose(w, a_task()).error, 0);
}

TEST(Diagnosis, RegimesAreThoseOfTheKernelsMotion) {
  const auto diagnosed = [](Shape shape, double balance, double size) {
    const DeepLinear start = networks::balanced(Matrix::Zero(shape.outputs, shape.inputs), balance, shape.modes(), 1);
    return diagnose(start, tasks::target(size * normal(shape.outputs, shape.inputs, 4)));
  };
  for (const Shape shape : {Shape{.outputs = 3, .inputs = 6}, Shape{.outputs = 6, .inputs = 3}}) {
    const double sign = shape.outputs > shape.inputs ? 1 : -1;
    // The larger layer faces more inputs or outputs than it has neurons, and has to turn.
    const Diagnosis delayed = diagnosed(shape, 1000 * sign, 1);
    EXPECT_GT(delayed.prediction->kernel_distance(infinity), 0.2);
    EXPECT_NE(std::count(delayed.regimes.begin(), delayed.regimes.end(), Regime::delayed_rich), 0);
    EXPECT_TRUE(delayed.ends_active(0) || delayed.ends_active(1) || delayed.ends_active(2));
    // The larger layer faces fewer, and reaches all of them.
    const Diagnosis lazy = diagnosed(shape, -1000 * sign, 1);
    EXPECT_LT(lazy.prediction->kernel_distance(infinity), 1e-3);
    EXPECT_EQ(lazy.regimes, std::vector<std::optional<Regime>>(3, Regime::lazy));
    EXPECT_FALSE(lazy.ends_active(0));
    const Diagnosis rich = diagnosed(shape, -1e-3 * sign, 1);
    EXPECT_EQ(rich.regimes, std::vector<std::optional<Regime>>(3, Regime::active));
    EXPECT_STREQ(to_string(Regime::delayed_rich), "delayed-rich");
  }
}

TEST(Diagnosis, CallsNothingActiveThatIsNeverLearned) {
  const Task task = a_task();
  const Diagnosis narrow = diagnose(networks::balanced(networks::random_end_to_end({5, 6}, 2, 0.1, 1), 0, 2), task);
  EXPECT_EQ(narrow.verdict, Verdict::exact);
  for (Index i = 0; i < 5; ++i) EXPECT_EQ(narrow.ends_active(i), i < 2) << i;
  // The last mode has the wrong sign, which λ = 0 cannot change.
  const Matrix y = Vector{{2.0, 1.0, 0.5}}.asDiagonal();
  const Matrix a0 = Vector{{0.1, 0.1, -0.1}}.asDiagonal();
  const Diagnosis saddle = diagnose(networks::balanced(a0, 0, 3), tasks::target(y));
  EXPECT_TRUE(saddle.ends_active(0) && saddle.ends_active(1));
  EXPECT_FALSE(saddle.ends_active(2));
}

TEST(Diagnosis, RefusesATolerance) {
  const DeepLinear w = networks::balanced(networks::random_end_to_end({5, 6}, 5, 0.1, 1), 1.2, 5);
  EXPECT_EQ(error_of([&] { diagnose(w, a_task(), -1); }), "tolerance: expected a finite number > 0, got -1");
  EXPECT_THROW(diagnose(w, a_task(), std::nan("")), Error);
}

TEST(Diagnosis, OfALayerOfFullRankThatHardlyReachesTheModesIsDelayedRich) {
  // C_1 has the eigenvalues 4, 4, 4e-8, 4e-8: no direction is out of reach, and yet most of the kernel of a mode is
  // missing in two of them, to which the layer has to turn.
  int delayed = 0;
  for (std::uint64_t i = 0; i < 10; ++i) {
    const Matrix scales = Vector{{2.0, 2.0, 2e-4, 2e-4}}.asDiagonal();
    const DeepLinear w(linalg::random_frame(4, 4, {.seed = i}) * scales * linalg::random_frame(4, 4, {.seed = i + 50}),
                       1e-9 * normal(2, 4, i));
    const Matrix y = normal(2, 4, i + 20);
    const Task task = tasks::target(0.95 / linalg::operator_norm(y) * y);
    const Diagnosis d = diagnose(w, task);
    EXPECT_EQ(d.verdict, Verdict::approximate);
    EXPECT_GT(d.threshold, d.prediction->mode_vectors().s(0)) << "every mode is below κ";
    const Prediction truth = predict(w, task);
    EXPECT_EQ(d.regimes, truth.regimes()) << i;
    EXPECT_EQ(d.prediction->kernel_distance(0), 0) << i;
    const Vector motion = kernel_motion(w, *truth.state(infinity), truth.mode_vectors(), 1.0);
    for (Index k = 0; k < 2; ++k) {
      EXPECT_EQ(d.regimes[static_cast<std::size_t>(k)], motion(k) > 0.293 ? Regime::delayed_rich : Regime::lazy);
    }
    if (d.ends_active(0) && truth.kernel_distance(infinity) > 0.2) ++delayed;
  }
  EXPECT_GE(delayed, 3) << "whose kernel moves by more than 0.2";
}

TEST(Diagnosis, OfAPretrainedStartIsLazy) {
  const Task task = a_task();
  const DeepLinear near(networks::balanced(1.02 * task.target(), 0, 5));
  const Diagnosis d = diagnose(near, task);
  EXPECT_LT(d.threshold, 1e-12) << "every mode is above it, and is learned without moving the kernel";
  EXPECT_EQ(d.regimes, std::vector<std::optional<Regime>>(5, Regime::lazy));
}

TEST(Diagnosis, IsIntegratedWhereNoClosedFormApplies) {
  const DeepLinear w(0.1 * normal(20, 6, 1), 0.1 * normal(5, 20, 2));
  const Matrix x = normal(50, 6, 3) * Vector::LinSpaced(6, 1, 3).asDiagonal();
  const Matrix t = normal(50, 5, 4);
  const Diagnosis raw = diagnose(w, tasks::regression({.inputs = x, .targets = t}));
  EXPECT_EQ(raw.verdict, Verdict::integrated);
  EXPECT_THAT(raw.reason, HasSubstr("so the Gram state is integrated"));
  EXPECT_GT(raw.condition, 3);
  EXPECT_LT(raw.error, 1e-6);
  EXPECT_TRUE(raw.prediction->learning_times(0.5).allFinite());
  const Diagnosis white = diagnose(w, tasks::regression({.inputs = x, .targets = t, .whiten = true}));
  EXPECT_EQ(white.verdict, Verdict::approximate);
  EXPECT_EQ(white.condition, raw.condition);
  const Diagnosis masked = diagnose(w, tasks::completion({.target = normal(5, 6, 5), .fraction = 0.5}));
  EXPECT_EQ(masked.verdict, Verdict::integrated);
  EXPECT_THAT(masked.reason, HasSubstr("some entries of the target are not seen"));
  EXPECT_EQ(error_of([&] { return diagnose(w, tasks::target(normal(4, 6, 1))); }),
            "network: expected a network of 4 x 6, the shape of the task, got 5 x 6\n"
            "  hint: shapes are outputs x inputs");
}

}  // namespace
}  // namespace linnet
