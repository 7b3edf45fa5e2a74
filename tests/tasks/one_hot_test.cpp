#include "linnet/tasks/one_hot.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "linnet/training/train.hpp"
#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

/// The place of the only 1 among zeros; −1 for anything else.
Index place_of_the_one(const Vector& x) {
  Index place = -1;
  for (Index i = 0; i < x.size(); ++i) {
    if (x(i) == 0) continue;
    if (x(i) != 1 || place >= 0) return -1;
    place = i;
  }
  return place;
}

/// The symbol that produces a tuple, by searching all productions; −1 if none or several do.
Index parent(const std::vector<Index>& tuple, const tasks::Productions& rules, std::size_t level, Index features) {
  Index number = 0;
  for (const Index symbol : tuple) number = number * features + symbol;
  Index found = -1;
  for (Index a = 0; a < rules[level].rows(); ++a) {
    for (Index r = 0; r < rules[level].cols(); ++r) {
      if (rules[level](a, r) != number) continue;
      if (found >= 0) return -1;
      found = a;
    }
  }
  return found;
}

/// The class of an input, parsed from its leaves upwards.
Index parsed(const Vector& input, const tasks::RandomHierarchy& o, const tasks::Productions& rules) {
  std::vector<Index> symbols;
  for (Index i = 0; i < input.size(); i += o.features)
    symbols.push_back(place_of_the_one(input.segment(i, o.features)));
  const auto s = static_cast<std::size_t>(o.branching);
  for (std::size_t level = rules.size(); level-- > 0;) {
    std::vector<Index> above;
    for (std::size_t i = 0; i < symbols.size(); i += s) {
      above.push_back(parent(
          {symbols.begin() + static_cast<std::ptrdiff_t>(i), symbols.begin() + static_cast<std::ptrdiff_t>(i + s)},
          rules, level, o.features));
    }
    symbols = above;
  }
  return symbols.size() == 1 ? symbols.front() : -1;
}

std::set<std::vector<double>> columns(const Matrix& m) {
  std::set<std::vector<double>> all;
  for (Index j = 0; j < m.cols(); ++j) all.emplace(m.col(j).begin(), m.col(j).end());
  return all;
}

const std::vector<tasks::RandomHierarchy>& hierarchies() {
  static const std::vector<tasks::RandomHierarchy> all{
      {.levels = 3, .features = 8, .synonyms = 3, .classes = 8, .samples = 300, .test_samples = 200, .seed = 1},
      {.levels = 1, .features = 3, .synonyms = 4, .classes = 2, .samples = 5, .test_samples = 3, .seed = 2},
      {.levels = 2, .features = 4, .synonyms = 5, .branching = 3, .classes = 6, .samples = 100, .test_samples = 50},
      {.levels = 2, .features = 5, .synonyms = 5, .classes = 3, .samples = 200, .test_samples = 0, .seed = 3},
      {.levels = 4, .features = 2, .synonyms = 2, .classes = 2, .samples = 60, .test_samples = 60, .seed = 4}};
  return all;
}

TEST(RandomHierarchy, SamplesParseToTheirClass) {
  for (const auto& o : hierarchies()) {
    const tasks::Productions rules = tasks::hierarchy_rules(o);
    const Task task = tasks::random_hierarchy(o);
    const Index leaves = static_cast<Index>(std::pow(o.branching, o.levels));
    EXPECT_EQ(task.shape(), (Shape{.outputs = o.classes, .inputs = o.features * leaves}));
    EXPECT_EQ(task.samples()->inputs.cols(), o.samples);
    EXPECT_EQ(task.test.has_value(), o.test_samples > 0);
    for (const Samples* samples : {task.samples(), task.test ? task.test_samples() : task.samples()}) {
      for (Index i = 0; i < samples->inputs.cols(); ++i) {
        const Index label = place_of_the_one(samples->targets.col(i));
        ASSERT_GE(label, 0);
        ASSERT_EQ(parsed(samples->inputs.col(i), o, rules), label) << o.levels << ' ' << i;
      }
    }
  }
}

TEST(RandomHierarchy, NoTupleStandsBelowTwoSymbols) {
  for (const auto& o : hierarchies()) {
    const tasks::Productions rules = tasks::hierarchy_rules(o);
    ASSERT_EQ(rules.size(), static_cast<std::size_t>(o.levels));
    for (std::size_t level = 0; level < rules.size(); ++level) {
      EXPECT_EQ(rules[level].rows(), level == 0 ? o.classes : o.features);
      EXPECT_EQ(rules[level].cols(), o.synonyms);
      const std::set<Index> tuples(rules[level].data(), rules[level].data() + rules[level].size());
      EXPECT_EQ(static_cast<Index>(tuples.size()), rules[level].size());
      EXPECT_GE(*tuples.begin(), 0);
      EXPECT_LT(static_cast<double>(*tuples.rbegin()), std::pow(o.features, o.branching));
    }
  }
}

