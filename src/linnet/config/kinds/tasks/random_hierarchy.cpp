#include "linnet/config/kinds/task.hpp"
#include "linnet/perceptron/structured_tasks.hpp"

namespace linnet::config {

namespace {

class RandomHierarchy final : public KindOf<RandomHierarchy, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "random_hierarchy"; }
  [[nodiscard]] const char* meaning() const override {
    return "For perceptrons: the random hierarchy model, classes of trees of symbols, one-hot leaves.";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("levels", options_.levels, 1, "of rules");
    v.whole("features", options_.features, 1, "v, symbols at each level");
    v.whole("synonyms", options_.synonyms, 1, "m, tuples that a symbol stands for");
    v.whole("branching", options_.branching, 2, "s, symbols of a tuple");
    v.whole("classes", options_.classes, 1, "n_c");
    v.whole("samples", options_.samples, 1, "P");
    v.whole("test_samples", options_.test_samples, 0, "held out, for the test error; 0 for none");
  }

  [[nodiscard]] bool for_perceptrons() const override { return true; }
  [[nodiscard]] PerceptronTask make_for_perceptron(const TaskSetting& setting) const override {
    tasks::RandomHierarchy o = options_;
    o.seed = setting.seed;
    return tasks::random_hierarchy(o);
  }

 private:
  tasks::RandomHierarchy options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_random_hierarchy() { return std::make_unique<RandomHierarchy>(); }

}  // namespace linnet::config
