#include "linnet/config/kinds/task.hpp"
#include "linnet/tasks/one_hot.hpp"

namespace linnet::config {

namespace {

class RandomHierarchy final : public KindOf<RandomHierarchy, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "random_hierarchy"; }
  [[nodiscard]] const char* meaning() const override {
    return "The random hierarchy model: each class produces trees of symbols, whose leaves are the one-hot inputs.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Samples of the random hierarchy model: classes of trees of symbols, one-hot leaves.

A class produces `synonyms` tuples of `branching` symbols out of `features`, each of these symbols produces as many
tuples of the next level, and so on down `levels` levels, by rules drawn at random. No tuple belongs to two
symbols of a level, so that an input has one class. Inputs are P x features branching^levels, a one for each leaf;
targets are P x classes. No sample occurs twice; the test samples are the same for every number of samples.
Source: docs/theory.md, "Hierarchical data and modular addition".

Raises:
    linnet.Error: for numbers below 1, more synonyms than there are tuples, more samples than there are inputs.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("levels", options_.levels, 1, "levels of production rules");
    v.whole("features", options_.features, 1, "v, the number of symbols at each level");
    v.whole("synonyms", options_.synonyms, 1, "m, the number of tuples that each symbol produces");
    v.whole("branching", options_.branching, 2, "s, the number of symbols in a tuple");
    v.whole("classes", options_.classes, 1, "n_c, the number of classes");
    v.whole("samples", options_.samples, 1, "P, the number of training samples");
    v.whole("test_samples", options_.test_samples, 0, "number of test samples; 0 for no test");
    v.own_seed(own.seed);
    visit_class_cost(v, options_.normalisation, options_.cross_entropy);
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    tasks::RandomHierarchy o = options_;
    o.seed = setting.seed;
    return tasks::random_hierarchy(o);
  }

  [[nodiscard]] bool drawn_anew() const override { return true; }
  [[nodiscard]] std::string cost() const override {
    return cost_on_classes(options_.normalisation, options_.cross_entropy);
  }

 private:
  tasks::RandomHierarchy options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_random_hierarchy() { return std::make_unique<RandomHierarchy>(); }

}  // namespace linnet::config
