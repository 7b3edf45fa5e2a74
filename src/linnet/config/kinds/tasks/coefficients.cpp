#include "linnet/config/kinds/task.hpp"
#include "linnet/tasks/structured.hpp"

namespace linnet::config {

namespace {

class Coefficients final : public KindOf<Coefficients, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "coefficients"; }
  [[nodiscard]] const char* meaning() const override {
    return "One output with given coefficients β*, on Gaussian samples or in the limit of infinitely many.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(One output of known coefficients: y = beta*^T x + noise, x ~ N(0, I).

The coefficients of further inputs are 0. samples = 0 is the limit of infinitely many samples, C =
|beta - beta*|^2 / 2. The test error is that of beta itself, |beta - beta*|^2 / inputs.

Raises:
    linnet.Error: for no coefficients, fewer inputs than coefficients, samples below 0 or a negative noise.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.as({.name = "values", .required = true, .positional = true});
    v.vector("coefficients", options_.values, "β* of the first inputs; that of the other inputs is 0");
    v.whole("inputs", options_.inputs, 0, "n_0; 0: the number of coefficients");
    v.whole("samples", options_.samples, 0, "P, the number of samples; 0: infinitely many, C = ½|β − β*|²");
    v.only_for({{.text = "task.samples > 0", .met = options_.samples > 0, .got = "task.samples = 0"}});
    v.real("noise", options_.noise, FieldVisitor::Range::non_negative,
           "standard deviation of the noise in each target");
    v.only_for({});
    v.own_seed(own.seed);
    v.renamed("shape", "inputs = n_0");
    v.renamed("whiten", "samples = 0, the default, for infinitely many");
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    tasks::Coefficients o = options_;
    if (o.samples == 0) o.noise = 0;
    o.seed = setting.seed;
    return tasks::coefficients(o);
  }

  [[nodiscard]] std::string cost() const override {
    return options_.samples > 0 ? cost_on_samples({}) : TaskKind::cost();
  }

 private:
  tasks::Coefficients options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_coefficients() { return std::make_unique<Coefficients>(); }

}  // namespace linnet::config
