#include "linnet/design/design.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "linnet/design/cross_validation.hpp"
#include "linnet/error.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"

namespace linnet {
namespace {

Task noisy(Index dim, std::uint64_t seed, Index rank = 3) {
  return tasks::low_rank_plus_noise({.dim = dim, .rank = rank, .seed = seed});
}

Risk risk_of(const Task& task) {
  return {{{.spectrum = std::make_shared<const TaskSpectrum>(sample_spectrum(task))}}, 1.0};
}

Task whitened(Index samples, std::uint64_t seed) {
  const Matrix x = linalg::normal_matrix(samples, 6, 1, {.seed = seed, .stream = linalg::named_stream("x")});
  const Matrix map = linalg::normal_matrix(6, 4, 1, {.seed = seed, .stream = linalg::named_stream("map")});
  const Matrix e = linalg::normal_matrix(samples, 4, 2, {.seed = seed, .stream = linalg::named_stream("e")});
  return tasks::regression({.inputs = x, .targets = linalg::product(x, map) + e, .whiten = true});
}

// Derivatives

TEST(Risk, DerivativesAreThoseOfFiniteDifferences) {
  std::vector<Risk> risks{risk_of(noisy(12, 1)), Risk(cross_validation(noisy(9, 2), 3, 5), 0.7),
                          Risk(cross_validation(whitened(40, 3), 4, 1), 2.0)};
  for (const Risk& risk : risks) {
    for (const double relative : {1e-4, 0.05, 1.0, 30.0}) {
      const double kappa = relative * risk.largest_target();
      const double t = risk.flow(0, kappa).learning_times(0.5)(0) / 0.8;
      const Risk::Slopes slopes = risk.slopes(kappa, t);
      const double h = 1e-5;
      const double by_time = (risk.error(kappa, t * std::exp(h)) - risk.error(kappa, t * std::exp(-h))) / (2 * h);
      const double by_scale = (risk.error(kappa * std::exp(h), t) - risk.error(kappa * std::exp(-h), t)) / (2 * h);
      EXPECT_NEAR(slopes.by_time, by_time, 1e-7 * risk.error(kappa, 0));
      EXPECT_NEAR(slopes.by_scale, by_scale, 1e-7 * risk.error(kappa, 0));
    }
  }
}

// A search of its own agrees with the proven one.
TEST(Risk, TheSearchOverTimesFindsWhatIsProven) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Task task = noisy(20, seed);
    const auto spectrum = std::make_shared<const TaskSpectrum>(sample_spectrum(task));
    const Risk one({{.spectrum = spectrum}}, 1.0);
    const Risk twice({{.spectrum = spectrum}, {.spectrum = spectrum}}, 1.0);
    for (const double kappa : {1e-6, 0.1, 3.0}) {
      EXPECT_NEAR(twice.best(kappa).test_error, one.best(kappa).test_error, 1e-9 * one.best(kappa).test_error);
    }
  }
}

TEST(Risk, ATimeLimitHolds) {
  const Task task = noisy(20, 1);
  const auto spectrum = std::make_shared<const TaskSpectrum>(sample_spectrum(task));
  const double kappa = 0.01;
  const double free = Risk({{.spectrum = spectrum}}, 1.0).best(kappa).time;
  const BestMoment limited = Risk({{.spectrum = spectrum}}, 1.0, free / 2).best(kappa);
  EXPECT_LE(limited.time, free / 2);
  EXPECT_NEAR(limited.test_error, risk_of(task).error(kappa, limited.time), 1e-14);
}

// Folds

