// The closed forms on correlated inputs that share the eigenvectors of their covariance with the task, against the
// integrator, which knows nothing of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "linnet/exact/aligned_modes.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/predict/diagnosis.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/exact.hpp"

namespace linnet {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::normals;
using testing::relative;

/// Y = U S Vᵀ and data of inputs whose covariance is V diag(d) Vᵀ.
struct Correlated {
  Matrix u;
  Matrix v;
  Vector d;
  Matrix inputs;  // samples in rows
  Matrix y;
  Task task;
};

Correlated correlated(linalg::Random& random, Shape shape, const Vector& s, const Vector& d, Index samples) {
  const auto orthogonal = [&](Index n) { return linalg::qr_factor(normals(random, n, n)); };
  Matrix u = orthogonal(shape.outputs);
  Matrix v = orthogonal(shape.inputs);
  const Index rank = std::min(samples, shape.inputs);
  Vector variances = d;
  variances.tail(shape.inputs - rank).setZero();
  const Matrix scores = orthogonal(samples).leftCols(rank);
  const Matrix x = std::sqrt(static_cast<double>(samples)) * scores * variances.head(rank).cwiseSqrt().asDiagonal() *
                   v.leftCols(rank).transpose();
  const Matrix y = u.leftCols(s.size()) * s.asDiagonal() * v.leftCols(s.size()).transpose();
  return {.u = std::move(u),
          .v = std::move(v),
          .d = std::move(variances),
          .inputs = x,
          .y = y,
          .task = tasks::regression({.inputs = x, .targets = x * y.transpose()})};
}

Network flowed(const Network& start, const Task& task, double t, const Layerwise& rates = 1.0) {
  const GradientFlow solver{
      .t_end = t, .rates = rates, .rtol = 1e-12, .atol = 1e-14, .method = GradientFlow::Method::explicit_runge_kutta};
  return *train(start, task, solver, {.schedule = Schedule::ends()}).final;
}

/// λ-balanced weights of A = Σ a_i u_i v_iᵀ, of as many neurons as the larger side has dimensions.
DeepLinear aligned_weights(linalg::Random& random, const Correlated& p, const Vector& a, double balance) {
  const Index width = balance == 0 ? a.size() : balance > 0 ? p.u.rows() : p.v.rows();
  const Matrix rotation = linalg::qr_factor(normals(random, width, width));
  Matrix w1 = Matrix::Zero(width, p.v.rows());
  Matrix w2 = Matrix::Zero(p.u.rows(), width);
  for (Index i = 0; i < width; ++i) {
    const double s = i < a.size() ? a(i) : 0.0;
    const double root = std::hypot(balance, 2 * s);
    if (i < p.v.rows()) w1.row(i) = std::sqrt((root - balance) / 2) * p.v.col(i).transpose();
    if (i < p.u.rows()) w2.col(i) = std::sqrt((root + balance) / 2) * p.u.col(i);
  }
  return {rotation * w1, w2 * rotation.transpose()};
}

TEST(CorrelatedInputs, FollowTheIntegratorOnRandomProblems) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    linalg::Random random({.seed = seed, .point = 5});
    const auto between = [&](Index low, Index high) {
      return low + static_cast<Index>(random.below(static_cast<std::uint64_t>(high - low + 1)));
    };
    const Shape shape{.outputs = between(1, 5), .inputs = between(1, 6)};
    const Index modes = shape.modes();
    Vector s(modes);
    for (double& x : s) x = 0.2 + 2 * random.uniform();
    Vector d(shape.inputs);
    for (double& x : d) x = std::pow(10, -1 + 1.5 * random.uniform());
    if (seed % 3 == 1) s.setConstant(s(0));
    if (seed % 4 == 1 && modes > 1) s(modes - 1) = 0;
    if (seed % 5 == 1) d.setConstant(d(0));
    if (seed % 5 == 2) d.head((shape.inputs + 1) / 2).setConstant(d(0));
    if (seed % 6 == 1 && shape.inputs > 1) d(between(1, shape.inputs - 1)) = 0;
    const Index samples = seed % 7 == 1 ? std::max<Index>(1, shape.inputs - 2) : shape.inputs + between(0, 3);
    const Correlated p = correlated(random, shape, s, d, samples);
    const Layerwise scales{0.1 + random.uniform(), 0.1 + random.uniform()};
    const Layerwise rates{0.5 + random.uniform(), 0.5 + random.uniform()};
    const Network wide = networks::infinite_width(shape, scales);
    const ModeFlow by_mode(sample_spectrum(p.task), {.scales = scales, .rates = rates});
    const ExactFlow exact(wide, p.task, {.rates = rates});
    // With a start in every mode; where y_i = 0 and a_i is not, and where no input is seen, too.
    Vector a(modes);
    for (double& x : a) x = 0.05 + 0.5 * random.uniform();
    const double balance = seed % 3 == 0 ? 0 : seed % 3 == 1 ? 0.6 : -0.6;
    const DeepLinear weights = aligned_weights(random, p, a, balance);
    const ExactFlow balanced(weights, p.task);
    for (const double t : {0.3, 1.0, 2.5}) {
      const GramState g = gram_state(flowed(wide, p.task, t, rates));
      EXPECT_LT(relative(exact.gram_state(t).gram(), g.gram()), 1e-10) << seed;
      EXPECT_LT(relative(by_mode.gram_state(t).gram(), g.gram()), 1e-10) << seed;
      EXPECT_NEAR(exact.train_error(t), p.task.train.error(g.end_to_end()), 1e-10) << seed;
      EXPECT_NEAR(by_mode.train_error(t), p.task.train.error(g.end_to_end()), 1e-10) << seed;
      const GramState of_weights = gram_state(flowed(weights, p.task, t));
      EXPECT_LT(relative(balanced.gram_state(t).gram(), of_weights.gram()), 1e-10) << seed;
      EXPECT_NEAR(balanced.kernel_distance(t), kernel_distance(weights, of_weights, p.inputs), 1e-7) << seed;
      // Weights of the same Gram state, from which the closed form goes on.
      const ExactFlow later(balanced.network(t), p.task);
      EXPECT_LT(relative(later.gram_state(0.7).gram(), balanced.gram_state(t + 0.7).gram()), 1e-10) << seed;
    }
    // Modes as the closed form names them; where no two modes are alike they are all of A.
    const Matrix now = balanced.end_to_end(0.9);
    const linalg::Svd of = balanced.target_vectors();
    EXPECT_LT((balanced.modes(0.9) - (of.u.transpose() * now * of.v).diagonal()).norm(), 1e-12) << seed;
    const bool alike = seed % 3 == 1 || seed % 5 == 1 || seed % 5 == 2;
    if (!alike) {
      EXPECT_NEAR(balanced.modes(0.9).norm(), now.norm(), 1e-9) << seed;
    }
    // What has no variance has not moved; the rest is learned.
    const Matrix end = balanced.end_to_end(infinity);
    for (Index i = 0; i < modes; ++i) {
      EXPECT_NEAR(p.u.col(i).dot(end * p.v.col(i)), p.d(i) > 0 ? s(i) : a(i), 1e-10) << seed;
    }
  }
}

