#include "linnet/config/kinds/solver.hpp"

namespace linnet::config {

namespace {

class Exact final : public KindOf<Exact, SolverKind> {
 public:
  [[nodiscard]] const char* word() const override { return "exact"; }
  [[nodiscard]] const char* meaning() const override { return "Gradient flow in closed form."; }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.real("t_end", t_end_, FieldVisitor::Range::non_negative, "the last time");
    step_.visit(
        v, {{.text = "a sweep, for the step of its best time", .met = v.surroundings.sweep, .got = "a single run"}});
  }

  [[nodiscard]] const char* legend() const override { return "closed form"; }
  [[nodiscard]] const char* progress() const override { return "records"; }
  [[nodiscard]] bool closed_form() const override { return true; }
  [[nodiscard]] bool moves() const override { return t_end_ > 0; }
  [[nodiscard]] double t_end() const override { return t_end_; }
  [[nodiscard]] const StepSize* step() const override { return &step_; }

 private:
  double t_end_ = GradientFlow().t_end;
  StepSize step_;
};

}  // namespace

std::unique_ptr<SolverKind> solver_exact() { return std::make_unique<Exact>(); }

}  // namespace linnet::config
