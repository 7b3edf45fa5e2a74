#include "linnet/tasks/modalities.hpp"

#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class Modalities final : public KindOf<Modalities, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "modalities"; }
  [[nodiscard]] const char* meaning() const override {
    return "One output of inputs of several modalities, with given variances and correlation: y = β*ᵀx.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(One output y = values^T x of inputs with given variances and the same correlation of all pairs.

C = (b - values)^T S (b - values) / 2 with the covariance S_ij = correlation sqrt(variances_i variances_j), as the
regression of as many samples as inputs. Source: docs/theory.md, "Blocks of inputs".

Raises:
    linnet.Error: for values that are not finite, variances not above 0, or a correlation that no inputs have.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.as({.name = "values", .required = true, .positional = true});
    v.vector("coefficients", options_.values, "β*, one number for each input");
    v.vector("variances", options_.variances, "σ_i² of the inputs; none: all 1");
    v.real("correlation", options_.correlation, FieldVisitor::Range::any, "ρ of every pair of inputs");
  }

  [[nodiscard]] Task make(const TaskSetting& /*setting*/) const override { return tasks::modalities(options_); }
  [[nodiscard]] std::string cost() const override { return cost_on_samples({}); }

 private:
  tasks::Modalities options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_modalities() { return std::make_unique<Modalities>(); }

}  // namespace linnet::config