TEST(CrossValidation, HeldOutEntriesAreThoseOfTheMatrix) {
  const Task task = noisy(8, 4);
  const std::vector<Risk::Part> parts = cross_validation(task, 4, 9);
  ASSERT_EQ(parts.size(), 4);
  double squares = 0;
  double count = 0;
  for (const Risk::Part& part : parts) {
    ASSERT_TRUE(part.entries);
    squares += part.entries->square;
    count += part.entries->count;
    // The held-out entries are where the fold's own matrix has zeros; all others are divided by the fraction left.
    const Matrix seen = part.spectrum->matrix_of(part.spectrum->target);
    const Vector modes = part.spectrum->target * 0.3;
    const Matrix a = part.spectrum->matrix_of(modes);
    double direct = 0;
    for (Index i = 0; i < 8; ++i) {
      for (Index j = 0; j < 8; ++j) {
        if (std::abs(seen(i, j)) < 1e-12) {
          direct += std::pow(a(i, j) - task.target()(i, j), 2) / part.entries->count;
        } else {
          EXPECT_NEAR(seen(i, j), task.target()(i, j) * 4 / 3, 1e-12);
        }
      }
    }
    EXPECT_NEAR(part.entries->error(modes), direct, 1e-12);
  }
  EXPECT_NEAR(squares, task.target().squaredNorm(), 1e-10);
  EXPECT_EQ(count, 64);
}

TEST(CrossValidation, FoldsOfSamplesAreTrainedWithoutThem) {
  const Task task = whitened(30, 7);
  const std::vector<Risk::Part> parts = cross_validation(task, 3, 2);
  ASSERT_EQ(parts.size(), 3);
  // At t = ∞ each fold is the least-squares map of its own samples, whatever the whitening: the mean held-out error is
  // that of ordinary least squares, by leverage in closed form for folds of one sample.
  const std::vector<Risk::Part> single = cross_validation(task, 30, 2);
  const Matrix x = task.samples()->inputs.transpose();
  const Matrix t = task.samples()->targets.transpose();
  const Matrix gram = (x.transpose() * x).inverse();
  const Matrix hat = x * gram * x.transpose();
  const Matrix residual = t - hat * t;
  double expected = 0;
  for (Index i = 0; i < 30; ++i) expected += residual.row(i).squaredNorm() / std::pow(1 - hat(i, i), 2) / 30 / 4;
  EXPECT_NEAR(Risk(single, 1.0).error(1.0, infinity), expected, 1e-10 * expected);
}

// Inputs of variance σ² that were not whitened: folds are in the units of the task, so that a network trained on it has
// the held-out error that they expect.
TEST(CrossValidation, KeepsTheVarianceOfTheInputs) {
  const Task white = whitened(60, 3);
  const Samples& samples = *white.samples();
  const double size = 0.2;
  const Task small =
      tasks::regression({.inputs = size * samples.inputs.transpose(), .targets = samples.targets.transpose()});
  ASSERT_TRUE(small.train.white_on_span());
  const Risk of_white(cross_validation(white, 5, 1), 1.0);
  const Risk of_small(cross_validation(small, 5, 1), 1.0);
  // A is 1/size as large, and so is κ at the same course; C has the variance size².
  for (const double kappa : {0.1, 2.0}) {
    for (const double t : {0.05, 0.6}) {
      EXPECT_NEAR(of_small.error(kappa / size, t / size), of_white.error(kappa, t), 1e-10);
    }
  }
}

// Designs

TEST(Design, IsTheLeastOfADenseGrid) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const Task task = noisy(25, seed);
    const Design d = design(task);
    const Risk risk = risk_of(task);
    EXPECT_EQ(d.source, Design::Source::signal);
    EXPECT_NEAR(d.test_error, risk.error(d.scale, d.time), 1e-13);
    for (int i = 0; i <= 200; ++i) {
      const double kappa = risk.largest_target() * std::pow(10.0, -8 + 10 * i / 200.0);
      EXPECT_GE(risk.best(kappa).test_error, d.test_error * (1 - 1e-9)) << "kappa " << kappa;
    }
    if (d.warning.empty()) {
      EXPECT_NEAR(risk.slopes(d.scale, d.time).by_scale, 0, 1e-6 * d.test_error);
      EXPECT_NEAR(risk.slopes(d.scale, d.time).by_time, 0, 1e-6 * d.test_error);
      EXPECT_GE(d.price.half_time, 1);
      EXPECT_GE(d.price.twice_scale_retimed, 1 - 1e-12);
      EXPECT_GE(d.price.half_scale, d.price.half_scale_retimed - 1e-12);
    }
    EXPECT_LE(d.bound, d.test_error);
    EXPECT_LE(d.test_error, d.lazy_error * (1 + 1e-9));
    EXPECT_LE(d.test_error, d.balanced_error * (1 + 1e-9));
  }
}

