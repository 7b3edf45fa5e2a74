// Costs that are not full matrix, mask or regression: sensing, weights, Huber's, cross-entropy and custom ones.

#include <gmock/gmock.h>

#include <functional>

#include "linnet/dynamics/deep_dynamics.hpp"
#include "linnet/dynamics/gram_dynamics.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/exact/neuron_flow.hpp"
#include "linnet/exact/one_layer_flow.hpp"
#include "linnet/landscape/greedy.hpp"
#include "linnet/landscape/nearest_minimum.hpp"
#include "linnet/landscape/nearest_saddle.hpp"
#include "linnet/landscape/point.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/perceptron/accuracy.hpp"
#include "linnet/perceptron/linearized.hpp"
#include "linnet/tasks/classification.hpp"
#include "linnet/tasks/custom.hpp"
#include "linnet/tasks/minibatch.hpp"
#include "linnet/tasks/sensing.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/tasks/tied_embedding.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet::other_costs {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::normal;
using testing::relative;

constexpr Index outputs = 3;
constexpr Index inputs = 4;
constexpr Index count = 14;

Vector labels_of(Index classes, Index samples = count) {
  Vector labels(samples);
  for (Index i = 0; i < samples; ++i) labels(i) = static_cast<double>((i * i + i / 3) % classes);
  return labels;
}

Vector positive(Index n, std::uint64_t seed) { return normal(n, 1, seed).cwiseAbs() + Vector::Constant(n, 0.1); }

/// Σ_ij cosh of A − Y, as a user might write it.
Task cosh_task(bool with_curvature) {
  const Matrix y = normal(outputs, inputs, 7);
  tasks::Custom o{.shape = {.outputs = outputs, .inputs = inputs}, .f = [y](const Matrix& a, Matrix& gradient) {
                    gradient = (a - y).array().sinh();
                    return (a - y).array().cosh().sum() - static_cast<double>(a.size());
                  }};
  if (with_curvature) {
    o.curvature = [y](const Matrix& a, const Matrix& d) { return Matrix((a - y).array().cosh() * d.array()); };
  }
  return tasks::custom(o);
}

std::vector<Task> all_tasks() {
  const Matrix y = normal(outputs, inputs, 1);
  const Matrix x = normal(count, inputs, 2);
  const Matrix t = normal(count, outputs, 3);
  Matrix w = normal(outputs, inputs, 4).cwiseAbs();
  w(0, 1) = 0;
  std::vector<Task> all;
  const auto add = [&](const char* name, Task task) {
    task.name = name;
    all.push_back(std::move(task));
  };
  add("sensing", tasks::gaussian_sensing({.target = y, .measurements = 9, .noise = 0.1, .seed = 5}));
  add("weighted entries", tasks::target(y, std::nullopt, {.weights = w}));
  add("weighted samples", tasks::regression({.inputs = x, .targets = t, .weights = positive(count, 6)}));
  add("huber", tasks::target(y, std::nullopt, {.huber = 0.7}));
  add("weighted huber", tasks::target(y, std::nullopt, {.weights = w, .huber = 0.7}));
  add("huber of samples", tasks::regression({.inputs = x, .targets = t, .huber = 0.9}));
  add("weighted huber of samples", tasks::regression({.inputs = x,
                                                      .targets = t,
                                                      .normalisation = {.half = false, .mean_over_outputs = false},
                                                      .weights = positive(count, 6),
                                                      .huber = 0.9}));
  add("softmax", tasks::classification({.inputs = x, .labels = labels_of(outputs)}));
  add("weighted softmax",
      tasks::classification({.inputs = x, .labels = labels_of(outputs), .weights = positive(count, 8)}));
  add("logistic", tasks::classification({.inputs = x, .labels = labels_of(2)}));
  add("custom", cosh_task(true));
  add("tied", tasks::tied(Matrix(normal(inputs, inputs, 9) * normal(inputs, inputs, 9).transpose()), outputs));
  return all;
}

TEST(OtherCosts, GradientAndCurvatureAreDerivatives) {
  for (const Task& task : all_tasks()) {
    const Cost& cost = task.train;
    const Shape shape = cost.shape();
    for (const std::uint64_t seed : {11U, 12U}) {
      const Matrix a = normal(shape.outputs, shape.inputs, seed);
      const Residual at = cost.evaluate(a);
      Room room;
      Matrix image;
      for (Index i = 0; i < a.size(); ++i) {
        Matrix d = Matrix::Zero(shape.outputs, shape.inputs);
        d.data()[i] = 1;
        const double h = 1e-5;
        const Residual ahead = cost.evaluate(a + h * d);
        const Residual behind = cost.evaluate(a - h * d);
        EXPECT_NEAR((ahead.cost - behind.cost) / (2 * h), at.gradient.data()[i], 1e-8 * (1 + at.cost)) << task.name;
        cost.curvature(at, d, room, image);
        // No sample and no entry is within h of Huber's kink.
        EXPECT_LT((((ahead.gradient - behind.gradient) / (2 * h)) - image).norm(), 1e-8 * (1 + at.cost)) << task.name;
      }
    }
  }
}

