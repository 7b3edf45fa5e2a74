#include "linnet/tasks/minibatch.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "linnet/networks/gaussian.hpp"
#include "linnet/tasks/label_noise.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using namespace testing;

/// Sample p is the p-th unit vector: the gradient of a batch at A = 0 has nonzero columns for exactly its samples.
Task one_hot(Index samples) {
  return tasks::regression({.inputs = Matrix::Identity(samples, samples), .targets = Matrix::Ones(samples, 2)});
}

std::vector<Index> samples_of(const Matrix& gradient) {
  std::vector<Index> held;
  for (Index p = 0; p < gradient.cols(); ++p) {
    if (gradient.col(p).norm() > 0) held.push_back(p);
  }
  return held;
}

Matrix gradient_of(const Task& task, const Minibatches& batches, const Matrix& a) {
  Matrix difference;
  Matrix gradient;
  task.train.gradient_on(batches.batch(), a, difference, gradient);
  return gradient;
}

Task data(bool whiten = false) {
  return tasks::regression({.inputs = normal(12, 5, 1), .targets = normal(12, 3, 2), .whiten = whiten});
}

TEST(Minibatches, EachPassTakesEachSampleOnceInAnotherOrder) {
  const Task task = one_hot(12);
  Minibatches batches(task.samples(), 3, 5);
  std::vector<std::vector<Index>> passes;
  for (int pass = 0; pass < 4; ++pass) {
    std::vector<Index> order;
    for (int k = 0; k < 4; ++k) {
      batches.draw();
      const std::vector<Index> held = samples_of(gradient_of(task, batches, Matrix::Zero(2, 12)));
      EXPECT_EQ(held.size(), 3U);
      order.insert(order.end(), held.begin(), held.end());
    }
    passes.push_back(order);
    std::sort(order.begin(), order.end());
    for (Index p = 0; p < 12; ++p) EXPECT_EQ(order[static_cast<std::size_t>(p)], p);
  }
  for (std::size_t i = 1; i < passes.size(); ++i) EXPECT_NE(passes[i], passes[i - 1]);
}

TEST(Minibatches, GoOnFromAnyBatch) {
  const Task task = one_hot(7);
  Minibatches all(task.samples(), 3, 5);
  for (Index k = 0; k < 12; ++k) {
    Minibatches later(task.samples(), 3, 5, k);
    all.draw();
    later.draw();
    EXPECT_EQ(later.batch().inputs, all.batch().inputs) << k;
  }
}

// Splitting a run does not change the batches of its steps, nor, without momentum, anything else.
TEST(Minibatches, ARunThatGoesOnTakesTheBatchesOfOneRun) {
  const Task task = data();
  const DeepLinear start = networks::gaussian_weights(task.shape(), {.width = 4, .variance = 0.3, .seed = 2});
  for (const double label_noise : {0.0, 0.3}) {
    const GradientDescent whole{.step = 0.05, .batch = 5, .seed = 9, .label_noise = label_noise, .max_steps = 30};
    const Trajectory run = train(start, task, whole);
    for (const Index cut : {1, 2, 13, 30}) {
      GradientDescent solver = whole;
      solver.max_steps = cut;
      const Trajectory first = train(start, task, solver);
      solver.max_steps = whole.max_steps - cut;
      solver.first_batch = cut;
      const Trajectory second = train(*first.final, task, solver);
      EXPECT_EQ(end_to_end(*second.final), end_to_end(*run.final)) << cut << " " << label_noise;
    }
  }
  EXPECT_EQ(error_of([&] { train(start, task, GradientDescent{.batch = 5, .first_batch = -1}); }),
            "solver.first_batch: expected a whole number >= 0, got -1");
}

TEST(Minibatches, ARestThatFillsNoBatchIsLeftOutOfThePass) {
  const Task task = one_hot(7);
  Minibatches batches(task.samples(), 3, 5);
  std::vector<int> seen(7, 0);
  for (int pass = 0; pass < 300; ++pass) {
    std::vector<Index> both;
    for (int k = 0; k < 2; ++k) {
      batches.draw();
      const std::vector<Index> held = samples_of(gradient_of(task, batches, Matrix::Zero(2, 7)));
      both.insert(both.end(), held.begin(), held.end());
    }
    std::sort(both.begin(), both.end());
    EXPECT_EQ(both.size(), 6U);
    EXPECT_EQ(std::unique(both.begin(), both.end()), both.end());
    for (const Index p : both) ++seen[static_cast<std::size_t>(p)];
  }
  // Each sample is left out in a seventh of the passes: 300/7 times, within five standard deviations.
  for (const int count : seen) EXPECT_NEAR(count, 300 * 6.0 / 7, 5 * std::sqrt(300 * 6.0 / 49));
}

