#include "linnet/exact/reach.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "linnet/exact/exact_flow.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/predict/diagnosis.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

// Many outputs or inputs, most of which neither the start nor the target reaches: the closed form within the reach
// against that of the Gram state, which is taken whole.

namespace linnet {
namespace {

using testing::normal;
using testing::relative;

struct ReachCase {
  std::string name;
  Network start;
  bool reduced = true;
};

constexpr Shape many_outputs{.outputs = 41, .inputs = 4};
constexpr Shape many_inputs{.outputs = 4, .inputs = 41};

std::vector<ReachCase> cases(Shape shape) {
  const Matrix a = networks::random_end_to_end(shape, 4, 0.3, 5);
  const double sign = shape.outputs > shape.inputs ? 1 : -1;
  return {
      {"zero-balanced", networks::balanced(a, 0, 6, 7)},
      {"balanced", networks::balanced(a, sign * 0.8, 6, 7)},
      {"bottleneck", networks::balanced(networks::random_end_to_end(shape, 2, 0.3, 5), 0, 2, 7)},
      {"infinite width", SelfConsistent(a, {0.2, 0.5})},
      {"infinite width of one layer", SelfConsistent(a, sign > 0 ? Layerwise{0.0, 0.7} : Layerwise{0.7, 0.0})},
      {"infinite width of the other layer", SelfConsistent(a, sign > 0 ? Layerwise{0.7, 0.0} : Layerwise{0.0, 0.7})},
      {"infinitely narrow", SelfConsistent(a, 0.0)},
      {"wide", networks::balanced(a, 0, 30, 7), false}};
}

Task task_of(Shape shape) {
  const Matrix signal = normal(shape.outputs, shape.inputs, 1, 0.5);
  return tasks::target(signal + normal(shape.outputs, shape.inputs, 2, 0.3), signal);
}

/// The Gram state, which for a self-consistent network is that of the layers W_l/√η_l.
GramState whole_state(const Network& start, const Layerwise& rates) {
  const auto* closed = std::get_if<SelfConsistent>(&start);
  if (closed == nullptr) return gram_state(start);
  const double root = std::sqrt(rates[0] * rates[1]);
  const GramState g =
      SelfConsistent(closed->end_to_end() / root, {closed->scales()[0] / rates[0], closed->scales()[1] / rates[1]})
          .gram_state();
  return {rates[0] * g.input_representation(), closed->end_to_end(), rates[1] * g.output_representation()};
}

/// Equal times, or both never.
void expect_equal_times(const Vector& one, const Vector& two) {
  for (Index i = 0; i < two.size(); ++i) {
    if (std::isfinite(two(i))) {
      EXPECT_NEAR(one(i), two(i), 1e-8 * two(i)) << i;
    } else {
      EXPECT_EQ(one(i), two(i)) << i;
    }
  }
}

TEST(Reach, GivesTheClosedFormOfAllDirections) {
  for (const Shape shape : {many_outputs, many_inputs}) {
    const Task task = task_of(shape);
    for (const Layerwise& rates : {Layerwise(1.0), Layerwise{0.5, 1.6}}) {
      for (const ReachCase& c : cases(shape)) {
        SCOPED_TRACE(c.name + (rates.uniform() ? "" : " at two rates") + (shape.inputs > 4 ? ", many inputs" : ""));
        // Unequal rates do not keep the balance.
        if (std::holds_alternative<DeepLinear>(c.start) && !rates.uniform()) continue;
        EXPECT_EQ(Reach(c.start, task.target()).whole(), !c.reduced);
        const ExactFlow inside(c.start, task, {.rates = rates});
        const ExactFlow whole(whole_state(c.start, rates), task, {.rates = rates});
        EXPECT_NEAR(inside.closure().balance, whole.closure().balance, 1e-12);
        EXPECT_NEAR(inside.closure().scale2, whole.closure().scale2, 1e-12);
        EXPECT_EQ(inside.learned(), whole.learned());
        EXPECT_EQ(inside.at_saddle(), whole.at_saddle());
        for (const double t : {0.0, 1e-20, 0.1, 1.0, 7.0, 1e9}) {
          EXPECT_LT(relative(inside.end_to_end(t), whole.end_to_end(t)), 1e-11) << t;
          EXPECT_LT(relative(inside.gram_state(t).gram(), whole.gram_state(t).gram()), 1e-11) << t;
          EXPECT_LT(relative(end_to_end(inside.state(t)), whole.end_to_end(t)), 1e-11) << t;
          EXPECT_LT(relative(gram_state(inside.network(t)).gram(), whole.gram_state(t).gram()), 1e-11) << t;
          const Matrix q = inside.factor(t);
          EXPECT_EQ(q.cols(), inside.columns());
          EXPECT_LT(relative(Matrix(q * q.transpose()), whole.gram_state(t).gram()), 1e-11) << t;
          EXPECT_LT((inside.modes(t) - whole.modes(t)).norm(), 1e-11) << t;
          EXPECT_LT((inside.singular_values(t) - whole.singular_values(t)).norm(), 1e-11) << t;
          EXPECT_NEAR(inside.kernel_distance(t), whole.kernel_distance(t), 1e-11) << t;
        }
        if (whole.at_saddle()) continue;
        expect_equal_times(inside.learning_times(0.5), whole.learning_times(0.5));
        EXPECT_NEAR(inside.best().test_error, whole.best().test_error, 1e-10);
      }
    }
  }
}

TEST(Reach, ContinuesOnAnotherTaskAsTheFlowDoes) {
  const Task first = task_of(many_outputs);
  const Task second = tasks::target(normal(41, 4, 9, 0.5));
  for (const ReachCase& c : cases(many_outputs)) {
    const ExactFlow inside(c.start, first);
    const ExactFlow whole(gram_state(c.start), first);
    const Matrix expected = ExactFlow(whole.network(1.5), second).end_to_end(0.8);
    EXPECT_LT(relative(ExactFlow(inside.network(1.5), second).end_to_end(0.8), expected), 1e-9) << c.name;
  }
}

TEST(Reach, OfADiagnosis) {
  const Task task = task_of(many_outputs);
  const auto check = [&](const DeepLinear& start, Diagnosis::Verdict verdict) {
    const Diagnosis d = diagnose(start, task);
    EXPECT_EQ(d.verdict, verdict);
    ASSERT_TRUE(d.prediction);
    const Trajectory run = train(start, task, GradientFlow{.t_end = 1, .rtol = 1e-11, .atol = 1e-14});
    const double apart = (d.prediction->end_to_end(1) - end_to_end(*run.final)).norm() / task.target().norm();
    EXPECT_LT(apart, verdict == Diagnosis::Verdict::exact ? 1e-9 : 2 * d.error);
    EXPECT_EQ(d.regimes.size(), 4U);
  };
  check(networks::balanced(networks::random_end_to_end(many_outputs, 4, 0.3, 5), 0.8, 6, 7), Diagnosis::Verdict::exact);
  check(DeepLinear(normal(6, 4, 11, 0.4), normal(41, 6, 12, 0.4)), Diagnosis::Verdict::approximate);
}

}  // namespace
}  // namespace linnet