TEST(Design, OfTheBestMomentIsWhatATrainedNetworkReaches) {
  const Task task = noisy(12, 3, 2);
  const Design d = design(task);
  const Trajectory run =
      train(networks::infinite_width(task.shape(), d.scales()), task, GradientFlow{.t_end = d.time, .rtol = 1e-10},
            {.observables = {observables::test_error()}});
  EXPECT_NEAR(run.values("test_error").tail(1)(0), d.test_error, 1e-7 * d.test_error);
  EXPECT_NEAR(kernel_distance(networks::infinite_width(task.shape(), d.scales()), *run.final), d.kernel_distance, 1e-6);
}

TEST(Design, HasTheRegimeAskedFor) {
  const Task task = noisy(30, 5, 4);
  const Risk risk = risk_of(task);
  for (const Index k : {0, 1, 3, 4, 6}) {
    const Design d = design(task, {.active = k});
    EXPECT_EQ(d.active, k);
    const Vector modes = risk.flow(0, d.scale).modes(d.time);
    if (k > 0) {
      EXPECT_GT(modes(k - 1), d.scale);
    }
    EXPECT_LE(modes(k), d.scale);
    EXPECT_NEAR(d.test_error, risk.best(d.scale).test_error, 1e-9 * d.test_error);
    // No scale with as many active modes is better.
    for (int i = 0; i <= 150; ++i) {
      const double kappa = risk.largest_target() * std::pow(10.0, -4 + 6 * i / 150.0);
      const BestMoment best = risk.best(kappa);
      if ((risk.flow(0, kappa).modes(best.time).array() > kappa).count() != k) continue;
      EXPECT_GE(best.test_error, d.test_error * (1 - 1e-6)) << k << " active, kappa " << kappa;
    }
  }
}

TEST(Design, HasTheKernelDistanceAskedFor) {
  const Matrix target = noisy(14, 5).target().topRows(9);
  const Matrix signal = noisy(14, 5).test->target().topRows(9);
  const Task task = tasks::target(target, signal);
  for (const double wanted : {0.02, 0.2, 0.4}) {
    const Design d = design(task, {.kernel_distance = wanted});
    EXPECT_NEAR(d.kernel_distance, wanted, 1e-6);
    const ModeFlow flow(sample_spectrum(task), {.scales = d.scales()});
    EXPECT_NEAR(kernel_distance(flow.gram_state(0), flow.gram_state(d.time)), wanted, 1e-6);
    // λ changes neither.
    const ModeFlow tilted(sample_spectrum(task), {.scales = Layerwise{0.2 * d.scale, 1.8 * d.scale}});
    EXPECT_NEAR(kernel_distance(tilted.gram_state(0), tilted.gram_state(d.time)), wanted, 1e-6);
  }
}

TEST(Design, OfAMatrixAloneKnowsItsTestErrorAsOftenAsItSays) {
  int covered = 0;
  double bias = 0;
  constexpr int draws = 60;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    const Task task = noisy(60, 100 + seed, 2);
    const Design d = design(task, {.scale = 0.1, .from_target = true, .seed = seed});
    ASSERT_EQ(d.source, Design::Source::spectrum);
    const double realized = risk_of(task).error(d.scale, d.time);
    covered += std::abs(realized - d.test_error) <= d.error_bar;
    bias += (realized / d.test_error - 1) / draws;
  }
  EXPECT_GE(covered, 53);  // 57 expected; 53 or fewer by chance in 5 of 100 suites
  EXPECT_LE(covered, 60);
  EXPECT_NEAR(bias, 0, 0.02);
}

