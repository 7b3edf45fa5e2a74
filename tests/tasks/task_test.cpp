#include "linnet/tasks/task.hpp"

#include "linnet/linalg/decompositions.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using testing::normal;
using testing::relative;

TEST(LowRankPlusNoise, HasTheSpectrumOfMixed) {
  const double d = 300;
  const double k = 5;
  double top = 0;
  constexpr int draws = 4;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    const Task task = tasks::low_rank_plus_noise({.dim = 300, .rank = 5, .seed = seed});
    const Vector signal = linalg::singular_values(task.test->target());
    // s_i(A*) ≈ d/√k, up to O(√(k/d)) relative.
    EXPECT_NEAR(signal(0) / (d / std::sqrt(k)), 1, 0.25);
    EXPECT_NEAR(signal(4) / (d / std::sqrt(k)), 1, 0.25);
    EXPECT_LT(signal(5), 1e-11);
    top += signal.head(5).mean() / draws;
    const Vector noise = linalg::singular_values(task.target() - task.test->target());
    EXPECT_NEAR(noise(0) / (2 * std::sqrt(d)), 1, 0.03);
    const Vector y = linalg::singular_values(task.target());
    EXPECT_NEAR(y(5) / (2 * std::sqrt(d)), 1, 0.05) << "the edge of the bulk";
    const double theta = signal.head(5).mean() / std::sqrt(d);
    EXPECT_NEAR(y.head(5).mean() / (std::sqrt(d) * (theta + 1 / theta)), 1, 0.01);
  }
  EXPECT_NEAR(top / (d / std::sqrt(k)), 1, 0.03);
}

TEST(LowRankPlusNoise, NormalizesErrorsByEntries) {
  const Task task = tasks::low_rank_plus_noise({.dim = 40, .rank = 2, .seed = 1});
  const Matrix a = normal(40, 40, 2);
  EXPECT_NEAR(task.train.error(a), (a - task.target()).squaredNorm() / 1600, 1e-13);
  EXPECT_NEAR(task.test->error(a), (a - task.test->target()).squaredNorm() / 1600, 1e-13);
  EXPECT_NEAR(task.test->error(Matrix::Zero(40, 40)), 1, 0.35);
}

TEST(LowRankPlusNoise, KeepsItsSignalWhenTheNoiseChanges) {
  const Task one = tasks::low_rank_plus_noise({.dim = 20, .rank = 3, .noise = 1, .seed = 4});
  const Task two = tasks::low_rank_plus_noise({.dim = 20, .rank = 3, .noise = 0.5, .seed = 4});
  EXPECT_EQ(one.test->target(), two.test->target());
  EXPECT_LT(relative(Matrix(one.target() - one.test->target()), Matrix(2 * (two.target() - two.test->target()))),
            1e-13);
  EXPECT_EQ(tasks::low_rank_plus_noise({.dim = 20, .rank = 3, .noise = 0, .seed = 4}).target(), one.test->target());
  EXPECT_NE(tasks::low_rank_plus_noise({.dim = 20, .rank = 3, .seed = 5}).target(), one.target());
}

TEST(LowRankPlusNoise, RefusesBadInput) {
  EXPECT_EQ(error_of([] { tasks::low_rank_plus_noise({.dim = 0}); }), "task.dim: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of([] { tasks::low_rank_plus_noise({.dim = 4, .rank = 0}); }),
            "task.rank: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of([] { tasks::low_rank_plus_noise({.dim = 4, .rank = 5}); }),
            "task.rank: expected at most dim = 4, got 5");
  EXPECT_EQ(error_of([] { tasks::low_rank_plus_noise({.dim = 4, .rank = 2, .noise = -1}); }),
            "task.noise: expected a finite number >= 0, got -1");
}

