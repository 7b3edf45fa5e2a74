#include "core_support.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/tasks/structured.hpp"

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

TEST(StructuredTasks, RegressionOnATeachersData) {
  Vector values(2);
  values << 3, 1;
  const Shape shape{.outputs = 4, .inputs = 6};
  const auto task = [&](Index samples, double noise) {
    return tasks::low_rank_regression(
        {.shape = shape, .values = values, .samples = samples, .condition = 25, .noise = noise, .seed = 3});
  };
  // Without noise the teacher is what is left to find, in training and on held-out data alike.
  const Task clean = task(200, 0);
  const Matrix teacher = tasks::modes({.shape = shape, .values = values, .seed = 3}).target();
  EXPECT_LT(relative(clean.target(), teacher), 1e-12);
  EXPECT_LT(clean.test->error(teacher), 1e-24);
  // Many samples come to the covariance that was asked for: eigenvalues from 1 to 1/25, evenly in logarithm.
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
  EXPECT_EQ(error_of([&] { tasks::reversed(seen); }),
            "task: expected a task with the full-matrix cost, to make another one of, got completion\n"
            "  hint: whiten the inputs, or make the second task from its data");
  EXPECT_EQ(error_of([] { tasks::with_low_rank_change(tasks::target(Matrix::Ones(2, 3)), {.rank = 3}); }),
            "task.change_rank: expected at most 2, the smaller dimension, got 3");
}

}  // namespace
}  // namespace linnet
