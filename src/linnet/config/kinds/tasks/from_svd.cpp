#include "linnet/config/kinds/task.hpp"
#include "linnet/tasks/structured.hpp"

namespace linnet::config {

namespace {

class SingularTriples final : public KindOf<SingularTriples, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "from_svd"; }
  [[nodiscard]] const char* meaning() const override {
    return "A matrix given by its top singular triples, Y = Σ y_i u_i v_iᵀ, or Y in their coordinates.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(A matrix given by its top singular triples: Y = left diag(values) right^T, the rest of it left out.

`left` and `right` have the singular vectors in columns, outputs x k and inputs x k. With `coordinates` the task is
Y = diag(values), k x k, in the coordinates of the triples: nothing is of size inputs x outputs. A start in the span of
the triples, or an infinitely wide one, has the same modes and, up to the constant of what was left out, the same cost
there; A itself is left A right^T.
Source: docs/theory.md, "Words".

Raises:
    linnet.Error: for values below 0 and vectors that are not orthonormal to 1e-8, or none of them without coordinates.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.as({.required = true, .positional = true}).vector("values", options_.values, "the singular values y_i of Y");
    v.as({.positional = true}).matrix("left", left_, "u_i in columns, outputs x k");
    v.as({.positional = true}).matrix("right", right_, "v_i in columns, inputs x k");
    v.flag("coordinates", options_.coordinates, "Y = diag(values), k x k; the vectors, if given, are only checked");
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    tasks::SingularTriples o = options_;
    if (left_.given()) o.left = read(left_, setting.folder, "task.left");
    if (right_.given()) o.right = read(right_, setting.folder, "task.right");
    return tasks::from_svd(o);
  }

 private:
  tasks::SingularTriples options_;
  MatrixInput left_, right_;
};

}  // namespace

std::unique_ptr<TaskKind> task_from_svd() { return std::make_unique<SingularTriples>(); }

}  // namespace linnet::config
