#include "linnet/tasks/branching.hpp"

#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class Branching final : public KindOf<Branching, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "branching"; }
  [[nodiscard]] const char* meaning() const override {
    return "The leaves of a tree, whose features change their sign along its edges at random.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Items that descend from one another: the leaves of a tree, one-hot, and their features, +1 or -1.

Each feature is +1 or -1 at the root, evenly, and changes its sign along each edge with probability `flip`. Y is
features x items; over features, two leaves with e edges between them have the covariance (1 - 2 flip)^e. The cost
is that of `target`.
Source: docs/theory.md, "Structured tasks".

Raises:
    linnet.Error: for no branches or features, fewer than 0 levels, a flip outside 0 ... 1, a tree beyond the memory.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("levels", options_.levels, 0, "levels of the tree, which has branches^levels leaves");
    v.whole("branches", options_.branches, 1, "branches of each node");
    v.real("flip", options_.flip, FieldVisitor::Range::non_negative,
           "the probability, at most 1, that a feature changes its sign along an edge");
    v.whole("features", options_.features, 1, "number of features, the outputs");
    v.own_seed(own.seed);
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    tasks::Branching o = options_;
    o.seed = setting.seed;
    return tasks::branching(o);
  }
  [[nodiscard]] bool drawn_anew() const override { return true; }

 private:
  tasks::Branching options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_branching() { return std::make_unique<Branching>(); }

}  // namespace linnet::config
