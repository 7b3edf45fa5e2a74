#include "linnet/landscape/escape.hpp"

#include <fmt/format.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

namespace {

constexpr const char* strength_name = "escape_strength";
constexpr const char* found_name = "escape_strength_found";

/// |θ| along the fastest escape from the origin, from |θ_0| of the run: r' = s L^{1−L/2} r^{L−1}, up to the largest |θ|
/// of the run, where the law ends. All other observables are unknown.
class EscapeCompanion final : public Companion {
 public:
  explicit EscapeCompanion(const CompanionSetting& s) : start_(*s.start.network), task_(*s.prepared.task) {
    require_layers(s);
    if (!s.prepared.then.empty()) {
      bad_input({.field = "task.then",
                 .expected = "no further task, for network.compare = \"escape\"",
                 .got = fmt::format("{}", s.c.task.then.size()),
                 .hint = "the origin is escaped from once"});
    }
  }

  [[nodiscard]] bool beside_each_task() const override { return false; }
  void finish(Execution& e, const Observer& observer) override {
    Trajectory& run = e.runs.front().phases.front();
    const DeepLinear start = *weights_of(start_);
    std::vector<Matrix> nothing = start.weights();
    for (Matrix& w : nothing) w.setZero();
    const DeepLinear origin(std::move(nothing));
    e.numbers[strength_name] = landscape::escape_direction(origin, task_.train).strength;
    e.numbers[found_name] = std::nan("");
    try {
      const Interruptible interruptible([&] { return !observer || observer({}); });
      e.numbers[found_name] = landscape::find_escape_direction(origin, task_.train).strength;
    } catch (const Error& error) {
      if (!is_interruption(error)) throw;
      run.outcome.status = Status::interrupted;
    }
    e.runs.push_back({.dynamics = "fastest escape", .phases = {radius(start, run)}});
  }

 private:
  [[nodiscard]] Trajectory radius(const DeepLinear& start, const Trajectory& run) const {
    const Shape shape = task_.shape();
    const Matrix origin = Matrix::Zero(shape.outputs, shape.inputs);
    const double strength = linalg::operator_norm(task_.train.evaluate(origin).gradient);
    Trajectory t = nothing_known(run);
    for (std::size_t k = 0; k < t.series.size(); ++k) {
      if (t.series[k].name != "parameter_norm") continue;
      const double most = run.series[k].values.maxCoeff();
      for (std::size_t i = 0; i < t.time.size(); ++i) {
        const double r = landscape::escape_radius(start.depth(), strength, start.norm(), t.time[i]);
        if (r <= most) t.series[k].values(static_cast<Index>(i), 0) = r;
      }
    }
    return t;
  }

  const Network& start_;
  const Task& task_;
};

}  // namespace

CompanionKind escape_companion() {
  return {.word = "escape",
          .meaning =
              "|θ| along the fastest escape from the origin, by its law near 0, and the strength of the escape, in "
              "closed form and found numerically",
          .legend = "fastest escape",
          .numbers = {{strength_name, "strength |dC/dA|_op of the fastest escape"},
                      {found_name, "strength of the escape found numerically"}},
          .make = [](const CompanionSetting& s) { return std::make_unique<EscapeCompanion>(s); }};
}

}  // namespace linnet::sweeps