TEST(RandomHierarchy, SamplesAreDistinctAndHeldOutOnesNew) {
  for (const auto& o : hierarchies()) {
    const Task task = tasks::random_hierarchy(o);
    auto all = columns(task.samples()->inputs);
    if (task.test) all.merge(columns(task.test_samples()->inputs));
    EXPECT_EQ(static_cast<Index>(all.size()), o.samples + o.test_samples);
  }
}

TEST(RandomHierarchy, AllOfItHasAllClassesEquallyOften) {
  tasks::RandomHierarchy o{.levels = 2, .features = 4, .synonyms = 3, .classes = 5, .seed = 7};
  EXPECT_EQ(tasks::hierarchy_size(o), 135U);  // 5 · 3^{1 + 2}
  o.samples = 100;
  o.test_samples = 35;
  const Task task = tasks::random_hierarchy(o);
  EXPECT_EQ(task.samples()->targets.rowwise().sum() + task.test_samples()->targets.rowwise().sum(),
            Vector::Constant(5, 27));
  auto all = columns(task.samples()->inputs);
  all.merge(columns(task.test_samples()->inputs));
  EXPECT_EQ(all.size(), 135U);
}

TEST(RandomHierarchy, ClassesAreDrawnEvenly) {
  const Vector counts =
      tasks::random_hierarchy({.samples = 4000, .test_samples = 0}).samples()->targets.rowwise().sum();
  const double deviation = std::sqrt(4000 * (1.0 / 8) * (7.0 / 8));
  for (const double count : counts) EXPECT_NEAR(count, 500, 4 * deviation);
}

TEST(RandomHierarchy, FewerSamplesAreTheFirstOfMoreWithTheSameHeldOut) {
  const Task few = tasks::random_hierarchy({.samples = 50, .test_samples = 40, .seed = 5});
  const Task more = tasks::random_hierarchy({.samples = 500, .test_samples = 40, .seed = 5});
  EXPECT_EQ(few.samples()->inputs, more.samples()->inputs.leftCols(50));
  EXPECT_EQ(few.test_samples()->inputs, more.test_samples()->inputs);
  const auto other = [](std::uint64_t seed, std::uint32_t point) {
    return tasks::random_hierarchy({.samples = 50, .test_samples = 40, .seed = seed, .point = point}).samples()->inputs;
  };
  EXPECT_NE(few.samples()->inputs, other(6, 0));
  EXPECT_NE(few.samples()->inputs, other(5, 1));
}

TEST(RandomHierarchy, RefusesWhatCannotBe) {
  const auto refusal = [](const tasks::RandomHierarchy& o) { return error_of([&] { tasks::random_hierarchy(o); }); };
  EXPECT_THAT(refusal({.features = 8, .synonyms = 9}), HasSubstr("task.synonyms: expected at most 8 tuples"));
  EXPECT_THAT(refusal({.features = 4, .synonyms = 3, .classes = 6}), HasSubstr("at most 2 tuples"));
  EXPECT_THAT(refusal({.levels = 0}), HasSubstr("task.levels"));
  EXPECT_THAT(refusal({.features = 0}), HasSubstr("task.features"));
  EXPECT_THAT(refusal({.synonyms = 0}), HasSubstr("task.synonyms"));
  EXPECT_THAT(refusal({.branching = 1}), HasSubstr("task.branching"));
  EXPECT_THAT(refusal({.features = 1000, .branching = 9}), HasSubstr("task.branching"));
  EXPECT_THAT(refusal({.classes = 0}), HasSubstr("task.classes"));
  EXPECT_THAT(refusal({.samples = 0}), HasSubstr("task.samples"));
  EXPECT_THAT(refusal({.test_samples = -1}), HasSubstr("task.test_samples"));
  EXPECT_THAT(refusal({.levels = 6, .synonyms = 8}), HasSubstr("fewer than 2^62"));
  EXPECT_THAT(refusal({.levels = 60, .synonyms = 1}), HasSubstr("task.levels: expected at most 10^6 inputs"));
  EXPECT_THAT(refusal({.levels = 1, .samples = 21, .test_samples = 4}), HasSubstr("at most 24 samples"));
  EXPECT_EQ(refusal({.levels = 1, .samples = 20, .test_samples = 4}), "nothing was thrown");
}

TEST(RandomHierarchy, ASmallFirstLayerNeedsFewerSamples) {
  const Task task = tasks::random_hierarchy(
      {.levels = 2, .samples = 100, .test_samples = 100, .seed = 1, .normalisation = testing::authors});
  const auto accuracy = [&](double alpha) {
    const Perceptron start =
        networks::gaussian_perceptron({32, 64, 64, 8}, {.alpha = alpha, .last_scale = 1 / alpha, .seed = 2});
    return train(start, task, {.step = 0.05, .batch = 20, .max_steps = 1500},
                 {.observables = {observables::test_accuracy()}, .schedule = Schedule::ends()})
        .values("test_accuracy")(1);
  };
  EXPECT_GT(accuracy(30), accuracy(1. / 3) + 0.15);
}