TEST(OtherCosts, CurvatureIsSymmetricAndOfConvexCostsNotNegative) {
  for (const Task& task : all_tasks()) {
    const Cost& cost = task.train;
    const Shape shape = cost.shape();
    const Residual at = cost.evaluate(normal(shape.outputs, shape.inputs, 13, 2));
    const Index n = shape.outputs * shape.inputs;
    Matrix hessian(n, n);
    Room room;
    Matrix image;
    for (Index i = 0; i < n; ++i) {
      Matrix d = Matrix::Zero(shape.outputs, shape.inputs);
      d.data()[i] = 1;
      cost.curvature(at, d, room, image);
      hessian.col(i) = image.reshaped();
    }
    EXPECT_LT((hessian - hessian.transpose()).norm(), 1e-14 * hessian.norm()) << task.name;
    if (task.name == "tied") continue;  // not convex
    const Vector values = linalg::symmetric_eigen(hessian).values;
    EXPECT_GE(values.minCoeff(), -1e-14 * values.maxCoeff()) << task.name;
  }
}

TEST(OtherCosts, AllUnitMatricesMeasureTheWholeMatrix) {
  const Matrix y = normal(outputs, inputs, 1);
  const Index n = y.size();
  const Matrix rows = y.transpose();
  const Task sensing = tasks::sensing(
      {.shape = shape_of(y), .matrices = Matrix::Identity(n, n), .values = rows.reshaped(), .signal = y});
  const Task whole = tasks::target(y, y);
  const Matrix a = normal(outputs, inputs, 2);
  EXPECT_NEAR(sensing.train.evaluate(a).cost, whole.train.evaluate(a).cost, 1e-14);
  EXPECT_LT(relative(sensing.train.evaluate(a).gradient, whole.train.evaluate(a).gradient), 1e-15);
  EXPECT_NEAR(sensing.train.error(a), whole.train.error(a), 1e-15);
  EXPECT_NEAR(sensing.test->error(a), whole.test->error(a), 1e-15);
}

TEST(OtherCosts, GaussianMeasurementsKeepNormsOnAverage) {
  const Matrix y = normal(outputs, inputs, 1);
  double sum = 0;
  const int draws = 400;
  for (int seed = 0; seed < draws; ++seed) {
    const Task task =
        tasks::gaussian_sensing({.target = y, .measurements = 20, .seed = static_cast<std::uint64_t>(seed)});
    EXPECT_NEAR(task.train.evaluate(y).cost, 0, 1e-28);
    sum += task.train.evaluate(Matrix::Zero(outputs, inputs)).cost;
  }
  // The variance of 2C is 2/20 of its square.
  EXPECT_NEAR(sum / draws / (0.5 * y.squaredNorm()), 1, 4 * std::sqrt(0.1 / draws));
}

TEST(OtherCosts, WeightsOfZeroAndOneAreAMask) {
  Matrix y = normal(outputs, inputs, 1);
  Matrix mask = Matrix::Ones(outputs, inputs);
  mask(1, 2) = mask(0, 0) = 0;
  const Matrix a = normal(outputs, inputs, 2);
  const Cost masked = Cost::masked(y, mask);
  y(1, 2) = std::nan("");
  // Halves and wholes take the path of weights; the cost is half that of the mask.
  const Cost half = Cost::weighted(y, 0.5 * mask);
  EXPECT_TRUE(half.is_weighted());
  EXPECT_FALSE(Cost::weighted(y, mask).is_weighted());
  EXPECT_EQ(Cost::weighted(y, mask).evaluate(a).cost, masked.evaluate(a).cost);
  EXPECT_NEAR(2 * half.evaluate(a).cost, masked.evaluate(a).cost, 1e-14);
  EXPECT_LT(relative(Matrix(2 * half.evaluate(a).gradient), masked.evaluate(a).gradient), 1e-15);
  EXPECT_NEAR(half.error(a), masked.error(a), 1e-15);
  EXPECT_NEAR(half.error_of(half.evaluate(a).cost), masked.error(a), 1e-15);
  EXPECT_EQ(*half.mask(), mask);
}