TEST(CorrelatedInputs, OfConditionATrillionKeepTheirDigits) {
  linalg::Random random({.seed = 3});
  const Vector s{{2.0, 1.0, 0.5, 0.25}};
  const Vector d{{1.0, 1e-4, 1e-8, 1e-12}};
  const Correlated p = correlated(random, {.outputs = 5, .inputs = 4}, s, d, 9);
  const ModeFlow flow(sample_spectrum(p.task), {.scales = 0.1});
  const ExactFlow exact(networks::infinite_width({.outputs = 5, .inputs = 4}, 0.1), p.task);
  for (Index i = 0; i < 4; ++i) {
    const Mode mode({.target = s(i), .threshold = 0.1});
    for (const double of_mode : {0.3, 1.0, 2.0}) {
      const double t = of_mode / d(i);
      EXPECT_NEAR(p.u.col(i).dot(flow.end_to_end(t) * p.v.col(i)), mode.at(of_mode), 1e-9) << i;
      EXPECT_NEAR(exact.modes(t)(i), mode.at(of_mode), 1e-9) << i;
    }
    EXPECT_NEAR(flow.learning_times(0.5)(i) * d(i), mode.time_to(s(i) / 2), 1e-9 * mode.time_to(s(i) / 2)) << i;
  }
  const Vector times = exact.learning_times(0.5);
  EXPECT_LT(relative(times, flow.learning_times(0.5)), 1e-9);
  for (Index i = 0; i < 4; ++i) EXPECT_NEAR(exact.modes(exact.activation_times()(i))(i), 0.1, 1e-9);
}

