// The experiment of Tu, Aranguri and Jacot (Mixed Dynamics In Linear Networks, 2024), figure 2.

#include <cmath>
#include <numbers>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

constexpr double dim = 200;

/// The last step and the errors there at one (γ_σ², γ_w), as logged by the authors.
struct Logged {
  double variance_exponent;
  double width_exponent;
  double step;
  double train_error;
  double test_error;
};

Trajectory run(const Task& task, double variance_exponent, double width_exponent, std::uint64_t seed) {
  const double variance = std::pow(dim, variance_exponent);
  const double width = std::pow(dim, width_exponent);
  const bool lazy = width_exponent + variance_exponent > 1;
  const double step = 1 / (50 * (lazy ? variance * width : linalg::operator_norm(task.test->target())));
  const GramState start = networks::gaussian_gram(
      task.shape(), {.width = static_cast<Index>(std::floor(width)), .variance = variance, .seed = seed});
  return train(
      start, task,
      GradientDescent{.step = step, .max_steps = 750, .order = Order::sequential, .stop = stop::mixed_authors()},
      {.observables = {observables::train_error(), observables::test_error()}, .schedule = Schedule::ends()});
}

class MixedFigure2 : public ::testing::TestWithParam<Logged> {};

TEST_P(MixedFigure2, EndsWhereTheAuthorsRunsDo) {
  const Logged& logged = GetParam();
  constexpr int draws = 4;
  double step = 0;
  double train_error = 0;
  double test_error = 0;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    const Task task = tasks::low_rank_plus_noise({.dim = 200, .rank = 5, .seed = seed});
    const Trajectory r = run(task, logged.variance_exponent, logged.width_exponent, seed);
    EXPECT_EQ(r.outcome.status, Status::stopped);
    step += static_cast<double>(r.outcome.step) / draws;
    train_error += r.values("train_error").tail(1)(0) / draws;
    test_error += r.values("test_error").tail(1)(0) / draws;
  }
  EXPECT_NEAR(step / logged.step, 1, logged.step < 30 ? 0.25 : 0.15);
  EXPECT_NEAR(train_error / logged.train_error, 1, 0.1);
  EXPECT_NEAR(test_error / logged.test_error, 1, 0.1);
}

INSTANTIATE_TEST_SUITE_P(
    Points, MixedFigure2,
    ::testing::Values(Logged{-2.200, 1.750, 304, 0.905, 0.052}, Logged{-2.200, 2.474, 152, 0.534, 0.129},
                      Logged{-2.055, 2.148, 194, 0.681, 0.079}, Logged{-1.814, 2.112, 147, 0.510, 0.140},
                      Logged{-1.669, 1.859, 172, 0.606, 0.100}, Logged{-1.572, 2.184, 69, 0.323, 0.375},
                      Logged{-1.283, 1.931, 60, 0.332, 0.411}, Logged{-1.090, 2.112, 27, 0.295, 0.637},
                      Logged{-0.945, 2.510, 85, 0.028, 0.968}));

// σ² = 1 and w = 2.8 million: A starts as noise far larger than Y, which vanishes only when Y is fitted.
TEST(Mixed, TheLazyCornerStaysAtTestErrorOne) {
  const Task task = tasks::low_rank_plus_noise({.dim = 200, .rank = 5, .seed = 1});
  EXPECT_NEAR(run(task, 0, 2.8, 1).best->test_error, 1, 0.05);
}

// In the limit κ → ∞ all modes learn at the same rate, A = αY: the best of these is the projection of A* on Y.
TEST(Mixed, TheLazyLimitShrinksTheTargetUniformly) {
  const Task task = tasks::low_rank_plus_noise({.dim = 200, .rank = 5, .seed = 1});
  const Matrix& y = task.target();
  const Matrix& signal = task.test->target();
  const double overlap = y.cwiseProduct(signal).sum();
  const ModeFlow lazy(sample_spectrum(task), {.scales = 1e9});
  const double right = (signal.squaredNorm() - overlap * overlap / y.squaredNorm()) / (dim * dim);
  EXPECT_NEAR(lazy.best().test_error / right, 1, 1e-6);
  EXPECT_NEAR(right, 0.5, 0.05);
}

TEST(LimitSpectrum, IntegratesTheQuarterCircleLaw) {
  for (const Index nodes : {40, 400}) {
    const TaskSpectrum s = limit_spectrum(200, 5, 1.0, nodes);
    const Vector bulk = s.target.tail(nodes);
    const Vector weight = s.weight.tail(nodes);
    EXPECT_NEAR(weight.sum() / 200, 1, 1e-12) << "d modes in all";
    EXPECT_NEAR(weight.dot(bulk.cwiseAbs2()) / (200 * 200), 1, 1e-12) << "‖E‖²/d² = 1";
    EXPECT_NEAR(weight.dot(bulk.array().pow(4).matrix()) / (200 * 200 * 200.0), 2, 1e-11) << "Catalan's second number";
    EXPECT_LE(bulk.maxCoeff(), 2 * std::sqrt(200));
    // |x| has a corner at 0, so that its mean 8/(3π) is accurate to O(1/nodes²) only.
    EXPECT_NEAR(weight.dot(bulk) / (200 * std::sqrt(200)), 8 / (3 * std::numbers::pi),
                2.0 / static_cast<double>(nodes * nodes));
  }
  const double theta = std::sqrt(40.0);
  const TaskSpectrum s = limit_spectrum(200, 5, 1.0);
  EXPECT_NEAR(s.target(4), std::sqrt(200) * (theta + 1 / theta), 1e-12);
  EXPECT_NEAR(s.overlap(4), theta * std::sqrt(200) * (1 - 1 / (theta * theta)), 1e-12);
  EXPECT_EQ(s.overlap(5), 0);
  // ‖A*‖² = 200²: the part in the five modes and the rest.
  EXPECT_NEAR(s.overlap.squaredNorm() + s.unseen, 200 * 200, 1e-9);
  EXPECT_EQ(testing::error_of([] { limit_spectrum(20, 5, 3.0); }),
            "task.rank: expected spikes above the noise, dim / rank > noise², got θ = 0.666667\n"
            "  hint: below θ = 1 the signal leaves no spike in the spectrum");
}

// Samples at d = 400, averaged over draws, against the limit d → ∞ of their errors at the same d.
TEST(LimitSpectrum, IsWhatLargeSamplesTendTo) {
  const double d = 400;
  constexpr int draws = 3;
  const TaskSpectrum limit = limit_spectrum(400, 5, 1.0);
  std::vector<TaskSpectrum> samples;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    samples.push_back(sample_spectrum(tasks::low_rank_plus_noise({.dim = 400, .rank = 5, .seed = seed})));
  }
  for (const double kappa : {1e-3 * d, 0.1 * d, d, 30 * d}) {
    const ModeFlow predicted(limit, {.scales = kappa});
    const double best = predicted.best().time;
    for (const double t : {0.5 * best, best, 3 * best}) {
      double test_error = 0;
      double train_error = 0;
      for (const TaskSpectrum& s : samples) {
        const ModeFlow flow(s, {.scales = kappa});
        test_error += flow.test_error(t) / draws;
        train_error += flow.train_error(t) / draws;
      }
      EXPECT_NEAR(predicted.test_error(t), test_error, 0.05 * std::max(test_error, 0.2)) << kappa << " " << t / best;
      EXPECT_NEAR(predicted.train_error(t), train_error, 0.05 * std::max(train_error, 0.2)) << kappa << " " << t / best;
    }
  }
}

}  // namespace
}  // namespace linnet
