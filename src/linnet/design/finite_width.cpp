#include "linnet/design/finite_width.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "linnet/networks/gaussian.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/parallel.hpp"
#include "linnet/training/train.hpp"

namespace linnet {

namespace {

constexpr double accepted = 0.05;  // loss of test error that counts as small
constexpr double nearly = 0.99;    // |λ|/2κ of one layer that is nearly 0

struct Measured {
  Vector errors;  // of each draw

  [[nodiscard]] double mean() const { return errors.mean(); }
};

/// The standard error of a mean.
double standard_error(const Vector& values) {
  const auto count = static_cast<double>(values.size());
  return std::sqrt((values.array() - values.mean()).square().sum() / (count - 1) / count);
}

}  // namespace

void fit_width(Design& design, const Task& task, const DesignOptions& options, double last_time,
               const std::function<double(const Matrix&)>& error_of) {
  const double infinite = design.test_error;
  const double sides = static_cast<double>(task.shape().sum());
  const auto draws = static_cast<Index>(std::clamp(3 * std::pow(400 / sides, 2), 3.0, 32.0));  // small ones cost little
  const auto measure = [&](Index width, double balance) {
    Measured m{.errors = Vector(draws)};
    const auto w = static_cast<double>(width);
    const Layerwise variance{(design.scale - balance / 2) / w, (design.scale + balance / 2) / w};
    const GradientFlow flow{.t_end = last_time, .rates = options.rate, .rtol = 1e-4};
    const Record record{.observables = {observables::train_error()}, .schedule = Schedule::ends()};
    parallel_for(draws, [&](Index draw) {
      const networks::Gaussian start{
          .width = width, .variance = variance, .seed = options.seed, .point = static_cast<std::uint32_t>(draw)};
      const Trajectory run = train(networks::gaussian_gram(task.shape(), start), task, flow, record);
      m.errors(draw) = run.final ? error_of(end_to_end(*run.final)) : infinity;
    });
    stop_if_asked();
    return m;
  };
  const Index budget = *options.width;
  // At this width the loss is seen above the errors of a few draws.
  Index width = std::min(budget, 2 * task.shape().sum());
  Measured here = measure(width, 0);
  design.balance = 0;
  const double bearable = accepted * infinite;
  const bool matters = here.mean() - infinite > bearable / 5;
  for (const double sign : {-1.0, 1.0}) {
    if (!matters) break;
    const double balance = sign * nearly * 2 * design.scale;
    Measured other = measure(width, balance);
    const Vector gain = here.errors - other.errors;
    if (gain.mean() > 2 * standard_error(gain)) {
      here = std::move(other);
      design.balance = balance;
    }
  }
  // The least width that loses little, by the law 1/w from the last measurement; `low` loses too much.
  double low = std::max<double>(1, static_cast<double>(options.active.value_or(1))) - 1;
  double high = infinity;
  std::optional<Measured> best;
  for (int iteration = 0; iteration < 6; ++iteration) {
    const auto now = static_cast<double>(width);
    const double loss = here.mean() - infinite;
    if (loss <= bearable || width == budget) {
      high = now;
      design.width = width;
      best = here;
      if (loss > bearable) break;
    } else {
      low = now;
    }
    double next = now * std::clamp(1.1 * loss / bearable, 0.1, 100.0);
    if (!(next > low && next < high)) next = std::sqrt(std::max(low, 0.5) * high);
    width = std::min(budget, std::max(static_cast<Index>(std::ceil(next)), static_cast<Index>(low) + 1));
    if (static_cast<double>(width) * 1.4 > high) break;
    here = measure(width, design.balance);
  }
  if (!best) {
    design.width = budget;
    best = measure(budget, design.balance);
  }
  design.test_error = best->mean();
  design.width_loss = best->mean() - infinite;
  design.error_bar = std::hypot(design.error_bar, 2 * standard_error(best->errors));
}

}  // namespace linnet