TEST(Design, FoldsFindNearlyTheBestNetwork) {
  const Task task = noisy(40, 8, 2);
  const Design known = design(task);
  const Design d = design(task, {.folds = 5, .seed = 1});
  EXPECT_EQ(d.source, Design::Source::folds);
  EXPECT_LE(risk_of(task).error(d.scale, d.time), 1.15 * known.test_error);
  // Held-out entries have the noise, of variance 1, and folds see less than all.
  EXPECT_NEAR(d.test_error, 1 + known.test_error, 0.15);
}

TEST(Design, FiniteWidthsLoseAsTheyMay) {
  const Task task = noisy(15, 2, 2);
  const Design d = design(task, {.width = 100'000, .seed = 3});
  ASSERT_TRUE(d.width);
  EXPECT_LE(*d.width, 100'000);
  EXPECT_LE(d.width_loss, 0.05 * (d.test_error - d.width_loss) + 1e-12);
  // Networks of other seeds confirm the test error within its error bar, twice: that of the design and their own.
  double mean = 0;
  for (std::uint64_t seed = 50; seed < 58; ++seed) {
    const Layerwise scales = d.scales();
    const auto w = static_cast<double>(*d.width);
    const GramState start = networks::gaussian_gram(
        task.shape(), {.width = *d.width, .variance = Layerwise{scales[0] / w, scales[1] / w}, .seed = seed});
    const Trajectory run =
        train(start, task, GradientFlow{.t_end = d.time}, {.observables = {observables::test_error()}});
    mean += run.values("test_error").tail(1)(0) / 8;
  }
  EXPECT_NEAR(mean, d.test_error, 2 * d.error_bar + 0.02 * d.test_error);
  // A wide network of a large scale loses its advantage at a small width.
  const Design narrow = design(task, {.scale = 2.0, .width = 20, .seed = 3});
  EXPECT_EQ(*narrow.width, 20);
  EXPECT_GT(narrow.width_loss, 0.1 * narrow.test_error);
}

// Bad input

std::string message(const Task& task, const DesignOptions& options) {
  try {
    (void)design(task, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Design, SaysWhatCannotBeHad) {
  const Task task = noisy(20, 1);
  const Matrix pure = linalg::normal_matrix(20, 20, 1, {.seed = 1});
  using testing::HasSubstr;
  EXPECT_THAT(message(tasks::target(pure), {}), HasSubstr("a signal above the noise"));
  EXPECT_THAT(message(tasks::target(pure, Matrix::Zero(20, 20)), {}), HasSubstr("least without training"));
  EXPECT_THAT(message(tasks::target(Matrix::Zero(4, 4)), {}), HasSubstr("rank 0"));
  EXPECT_THAT(message(task, {.active = 21}), HasSubstr("active: expected a number of modes"));
  EXPECT_THAT(message(task, {.active = 2, .kernel_distance = 0.1}), HasSubstr("one of them"));
  EXPECT_THAT(message(task, {.kernel_distance = 1.0}), HasSubstr("above 0 and below 1"));
  EXPECT_THAT(message(task, {.kernel_distance = 0.999}), HasSubstr("it is between"));
  EXPECT_THAT(message(task, {.active = 3, .width = 2}), HasSubstr("width: expected at least active = 3"));
  EXPECT_THAT(message(task, {.active = 3, .time_limit = 1e-6}), HasSubstr("active"));
  EXPECT_THAT(message(task, {.stop_time = -1.0}), HasSubstr("stop_time"));
  EXPECT_THAT(message(task, {.time_limit = 0.0}), HasSubstr("time_limit"));
  EXPECT_THAT(message(task, {.width = 0}), HasSubstr("width"));
  EXPECT_THAT(message(task, {.noise = -1.0}), HasSubstr("noise"));
  EXPECT_THAT(message(task, {.folds = 1}), HasSubstr("2 folds at least"));
  EXPECT_THAT(message(task, {.noise = 1.0, .folds = 3}), HasSubstr("one of them"));
  EXPECT_THAT(message(tasks::completion({.target = pure}), {}), HasSubstr("task"));
}

}  // namespace
}  // namespace linnet
