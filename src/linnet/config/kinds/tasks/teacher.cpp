#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class Teacher final : public KindOf<Teacher, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "teacher"; }
  [[nodiscard]] const char* meaning() const override {
    return "For perceptrons: inputs on the unit sphere and what a few neurons say of them. They have the network's slope.";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("dim", options_.dim, 1, "d, of the inputs");
    v.whole("neurons", options_.neurons, 1, "m_0, of the teacher");
    v.whole("samples", options_.samples, 1, "P");
    v.whole("test_samples", options_.test_samples, 0, "fresh ones, for the test error; 0 for none");
  }

  [[nodiscard]] bool for_perceptrons() const override { return true; }
  [[nodiscard]] PerceptronTask make_for_perceptron(const TaskSetting& setting) const override {
    tasks::Teacher o = options_;
    o.slope = setting.slope;
    o.seed = setting.seed;
    return tasks::teacher(o);
  }

 private:
  tasks::Teacher options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_teacher() { return std::make_unique<Teacher>(); }

}  // namespace linnet::config