TEST(ClassTasks, CrossEntropyIsThatOfTheSoftmaxOfTheirClass) {
  const Task tree =
      tasks::random_hierarchy({.levels = 2, .samples = 40, .test_samples = 30, .seed = 1, .cross_entropy = true});
  const Task sum = tasks::modular_addition({.modulus = 7, .seed = 1, .cross_entropy = true});
  for (const Task* task : {&tree, &sum}) {
    const Perceptron f =
        networks::gaussian_perceptron({task->shape().inputs, 9, task->shape().outputs}, {.last_scale = 2, .seed = 4});
    const auto expected = [&](const Samples& samples) {
      double total = 0;
      const Matrix z = f.at(samples.inputs);
      for (Index i = 0; i < z.cols(); ++i) {
        total += std::log(z.col(i).array().exp().sum()) - z(place_of_the_one(samples.targets.col(i)), i);
      }
      return total / static_cast<double>(z.cols());
    };
    const Trajectory run =
        train(f, *task, GradientDescent{.max_steps = 0},
              {.observables = {observables::train_error(), observables::test_error()}, .schedule = Schedule::ends()});
    EXPECT_NEAR(run.values("train_error")(0), expected(*task->samples()), 1e-14);
    EXPECT_NEAR(run.values("test_error")(0), expected(*task->test_samples()), 1e-14);
  }
}

TEST(ModularAddition, PairsHaveTheirSums) {
  const Index p = 11;
  const Task task = tasks::modular_addition({.modulus = p, .fraction = 0.3, .seed = 1});
  EXPECT_EQ(task.samples()->inputs.cols(), 36);  // round(36.3)
  EXPECT_EQ(task.test_samples()->inputs.cols(), 85);
  std::set<std::pair<Index, Index>> pairs;
  for (const Samples* samples : {task.samples(), task.test_samples()}) {
    for (Index i = 0; i < samples->inputs.cols(); ++i) {
      const Index a = place_of_the_one(samples->inputs.col(i).head(p));
      const Index b = place_of_the_one(samples->inputs.col(i).tail(p));
      ASSERT_GE(std::min(a, b), 0);
      EXPECT_EQ(place_of_the_one(samples->targets.col(i)), (a + b) % p);
      pairs.emplace(a, b);
    }
  }
  EXPECT_EQ(pairs.size(), 121U);
  EXPECT_NE(task.samples()->inputs,
            tasks::modular_addition({.modulus = p, .fraction = 0.3, .seed = 2}).samples()->inputs);
}

TEST(ModularAddition, RefusesWhatCannotBe) {
  const auto refusal = [](const tasks::ModularAddition& o) { return error_of([&] { tasks::modular_addition(o); }); };
  EXPECT_THAT(refusal({.modulus = 1}), HasSubstr("task.modulus"));
  EXPECT_THAT(refusal({.modulus = 100000}), HasSubstr("task.modulus"));
  for (const double fraction : {0.0, 1.0, -0.5, 2.0, std::nan("")}) {
    EXPECT_THAT(refusal({.modulus = 5, .fraction = fraction}), HasSubstr("task.fraction"));
  }
}

TEST(TestAccuracyAbove, StopsWhereTheRecordFirstExceedsIt) {
  const Task task = tasks::random_hierarchy({.levels = 2, .samples = 150, .test_samples = 66, .seed = 1});
  const Perceptron start = networks::gaussian_perceptron({32, 32, 8}, {.alpha = 10, .last_scale = 0.1, .seed = 3});
  const Record record{.observables = {observables::test_accuracy()}};
  const GradientDescent through{.step = 0.1, .momentum = 0.9, .max_steps = 200};
  GradientDescent stopping = through;
  stopping.stop = {stop::test_accuracy_above(0.5, 7)};
  const Vector accuracy = train(start, task, through, record).values("test_accuracy");
  Index first = 0;
  while (first < accuracy.size() && !(accuracy(first) > 0.5)) first += 7;
  ASSERT_GT(first, 0);
  ASSERT_LT(first, accuracy.size());
  const Outcome outcome = train(start, task, stopping, record).outcome;
  EXPECT_EQ(outcome.status, Status::stopped);
  EXPECT_EQ(outcome.rule, "test_accuracy_above");
  EXPECT_EQ(outcome.step, first);
}

TEST(TestAccuracyAbove, NeedsSamplesHeldOut) {
  Task task = testing::samples(3, 2, 10);
  task.test.reset();
  const GradientDescent solver{.stop = {stop::test_accuracy_above()}};
  EXPECT_THAT(error_of([&] { train(testing::perceptron({3, 2}, {}), task, solver); }), HasSubstr("solver.stop"));
  const Task linear = tasks::target(Matrix::Identity(2, 2), Matrix::Identity(2, 2));
  const DeepLinear network(Matrix::Identity(2, 2), Matrix::Identity(2, 2));
  EXPECT_THAT(error_of([&] { train(network, linear, solver); }), HasSubstr("without samples held out"));
  EXPECT_THAT(error_of([] { stop::test_accuracy_above(-1); }), HasSubstr("test_accuracy_above"));
  EXPECT_THAT(error_of([] { stop::test_accuracy_above(0.5, 0); }), HasSubstr("every"));
}

}  // namespace
}  // namespace linnet
