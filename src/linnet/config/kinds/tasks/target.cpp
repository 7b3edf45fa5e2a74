#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class Target final : public KindOf<Target, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "target"; }
  [[nodiscard]] const char* meaning() const override { return "A matrix: C = ½|A − Y|², the cost of white inputs."; }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.matrix("file", target_, "the target Y, outputs x inputs");
    v.matrix("signal", signal_, "a matrix to test against, of the target's shape");
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