TEST(OtherCosts, WholeWeightsOfSamplesAreRepetitions) {
  const Matrix x = normal(5, inputs, 1);
  const Matrix t = normal(5, outputs, 2);
  const Vector w{{2, 0, 1, 3, 1}};
  Matrix xs(7, inputs);
  Matrix ts(7, outputs);
  Index row = 0;
  for (Index i = 0; i < 5; ++i) {
    for (Index k = 0; k < static_cast<Index>(w(i)); ++k, ++row) {
      xs.row(row) = x.row(i);
      ts.row(row) = t.row(i);
    }
  }
  const Matrix a = normal(outputs, inputs, 3);
  for (const std::optional<double> huber : {std::optional<double>(), std::optional<double>(0.8)}) {
    for (const bool half : {true, false}) {
      const Normalisation normalisation{.half = half};
      const Task weighted =
          tasks::regression({.inputs = x, .targets = t, .normalisation = normalisation, .weights = w, .huber = huber});
      const Task repeated =
          tasks::regression({.inputs = xs, .targets = ts, .normalisation = normalisation, .huber = huber});
      const double ratio = 7.0 / 5.0;
      EXPECT_NEAR(weighted.train.evaluate(a).cost, ratio * repeated.train.evaluate(a).cost, 1e-13);
      EXPECT_LT(relative(weighted.train.evaluate(a).gradient, Matrix(ratio * repeated.train.evaluate(a).gradient)),
                1e-13);
      EXPECT_NEAR(weighted.train.error(a), repeated.train.error(a), 1e-13);
      EXPECT_NEAR(weighted.train.of_outputs(a * x.transpose()), weighted.train.evaluate(a).cost, 1e-13);
      if (!huber) {
        EXPECT_LT(relative(weighted.target(), repeated.target()), 1e-10);
      }
    }
  }
}

TEST(OtherCosts, HuberBelowItsThresholdIsTheQuadraticCost) {
  const Matrix y = normal(outputs, inputs, 1);
  const Matrix x = normal(count, inputs, 2);
  const Matrix t = normal(count, outputs, 3);
  const Matrix a = normal(outputs, inputs, 4);
  const auto agree = [&](const Task& huber, const Task& square) {
    EXPECT_NEAR(huber.train.evaluate(a).cost, square.train.evaluate(a).cost, 1e-13);
    EXPECT_LT(relative(huber.train.evaluate(a).gradient, square.train.evaluate(a).gradient), 1e-13);
    EXPECT_NEAR(huber.train.error(a), square.train.error(a), 1e-13);
  };
  agree(tasks::target(y, std::nullopt, {.huber = 1e3}), tasks::target(y));
  for (const Normalisation n : {Normalisation(), Normalisation{.half = false, .mean_over_outputs = false}}) {
    agree(tasks::regression({.inputs = x, .targets = t, .normalisation = n, .huber = 1e3}),
          tasks::regression({.inputs = x, .targets = t, .normalisation = n}));
  }
  // And one far beyond is the sum of sizes.
  const double small = 1e-6;
  const Task sizes = tasks::target(y, std::nullopt, {.huber = small});
  EXPECT_NEAR(sizes.train.evaluate(a).cost / small, (a - y).cwiseAbs().sum(), 1e-4);
}

TEST(OtherCosts, SoftmaxOfTwoClassesIsLogisticOfTheDifference) {
  const Matrix x = normal(count, inputs, 1);
  const Vector labels = labels_of(2);
  const Task logistic = tasks::classification({.inputs = x, .labels = labels});
  const Task signs = tasks::classification({.inputs = x, .labels = 2 * labels - Vector::Ones(count)});
  const Task softmax = tasks::classification({.inputs = x, .labels = labels, .classes = 2});
  const Matrix a = normal(2, inputs, 2);
  const Residual one = logistic.train.evaluate(a.row(1) - a.row(0));
  const Residual two = softmax.train.evaluate(a);
  EXPECT_NEAR(one.cost, two.cost, 1e-14);
  EXPECT_LT(relative(Matrix(two.gradient.row(1)), one.gradient), 1e-13);
  EXPECT_LT(relative(Matrix(two.gradient.row(0)), Matrix(-one.gradient)), 1e-13);
  EXPECT_EQ(signs.train.evaluate(a.row(0)).cost, logistic.train.evaluate(a.row(0)).cost);
}

