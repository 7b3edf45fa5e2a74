#include "linnet/exact/mode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {
namespace {

struct ExactValue {
  double target;
  double threshold;
  double start;
  double time;
  double value;
};

// g(t) = y + r tanh(r t + artanh((g_0 − y)/r)) and a = (g − κ²/g)/2, evaluated directly with 400 decimal digits.
const std::vector<ExactValue> exact_values = {
    {2.0, 1e-30, 0.0, 10.0, 1.1769263341850308e-13},
    {2.0, 1e-30, 0.0, 17.75, 1.261834038844973},
    {2.0, 1e-30, 0.0, 19.0, 1.9921476276478355},
    {2.0, 1e-08, 0.0, 1e-09, 4.0000000000000003e-17},
    {2.0, 1e-08, 0.0, 5.0, 1.0962139022680288},
    {2.0, 0.3, 0.0, 0.5, 0.76024449418222237},
    {2.0, 100000.0, 0.0, 1e-12, 3.9999996000000266e-7},
    {2.0, 100000.0, 0.0, 5e-06, 1.2642411176818503},
    {2.0, 1000000000000.0, 0.0, 1e-12, 1.7293294335267746},
    {1e-06, 1e-08, 1e-09, 2000000.0, 2.3345107065461418e-7},
    {1e-06, 0.3, 7.0, 3.0, 0.097464989216059125},
    {1e-06, 0.3, -0.25, 30.0, 9.9669157486632419e-7},
    {1e-06, 100000.0, -0.25, 0.0009, 9.9999999999999995e-7},
    {500.0, 1e-08, 1e-09, 0.025, 221.54855253905264},
    {500.0, 1.0, 7.0, 0.001, 18.660529901056297},
    {-3.0, 1e-08, 0.0, 2.5, -0.016256515530406118},
    {-3.0, 0.3, -0.25, 0.4, -1.7172707953579853},
    {-3.0, 0.3, 7.0, 0.5, -0.082035599586910953},
    {-3.0, 1e-08, 7.0, 2.9, 5.7847761675270534e-8},
    {-3.0, 1e-08, 7.0, 3.4, -5.7150170019919934e-9},
    {-3.0, 1e-08, 7.0, 4.5, -6.3338903064176696e-6},
    {-3.0, 100000.0, 7.0, 5e-06, 0.67879440908298085},
    {2.0, 0.5, 1000000.0, 0.001, 500.75070856250696},
    {2.0, 0.5, 2.0000001, 0.1, 2.0000000662118603},
    {1e-160, 1e-170, 0.0, 1e+161, 2.3683733610596965e-162},
};

std::vector<Mode::Parameters> all_kinds() {
  std::vector<Mode::Parameters> kinds;
  for (const double y : {2.0, -3.0, 0.0, 1e-6}) {
    for (const double kappa : {0.0, 1e-8, 0.3, 1.0, 1e5}) {
      for (const double start : {0.0, 1e-9, 0.5, -0.25, 7.0}) {
        kinds.push_back({.target = y, .threshold = kappa, .start = start});
      }
    }
  }
  return kinds;
}

std::string name(const Mode::Parameters& p) {
  return "y = " + format_number(p.target) + ", κ = " + format_number(p.threshold) +
         ", a(0) = " + format_number(p.start);
}

/// The time scale of the mode: 1/r, or 1/start at a saddle.
double scale_of_time(const Mode::Parameters& p) {
  return 1 / (std::hypot(p.target, p.threshold) + std::abs(p.start) + 1e-9);
}

TEST(Mode, AgreesWithFourHundredDigits) {
  for (const ExactValue& p : exact_values) {
    const Mode::Parameters parameters{.target = p.target, .threshold = p.threshold, .start = p.start};
    const Mode mode(parameters);
    // Half a unit in the last place of t changes a by speed · t · eps.
    const double sensitivity = std::abs(p.value) + std::abs(mode.speed(p.value)) * p.time;
    EXPECT_LE(std::abs(mode.at(p.time) - p.value), 2e-15 * sensitivity) << name(parameters) << ", t = " << p.time;
  }
}

TEST(Mode, IsSaxesSigmoidAtThresholdZero) {
  const double y = 3;
  const double a0 = 1e-3;
  const Mode mode({.target = y, .threshold = 0, .start = a0});
  for (const double t : {0.0, 0.1, 1.0, 2.0, 5.0}) {
    const double e = std::exp(2 * y * t);
    EXPECT_NEAR(mode.at(t) / (y * e / (e - 1 + y / a0)), 1, 1e-14) << t;
  }
}

TEST(Mode, TendsToTheSigmoidAsTheThresholdVanishes) {
  const Mode sigmoid({.target = 2, .threshold = 0, .start = 0.01});
  for (const double t : {0.1, 1.0, 2.0, 5.0}) {
    // The correction is κ²/a² with a >= 0.01.
    EXPECT_NEAR(Mode({.target = 2, .threshold = 1e-10, .start = 0.01}).at(t) / sigmoid.at(t), 1, 1e-14) << t;
  }
}

TEST(Mode, TendsToTheLinearModelAsTheThresholdGrows) {
  const double y = -2;
  for (const double kappa : {1e4, 1e8, 1e150}) {
    const Mode mode({.target = y, .threshold = kappa, .start = 1});
    for (const double x : {1e-3, 0.5, 2.0, 20.0}) {
      const double linear = y + (1 - y) * std::exp(-x);
      EXPECT_NEAR(mode.at(x / (2 * kappa)), linear, 20 * std::pow(3 / kappa, 2) + 1e-14) << kappa << " " << x;
    }
  }
}

TEST(Mode, StartsAtItsStartAndEndsAtItsTarget) {
  for (const Mode::Parameters& p : all_kinds()) {
    const Mode mode(p);
    EXPECT_EQ(mode.at(0), p.start) << name(p);
    // At κ = 0 the mode does not pass the saddle 0.
    const bool barred = p.threshold == 0 && p.start * p.target <= 0;
    const double end = barred ? 0 : p.target;
    EXPECT_EQ(mode.at(infinity), end) << name(p);
    const double size = std::abs(p.target) + std::abs(p.start);
    for (const double t : {1e9, 1e300}) {
      // At a saddle of target 0 the mode decays as a/(1 + 2at).
      const double slow = p.target == 0 ? 1 / t : 0;
      if (p.threshold == 0 && p.target != 0 && t * std::abs(p.target) < 1e5) continue;
      EXPECT_NEAR(mode.at(t), end, 1e-15 * size + slow) << name(p) << " " << t;
    }
  }
}

TEST(Mode, ObeysItsEquation) {
  for (const Mode::Parameters& p : all_kinds()) {
    const Mode mode(p);
    const double unit = scale_of_time(p);
    for (const double x : {0.05, 0.3, 1.0, 3.0, 10.0}) {
      const double t = x * unit;
      const double h = 1e-3 * unit;
      const double slope =
          (8 * (mode.at(t + h) - mode.at(t - h)) - (mode.at(t + 2 * h) - mode.at(t - 2 * h))) / (12 * h);
      const double a = mode.at(t);
      EXPECT_NEAR(slope, 2 * std::sqrt(p.threshold * p.threshold + a * a) * (p.target - a),
                  1e-10 * (std::abs(a) + std::abs(p.target) + std::abs(p.start)) / unit)
          << name(p) << " " << x;
    }
  }
}

TEST(Mode, RestartedOnTheWayGoesOnTheSame) {
  for (const Mode::Parameters& p : all_kinds()) {
    const Mode mode(p);
    const double unit = scale_of_time(p);
    for (const double x : {0.1, 1.0, 4.0}) {
      const Mode later({.target = p.target, .threshold = p.threshold, .start = mode.at(x * unit)});
      const double size = std::abs(p.target) + std::abs(p.start);
      EXPECT_NEAR(later.at(2 * unit), mode.at((x + 2) * unit), 3e-14 * size) << name(p) << " " << x;
    }
  }
}

TEST(Mode, IsOddUnderAChangeOfSign) {
  for (const Mode::Parameters& p : all_kinds()) {
    const Mode mode(p);
    const Mode mirrored({.target = -p.target, .threshold = p.threshold, .start = -p.start});
    for (const double x : {0.1, 1.0, 4.0}) {
      const double t = x * scale_of_time(p);
      EXPECT_EQ(mirrored.at(t), -mode.at(t)) << name(p);
    }
  }
}

TEST(Mode, MovesMonotonicallyBetweenStartAndTarget) {
  for (const Mode::Parameters& p : all_kinds()) {
    const Mode mode(p);
    const double slack = 1e-15 * (std::abs(p.target) + std::abs(p.start));
    double before = p.start;
    for (double x = 1e-6; x < 1e4; x *= 1.5) {
      const double a = mode.at(x * scale_of_time(p));
      EXPECT_GE((a - before) * (p.target - p.start), -slack * std::abs(p.target - p.start)) << name(p) << " " << x;
      EXPECT_LE(std::abs(a - p.start), std::abs(p.target - p.start) + slack) << name(p) << " " << x;
      before = a;
    }
  }
}

TEST(Mode, StaysAtItsFixedPoints) {
  for (const double kappa : {0.0, 0.3, 1e5}) {
    const Mode mode({.target = 2, .threshold = kappa, .start = 2});
    EXPECT_EQ(mode.at(5), 2);
    EXPECT_EQ(mode.at(infinity), 2);
  }
  const Mode saddle({.target = 2, .threshold = 0, .start = 0});
  EXPECT_EQ(saddle.at(1e300), 0);
  EXPECT_EQ(saddle.at(infinity), 0);
  EXPECT_EQ(saddle.time_to(1), infinity);
  const Mode nothing({.target = 0, .threshold = 0.7, .start = 0});
  EXPECT_EQ(nothing.at(3), 0);
}

TEST(Mode, DecaysAlgebraicallyWithoutTargetAndThreshold) {
  const Mode mode({.target = 0, .threshold = 0, .start = 0.5});
  for (const double t : {0.1, 1.0, 1e3, 1e12}) EXPECT_NEAR(mode.at(t) * (1 + t) / 0.5, 1, 1e-15) << t;
  EXPECT_NEAR(mode.time_to(0.125), 3, 1e-14);
}

TEST(Mode, NeverPassesTheSaddleAtThresholdZero) {
  // |a|/(1 + |a|) falls as e^{−2t}.
  const Mode mode({.target = -1, .threshold = 0, .start = 0.5});
  const double left = std::exp(-2.0) / 3;
  EXPECT_NEAR(mode.at(1), left / (1 - left), 1e-16);
  EXPECT_EQ(mode.time_to(0), infinity);
  EXPECT_EQ(mode.time_to(-0.5), infinity);
  EXPECT_NEAR(mode.time_to(0.25), std::log(5.0 / 3) / 2, 1e-15);
}

TEST(Mode, TimeToInvertsAt) {
  for (const double kappa : {1e-30, 1e-8, 0.3, 1e5, 1e12}) {
    for (const double start : {0.0, 1.0, 7.0, -0.5}) {
      const Mode mode({.target = 2, .threshold = kappa, .start = start});
      for (const double fraction : {1e-6, 0.1, 0.5, 0.99}) {
        const double value = start + fraction * (2 - start);
        const double t = mode.time_to(value);
        // The inverse cannot be more accurate than the effect of rounding t on a.
        const double sensitivity = std::abs(value) + std::abs(start) + std::abs(mode.speed(value)) * t;
        EXPECT_LE(std::abs(mode.at(t) - value), 4e-15 * sensitivity) << kappa << " " << start << " " << fraction;
      }
    }
  }
}

// With 60 digits: in double precision a(t) is rounded to y long before these times.
TEST(Mode, KeepsTheDigitsOfWhatIsLeftToLearn) {
  const auto left = [](double kappa, double t) { return Mode({.target = 1, .threshold = kappa}).residual(t); };
  EXPECT_NEAR(left(1, 5) / 1.19517797905900537e-6, 1, 1e-14);
  EXPECT_NEAR(left(1, 20) / 4.48619814170822716e-25, 1, 1e-14);
  EXPECT_NEAR(left(1e-3, 40) / 3.60595424284249925e-32, 1, 1e-14);
  for (const double y : {2.0, -0.7, 0.0}) {
    for (const double kappa : {0.0, 0.3, 5.0}) {
      for (const double start : {0.0, 1.0, -3.0, 2.0}) {
        const Mode mode({.target = y, .threshold = kappa, .start = start});
        for (const double t : {0.0, 1e-3, 0.2, 1.0, 4.0, infinity}) {
          EXPECT_NEAR(mode.residual(t), y - mode.at(t), 2e-15) << y << ' ' << kappa << ' ' << start << ' ' << t;
        }
      }
    }
  }
}

// With 700 digits.
TEST(Mode, TimesMayBeAsLongAsNumbersAre) {
  EXPECT_NEAR(Mode({.target = 1, .threshold = 1e-300}).time_to(1 - 1e-10) / 357.24726296293687, 1, 1e-15);
  EXPECT_NEAR(Mode({.target = 1e-140, .threshold = 1e-150}).time_to(0.5e-140) / 1.18594990552002013e141, 1, 1e-14);
}

TEST(Mode, TimeToKnowsWhatIsNeverReached) {
  const Mode mode({.target = 2, .threshold = 0.1, .start = 0.5});
  EXPECT_EQ(mode.time_to(0.5), 0);
  EXPECT_EQ(mode.time_to(2), infinity);
  EXPECT_TRUE(std::isnan(mode.time_to(2.1)));
  EXPECT_TRUE(std::isnan(mode.time_to(0.4)));
  EXPECT_TRUE(std::isnan(mode.time_to(std::nan(""))));
}

TEST(Mode, RefusesWhatIsNoMode) {
  const auto text = [](const Mode::Parameters& p) -> std::string {
    try {
      const Mode mode(p);
      return "nothing thrown";
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(text({.target = 1, .threshold = -1}), "mode.threshold: expected a finite number >= 0, got -1");
  EXPECT_EQ(text({.target = infinity}), "mode.target: expected a finite number, got inf");
  EXPECT_EQ(text({.start = std::nan("")}), "mode.start: expected a finite number, got nan");
}

Task noisy_task() { return tasks::low_rank_plus_noise({.dim = 40, .rank = 3, .seed = 5}); }

TEST(ModeFlow, ErrorsAreThoseOfItsEndToEndMatrix) {
  const Task task = noisy_task();
  const ModeFlow flow(sample_spectrum(task), {.scales = {0.5, 2.0}, .rates = {0.3, 0.9}});
  for (const double t : {0.0, 0.01, 0.1, 1.0, infinity}) {
    const Matrix a = flow.end_to_end(t);
    EXPECT_NEAR(flow.train_error(t), task.train.error(a), 1e-13) << t;
    EXPECT_NEAR(flow.test_error(t), task.test->error(a), 1e-13) << t;
    EXPECT_EQ(flow.gram_state(t).shape(), task.shape());
  }
  EXPECT_LE((flow.end_to_end(infinity) - task.target()).norm(), 1e-12 * task.target().norm());
}

TEST(ModeFlow, AtNoTimeIsTheInfiniteWidthState) {
  const Task task = noisy_task();
  const ModeFlow flow(sample_spectrum(task), {.scales = {0.5, 2.0}, .rates = {0.3, 0.9}});
  const GramState start = flow.gram_state(0);
  EXPECT_LE((start.input_representation() - 0.5 * Matrix::Identity(40, 40)).norm(), 1e-14);
  EXPECT_LE((start.output_representation() - 2.0 * Matrix::Identity(40, 40)).norm(), 1e-14);
  EXPECT_EQ(start.end_to_end().norm(), 0);
}

TEST(ModeFlow, LearningTimesAreWhenTheModesAreThere) {
  const Task task = noisy_task();
  const ModeFlow flow(sample_spectrum(task), {.scales = 0.01, .rates = {0.3, 0.9}});
  const Vector times = flow.learning_times(0.5);
  for (Index i = 0; i < times.size(); i += 7) {
    EXPECT_NEAR(flow.modes(times(i))(i) / (0.5 * flow.spectrum().target(i)), 1, 1e-12) << i;
  }
  for (Index i = 1; i < times.size(); ++i) EXPECT_GT(times(i), times(i - 1)) << i;
}

TEST(ModeFlow, BestIsTheSmallestTestErrorOfAFineScan) {
  const Task task = noisy_task();
  for (const double scale : {1e-6, 0.1, 10.0, 1e4}) {
    const ModeFlow flow(sample_spectrum(task), {.scales = scale});
    const BestMoment best = flow.best();
    double scanned = flow.test_error(0);
    for (double t = 1e-8; t < 1e4; t *= 1.002) scanned = std::min(scanned, flow.test_error(t));
    EXPECT_LE(best.test_error, scanned) << scale;
    EXPECT_GE(best.test_error, scanned * (1 - 1e-4)) << scale;
    EXPECT_NEAR(flow.test_error(best.time) / best.test_error, 1, 1e-14) << scale;
    // A minimum: the error rises to both sides.
    EXPECT_GT(flow.test_error(best.time * 1.01), best.test_error) << scale;
    EXPECT_GT(flow.test_error(best.time / 1.01), best.test_error) << scale;
  }
}

// The error falls and rises again as modes of the signal and of the noise are learned in turn.
TEST(ModeFlow, BestIsTheLeastOfAllMinima) {
  const ModeFlow flow(sample_spectrum(tasks::low_rank_plus_noise({.dim = 20, .rank = 2, .seed = 71})),
                      {.scales = 1e-6});
  EXPECT_NEAR(flow.best().test_error, 0.16045, 1e-5);
  EXPECT_NEAR(flow.best().time, 0.8412, 1e-4);
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Index dim = 2 + static_cast<Index>(seed);
    const Task noisy = tasks::low_rank_plus_noise({.dim = dim, .rank = 1 + dim / 8, .seed = seed});
    const Matrix other = linalg::normal_matrix(dim, dim, 1, {.seed = seed, .stream = linalg::Stream::frame_left});
    for (const Task& task : {noisy, tasks::target(noisy.target(), other)}) {
      const double scale = std::pow(10.0, static_cast<double>(seed % 11) - 8);
      const ModeFlow drawn(sample_spectrum(task), {.scales = scale});
      double scanned = drawn.test_error(0);
      for (double t = 1e-4; t < 1e3; t *= 1.01) scanned = std::min(scanned, drawn.test_error(t));
      EXPECT_LE(drawn.best().test_error, scanned * (1 + 1e-10)) << seed;
    }
  }
}

TEST(ModeFlow, BestIsNeverOverWhereTheErrorFallsForEver) {
  const Task noisy = noisy_task();
  const ModeFlow flow(sample_spectrum(tasks::target(noisy.target(), noisy.target())), {.scales = 1e-3});
  EXPECT_EQ(flow.best().time, infinity);
  EXPECT_LT(flow.best().test_error, 1e-28);
  // The signal equals the target, so that both errors are the same, however small.
  for (const double t : {0.01, 0.3, 3.0}) EXPECT_NEAR(flow.test_error(t) / flow.train_error(t), 1, 1e-9) << t;
}

TEST(ModeFlow, LearningTimesAreZeroWhereAModeStartsBeyondAndInfiniteForNever) {
  TaskSpectrum spectrum;
  spectrum.target = Vector{{2.0, 2.0, 1e-290, 1.0}};
  spectrum.weight = Vector::Ones(4);
  const ModeFlow flow(spectrum, {.scales = 1e-290, .start = Vector{{1.5, 5.0, 0.0, 0.0}}});
  const Vector times = flow.learning_times(0.5);
  EXPECT_EQ(times(0), 0);
  EXPECT_EQ(times(1), 0);
  EXPECT_GT(times(2), 1e289);
  EXPECT_LT(times(2), 1e291);
  EXPECT_NEAR(times(3), 334.0, 1);  // ln(1e290)/2 = 333.9
  EXPECT_EQ(ModeFlow(spectrum, {.scales = 0.0}).learning_times(0.5), Vector::Constant(4, infinity));
}

TEST(ModeFlow, LargeSamplesTendToTheLimitSpectrum) {
  const auto gap = [](Index dim) {
    const Task task = tasks::low_rank_plus_noise({.dim = dim, .rank = 5, .seed = 6});
    const ModeFlow sample(sample_spectrum(task), {.scales = 0.05});
    const ModeFlow limit(limit_spectrum(dim, 5, 1), {.scales = 0.05});
    return std::abs(sample.best().test_error / limit.best().test_error - 1);
  };
  EXPECT_LT(gap(100), 0.15);
  EXPECT_LT(gap(400), 0.05);
}

TEST(ModeFlow, RefusesACostThatCouplesTheModes) {
  const Task task = tasks::completion({.target = Matrix::Identity(3, 3)});
  try {
    sample_spectrum(task);
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "task: expected whitened or aligned inputs, no mask and no weights, for the closed form, got completion\n"
        "  hint: whiten the inputs or train by gradient flow");
  }
}

// ∂a/∂ ln κ, in closed form, against differences of a(t) itself.
TEST(Mode, DerivativeByTheThresholdIsThatOfFiniteDifferences) {
  for (const Mode::Parameters& p : all_kinds()) {
    if (p.threshold == 0) continue;
    const Mode mode(p);
    for (const double t : {1e-3, 0.1, 1.0, 7.0}) {
      const double h = 1e-4;
      Mode::Parameters up = p;
      Mode::Parameters down = p;
      up.threshold *= std::exp(h);
      down.threshold *= std::exp(-h);
      const double difference = (Mode(up).at(t) - Mode(down).at(t)) / (2 * h);
      const double size = std::max({std::abs(p.target), std::abs(p.start), 1e-9});
      EXPECT_NEAR(mode.by_threshold(t), difference, 2e-7 * size)
          << p.target << " " << p.threshold << " " << p.start << " " << t;
    }
    EXPECT_EQ(mode.by_threshold(0), 0);
    EXPECT_EQ(mode.by_threshold(infinity), 0);
  }
}

}  // namespace
}  // namespace linnet