TEST(Minibatches, MeanOfAPassIsTheFullGradient) {
  const Matrix a = normal(3, 5, 4);
  for (const bool whiten : {false, true}) {
    const Task task = data(whiten);
    const Matrix full = task.train.evaluate(a).gradient;
    for (const Index size : {1, 2, 3, 4, 6, 12}) {
      Minibatches batches(task.samples(), size, 8);
      Matrix mean = Matrix::Zero(3, 5);
      const Index count = 12 / size;
      for (Index k = 0; k < count; ++k) {
        batches.draw();
        mean += gradient_of(task, batches, a) / static_cast<double>(count);
      }
      EXPECT_LT(relative(mean, full), 1e-13) << size << (whiten ? ", whitened" : "");
    }
  }
}

TEST(Minibatches, SameSeedSameBits) {
  const Task task = data();
  const DeepLinear start = networks::gaussian_weights(task.shape(), {.width = 4, .variance = 0.1, .seed = 3});
  const auto end = [&](std::uint64_t seed) {
    return end_to_end(
        *train(start, task, GradientDescent{.step = 0.05, .batch = 4, .seed = seed, .max_steps = 40}).final);
  };
  EXPECT_EQ(end(1), end(1));
  EXPECT_GT(relative(end(2), end(1)), 1e-3);
}

TEST(Minibatches, ABatchOfAllSamplesIsFullDescentForEachFormOfNetwork) {
  const Task task = data();
  const DeepLinear weights = networks::gaussian_weights(task.shape(), {.width = 4, .variance = 0.1, .seed = 3});
  const DeepLinear deep = DeepLinear({normal(4, 5, 5, 0.4), normal(6, 4, 6, 0.4), normal(3, 6, 7, 0.4)});
  const std::vector<Network> starts{weights,
                                    GramState::from_weights(weights),
                                    SelfConsistent(0.1 * normal(3, 5, 4), 1.0),
                                    deep,
                                    DeepLinearized(deep),
                                    DeepBalanced(0.1 * normal(3, 5, 4), 2.5)};
  for (const Network& start : starts) {
    const auto end = [&](Index batch) {
      return end_to_end(*train(start, task, GradientDescent{.step = 0.05, .batch = batch, .max_steps = 50}).final);
    };
    EXPECT_LT(relative(end(12), end(0)), 1e-13);
    EXPECT_GT(relative(end(3), end(0)), 1e-3);
  }
}

TEST(Minibatches, DescentIsThePlainLoop) {
  const Task task = data();
  const Matrix x = normal(12, 5, 1).transpose();
  const Matrix t = normal(12, 3, 2).transpose();
  Matrix w1 = normal(4, 5, 5, 0.4);
  Matrix w2 = normal(3, 4, 6, 0.4);
  const Trajectory run =
      train(DeepLinear(w1, w2), task, GradientDescent{.step = 0.05, .batch = 3, .seed = 6, .max_steps = 30});
  const Task order = one_hot(12);
  Minibatches batches(order.samples(), 3, 6);  // a seed takes the same samples of any data
  for (int k = 0; k < 30; ++k) {
    batches.draw();
    Matrix r = Matrix::Zero(3, 5);
    for (const Index p : samples_of(gradient_of(order, batches, Matrix::Zero(2, 12)))) {
      r += (w2 * w1 * x.col(p) - t.col(p)) * x.col(p).transpose() / 3;
    }
    const Matrix new_w1 = w1 - 0.05 * w2.transpose() * r;
    w2 -= 0.05 * r * w1.transpose();
    w1 = new_w1;
  }
  EXPECT_LT(relative(end_to_end(*run.final), Matrix(w2 * w1)), 1e-13);
}

TEST(Minibatches, OfEntriesTakeEachObservedEntryOnceAPass) {
  Matrix mask = Matrix::Ones(4, 5);
  for (Index i = 0; i < mask.size(); i += 3) mask(i) = 0;
  Minibatches batches(mask, 4, 9);
  const auto observed = static_cast<Index>(mask.sum());
  Matrix seen = Matrix::Zero(4, 5);
  for (Index k = 0; k < observed / 4; ++k) {
    batches.draw();
    for (const Index entry : batches.entries()) seen(entry) += 1;
  }
  EXPECT_EQ(seen.sum(), 4 * (observed / 4));
  EXPECT_TRUE((seen.array() <= mask.array()).all());
}

TEST(Minibatches, WithReplacementAreIndependentAndGoOnFromAnyBatch) {
  const Matrix mask = Matrix::Ones(4, 5);
  Minibatches batches(mask, 6, 9);
  batches.replace();
  Vector counts = Vector::Zero(20);
  bool repeats = false;
  for (Index k = 0; k < 4000; ++k) {
    batches.draw();
    std::vector<Index> drawn(batches.entries().begin(), batches.entries().end());
    for (const Index entry : drawn) counts(entry) += 1;
    Minibatches later(mask, 6, 9, k);
    later.replace();
    later.draw();
    EXPECT_TRUE(std::ranges::equal(later.entries(), drawn));
    std::ranges::sort(drawn);
    repeats = repeats || std::ranges::adjacent_find(drawn) != drawn.end();
  }
  EXPECT_TRUE(repeats);
  // 24000 draws of 20: mean 1200, deviation 34.
  EXPECT_LT((counts.array() - 1200).abs().maxCoeff(), 5 * 34);
}

