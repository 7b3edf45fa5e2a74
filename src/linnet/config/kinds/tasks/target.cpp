#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class Target final : public KindOf<Target, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "target"; }
  [[nodiscard]] const char* meaning() const override { return "A matrix: C = ½|A − Y|², the cost of white inputs."; }
  [[nodiscard]] const char* about() const override {
    return R"(Learn the matrix y (outputs x inputs): C(A) = |A - Y|^2 / 2, the cost of whitened inputs.

Time has the usual unit: with rates 1 a singular mode of size y is learned at rate 2y. With `signal` (the shape of
y) the test error is |A - signal|^2 / entries. `weights` and `huber` are those of docs/costs.md: with `weights`, of the
shape of y, C(A) = sum W * (A - Y)^2 / 2; with `huber` residuals beyond this threshold count linearly.

Raises:
    linnet.Error: unless both are matrices of finite numbers and of one shape, without masked entries; for weights
        that are negative or all 0, and a threshold that is not positive.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.as({.name = "y", .field = "task.target", .required = true, .positional = true});
    v.matrix("file", target_, "the target Y, outputs x inputs");
    v.as({.positional = true}).matrix("signal", signal_, "a matrix of the shape of the target, for the test error");
    entries_.visit(v);
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    return tasks::target(read(target_, setting.folder, "task.file"),
                         read_if_given(signal_, setting.folder, "task.signal"), entries_.read(setting.folder));
  }
  [[nodiscard]] std::string cost() const override { return entries_.words(false); }

 private:
  MatrixInput target_, signal_;
  EntryOptions entries_;
};

}  // namespace

std::unique_ptr<TaskKind> task_target() { return std::make_unique<Target>(); }

}  // namespace linnet::config
