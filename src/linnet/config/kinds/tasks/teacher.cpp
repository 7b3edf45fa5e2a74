#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class Teacher final : public KindOf<Teacher, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "teacher"; }
  [[nodiscard]] const char* meaning() const override {
    return "For perceptrons: inputs on the unit sphere and what a few neurons say of them. They have the network's "
           "slope.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(The task of Get rich quick, for perceptrons: what a small ReLU network says on the unit sphere.

Inputs are uniform on the unit sphere of R^dim; the teacher's w_k are too, its a_k are +1 or -1. The cost is
sum |f - y|^2 / P, without a factor 1/2; the test error is the same over the fresh samples.

Raises:
    linnet.Error: for numbers below 1.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("dim", options_.dim, 1, "d, of the inputs");
    v.whole("neurons", options_.neurons, 1, "m_0, of the teacher");
    v.whole("samples", options_.samples, 1, "P");
    v.whole("test_samples", options_.test_samples, 0, "fresh ones, for the test error; 0 for none");
    if (v.in_python()) v.real("slope", options_.slope, FieldVisitor::Range::any, "of the teacher's leaky ReLU");
    v.own_seed();
  }

  [[nodiscard]] bool for_perceptrons() const override { return true; }
  [[nodiscard]] PerceptronTask make_for_perceptron(const TaskSetting& setting) const override {
    tasks::Teacher o = options_;
    o.slope = setting.slope.value_or(options_.slope);
    o.seed = setting.seed;
    return tasks::teacher(o);
  }

 private:
  tasks::Teacher options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_teacher() { return std::make_unique<Teacher>(); }

}  // namespace linnet::config
