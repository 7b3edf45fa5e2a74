#include "linnet/tasks/teacher.hpp"

#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class Teacher final : public KindOf<Teacher, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "teacher"; }
  [[nodiscard]] const char* meaning() const override {
    return "Inputs on the unit sphere, and the outputs of a teacher with a few neurons of the same slope as the "
           "network's.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(The task of Get rich quick: the outputs of a small ReLU network on the unit sphere.

Inputs are uniform on the unit sphere of R^dim; the teacher's w_k are too, its a_k are +1 or -1. The cost is that
of `regression`; the paper's, sum |f - y|^2 / P, is that with half=False. The test error is over other samples.

Raises:
    linnet.Error: for numbers below 1.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("dim", options_.dim, 1, "d, the dimension of the inputs");
    v.whole("neurons", options_.neurons, 1, "m_0, the number of neurons of the teacher");
    v.whole("samples", options_.samples, 1, "P, the number of training samples");
    v.whole("test_samples", options_.test_samples, 0, "number of test samples; 0 for no test");
    if (v.in_python()) v.real("slope", options_.slope, FieldVisitor::Range::any, "of the teacher's leaky ReLU");
    v.own_seed(own.seed);
    visit_normalisation(v, options_.normalisation);
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    tasks::Teacher o = options_;
    o.slope = setting.slope.value_or(options_.slope);
    o.seed = setting.seed;
    return tasks::teacher(o);
  }

  [[nodiscard]] bool drawn_anew() const override { return true; }
  [[nodiscard]] std::string cost() const override { return cost_on_samples(options_.normalisation); }

 private:
  tasks::Teacher options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_teacher() { return std::make_unique<Teacher>(); }

}  // namespace linnet::config