TEST(Target, TestsAgainstItsSignal) {
  const Matrix y = normal(2, 3, 1);
  const Matrix signal = normal(2, 3, 2);
  EXPECT_FALSE(tasks::target(y).test.has_value());
  EXPECT_NEAR(tasks::target(y, signal).test->error(y), (y - signal).squaredNorm() / 6, 1e-15);
  EXPECT_EQ(error_of([&] { tasks::target(y, Matrix::Ones(3, 2)); }),
            "task.signal: expected 2 x 3, the shape of the target, got 3 x 2");
  EXPECT_EQ(error_of([&] { tasks::target(y, Matrix::Constant(2, 3, std::nan(""))); }),
            "task.signal: expected finite numbers, got a nan or an infinity among the entries");
}

TEST(Regression, TestsOnHeldOutSamples) {
  const Matrix mix = normal(4, 4, 9) + 2 * Matrix::Identity(4, 4);
  const Matrix x = normal(50, 4, 1) * mix;
  const Matrix t = normal(50, 2, 2);
  const Matrix x_test = normal(30, 4, 3) * mix;
  const Matrix t_test = normal(30, 2, 4);
  const Matrix a = normal(2, 4, 5);
  const Task plain = tasks::regression({.inputs = x, .targets = t, .test_inputs = x_test, .test_targets = t_test});
  EXPECT_NEAR(plain.test->error(a), (a * x_test.transpose() - t_test.transpose()).squaredNorm() / 60, 1e-12);
  const Task white =
      tasks::regression({.inputs = x, .targets = t, .test_inputs = x_test, .test_targets = t_test, .whiten = true});
  const linalg::SymmetricEigen e = linalg::symmetric_eigen(x.transpose() * x / 50);
  const Matrix inverse_root = e.vectors * e.values.cwiseSqrt().cwiseInverse().asDiagonal() * e.vectors.transpose();
  EXPECT_NEAR(white.test->error(a), plain.test->error(a * inverse_root), 1e-12)
      << "held-out inputs are whitened by the training inputs";
  EXPECT_NEAR(white.train.error(a), plain.train.error(a * inverse_root), 1e-12);
  EXPECT_FALSE(tasks::regression({.inputs = x, .targets = t}).test.has_value());
}

TEST(Regression, WhitensHeldOutSamplesOnTheSpanOfTheTraining) {
  Matrix x = normal(20, 4, 1);
  x.col(3) = x.col(0) + x.col(1);
  const Matrix t = normal(20, 2, 2);
  const Matrix x_test = normal(30, 4, 3);
  const Matrix t_test = normal(30, 2, 4);
  const Task white =
      tasks::regression({.inputs = x, .targets = t, .test_inputs = x_test, .test_targets = t_test, .whiten = true});
  const linalg::SymmetricEigen e = linalg::symmetric_eigen(x.transpose() * x / 20);
  const Vector inverse = Vector{{0.0, 1.0, 1.0, 1.0}}.cwiseQuotient(e.values.cwiseMax(1e-12).cwiseSqrt());
  const Matrix root = e.vectors * inverse.asDiagonal() * e.vectors.transpose();
  const Matrix a = normal(2, 4, 5);
  EXPECT_NEAR(white.test->error(a), (a * root * x_test.transpose() - t_test.transpose()).squaredNorm() / 60, 1e-11);
}

TEST(Regression, RefusesHalfATestSet) {
  const Matrix x = normal(9, 3, 1);
  const Matrix t = normal(9, 2, 2);
  EXPECT_EQ(error_of([&] { tasks::regression({.inputs = x, .targets = t, .test_inputs = x}); }),
            "task.test_inputs: expected test_inputs and test_targets together, got one without the other");
  EXPECT_EQ(error_of([&] {
              tasks::regression({.inputs = x, .targets = t, .test_inputs = normal(9, 4, 1), .test_targets = t});
            }),
            "task.test_inputs: expected 3 columns, test_targets 2, as in training, got 4 and 2");
}

TEST(Completion, DrawsExactlyTheFractionAsked) {
  const Matrix y = normal(7, 9, 1);
  for (const double fraction : {0.02, 0.3, 0.5, 0.999, 1.0}) {
    const Task task = tasks::completion({.target = y, .fraction = fraction, .seed = 3});
    EXPECT_EQ(task.train.mask()->sum(), std::round(fraction * 63)) << fraction;
    EXPECT_EQ(*task.train.mask(), *tasks::completion({.target = y, .fraction = fraction, .seed = 3}).train.mask());
  }
  EXPECT_NE(*tasks::completion({.target = y, .seed = 3}).train.mask(),
            *tasks::completion({.target = y, .seed = 4}).train.mask());
}

