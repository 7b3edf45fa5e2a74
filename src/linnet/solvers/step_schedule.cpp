#include "linnet/solvers/step_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "linnet/error.hpp"

namespace linnet {

double StepSchedule::at(Index step, Index max_steps) const {
  if (own) {
    const double value = own(step);
    if (value >= 0 && std::isfinite(value)) return value;
    bad_input({.field = "solver.step_factor",
               .expected = "a finite number >= 0 at every step",
               .got = format_number(value) + " at step " + std::to_string(step)});
  }
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup);
  const auto past = static_cast<double>(step - warmup);
  switch (shape) {
    case Shape::constant:
      return 1;
    case Shape::cosine: {
      const auto whole = static_cast<double>((length > 0 ? length : max_steps) - warmup);
      if (!(past < whole)) return least;
      return least + (1 - least) * (1 + std::cos(std::numbers::pi * past / whole)) / 2;
    }
    case Shape::steps:
      return std::pow(factor, std::floor(past / static_cast<double>(every)));
  }
  return 1;
}

void check(const StepSchedule& s) {
  require_at_least(s.length, 0, "solver.schedule_steps");
  if (!(s.least >= 0) || !(s.least <= 1)) {
    bad_input({.field = "solver.schedule_least", .expected = "a number in [0, 1]", .got = format_number(s.least)});
  }
  require_at_least(s.every, 1, "solver.schedule_every");
  if (!(s.factor > 0) || !(s.factor <= 1)) {
    bad_input({.field = "solver.schedule_factor", .expected = "a number in (0, 1]", .got = format_number(s.factor)});
  }
  require_at_least(s.warmup, 0, "solver.warmup");
}

}  // namespace linnet