TEST(OtherCosts, SmallCrossEntropiesKeepTheirDigits) {
  const Matrix one = Matrix::Ones(1, 1);
  for (const double z : {1e-3, 40.0, 300.0, 690.0}) {
    const double expected = std::log1p(std::exp(-z));
    const Task logistic = tasks::classification({.inputs = one, .labels = Vector::Ones(1)});
    const Residual right = logistic.train.evaluate(z * one);
    EXPECT_NEAR(right.cost / expected, 1, 1e-14);
    EXPECT_NEAR(right.gradient(0, 0) / -(std::exp(-z) / (1 + std::exp(-z))), 1, 1e-14);
    EXPECT_NEAR(logistic.train.evaluate(-z * one).cost, z + expected, 1e-13 * z);
    const Task softmax = tasks::classification({.inputs = one, .labels = Vector::Ones(1), .classes = 3});
    Matrix a(3, 1);
    a << 0, z, -1;
    const double others = std::exp(-z) + std::exp(-z - 1);
    const Residual at = softmax.train.evaluate(a);
    EXPECT_NEAR(at.cost / std::log1p(others), 1, 1e-14);
    EXPECT_NEAR(at.gradient(1, 0) / (-others / (1 + others)), 1, 1e-14);
    EXPECT_NEAR(at.gradient.sum(), 0, 1e-16);
  }
  // Outputs that no exponential can hold.
  const Task softmax = tasks::classification({.inputs = one, .labels = Vector::Zero(1), .classes = 2});
  Matrix a(2, 1);
  a << -1e6, 1e6;
  EXPECT_EQ(softmax.train.evaluate(a).cost, 2e6);
  EXPECT_TRUE(softmax.train.evaluate(a).gradient.allFinite());
}

TEST(OtherCosts, LogisticDescentIsThePlainLoop) {
  const Matrix x = normal(count, inputs, 1);
  const Vector labels = labels_of(2);
  const Task task = tasks::classification({.inputs = x, .labels = labels});
  const DeepLinear start = networks::gaussian_weights(task.shape(), {.width = 6, .variance = 0.1, .seed = 3});
  Matrix w1 = start.w1();
  Matrix w2 = start.w2();
  const double step = 0.3;
  for (int k = 0; k < 50; ++k) {
    Matrix gradient = Matrix::Zero(1, inputs);
    for (Index i = 0; i < count; ++i) {
      const double p = 1 / (1 + std::exp(-(w2 * w1 * x.row(i).transpose())(0)));
      gradient += (p - labels(i)) * x.row(i) / static_cast<double>(count);
    }
    const Matrix to_w1 = w2.transpose() * gradient;
    w2 -= step * gradient * w1.transpose();
    w1 -= step * to_w1;
  }
  const Trajectory weights = train(start, task, GradientDescent{.step = step, .max_steps = 50});
  const Trajectory gram = train(GramState::from_weights(start), task, GradientDescent{.step = step, .max_steps = 50});
  EXPECT_LT(relative(end_to_end(*weights.final), Matrix(w2 * w1)), 1e-12);
  EXPECT_LT(relative(end_to_end(*gram.final), Matrix(w2 * w1)), 1e-11);
}

TEST(OtherCosts, MinibatchesOfAPassAverageToTheGradient) {
  for (const Task& task : all_tasks()) {
    if (task.samples() == nullptr) continue;
    const Matrix a = normal(task.shape().outputs, task.shape().inputs, 5);
    Minibatches batches(task.samples(), 2, 9);
    Matrix sum = Matrix::Zero(task.shape().outputs, task.shape().inputs);
    Matrix room;
    Matrix gradient;
    for (Index k = 0; k < count / 2; ++k) {
      task.train.gradient_on(batches.draw(), a, room, gradient);
      sum += gradient / (static_cast<double>(count) / 2);
    }
    EXPECT_LT(relative(sum, task.train.evaluate(a).gradient), 1e-13) << task.name;
  }
}

/// A at the end of flow.
Matrix flown(const Network& start, const Task& task, GradientFlow::Method method, double rtol) {
  const Trajectory run = train(start, task, GradientFlow{.t_end = 3, .rtol = rtol, .method = method},
                               {.observables = {observables::by_name("imbalance_drift")}});
  EXPECT_LT(run.series.front().values.maxCoeff(), 300 * rtol) << task.name;
  return end_to_end(*run.final);
}

TEST(OtherCosts, EveryStateAndIntegratorFlowsAlike) {
  std::vector<Task> all = all_tasks();
  all.push_back(cosh_task(false));
  for (const Task& task : all) {
    const DeepLinear start = networks::gaussian_weights(task.shape(), {.width = 9, .variance = 0.05, .seed = 3});
    const Matrix gram = flown(GramState::from_weights(start), task, GradientFlow::Method::adams, 1e-10);
    EXPECT_LT(relative(flown(start, task, GradientFlow::Method::adams, 1e-10), gram), 1e-7) << task.name;
    // Huber's second derivative jumps, which costs an integrator order and steps, not truth.
    EXPECT_LT(relative(flown(start, task, GradientFlow::Method::bdf, 1e-8), gram), 1e-5) << task.name;
    EXPECT_LT(
        relative(flown(DeepLinear(start.weights()), task, GradientFlow::Method::explicit_runge_kutta, 1e-10), gram),
        1e-7)
        << task.name;
    // The self-consistent network of balanced weights is exact.
    const DeepLinear balanced =
        networks::balanced(0.2 * normal(task.shape().outputs, task.shape().inputs, 4), 0, task.shape().modes());
    const Matrix closed =
        flown(SelfConsistent(balanced.end_to_end(), {0, 0}), task, GradientFlow::Method::adams, 1e-10);
    EXPECT_LT(relative(flown(balanced, task, GradientFlow::Method::adams, 1e-10), closed), 1e-6) << task.name;
  }
}

