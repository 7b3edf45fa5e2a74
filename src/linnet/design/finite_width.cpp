#include "linnet/design/finite_width.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/networks/gaussian.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/parallel.hpp"
#include "linnet/training/train.hpp"

namespace linnet {

namespace {

constexpr Index draws = 4;
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
  Index width = *options.width;
  Measured best = measure(width, 0);
  design.balance = 0;
  for (const double sign : {-1.0, 1.0}) {
    const double balance = sign * nearly * 2 * design.scale;
    Measured other = measure(width, balance);
    const Vector gain = best.errors - other.errors;
    if (gain.mean() > 2 * standard_error(gain)) {
      best = std::move(other);
      design.balance = balance;
    }
  }
  for (int iteration = 0; iteration < 4; ++iteration) {
    const double loss = best.mean() - infinite;
    if (!(loss < accepted * infinite)) break;
    const double enough = static_cast<double>(width) * std::max(loss, 0.0) / (accepted * infinite);
    const Index narrower = std::max<Index>({1, options.active.value_or(1), static_cast<Index>(std::ceil(1.1 * enough)), width / 30});
    if (narrower >= width * 9 / 10) break;
    Measured there = measure(narrower, design.balance);
    if (there.mean() - infinite > accepted * infinite) break;
    width = narrower;
    best = std::move(there);
  }
  design.width = width;
  design.test_error = best.mean();
  design.width_loss = best.mean() - infinite;
  design.error_bar = std::hypot(design.error_bar, 2 * standard_error(best.errors));
}

}  // namespace linnet
