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
y) the test error is |A - signal|^2 / entries.

Raises:
    linnet.Error: unless both are matrices of finite numbers and of one shape, without masked entries.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.as({.name = "y", .field = "task.target", .required = true, .positional = true});
    v.matrix("file", target_, "the target Y, outputs x inputs");
    v.as({.positional = true}).matrix("signal", signal_, "a matrix of the shape of the target, for the test error");
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    return tasks::target(read(target_, setting.folder, "task.file"),
                         read_if_given(signal_, setting.folder, "task.signal"));
  }

 private:
  MatrixInput target_, signal_;
};

}  // namespace

std::unique_ptr<TaskKind> task_target() { return std::make_unique<Target>(); }

}  // namespace linnet::config