TEST(Minibatches, DescentOnEntriesIsThePlainLoop) {
  Matrix mask = Matrix::Ones(4, 5);
  for (Index i = 0; i < mask.size(); i += 3) mask(i) = 0;
  const Matrix y = normal(4, 5, 1);
  const Task task = tasks::completion({.target = y, .mask = mask});
  const DeepLinear start(normal(3, 5, 2, 0.5), normal(4, 3, 3, 0.5));
  for (const bool replacement : {false, true}) {
    Matrix w1 = start.w1();
    Matrix w2 = start.w2();
    Minibatches batches(mask, 2, 6);
    if (replacement) batches.replace();
    for (int k = 0; k < 50; ++k) {
      batches.draw();
      Matrix r = Matrix::Zero(4, 5);
      const Matrix a = w2 * w1;
      for (const Index e : batches.entries()) r(e) += mask.sum() / 2 * (a(e) - y(e));
      const Matrix new_w1 = w1 - 0.02 * w2.transpose() * r;
      w2 -= 0.02 * r * w1.transpose();
      w1 = new_w1;
    }
    const GradientDescent solver{.step = 0.02, .batch = 2, .replacement = replacement, .seed = 6, .max_steps = 50};
    const Trajectory run = train(start, task, solver);
    EXPECT_LT(relative(end_to_end(*run.final), w2 * w1), 1e-12);
    const Trajectory gram = train(GramState::from_weights(start), task, solver);
    EXPECT_LT(relative(end_to_end(*gram.final), w2 * w1), 1e-12);
    GradientDescent half = solver;
    half.max_steps = 23;
    const Trajectory rest = train(train(start, task, half).checkpoint(), task, solver);
    EXPECT_EQ(end_to_end(*rest.final), end_to_end(*run.final));
  }
}

TEST(LabelNoise, IsThePlainLoopOnEveryCost) {
  const double deviation = 0.3;
  const Matrix y = normal(4, 5, 1);
  Matrix mask = Matrix::Ones(4, 5);
  for (Index i = 0; i < mask.size(); i += 3) mask(i) = 0;
  const Matrix x = normal(12, 5, 2);
  const Matrix t = normal(12, 4, 3);
  const DeepLinear start(normal(3, 5, 2, 0.5), normal(4, 3, 3, 0.5));
  LabelNoise noise(deviation, 6);
  double seen = 0;
  for (const int which : {0, 1, 2}) {
    Matrix w1 = start.w1();
    Matrix w2 = start.w2();
    for (int k = 0; k < 50; ++k) {
      Matrix r;
      if (which == 2) {
        const Matrix drawn = noise.draw({4, 12}, k);
        r = (w2 * w1 * x.transpose() - t.transpose() - drawn) * x / 12;
        seen += drawn.squaredNorm();
      } else {
        r = w2 * w1 - y - noise.draw({4, 5}, k);
        if (which == 1) r = mask.cwiseProduct(r);
      }
      const Matrix new_w1 = w1 - 0.02 * w2.transpose() * r;
      w2 -= 0.02 * r * w1.transpose();
      w1 = new_w1;
    }
    const Task task = which == 0   ? tasks::target(y)
                      : which == 1 ? tasks::completion({.target = y, .mask = mask})
                                   : tasks::regression({.inputs = x, .targets = t});
    const GradientDescent solver{.step = 0.02, .seed = 6, .label_noise = deviation, .max_steps = 50};
    EXPECT_LT(relative(end_to_end(*train(start, task, solver).final), w2 * w1), 1e-12) << which;
    GradientDescent half = solver;
    half.max_steps = 21;
    EXPECT_EQ(end_to_end(*train(train(start, task, half).checkpoint(), task, solver).final),
              end_to_end(*train(start, task, solver).final));
  }
  EXPECT_NEAR(seen / (50 * 48), deviation * deviation, 0.1 * deviation * deviation);
}

TEST(Minibatches, BadInputIsNamed) {
  const Task matrix = tasks::target(normal(3, 5, 1));
  const DeepLinear start = networks::gaussian_weights(matrix.shape(), {.width = 4, .seed = 3});
  EXPECT_EQ(error_of([&] { train(start, matrix, GradientDescent{.batch = 4}); }),
            "solver.batch: expected 0, for a task without samples, got 4\n"
            "  hint: minibatches are of samples: take a task that has them, such as a regression");
  EXPECT_EQ(error_of([&] { train(start, data(), GradientDescent{.batch = 13}); }),
            "solver.batch: expected 1 to 12 samples, or 0 for all of them at once, got 13");
  EXPECT_EQ(error_of([&] { train(start, data(), GradientDescent{.batch = -1}); }),
            "solver.batch: expected a whole number >= 0, got -1");
}

}  // namespace
}  // namespace linnet