TEST(OtherCosts, HessianOfTheWeightsIsADerivative) {
  for (const Task& task : all_tasks()) {
    const DeepLinear start = networks::gaussian_weights(task.shape(), {.width = 3, .variance = 0.3, .seed = 3});
    landscape::Point point(start, task.train);
    const Vector theta = point.theta();
    const Vector v = normal(theta.size(), 1, 8).normalized();
    const Vector product = point.hessian(v);
    const double h = 1e-5;
    point.move_to(theta + h * v);
    const Vector ahead = point.gradient();
    point.move_to(theta - h * v);
    EXPECT_LT(((ahead - point.gradient()) / (2 * h) - product).norm(), 1e-7 * (1 + product.norm())) << task.name;
  }
}

TEST(OtherCosts, CustomIsTheBuiltInCostToTheLastDigits) {
  const Matrix y = normal(outputs, inputs, 1);
  const Task own = tasks::custom({.shape = shape_of(y), .f = [y](const Matrix& a, Matrix& gradient) {
                                    gradient = a - y;
                                    return 0.5 * gradient.squaredNorm();
                                  }});
  const Network start = networks::gaussian_gram(shape_of(y), {.width = 100, .variance = 1e-3, .seed = 3});
  const GradientDescent descent{.step = 0.05, .max_steps = 100};
  EXPECT_EQ(end_to_end(*train(start, own, descent).final), end_to_end(*train(start, tasks::target(y), descent).final));
  EXPECT_EQ(own.train.error_of(0.25), 0.25);
}

TEST(OtherCosts, CustomRefusesWhatIsNoGradient) {
  const Shape shape{.outputs = outputs, .inputs = inputs};
  using F = std::function<double(const Matrix&, Matrix&)>;
  const auto refused = [&](const F& f) { return error_of([&] { tasks::custom({.shape = shape, .f = f}); }); };
  EXPECT_THAT(refused([](const Matrix& a, Matrix& g) {
                g = a;
                return a.squaredNorm();
              }),
              HasSubstr("task.f: expected the gradient of the cost"));
  EXPECT_THAT(refused([](const Matrix& a, Matrix& g) {
                g = Matrix::Zero(a.rows(), a.cols());
                return a.squaredNorm();
              }),
              HasSubstr("task.f: expected the gradient of the cost"));
  EXPECT_THAT(refused([](const Matrix& a, Matrix& g) {
                g = a.transpose();
                return 0.5 * a.squaredNorm();
              }),
              HasSubstr("task.f: expected a gradient of 3 x 4, the shape of A, got 4 x 3"));
  EXPECT_THAT(refused([](const Matrix& a, Matrix& g) {
                g = a;
                g(0, 0) = std::nan("");
                return 0.5 * a.squaredNorm();
              }),
              HasSubstr("task.f: expected a gradient of finite numbers"));
  EXPECT_THAT(error_of([&] {
                tasks::custom({.shape = shape,
                               .f =
                                   [](const Matrix& a, Matrix& g) {
                                     g = a;
                                     return 0.5 * a.squaredNorm();
                                   },
                               .curvature = [](const Matrix&, const Matrix& d) { return Matrix(2 * d); }});
              }),
              HasSubstr("task.curvature: expected the second derivative"));
  // In a run, at an A that the check did not see.
  const Task later = tasks::custom({.shape = shape, .f = [](const Matrix& a, Matrix& g) {
                                      g = a;
                                      if (a.norm() < 0.1) g(0, 0) = std::nan("");
                                      return 0.5 * a.squaredNorm();
                                    }});
  const Network start = networks::gaussian_gram(shape, {.width = 50, .variance = 0.5, .seed = 3});
  for (const auto method : {GradientFlow::Method::adams, GradientFlow::Method::bdf}) {
    EXPECT_THAT(error_of([&] { train(start, later, GradientFlow{.t_end = 100, .method = method}); }),
                HasSubstr("task.f: expected a gradient of finite numbers"));
  }
  EXPECT_THAT(error_of([&] { train(start, later, GradientDescent{.step = 0.02, .max_steps = 10000}); }),
              HasSubstr("task.f: expected a gradient of finite numbers"));
}

