#include "modes_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "linnet/observables/observable.hpp"
#include "linnet/support/constants.hpp"

namespace linnet::command {

namespace {

std::string words_of(double t) {
  if (std::isnan(t)) return "unknown";
  return std::isfinite(t) ? fmt::format("{:.4g}", t) : "never";
}

void print_errors(const Prediction& p, const std::vector<double>& times) {
  const auto line = [&](const char* what, const Observable& observable) {
    if (!observable.fits(p.start(), p.task())) return;
    const Matrix values = p.values(observable, {0, infinity});
    fmt::print("{:<12} {:.4g} at the start, {} at the end\n", what, values(0, 0),
               std::isnan(values(1, 0)) ? "unknown" : fmt::format("{:.4g}", values(1, 0)));
    if (times.empty()) return;
    const Matrix at = p.values(observable, times);
    for (std::size_t i = 0; i < times.size(); ++i) {
      fmt::print("{:<12} at t = {:.4g}: {:.4g}\n", "", times[i], at(static_cast<Index>(i), 0));
    }
  };
  line("train error", observables::train_error());
  line("test error", observables::test_error());
  if (p.method() == PredictMethod::linearized) return;
  if (!observables::kernel_distance().fits(p.start(), p.task())) return;
  const double moved = p.kernel_distance(infinity);
  if (!std::isnan(moved)) fmt::print("kernel       moves by {:.3g} (kernel distance from start to end)\n", moved);
}

}  // namespace

void print_prediction(const Prediction& p, const std::vector<double>& times) {
  if (const std::string warning = p.warning(); !warning.empty()) fmt::print("warning      {}\n", warning);
  print_errors(p, times);
  const Vector& y = p.mode_vectors().s;
  if (y.size() == 0) return;
  const Vector half = p.learning_times(0.5);
  const Vector active = p.activation_times();
  const std::vector<std::optional<Regime>> regimes = p.regimes();
  fmt::print("\n{:>5} {:>12} {:>12} {:>14} {:>14}\n", "mode", "y", "ends", "half at t", "active at t");
  std::string never;
  std::string delayed;
  for (Index i = 0; i < y.size(); ++i) {
    const std::optional<Regime>& regime = regimes[static_cast<std::size_t>(i)];
    const bool learned = regime != Regime::never;
    fmt::print("{:>5} {:>12.4g} {:>12} {:>14} {:>14}\n", i + 1, y(i), regime ? to_string(*regime) : "unknown",
               learned ? words_of(half(i)) : "never", std::isnan(p.threshold()) ? "-" : words_of(active(i)));
    const auto add_to = [&](std::string& list) { list += fmt::format("{}{}", list.empty() ? "" : ", ", i + 1); };
    if (!learned) add_to(never);
    if (regime == Regime::delayed_rich) add_to(delayed);
  }
  if (!delayed.empty()) {
    fmt::print("delayed-rich: {} (below kappa, but the larger layer must turn to them: the kernel moves)\n", delayed);
  }
  if (!never.empty()) {
    fmt::print("never learned: {} (the start has no part growing into it, or all its columns go to larger modes)\n",
               never);
  }
}

}  // namespace linnet::command
