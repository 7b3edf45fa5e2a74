#include "linnet/config/kinds/task.hpp"
#include "linnet/tasks/structured.hpp"

namespace linnet::config {

namespace {

class Modes final : public KindOf<Modes, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "modes"; }
  [[nodiscard]] const char* meaning() const override {
    return "A matrix with given singular values and random singular vectors, Y = Σ y_i u_i v_iᵀ.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Y of the given singular values along random orthonormal vectors; `shape` is (outputs, inputs).

With `input_variances` it is a regression on correlated inputs, whose covariance has these eigenvalues d_i along the
right singular vectors v_i of Y: mode i is learned d_i times as fast. A mode of variance 0 is not seen and not in Y.
Source: docs/theory.md, "Correlated inputs".

Raises:
    linnet.Error: for no values, more of them than min(shape), or one below 0; for more variances than inputs, one
        below 0, or none above 0.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.as({.name = "values", .required = true, .positional = true});
    v.vector("modes", options_.values, "the singular values y_i of Y");
    v.as({.required = true}).shape("shape", options_.shape, "[n_2, n_0], outputs and inputs");
    v.vector("input_variances", options_.input_variances,
             "variances d_i of the inputs along the right singular vectors of Y, then zeros; none: whitened inputs");
    v.own_seed(own.seed);
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    require_shape(options_.shape);
    tasks::Modes o = options_;
    o.seed = setting.seed;
    return tasks::modes(o);
  }
  [[nodiscard]] bool drawn_anew() const override { return true; }
  [[nodiscard]] std::string cost() const override {
    return options_.input_variances.size() > 0 ? cost_on_samples({}) : TaskKind::cost();
  }

 private:
  tasks::Modes options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_modes() { return std::make_unique<Modes>(); }

}  // namespace linnet::config