TEST(OtherCosts, DivergenceOfACustomCostIsAStatus) {
  const Shape shape{.outputs = outputs, .inputs = inputs};
  const Task quartic = tasks::custom({.shape = shape, .f = [](const Matrix& a, Matrix& g) {
                                        g = a.squaredNorm() * a;
                                        return 0.25 * std::pow(a.squaredNorm(), 2);
                                      }});
  const Network start = networks::gaussian_gram(shape, {.width = 50, .variance = 1, .seed = 3});
  EXPECT_EQ(train(start, quartic, GradientDescent{.step = 10, .max_steps = 1000}).outcome.status, Status::diverged);
}

TEST(OtherCosts, ConvergeToTheirLeastPoint) {
  const Matrix y = normal(outputs, inputs, 1);
  const Matrix w = normal(outputs, inputs, 2).cwiseAbs() + Matrix::Constant(outputs, inputs, 0.3);
  const Network start = networks::gaussian_gram(shape_of(y), {.width = 100, .variance = 0.1, .seed = 3});
  const auto end = [&](const Task& task) { return end_to_end(*train(start, task, GradientFlow{.t_end = 60}).final); };
  EXPECT_LT(relative(end(tasks::target(y, std::nullopt, {.weights = w})), y), 1e-5);
  EXPECT_LT(relative(end(tasks::target(y, std::nullopt, {.huber = 0.2})), y), 1e-5);
  // As many measurements as entries fix A.
  EXPECT_LT(relative(end(tasks::gaussian_sensing({.target = y, .measurements = 60, .seed = 2})), y), 1e-5);
}

TEST(OtherCosts, PerceptronsWithoutKinksAreDeepLinearNetworks) {
  for (const Task& task : all_tasks()) {
    if (task.samples() == nullptr) continue;
    for (const std::vector<Matrix>& weights :
         {std::vector<Matrix>{normal(task.shape().outputs, inputs, 1, 0.5)},
          std::vector<Matrix>{normal(5, inputs, 1, 0.5), normal(task.shape().outputs, 5, 2, 0.5)},
          std::vector<Matrix>{normal(5, inputs, 1, 0.5), normal(6, 5, 2, 0.5),
                              normal(task.shape().outputs, 6, 3, 0.5)}}) {
      const DeepLinear deep(weights);
      const Perceptron perceptron(weights, {.slope = 1});
      const auto agree = [&](const auto& solver, double tolerance) {
        const Trajectory one = train(deep, task, solver);
        const Trajectory two = train(perceptron, task, solver);
        const Matrix a = end_to_end(*one.final);
        const DeepLinear end(std::get<Perceptron>(*two.final).weights());
        EXPECT_LT(relative(end.end_to_end(), a), tolerance) << task.name << ", depth " << weights.size();
        EXPECT_NEAR(two.series[0].values.bottomRows(1)(0, 0), one.series[0].values.bottomRows(1)(0, 0), 1e-6);
      };
      agree(GradientDescent{.step = 0.05, .max_steps = 30}, 1e-12);
      agree(GradientDescent{.step = 0.05, .batch = 3, .max_steps = 30}, 1e-12);
      agree(GradientFlow{.t_end = 1}, 1e-7);
      agree(GradientFlow{.t_end = 1, .rtol = 1e-8, .method = GradientFlow::Method::bdf}, 1e-5);
      const Perceptron start(weights, {.slope = 1});
      EXPECT_NEAR(make_dynamics(start, task)->cost_at_zero(), make_dynamics(deep, task)->cost_at_zero(), 1e-12);
    }
  }
}

TEST(OtherCosts, HeldOutMask) {
  const Matrix y = normal(outputs, inputs, 1);
  Matrix held = Matrix::Zero(outputs, inputs);
  held(0, 1) = held(2, 3) = 1;
  const Matrix a = normal(outputs, inputs, 2);
  const Task rest = tasks::completion({.target = y, .test_mask = held});
  EXPECT_EQ(*rest.train.mask(), Matrix(1 - held.array()));
  EXPECT_NEAR(rest.test->error(a), (std::pow(a(0, 1) - y(0, 1), 2) + std::pow(a(2, 3) - y(2, 3), 2)) / 2, 1e-14);
  Matrix few = Matrix::Zero(outputs, inputs);
  few(1, 1) = 1;
  const Task both = tasks::completion({.target = y, .mask = few, .test_mask = held});
  EXPECT_EQ(*both.train.mask(), few);
  EXPECT_EQ(both.test->error(a), rest.test->error(a));
  few(0, 1) = 1;
  EXPECT_THAT(error_of([&] { tasks::completion({.target = y, .mask = few, .test_mask = held}); }),
              HasSubstr("task.test_mask: expected entries that are not observed"));
  Matrix unknown = y;
  unknown(0, 1) = std::nan("");
  EXPECT_THAT(error_of([&] { tasks::completion({.target = unknown, .test_mask = held}); }),
              HasSubstr("task.test_mask: expected entries of the target that are known"));
  EXPECT_THAT(error_of([&] { tasks::completion({.target = y, .test_mask = 2 * held}); }), HasSubstr("task.test_mask"));
  EXPECT_THAT(error_of([&] { tasks::completion({.target = y, .fraction = 0.5, .test_mask = held}); }),
              HasSubstr("task.fraction"));
  EXPECT_THAT(error_of([&] { tasks::completion({.target = y, .signal = y, .test_mask = held}); }),
              HasSubstr("task.test_mask"));
  const Task weighted =
      tasks::completion({.target = y, .test_mask = held, .entries = {.weights = Matrix::Constant(outputs, inputs, 2)}});
  EXPECT_NEAR(weighted.train.evaluate(a).cost, 2 * rest.train.evaluate(a).cost, 1e-13);
  EXPECT_EQ(weighted.test->error(a), rest.test->error(a));
}

