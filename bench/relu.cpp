// What a step of descent of a two-layer ReLU network reaches of the peak of dgemm, measured in the same run:
//
//     linnet_bench_relu
//
// n = P = 1000 samples, d = 100, m = 50 neurons, one output, one thread. Useful flops are those of the two products,
// 4 P d m. One line a measurement, tab-separated: name, seconds, part of the peak, target (or -). scripts/bench reads
// it.

#include <cstdio>

#include "harness.hpp"
#include "linnet/perceptron/starts.hpp"
#include "linnet/perceptron/train.hpp"

namespace linnet::bench {
namespace {

constexpr Index samples = 1000;
constexpr Index dim = 100;
constexpr Index width = 50;

/// CPU seconds of `steps` steps, start and end apart.
double train_seconds(const Perceptron& start, const PerceptronTask& task, Index steps) {
  constexpr Index warm = 10;
  double began = 0;
  double ended = 0;
  const Observer watch = [&](const Progress& p) {
    if (p.done == static_cast<double>(warm)) began = cpu_seconds();
    if (p.done == static_cast<double>(warm + steps)) ended = cpu_seconds();
    return true;
  };
  (void)train(start, task, GradientDescent{.step = 5e-3, .max_steps = warm + steps + 1},
              {.observables = {}, .schedule = Schedule::ends()}, watch);
  return ended - began;
}

/// The largest part of the peak and the least time of several rounds; each times a product of 1000 x 1000 matrices,
/// which comes near the peak, just before and after.
template <class Work>
void measure(const char* name, double flops, const char* target, Work work) {
  constexpr double product_flops = 2e9;
  Meter meter(1000);
  const Measured m = meter(500, 7, work);
  std::printf("%s\t%.4g\t%.2f\t%s\n", name, m.seconds, flops / (m.products * product_flops), target);
  std::fflush(stdout);
}

void run() {
  const linalg::SerialBlas serial;
  const PerceptronTask task = tasks::teacher({.dim = dim, .samples = samples, .test_samples = 0, .seed = 1});
  const Perceptron start = networks::spherical_pairs(dim, {.width = width, .alpha = 1, .seed = 2});
  constexpr double flops = 4.0 * samples * dim * width;
  const Matrix& w = start.weights().front();
  const Matrix& x = task.train.inputs;
  Matrix h;
  Matrix g;
  measure("the two products alone", flops, "-", [&](Index repeats) {
    return timed(repeats, [&] {
      linalg::multiply(w, x, h);
      linalg::multiply(h, x.transpose(), g);
    });
  });
  measure("a step of descent", flops, "0.60", [&](Index repeats) { return train_seconds(start, task, repeats); });
}

}  // namespace
}  // namespace linnet::bench

int main() { linnet::bench::run(); }
