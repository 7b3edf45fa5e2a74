#include "linnet/tasks/xor_points.hpp"

#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class XorPoints final : public KindOf<XorPoints, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "xor_points"; }
  [[nodiscard]] const char* meaning() const override {
    return "Points of the plane around the corners (±1, ±1), whose label is the product of the corner's coordinates.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Points of the plane around the corners (1, 1), (-1, 1), (-1, -1), (1, -1) in turn, with targets 1, -1, 1, -1.

No linear map classifies them. The cost is that of `regression`. The test samples are fresh ones.

Raises:
    linnet.Error: for numbers of samples below 1, or a noise that is negative.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("samples", options_.samples, 1, "P, the number of training samples");
    v.whole("test_samples", options_.test_samples, 0, "number of test samples; 0 for no test");
    v.real("noise", options_.noise, FieldVisitor::Range::non_negative,
           "standard deviation of each coordinate around its corner");
    v.own_seed(own.seed);
    visit_normalisation(v, options_.normalisation);
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    tasks::XorPoints o = options_;
    o.seed = setting.seed;
    return tasks::xor_points(o);
  }

  [[nodiscard]] bool drawn_anew() const override { return true; }
  [[nodiscard]] std::string cost() const override { return cost_on_samples(options_.normalisation); }

 private:
  tasks::XorPoints options_;
};

}  // namespace

std::unique_ptr<TaskKind> task_xor_points() { return std::make_unique<XorPoints>(); }

}  // namespace linnet::config
