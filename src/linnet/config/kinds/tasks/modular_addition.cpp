#include "linnet/config/kinds/task.hpp"
#include "linnet/tasks/one_hot.hpp"

namespace linnet::config {

namespace {

class ModularAddition final : public KindOf<ModularAddition, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "modular_addition"; }
  [[nodiscard]] const char* meaning() const override {
    return "(a + b) mod p for pairs of numbers, one-hot, learned from a fraction of the p² pairs.";
  }
  [[nodiscard]] const char* about() const override {
    return R"((a + b) mod p from a fraction of the p^2 pairs; the other pairs are the test samples.

Inputs are one-hot, ones at a and p + b of 2p; targets have a one at the sum.
Source: docs/theory.md, "Hierarchical data and modular addition".

Raises:
    linnet.Error: for p outside 2 ... 1000, or a fraction that leaves no training or no test samples.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("modulus", options_.modulus, 2, "p");
    v.real("fraction", options_.fraction, FieldVisitor::Range::positive,
           "fraction of the pairs to train on; the others are the test samples");
    v.own_seed(own.seed);
    visit_class_cost(v, options_.normalisation, options_.cross_entropy);
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    tasks::ModularAddition o = options_;
    o.seed = setting.seed;
    return tasks::modular_addition(o);
  }

  [[nodiscard]] bool drawn_anew() const override { return true; }
  [[nodiscard]] std::string cost() const override {
    return cost_on_classes(options_.normalisation, options_.cross_entropy);
  }

 private:
  tasks::ModularAddition options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_modular_addition() { return std::make_unique<ModularAddition>(); }

}  // namespace linnet::config
