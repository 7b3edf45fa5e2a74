// The fraction of the peak of dgemm that a step of descent of a two-layer ReLU network reaches, measured in the same
// run:
//
//     linnet_bench_relu
//
// n = P = 1000 samples, d = 100, m = 50 neurons, one output, one thread. Useful operations are those of the two
// products, 4 P d m. The gradients are also timed alone: by BLAS products, and by TwoLayerKernel with each vector
// instruction set of the machine, for ReLU and for leaky ReLU, which has no zeros to skip. One line a measurement,
// tab-separated: name, seconds, fraction of the peak, target (or -). scripts/bench reads them.

#include <cstdio>
#include <string>

#include "harness.hpp"
#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/perceptron/backpropagation.hpp"
#include "linnet/tasks/teacher.hpp"
#include "linnet/training/train.hpp"

namespace linnet::bench {
namespace {

constexpr Index samples = 1000;
constexpr Index dim = 100;
constexpr Index width = 50;
constexpr Normalisation authors{.half = false, .mean_over_outputs = false};

/// CPU seconds of `steps` steps, without start and end.
double train_seconds(const Perceptron& start, const Task& task, Index steps) {
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

/// The largest fraction of the peak and the least time of several rounds. Each round times a product of 1000 x 1000
/// matrices, which comes near the peak, just before and after the work.
template <class Work>
void measure(const std::string& name, double flops, const char* target, Work work) {
  constexpr double product_flops = 2e9;
  Meter meter(1000);
  const Measured m = meter(500, 7, work);
  std::printf("%s\t%.4g\t%.2f\t%s\n", name.c_str(), m.seconds, flops / (m.products * product_flops), target);
  std::fflush(stdout);
}

constexpr double flops = 4.0 * samples * dim * width;

void measure_gradients(const Task& task, double slope) {
  const std::string of = slope == 0 ? "gradients, ReLU, " : "gradients, leaky ReLU, ";
  const Perceptron start = networks::spherical_pairs(dim, {.width = width, .alpha = 1, .slope = slope, .seed = 2});
  Backpropagation products(start, 1);
  const std::vector<Samples> blocks = in_blocks(*task.samples());
  measure(of + "BLAS", flops, "-",
          [&](Index repeats) { return timed(repeats, [&] { products.differentiate(start.weights(), blocks); }); });
  for (const linalg::VectorUnit unit : linalg::vector_units()) {
    TwoLayerKernel kernel(start, 1, unit);
    PackedSamples data;
    kernel.pack(task.samples()->inputs, task.samples()->targets, data);
    std::vector<Matrix> gradients = start.weights();
    measure(of + to_string(unit), flops, "-", [&](Index repeats) {
      return timed(repeats, [&] { kernel.differentiate(start.weights(), data, gradients); });
    });
  }
}

void run() {
  const linalg::SerialBlas serial;
  const Task task =
      tasks::teacher({.dim = dim, .samples = samples, .test_samples = 0, .seed = 1, .normalisation = authors});
  const Perceptron start = networks::spherical_pairs(dim, {.width = width, .alpha = 1, .seed = 2});
  const Matrix& w = start.weights().front();
  const Matrix& x = task.samples()->inputs;
  Matrix h;
  Matrix g;
  measure("the two products alone", flops, "-", [&](Index repeats) {
    return timed(repeats, [&] {
      linalg::multiply(w, x, h);
      linalg::multiply(h, x.transpose(), g);
    });
  });
  measure_gradients(task, 0);
  measure_gradients(task, 0.2);
  measure("a step of descent", flops, "0.60", [&](Index repeats) { return train_seconds(start, task, repeats); });
}

}  // namespace
}  // namespace linnet::bench

int main() { linnet::bench::run(); }