// A tree whose items are correlated along its own branches: singular values and variances are both degenerate.
TEST(CorrelatedInputs, OfAHierarchyWithCorrelatedItems) {
  const Task tree = tasks::hierarchy(3);
  const Matrix& y = tree.target();
  const Vector lengths = y.rowwise().norm();
  const Matrix v = lengths.cwiseInverse().asDiagonal() * y;  // the branches, in rows
  Vector d(8);
  for (Index i = 0; i < 8; ++i) d(i) = 0.1 * lengths(i) * lengths(i);  // more alike the nearer the common branch
  const Matrix x = std::sqrt(8.0) * (d.cwiseSqrt().asDiagonal() * v);
  const Task task = tasks::regression({.inputs = x, .targets = x * y.transpose()});
  const Network start = networks::infinite_width({.outputs = 8, .inputs = 8}, 0.01);
  const ModeFlow flow(sample_spectrum(task), {.scales = 0.01});
  const ExactFlow exact(start, task);
  for (const double t : {0.5, 2.0, 8.0}) {
    const GramState g = gram_state(flowed(start, task, t));
    EXPECT_LT(relative(flow.gram_state(t).gram(), g.gram()), 1e-9);
    EXPECT_LT(relative(exact.gram_state(t).gram(), g.gram()), 1e-9);
  }
}

TEST(CorrelatedInputs, ModeStrengthsAreThoseOfTheClosedForm) {
  const Task task = tasks::modes({.shape = {.outputs = 4, .inputs = 6},
                                  .values = Vector{{2.0, 2.0, 2.0, 1.0}},
                                  .input_variances = Vector{{0.3, 2.0, 1.0, 0.5}}});
  const Network start = networks::infinite_width(task.shape(), 0.1);
  const ModeFlow flow(sample_spectrum(task), {.scales = 0.1});
  const GradientFlow solver{.t_end = 2, .rtol = 1e-11, .atol = 1e-13};
  const linalg::Svd& modes = *flow.spectrum().vectors;
  const std::vector<Observable> record{observables::mode_strengths(),
                                       observables::mode_strengths(-modes.u.leftCols(2), modes.v.leftCols(2))};
  for (const Observable& o : record) {
    const Trajectory run = train(start, task, solver, {.observables = {o}, .schedule = Schedule::linear(9)});
    const Matrix& strengths = run["mode_strengths"].values;
    const double sign = strengths.cols() == 2 ? -1 : 1;
    for (Index k = 0; k < strengths.rows(); ++k) {
      const Vector expected = sign * flow.modes(run.time[static_cast<std::size_t>(k)]).head(strengths.cols());
      EXPECT_LT((strengths.row(k).transpose() - expected).norm(), 1e-8) << k;
    }
  }
  EXPECT_THAT(error_of([&] { observables::mode_strengths(modes.u, modes.v.leftCols(1)); }),
              HasSubstr("record.mode_strengths: expected as many left as right vectors"));
}

