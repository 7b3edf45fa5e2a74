#include "linnet/config/kinds/task.hpp"
#include "linnet/tasks/structured.hpp"

namespace linnet::config {

namespace {

class LowRankRegression final : public KindOf<LowRankRegression, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "low_rank_regression"; }
  [[nodiscard]] const char* meaning() const override {
    return "Gaussian inputs and the outputs of a teacher matrix with given singular values.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Regression on data of a low-rank teacher, T = A* X + noise, A* of the given singular values.

The inputs are Gaussian; the eigenvalues of their covariance fall from 1 to 1/condition, evenly in logarithm, along
random axes. The test error is over as many further samples. The cost is that of `regression`.

Raises:
    linnet.Error: for values that do not fit the shape, no samples, a condition below 1 or a negative noise.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.as({.name = "values", .required = true, .positional = true});
    v.vector("modes", options_.values, "the singular values of the teacher A*");
    v.as({.required = true}).shape("shape", options_.shape, "[n_2, n_0], outputs and inputs");
    v.whole("samples", options_.samples, 1, "P, the number of training samples and of test samples");
    v.real("condition", options_.condition, FieldVisitor::Range::positive,
           "condition number of the covariance of the inputs, >= 1");
    v.real("noise", options_.noise, FieldVisitor::Range::non_negative,
           "standard deviation of the noise in each target");
    v.own_seed(own.seed);
    visit_normalisation(v, options_.normalisation);
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    require_shape(options_.shape);
    tasks::LowRankRegression o = options_;
    o.seed = setting.seed;
    return tasks::low_rank_regression(o);
  }

  [[nodiscard]] std::string cost() const override { return cost_on_samples(options_.normalisation); }

 private:
  tasks::LowRankRegression options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_low_rank_regression() { return std::make_unique<LowRankRegression>(); }

}  // namespace linnet::config
