#include "linnet/tasks/structured.hpp"

#include "linnet/linalg/decompositions.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using testing::normal;
using testing::relative;

TEST(StructuredTasks, TheHierarchyIsABinaryTree) {
  Matrix tree(4, 4);
  tree << 1, 1, 1, 1,  //
      1, 1, -1, -1,    //
      1, -1, 0, 0,     //
      0, 0, 1, -1;
  EXPECT_EQ(tasks::hierarchy(2).target(), tree);
  EXPECT_EQ(tasks::hierarchy(0).target(), Matrix::Ones(1, 1));
  const Matrix y = tasks::hierarchy(3).target();
  Vector squares(8);
  squares << 8, 8, 4, 4, 2, 2, 2, 2;
  EXPECT_EQ(y * y.transpose(), Matrix(squares.asDiagonal()));
}

TEST(StructuredTasks, ModesHaveTheGivenSpectrum) {
  Vector y(3);
  y << 3, 2, 0.5;
  const auto drawn = [&](std::uint64_t seed) {
    tasks::Modes options{.shape = {.outputs = 5, .inputs = 4}, .seed = seed};
    options.values = y;
    return tasks::modes(options);
  };
  const Task task = drawn(3);
  const Vector s = linalg::singular_values(task.target());
  EXPECT_LT((s.head(3) - y).norm(), 1e-14);
  EXPECT_LT(s(3), 1e-14);
  EXPECT_EQ(task.target(), drawn(3).target());
  EXPECT_NE(task.target(), drawn(4).target());
}

TEST(StructuredTasks, WhatFollowsATask) {
  const Task first = tasks::target(normal(5, 4, 1));
  EXPECT_EQ(tasks::reversed(first).target(), -first.target());
  const Task turned = tasks::with_new_outputs(first, 2);
  const Matrix before = first.target().transpose() * first.target();
  const Matrix after = turned.target().transpose() * turned.target();
  EXPECT_LT(relative(after, before), 1e-14);
  EXPECT_GT(relative(turned.target(), first.target()), 0.5);
  const Task changed = tasks::with_low_rank_change(first, {.rank = 2, .size = 0.7, .seed = 3});
  const Vector s = linalg::singular_values(changed.target() - first.target());
  EXPECT_LT((s.head(2) - Vector::Constant(2, 0.7)).norm(), 1e-14);
  EXPECT_LT(s(2), 1e-14);
}

/// Samples in rows, with test samples.
Task drawn_data(Index samples, bool whiten) {
  return tasks::regression({.inputs = normal(samples, 4, 1),
                            .targets = normal(samples, 3, 2),
                            .test_inputs = normal(9, 4, 3),
                            .test_targets = normal(9, 3, 4),
                            .whiten = whiten});
}

// For any data, the costs of a following task at a changed A are those of the first task at A.
TEST(StructuredTasks, WhatFollowsATaskIsTestedInTheSameWay) {
  const Matrix a = normal(3, 4, 5);
  const auto same = [](const Cost& next, const Matrix& there, const Cost& cost, const Matrix& here, Index of) {
    EXPECT_NEAR(next.evaluate(there).cost, cost.evaluate(here).cost, 1e-12) << of;
    EXPECT_LT((next.evaluate(next.target()).gradient).norm(), 1e-12) << "the least cost is at its target";
    if (next.samples() == nullptr) return;
    EXPECT_LT(relative(next.samples()->targets - there * next.samples()->inputs,
                       next.samples()->targets - there * cost.samples()->inputs),
              1e-15);
    EXPECT_NEAR((there * next.samples()->inputs - next.samples()->targets).norm(),
                (here * cost.samples()->inputs - cost.samples()->targets).norm(), 1e-12);
  };
  Index of = 0;
  for (const Task& task : {drawn_data(20, false), drawn_data(20, true), drawn_data(2, false),
                           tasks::target(normal(3, 4, 6), normal(3, 4, 7)),
                           tasks::completion({.target = normal(3, 4, 8), .fraction = 0.6, .seed = 1})}) {
    const Task back = tasks::reversed(task);
    same(back.train, -a, task.train, a, of);
    same(*back.test, -a, *task.test, a, of);
    const Task changed = tasks::with_low_rank_change(task, {.rank = 2, .size = 0.7, .seed = 3});
    const Task zero = tasks::target(Matrix::Zero(3, 4));
    const Matrix change = tasks::with_low_rank_change(zero, {.rank = 2, .size = 0.7, .seed = 3}).target();
    same(changed.train, a + change, task.train, a, of);
    same(*changed.test, a + change, *task.test, a, of);
    if (task.train.mask()) continue;
    const Task turned = tasks::with_new_outputs(task, 2);
    const Matrix rotation = tasks::with_new_outputs(tasks::target(Matrix::Identity(3, 3)), 2).target();
    same(turned.train, rotation * a, task.train, a, of);
    same(*turned.test, rotation * a, *task.test, a, of);
    ++of;
  }
}

TEST(StructuredTasks, RegressionOnATeachersData) {
  Vector values(2);
  values << 3, 1;
  const Shape shape{.outputs = 4, .inputs = 6};
  const auto task = [&](Index samples, double noise) {
    return tasks::low_rank_regression(
        {.shape = shape, .values = values, .samples = samples, .condition = 25, .noise = noise, .seed = 3});
  };
  // Without noise the teacher minimizes both the training cost and the test error.
  const Task clean = task(200, 0);
  const Matrix teacher = tasks::modes({.shape = shape, .values = values, .seed = 3}).target();
  EXPECT_LT(relative(clean.target(), teacher), 1e-12);
  EXPECT_LT(clean.test->error(teacher), 1e-24);
  // For many samples the covariance tends to the given one: eigenvalues from 1 to 1/25, evenly spaced in the logarithm.
  const Vector eigenvalues = linalg::symmetric_eigen(*task(20'000, 0).train.covariance()).values;
  for (Index i = 0; i < 6; ++i) {
    EXPECT_NEAR(std::log(eigenvalues(5 - i)), -std::log(25.0) * static_cast<double>(i) / 5, 0.05) << i;
  }
  EXPECT_NEAR(task(20'000, 0.3).test->error(teacher), 0.09, 0.002);
}

TEST(StructuredTasks, RefuseWhatTheyCannotMake) {
  EXPECT_EQ(error_of([] { tasks::hierarchy(13); }), "task.levels: expected at most 12 levels (4096 items), got 13");
  const auto modes = [](const Vector& values) {
    return error_of([&] { tasks::modes({.shape = {.outputs = 2, .inputs = 3}, .values = values}); });
  };
  const Vector ones = Vector::Ones(3);
  const Vector below = Vector::Constant(1, -1);
  EXPECT_EQ(modes(ones), "task.modes: expected 1 to 2 singular values >= 0, as the shape allows, got 3");
  EXPECT_EQ(modes(below),
            "task.modes: expected 1 to 2 singular values >= 0, as the shape allows, got 1, or one below 0");
  const Task seen = tasks::completion({.target = normal(3, 3, 1), .fraction = 0.5});
  EXPECT_EQ(error_of([&] { tasks::with_new_outputs(seen, 1); }),
            "task: expected a task without a mask, whose rows can be mixed, got completion\n"
            "  hint: reversed and low_rank_change keep a mask");
  EXPECT_EQ(error_of([] { tasks::with_low_rank_change(tasks::target(Matrix::Ones(2, 3)), {.rank = 3}); }),
            "task.change_rank: expected at most 2, the smaller dimension, got 3");
}

}  // namespace
}  // namespace linnet