// Inputs of one variance among themselves need no start along the singular vectors of the task.
TEST(CorrelatedInputs, WithinOneVarianceTheStartIsFree) {
  linalg::Random random({.seed = 11});
  const Vector s{{2.0, 1.5, 1.0, 0.7}};
  const Vector d{{1.0, 1.0, 0.2, 0.2}};
  const Correlated p = correlated(random, {.outputs = 4, .inputs = 4}, s, d, 6);
  // Two networks beside each other, of random weights that are one neuron each.
  Matrix w1 = Matrix::Zero(2, 4);
  Matrix w2 = Matrix::Zero(4, 2);
  for (Index k = 0; k < 2; ++k) {
    Vector in = 0.3 * p.v.middleCols(2 * k, 2) * normals(random, 2);
    Vector out = 0.3 * p.u.middleCols(2 * k, 2) * normals(random, 2);
    out *= in.norm() / out.norm();
    w1.row(k) = in.transpose();
    w2.col(k) = out;
  }
  const DeepLinear weights(w1, w2);
  const ExactFlow exact(weights, p.task);
  for (const double t : {0.5, 2.0, 6.0}) {
    EXPECT_LT(relative(exact.gram_state(t).gram(), gram_state(flowed(weights, p.task, t)).gram()), 1e-9);
  }
  // One mode of each pair has a neuron that turns to it.
  EXPECT_EQ(exact.learned(), (std::vector<bool>{true, false, true, false}));
  EXPECT_EQ(exact.columns(), 2);
}

TEST(CorrelatedInputs, TestErrorAndItsLeastOnHeldOutData) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    linalg::Random random({.seed = seed, .point = 8});
    const Vector s{{3.0, 1.5, 0.7}};
    const Vector d{{1.0, 0.5, 0.1, 0.02}};
    Correlated p = correlated(random, {.outputs = 3, .inputs = 4}, s, d, 7);
    const Matrix signal = p.y + 0.5 * normals(random, 3, 4);
    const Matrix test = normals(random, 12, 4);
    p.task = tasks::regression({.inputs = p.inputs,
                                .targets = p.inputs * p.y.transpose(),
                                .test_inputs = test,
                                .test_targets = test * signal.transpose() + 0.1 * normals(random, 12, 3)});
    const ModeFlow flow(sample_spectrum(p.task), {.scales = {0.05, 0.2}});
    const ExactFlow exact(networks::infinite_width({.outputs = 3, .inputs = 4}, {0.05, 0.2}), p.task);
    double least = infinity;
    for (int k = 0; k <= 4000; ++k) {
      const double t = 1e-3 * std::pow(1e7, k / 4000.0);
      const double error = p.task.test->error(flow.end_to_end(t));
      EXPECT_NEAR(flow.test_error(t), error, 1e-12 * (1 + error));
      least = std::min(least, error);
    }
    for (const BestMoment& best : {flow.best(), exact.best()}) {
      EXPECT_LE(best.test_error, least * (1 + 1e-9)) << seed;
      EXPECT_GT(best.test_error, least * (1 - 1e-4)) << seed;
      EXPECT_NEAR(flow.test_error(best.time), best.test_error, 1e-9 * best.test_error) << seed;
    }
  }
}

// Inputs that are white but for 1e-11 take the way of correlated ones.
TEST(CorrelatedInputs, JoinWhiteOnes) {
  linalg::Random random({.seed = 21});
  const Vector s{{2.0, 2.0, 0.5}};
  Vector d = Vector::Constant(4, 0.5);
  const Shape shape{.outputs = 3, .inputs = 4};
  const Correlated white = correlated(random, shape, s, d, 6);
  random = linalg::Random({.seed = 21});
  d(1) += 1e-11;
  const Correlated near = correlated(random, shape, s, d, 6);
  ASSERT_TRUE(white.task.train.is_white());
  ASSERT_FALSE(near.task.train.is_white());
  const Network start = networks::infinite_width(shape, 0.3);
  for (const double t : {0.1, 1.0, 10.0}) {
    EXPECT_LT(
        relative(ExactFlow(start, near.task).gram_state(t).gram(), ExactFlow(start, white.task).gram_state(t).gram()),
        1e-10);
  }
}