TEST(OtherCosts, AccuracyIsThatOfTheClasses) {
  const Matrix x = normal(count, inputs, 1);
  const Task task =
      tasks::classification({.inputs = x, .labels = labels_of(3), .test_inputs = x, .test_labels = labels_of(3)});
  const DeepLinear start = networks::gaussian_weights(task.shape(), {.width = 6, .variance = 0.3, .seed = 3});
  const Trajectory run =
      train(start, task, GradientDescent{.step = 0.3, .max_steps = 5},
            {.observables = {observables::by_name("train_accuracy"), observables::by_name("test_accuracy"),
                             observables::train_error(), observables::by_name("cost"), observables::test_error()}});
  const Matrix a = end_to_end(*run.final);
  double right = 0;
  for (Index i = 0; i < count; ++i) {
    Index found = 0;
    (a * x.row(i).transpose()).maxCoeff(&found);
    right += static_cast<double>(found) == labels_of(3)(i) ? 1 : 0;
  }
  for (const std::size_t s : {0U, 1U}) EXPECT_EQ(run.series[s].values.bottomRows(1)(0, 0), right / count);
  EXPECT_EQ(run.series[2].values, run.series[3].values);  // the error is the cost
  EXPECT_LT((run.series[4].values - run.series[3].values).norm(), 1e-14);
}

TEST(OtherCosts, WhatNeedsAKnownLeastPointRefusesByName) {
  for (const Task& task : all_tasks()) {
    const DeepLinear start = networks::gaussian_weights(task.shape(), {.width = 6, .variance = 0.3, .seed = 3});
    const std::string name = task.train.has_target() ? "task: expected whitened inputs, no mask and no weights"
                                                     : "got " + task.train.function()->name();
    const std::string closed = !task.train.has_target()  ? name
                               : task.train.covariance() ? "task: expected inputs that are white, or whose covariance"
                                                         : "whitened or aligned inputs, no mask and no weights";
    EXPECT_THAT(error_of([&] { ExactFlow(networks::infinite_width(task.shape(), 0.3), task); }), HasSubstr(closed))
        << task.name;
    EXPECT_THAT(error_of([&] { static_cast<void>(sample_spectrum(task)); }), HasSubstr(closed)) << task.name;
    EXPECT_THAT(error_of([&] { OneLayerFlow(start.end_to_end(), task, 1); }), HasSubstr(name)) << task.name;
    if (task.train.has_target()) continue;
    EXPECT_THAT(error_of([&] { static_cast<void>(task.target()); }), HasSubstr(name));
    EXPECT_THAT(error_of([&] { landscape::nearest_minimum(start, task.train); }), HasSubstr(name));
    EXPECT_THAT(error_of([&] { landscape::nearest_saddle(start, task.train); }), HasSubstr(name));
    EXPECT_THAT(error_of([&] { landscape::greedy_low_rank(task.train, {.depth = 3}); }), HasSubstr(name));
    EXPECT_THAT(error_of([&] { tasks::reversed(task); }), HasSubstr(name));
    EXPECT_THAT(error_of([&] { tasks::with_new_outputs(task, 1); }), HasSubstr(name));
    EXPECT_THAT(error_of([&] { static_cast<void>(task.train.condition()); }), HasSubstr(name));
    EXPECT_THAT(error_of([&] {
                  train(start, task, GradientDescent{.step = 0.1, .max_steps = 1},
                        {.observables = {observables::by_name("alignment")}});
                }),
                HasSubstr(name));
    EXPECT_FALSE(task.train.least_of_rank(1).has_value());
    if (task.samples() == nullptr) {
      EXPECT_THAT(error_of([&] { train(start, task, GradientDescent{.step = 0.1, .batch = 2, .max_steps = 1}); }),
                  HasSubstr("solver.batch"));
      continue;
    }
    EXPECT_THAT(error_of([&] { PerceptronLinearized(Perceptron(start.weights(), {}), task); }), HasSubstr(name));
  }
}

