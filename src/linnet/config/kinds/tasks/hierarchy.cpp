#include "linnet/config/kinds/task.hpp"
#include "linnet/tasks/structured.hpp"

namespace linnet::config {

namespace {

class Hierarchy final : public KindOf<Hierarchy, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "hierarchy"; }
  [[nodiscard]] const char* meaning() const override {
    return "The semantic hierarchy: items and their properties in a binary tree.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(The semantic hierarchy: 2^levels one-hot items, and the properties of a binary tree (Y is properties x items).

The first property is shared by all items; the next separates the two halves (+1, -1); each of the next two separates
the halves of a half, and is 0 elsewhere; and so on. The rows of Y are orthogonal.
Source: docs/theory.md, "Structured tasks".

Raises:
    linnet.Error: for levels outside 0 ... 12.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("levels", levels_, 0, "levels of the tree, which has 2^levels items");
  }

  [[nodiscard]] Task make(const TaskSetting& /*setting*/) const override { return tasks::hierarchy(levels_); }

 private:
  Index levels_ = 3;
};

}  // namespace

std::unique_ptr<TaskKind> task_hierarchy() { return std::make_unique<Hierarchy>(); }

}  // namespace linnet::config