TEST(CorrelatedInputs, ThatAreNotAlignedAreRefusedWithTheDistance) {
  linalg::Random random({.seed = 31});
  const Vector s{{2.0, 1.0, 0.5}};
  const Vector d{{1.0, 0.5, 0.1}};
  const Shape shape{.outputs = 3, .inputs = 3};
  const Correlated p = correlated(random, shape, s, d, 6);
  const Network start = networks::infinite_width(shape, 0.3);
  // Σ turned by an angle: off the diagonal is sin(2φ)(d_1 − d_2)/2 twice.
  for (const double angle : {0.3, 1e-3, 1e-6}) {
    Matrix turn = Matrix::Identity(3, 3);
    turn.topLeftCorner(2, 2) << std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle);
    const Matrix x = p.inputs * p.v * turn * p.v.transpose();
    const Task turned = tasks::regression({.inputs = x, .targets = x * p.y.transpose()});
    const AlignedModes modes = aligned_modes(turned.target(), cost_root(turned.train));
    EXPECT_NEAR(modes.misalignment, std::sin(2 * angle) * 0.5 / std::sqrt(2.0) / d.norm(), 1e-9);
    const std::string text = error_of([&] { ExactFlow(start, turned); });
    EXPECT_THAT(text, HasSubstr("task: expected inputs that are white, or whose covariance shares its eigenvectors"));
    EXPECT_THAT(text, HasSubstr("got regression, " + format_number(modes.misalignment) + " away from that"));
    EXPECT_EQ(error_of([&] { sample_spectrum(turned); }), text);
    EXPECT_NO_THROW(sample_spectrum(turned, 1.0));
  }
  const DeepLinear mixed(0.1 * normals(random, 20, 3), 0.1 * normals(random, 3, 20));
  EXPECT_THAT(
      error_of([&] { ExactFlow(mixed, p.task, {.closure = match_closure(mixed)}); }),
      HasSubstr("network: expected for correlated inputs, a start that mixes no directions of different variance"));
  const Diagnosis none = diagnose(mixed, p.task);
  EXPECT_EQ(none.verdict, Diagnosis::Verdict::integrated);
  EXPECT_THAT(none.reason, HasSubstr("condition number 10"));
  const DeepLinear along = aligned_weights(random, p, Vector{{0.1, 0.2, 0.3}}, 0.4);
  const Diagnosis known = diagnose(along, p.task);
  EXPECT_EQ(known.verdict, Diagnosis::Verdict::exact);
  ASSERT_TRUE(known.prediction.has_value());
  EXPECT_LT(relative(known.prediction->end_to_end(1.3), gram_state(flowed(along, p.task, 1.3)).end_to_end()), 1e-10);
}

TEST(CorrelatedInputs, OfTheTaskWithGivenModes) {
  const tasks::Modes options{.shape = {.outputs = 4, .inputs = 5}, .values = Vector{{3.0, 2.0, 1.0}}, .seed = 4};
  tasks::Modes correlated = options;
  correlated.input_variances = Vector{{0.5, 1.0, 0.0, 2.0}};
  const Task task = tasks::modes(correlated);
  const linalg::Svd all = linalg::svd(tasks::modes(options).target());
  const Matrix& y = task.target();
  for (Index i = 0; i < 3; ++i) {
    const double d = correlated.input_variances(i);
    EXPECT_NEAR(all.u.col(i).dot(y * all.v.col(i)), d > 0 ? all.s(i) : 0.0, 1e-13);
    EXPECT_NEAR(all.v.col(i).dot(*task.train.covariance() * all.v.col(i)), d, 1e-13);
  }
  EXPECT_NEAR(task.train.covariance()->trace(), 3.5, 1e-13);
  EXPECT_LT(aligned_modes(y, cost_root(task.train)).misalignment, 1e-13);
  correlated.input_variances = Vector::Zero(2);
  EXPECT_THAT(error_of([&] { tasks::modes(correlated); }),
              HasSubstr("task.input_variances: expected at most 5 variances"));
}

}  // namespace
}  // namespace linnet
