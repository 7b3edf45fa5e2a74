#include "linnet/design/sources.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "linnet/design/cross_validation.hpp"

namespace linnet {

namespace {

constexpr Index default_folds = 5;

/// The estimate from the target of a task whose inputs are white on their span. Of samples, `noise` is that of each
/// output: averaged over P samples of variance σ² it is noise/√(Pσ²) in the entries of Y, and test errors are those of
/// outputs, σ²‖A − A*‖²/n_2, without the noise.
SpectrumEstimate estimate_of(const Task& task, std::optional<double> noise, double variance) {
  const Samples* samples = task.samples();
  double shrunk = 1;
  if (samples != nullptr) shrunk = 1 / std::sqrt(static_cast<double>(samples->inputs.cols()) * variance);
  if (noise) noise = *noise * shrunk;
  const Shape seen = seen_shape(task);
  const linalg::Svd d = linalg::svd(task.target());
  SpectrumEstimate e = estimate_spectrum(
      {.u = d.u.leftCols(seen.modes()), .s = d.s.head(seen.modes()), .v = d.v.leftCols(seen.modes())}, seen, noise);
  e.spectrum.variance = Vector::Constant(e.spectrum.target.size(), variance);
  if (samples != nullptr) e.spectrum.entries = static_cast<double>(task.shape().outputs) / variance;
  return e;
}

void require_signal(const SpectrumEstimate& e) {
  if (e.rank() > 0) return;
  throw NoDesign(
      {.field = "task.target",
       .expected = "a signal above the noise, a singular value above " + format_number(e.edge) + " for noise of " +
                   format_number(e.noise),
       .got = format_number(e.spectrum.target(0)) + " at most",
       .hint = e.noise_known ? "nothing can be learned from this target" : "if the noise is smaller, give it: noise"});
}

}  // namespace

Shape seen_shape(const Task& task) { return {.outputs = task.shape().outputs, .inputs = task.train.input_rank()}; }

Risk risk_of(const Task& task, const DesignOptions& o, Design& design) {
  std::vector<Risk::Part> parts;
  const bool from_target = o.from_target || o.noise;
  if (o.folds != 0 || (!from_target && !task.test && task.samples() != nullptr)) {
    design.source = Design::Source::folds;
    parts = cross_validation(task, o.folds == 0 ? default_folds : o.folds, o.seed);
  } else if (!from_target && task.test) {
    design.source = Design::Source::signal;
    parts.push_back(
        {.spectrum = o.spectrum ? o.spectrum : std::make_shared<const TaskSpectrum>(sample_spectrum(task))});
  } else {
    design.source = Design::Source::spectrum;
    const std::optional<double> variance = task.train.white_on_span(nearly_white);
    if (!variance) {
      bad_input({.field = "task",
                 .expected = "a full matrix or white inputs, to find the signal in it",
                 .got = task.name,
                 .hint = "whiten the inputs, or give the task a signal or a test"});
    }
    design.estimate = estimate_of(task, o.noise, *variance);
    require_signal(*design.estimate);
    parts.push_back({.spectrum = std::make_shared<const TaskSpectrum>(design.estimate->spectrum)});
  }
  return {std::move(parts), o.rate, o.time_limit};
}

}  // namespace linnet