TEST(Completion, SeesEveryEntryEquallyOften) {
  Matrix seen = Matrix::Zero(4, 5);
  constexpr int draws = 4000;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    seen += *tasks::completion({.target = Matrix::Ones(4, 5), .fraction = 0.3, .seed = seed}).train.mask();
  }
  EXPECT_LT((seen.array() / draws - 0.3).abs().maxCoeff(), 4 * std::sqrt(0.3 * 0.7 / draws));
}

TEST(Completion, WhereATargetHasNanItIsNotSeen) {
  Matrix y = Matrix::Ones(4, 5);
  y(1, 2) = y(3, 0) = std::nan("");
  Matrix seen = Matrix::Ones(4, 5);
  seen(1, 2) = seen(3, 0) = 0;
  for (const std::uint64_t seed : {0U, 1U, 2U, 3U}) {
    const Task task = tasks::completion({.target = y, .seed = seed});
    EXPECT_EQ(*task.train.mask(), seen);
    EXPECT_FALSE(task.test.has_value()) << "what is unseen is not known";
    EXPECT_EQ(task.train.evaluate(Matrix::Zero(4, 5)).cost, 9.0);
  }
  EXPECT_EQ(error_of([&] { (void)tasks::completion({.target = y, .fraction = 0.5}); }),
            "task.fraction: expected none for a target with nan, which is seen where it has none, got 0.5");
  EXPECT_EQ(error_of([&] { (void)tasks::completion({.target = y, .mask = seen, .fraction = 0.5}); }),
            "task.fraction: expected either a mask or a fraction of the entries, got both");
}

TEST(Completion, TestsOnWhatIsUnseen) {
  const Matrix y = normal(4, 5, 1);
  const Matrix a = normal(4, 5, 2);
  Matrix mask = Matrix::Ones(4, 5);
  mask(1, 2) = 0;
  mask(3, 4) = 0;
  const Task task = tasks::completion({.target = y, .mask = mask});
  EXPECT_NEAR(task.test->error(a), (std::pow(a(1, 2) - y(1, 2), 2) + std::pow(a(3, 4) - y(3, 4), 2)) / 2, 1e-14);
  const Matrix signal = normal(4, 5, 3);
  EXPECT_NEAR(tasks::completion({.target = y, .mask = mask, .signal = signal}).test->error(a),
              (a - signal).squaredNorm() / 20, 1e-14);
  Matrix holes = y;
  holes(1, 2) = std::nan("");
  EXPECT_FALSE(tasks::completion({.target = holes, .mask = mask}).test.has_value()) << "what is unknown cannot test";
  EXPECT_FALSE(tasks::completion({.target = y, .fraction = 1}).test.has_value()) << "nothing is unseen";
}

TEST(Completion, RefusesBadInput) {
  for (const double fraction : {0.0, -0.5, 1.5}) {
    EXPECT_EQ(error_of([&] { tasks::completion({.target = Matrix::Ones(2, 2), .fraction = fraction}); }),
              "task.fraction: expected a number in (0, 1], got " + format_number(fraction));
  }
  EXPECT_EQ(error_of([&] { tasks::completion({.target = Matrix::Ones(2, 2), .fraction = std::nan("")}); }),
            "task.fraction: expected a number in (0, 1], got nan");
  EXPECT_EQ(error_of([&] { tasks::completion({.target = Matrix::Ones(2, 2), .fraction = 0.01}); }),
            "task.mask: expected at least one seen entry (1), got none\n"
            "  hint: a mask holds 1 where an entry of the target is seen");
  EXPECT_EQ(error_of([&] { tasks::completion({.target = Matrix(0, 0)}); }),
            "task.target: expected a matrix with entries, got 0 x 0");
}

}  // namespace
}  // namespace linnet
