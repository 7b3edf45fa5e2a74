#include "linnet/config/kinds/solver.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

class DesignSolver final : public KindOf<DesignSolver, SolverKind> {
 public:
  [[nodiscard]] const char* word() const override { return "design"; }
  [[nodiscard]] const char* meaning() const override {
    return "Chooses the network of two layers and the time of the smallest test error, in closed form; for sweeps and "
           "linnet design.";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("active", options_.active, 0,
            "instead: the best with so many active modes, the first ones, at its best moment");
    v.real("kernel_distance", options_.kernel_distance, Range::positive,
           "instead: the best whose tangent kernel has moved so far at its best moment");
    v.real("scale", options_.scale, Range::positive, "κ, where it is given");
    v.real("stop_time", options_.stop_time, Range::non_negative, "t, where it is given");
    v.real("time_limit", time_limit_, Range::positive, "the longest training");
    v.whole("width", options_.width, 1, "the largest width; without it the network is infinitely wide");
    v.real("noise", options_.noise, Range::non_negative,
           "standard deviation of the noise of a target whose signal is not known");
    v.flag("from_target", options_.from_target, "take the signal for unknown although the task has one");
    v.whole("folds", options_.folds, 0, "K, to hold out samples or entries; 0 for none");
  }

  [[nodiscard]] const char* legend() const override { return "design"; }
  [[nodiscard]] const char* progress() const override { return "designs"; }
  [[nodiscard]] bool moves() const override { return false; }
  [[nodiscard]] double t_end() const override { return 0; }
  [[nodiscard]] std::optional<DesignOptions> design() const override {
    DesignOptions options = options_;
    if (time_limit_) options.time_limit = *time_limit_;
    return options;
  }

 private:
  DesignOptions options_;
  std::optional<double> time_limit_;
};

}  // namespace

std::unique_ptr<SolverKind> solver_design() { return std::make_unique<DesignSolver>(); }

}  // namespace linnet::config