TEST(OtherCosts, BadInputNamesItsField) {
  const Matrix y = normal(outputs, inputs, 1);
  const Matrix x = normal(count, inputs, 2);
  const Matrix t = normal(count, outputs, 3);
  const Vector labels = labels_of(3);
  const auto starts = [&](const std::function<void()>& f, const char* text) {
    EXPECT_THAT(error_of(f), ::testing::StartsWith(text));
  };
  starts([&] { tasks::target(y, std::nullopt, {.weights = -y.cwiseAbs()}); }, "task.weights: expected numbers >= 0");
  starts([&] { tasks::target(y, std::nullopt, {.weights = 0 * y}); }, "task.weights: expected at least one");
  starts([&] { tasks::target(y, std::nullopt, {.weights = y.transpose()}); }, "task.weights: expected 3 x 4");
  starts([&] { tasks::target(y, std::nullopt, {.weights = std::nan("") * y}); }, "task.weights: expected finite");
  starts([&] { tasks::target(y, std::nullopt, {.huber = 0.0}); }, "task.huber");
  starts([&] { tasks::target(y, std::nullopt, {.huber = -1.0}); }, "task.huber");
  starts([&] { tasks::regression({.inputs = x, .targets = t, .weights = Vector::Ones(3)}); },
         "task.weights: expected 14 numbers");
  starts([&] { tasks::regression({.inputs = x, .targets = t, .whiten = true, .weights = Vector::Ones(count)}); },
         "task.whiten");
  starts([&] { tasks::regression({.inputs = x, .targets = t, .huber = std::nan("")}); }, "task.huber");
  starts([&] { tasks::regression({.inputs = x, .targets = t.topRows(3), .huber = 1.0}); }, "task.targets: expected 14");
  starts([&] { tasks::classification({.inputs = x, .labels = labels.head(3)}); }, "task.labels: expected 14 labels");
  starts([&] { tasks::classification({.inputs = x, .labels = Vector::Zero(count)}); },
         "task.labels: expected labels of");
  starts([&] { tasks::classification({.inputs = x, .labels = labels / 3}); }, "task.labels");
  starts([&] { tasks::classification({.inputs = x, .labels = labels * 1e9}); }, "task.labels: expected at most");
  starts([&] { tasks::classification({.inputs = x, .labels = labels, .classes = 2}); },
         "task.labels: expected whole numbers from 0 to 1");
  starts([&] { tasks::classification({.inputs = x, .labels = labels, .classes = 1}); }, "task.classes");
  starts([&] { tasks::classification({.inputs = x, .labels = labels - Vector::Ones(count)}); },
         "task.labels: expected labels -1 and 1");
  starts([&] { tasks::classification({.inputs = x, .labels = labels, .test_inputs = x}); }, "task.test_inputs");
  starts([&] { tasks::classification({.inputs = x, .labels = std::nan("") * labels}); },
         "task.labels: expected finite");
  const Shape shape = shape_of(y);
  const Matrix m = normal(5, 12, 1);
  starts([&] { tasks::sensing({.shape = shape, .matrices = m, .values = Vector::Ones(4)}); },
         "task.values: expected 5");
  starts([&] { tasks::sensing({.shape = shape, .matrices = m.leftCols(11), .values = Vector::Ones(5)}); },
         "task.matrices: expected 12 numbers");
  starts([&] { tasks::sensing({.shape = shape, .matrices = m, .values = Vector::Ones(5), .test_matrices = m}); },
         "task.test_matrices");
  starts([&] { tasks::gaussian_sensing({.target = y, .measurements = 0}); }, "task.measurements");
  starts([&] { tasks::gaussian_sensing({.target = y, .measurements = 3, .noise = -1}); }, "task.noise");
}

TEST(OtherCosts, ArePartsAndTheSameAgain) {
  for (const Task& task : all_tasks()) {
    if (task.name == "custom") continue;
    const Matrix a = normal(task.shape().outputs, task.shape().inputs, 5);
    Cost::Parts parts = task.train.parts();
    if (parts.function) parts.function = CostFunction::made_of(parts.function->parts());
    const Cost again(parts);
    EXPECT_EQ(again.evaluate(a).cost, task.train.evaluate(a).cost) << task.name;
    EXPECT_EQ(again.evaluate(a).gradient, task.train.evaluate(a).gradient) << task.name;
    EXPECT_EQ(again.words(), task.train.words());
    EXPECT_EQ(again.error(a), task.train.error(a));
  }
}

}  // namespace
}  // namespace linnet::other_costs
