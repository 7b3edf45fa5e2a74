#include <gtest/gtest.h>

#include "linnet/config/configuration.hpp"
#include "linnet/config/words.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "linnet/networks/neuron.hpp"
#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/tasks/one_hot.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/tasks/teacher.hpp"
#include "tests/support/config.hpp"

namespace linnet::config {
namespace {

/// The value of a key in a file that gives only the kind; "unset" if it has none.
std::string default_of(const std::string& section, const std::string& kind, const std::string& key) {
  return linnet::testing::value_of(Source::from_text("[" + section + "]\n" + kind).resolve(), section, key);
}

std::string task(const std::string& kind, const std::string& key, const std::string& more = {}) {
  return default_of("task", "kind = \"" + kind + "\"\n" + more, key);
}

std::string text(double value) { return number(value); }
std::string text(Index value) { return std::to_string(value); }
std::string text(bool value) { return value ? "true" : "false"; }

// Defaults of files are those of the library's structs; a test in Python compares its defaults with the page of keys.

TEST(Defaults, OfTasksAreTheStructs) {
  const tasks::LowRankPlusNoise mixed;
  EXPECT_EQ(task("low_rank_plus_noise", "dim"), text(mixed.dim));
  EXPECT_EQ(task("low_rank_plus_noise", "rank"), text(mixed.rank));
  EXPECT_EQ(task("low_rank_plus_noise", "noise"), text(mixed.noise));
  const tasks::LowRankRegression regression;
  EXPECT_EQ(task("low_rank_regression", "samples"), text(regression.samples));
  EXPECT_EQ(task("low_rank_regression", "condition"), text(regression.condition));
  EXPECT_EQ(task("low_rank_regression", "noise"), text(regression.noise));
  const tasks::Coefficients coefficients;
  EXPECT_EQ(task("coefficients", "inputs"), text(coefficients.inputs));
  EXPECT_EQ(task("coefficients", "samples"), text(coefficients.samples));
  EXPECT_EQ(task("coefficients", "noise", "samples = 3\n"), text(coefficients.noise));
  EXPECT_EQ(task("regression", "whiten"), text(tasks::Regression().whiten));
  EXPECT_EQ(task("completion", "fraction"), "unset");
  EXPECT_FALSE(tasks::Completion().fraction);
  const tasks::Teacher teacher;
  EXPECT_EQ(task("teacher", "dim"), text(teacher.dim));
  EXPECT_EQ(task("teacher", "neurons"), text(teacher.neurons));
  EXPECT_EQ(task("teacher", "samples"), text(teacher.samples));
  EXPECT_EQ(task("teacher", "test_samples"), text(teacher.test_samples));
  const tasks::RandomHierarchy tree;
  EXPECT_EQ(task("random_hierarchy", "levels"), text(tree.levels));
  EXPECT_EQ(task("random_hierarchy", "features"), text(tree.features));
  EXPECT_EQ(task("random_hierarchy", "synonyms"), text(tree.synonyms));
  EXPECT_EQ(task("random_hierarchy", "branching"), text(tree.branching));
  EXPECT_EQ(task("random_hierarchy", "classes"), text(tree.classes));
  EXPECT_EQ(task("random_hierarchy", "samples"), text(tree.samples));
  EXPECT_EQ(task("random_hierarchy", "test_samples"), text(tree.test_samples));
  const tasks::ModularAddition addition;
  EXPECT_EQ(task("modular_addition", "modulus"), text(addition.modulus));
  EXPECT_EQ(task("modular_addition", "fraction"), text(addition.fraction));
  for (const char* kind : {"low_rank_regression", "regression", "teacher", "random_hierarchy", "modular_addition"}) {
    EXPECT_EQ(task(kind, "cost"), "\"half_mean_square\"") << kind;
  }
  for (const Normalisation& n : {regression.normalisation, tasks::Regression().normalisation, teacher.normalisation,
                                 tree.normalisation, addition.normalisation}) {
    EXPECT_EQ(n, Normalisation{});
  }
  const tasks::Change change;
  EXPECT_EQ(task("modes", "change_rank", "then = [\"low_rank_change\"]\n"), text(change.rank));
  EXPECT_EQ(task("modes", "change_size", "then = [\"low_rank_change\"]\n"), text(change.size));
}

TEST(Defaults, OfNetworksAreTheStructs) {
  const auto network = [](const std::string& kind, const std::string& key) { return default_of("network", kind, key); };
  const std::string pairs = "kind = \"perceptron\"\ninitialization = \"pairs\"\n";
  const networks::SphericalPairs sphere;
  EXPECT_EQ(network(pairs, "width"), text(sphere.width));
  EXPECT_EQ(network(pairs, "tau"), text(sphere.tau));
  EXPECT_EQ(network(pairs, "slope"), text(sphere.slope));
  EXPECT_EQ(network(pairs, "antisymmetric"), text(sphere.antisymmetric));
  EXPECT_EQ(network(pairs, "alpha"), "unset");
  const std::string gaussian = "kind = \"perceptron\"\n";
  const networks::GaussianPerceptron drawn;
  EXPECT_EQ(network(gaussian, "alpha"), text(drawn.alpha));
  EXPECT_EQ(network(gaussian, "last_scale"), text(drawn.last_scale));
  EXPECT_EQ(network(gaussian, "slope"), text(drawn.slope));
  EXPECT_EQ(network(gaussian, "variance"), "unset");
  EXPECT_EQ(network("kind = \"deep\"\ninitialization = \"unbalanced\"\n", "balance"), text(LayerImbalance().balance));
  EXPECT_EQ(network("kind = \"neuron\"\n", "negative"), text(networks::NeuronStart().negative));
}

TEST(Defaults, OfSolversAreTheStructs) {
  const auto solver = [](const std::string& kind, const std::string& key) {
    return default_of("solver", "kind = \"" + kind + "\"\n", key);
  };
  const GradientDescent descent;
  EXPECT_EQ(solver("descent", "step"), text(descent.step[0]));
  EXPECT_EQ(solver("descent", "momentum"), text(descent.momentum));
  EXPECT_EQ(solver("descent", "batch"), text(descent.batch));
  EXPECT_EQ(solver("descent", "max_steps"), text(descent.max_steps));
  EXPECT_EQ(solver("descent", "divergence_factor"), text(descent.divergence_factor));
  EXPECT_EQ(solver("descent", "order"), "\"simultaneous\"");
  EXPECT_EQ(descent.order, Order::simultaneous);
  const GradientFlow flow;
  EXPECT_EQ(solver("flow", "t_end"), text(flow.t_end));
  EXPECT_EQ(solver("flow", "rates"), text(flow.rates[0]));
  EXPECT_EQ(solver("flow", "rtol"), text(flow.rtol));
  EXPECT_EQ(solver("flow", "atol"), "unset");
  EXPECT_EQ(solver("flow", "max_steps"), text(flow.max_steps));
  EXPECT_EQ(solver("flow", "divergence_factor"), text(flow.divergence_factor));
  EXPECT_EQ(solver("flow", "method"), "\"adams\"");
  EXPECT_EQ(flow.method, GradientFlow::Method::adams);
  EXPECT_EQ(solver("exact", "t_end"), text(flow.t_end));
  EXPECT_EQ(solver("exact", "closure_tolerance"), text(ExactFlow::Options().tolerance));
}

}  // namespace
}  // namespace linnet::config
