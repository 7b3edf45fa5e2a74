// Times steps, as multiples of one product of d x d matrices that is timed in the same run:
//
//     linnet_bench [d]           steps of two layers, in products of d x d matrices
//     linnet_bench d exact       the closed form, in products of 2d x 2d matrices
//     linnet_bench d deep        steps of four layers of width 2d, d inputs and outputs, in products of 2d x 2d
//     matrices
//
// One line a measurement, tab-separated: name, seconds, products, target in products (or -). scripts/bench reads them.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "harness.hpp"
#include "linnet/dynamics/deep_dynamics.hpp"
#include "linnet/dynamics/gram_dynamics.hpp"
#include "linnet/dynamics/self_consistent_dynamics.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/training/train.hpp"

namespace linnet::bench {
namespace {

void print(const char* name, const Measured& m, const char* target = "-") {
  std::printf("%s\t%.4g\t%.2f\t%s\n", name, m.seconds, m.products, target);
  std::fflush(stdout);
}

/// CPU seconds of `steps` steps of `train`, without its start and end, recording train and test error at every step.
double train_seconds(const GramState& start, const Task& task, Order order, Index steps) {
  constexpr Index warm = 10;
  double began = 0;
  double ended = 0;
  const Observer watch = [&](const Progress& p) {
    if (p.done == static_cast<double>(warm)) began = cpu_seconds();
    if (p.done == static_cast<double>(warm + steps)) ended = cpu_seconds();
    return true;
  };
  (void)train(start, task, GradientDescent{.step = 1e-5, .max_steps = warm + steps + 1, .order = order},
              {.observables = {observables::train_error(), observables::test_error()}}, watch);
  return ended - began;
}

void run(Index dim) {
  const linalg::SerialBlas serial;
  const Task task = tasks::low_rank_plus_noise({.dim = dim, .rank = 5, .seed = 7});
  const networks::Gaussian gaussian{
      .width = dim * dim, .variance = std::pow(static_cast<double>(dim), -1.5), .seed = 8};
  const GramState start = networks::gaussian_gram(task.shape(), gaussian);
  const SelfConsistent closed = networks::self_consistent(start, networks::gaussian_scales(gaussian));
  Meter meter(dim);
  // The given repeats are for d = 200; larger matrices take fewer.
  const double effort = std::pow(200.0 / static_cast<double>(dim), 3);
  const auto few = [&](Index repeats) {
    return std::max<Index>(1, std::lround(static_cast<double>(repeats) * effort));
  };
  const auto measure = [&](Index repeats, auto f) {
    return meter(few(repeats), 9, [&](Index n) { return timed(n, f); });
  };

  double seconds = 1e300;
  for (int i = 0; i < 9; ++i) seconds = std::min(seconds, meter.product());
  print("one product", {.seconds = seconds, .products = 1});
  std::fprintf(stderr, "one product: %.1f GF/s\n", 2 * std::pow(static_cast<double>(dim), 3) / seconds * 1e-9);

  const auto trained = [&](Order order) {
    return meter(few(100), 9, [&](Index n) { return train_seconds(start, task, order, n); });
  };
  print("descent step, sequential, with errors", trained(Order::sequential), "6");
  print("descent step, simultaneous, with errors", trained(Order::simultaneous), "7");
  GramDynamics gram(start, task);
  print("  sequential, the dynamics alone",
        measure(50, [&] { gram.descend({.step = 1e-6, .order = Order::sequential}); }));
  print("  simultaneous, the dynamics alone",
        measure(50, [&] { gram.descend({.step = 1e-6, .order = Order::simultaneous}); }));
  std::vector<double> velocity(static_cast<std::size_t>(gram.unknowns()));
  print("flow, one velocity of the Gram state", measure(50, [&] { gram.velocity(1.0, velocity); }));

  Matrix a = task.target();
  Matrix c = a;
  print("  one symmetric update", measure(50, [&] { linalg::subtract_symmetric(1e-9, a, c); }));
  Residual residual = task.train.evaluate(a);
  print("  train error and residual", measure(50, [&] { task.train.evaluate(a, residual); }));
  volatile double sink = 0;
  print("  test error", measure(50, [&] { sink = task.test->error(a); }));

  print("singular values", measure(3, [&] { (void)linalg::singular_values(a); }));
  print("singular value decomposition", measure(3, [&] { (void)linalg::svd(a); }));
  SelfConsistentDynamics self(closed, task);
  print("self-consistent step", measure(3, [&] { self.descend({.step = 1e-5, .order = Order::simultaneous}); }));

  print("start at width d^2 (Bartlett)", measure(1, [&] { (void)networks::gaussian_gram(task.shape(), gaussian); }));
  networks::Gaussian wide = gaussian;
  wide.width = 2'800'000;
  print("start at width 2.8 million", measure(1, [&] { (void)networks::gaussian_gram(task.shape(), wide); }));
  print("closure of the start", measure(1, [&] { (void)fit_closure(start); }));
  const TaskSpectrum spectrum = sample_spectrum(task);
  print("infinite width: best time", measure(1, [&] { (void)ModeFlow(spectrum, {.scales = 8.0}).best(); }));
}

/// The closed form, in products of two n x n matrices, n = n_0 + n_2 = 2d.
void run_exact(Index dim) {
  const linalg::SerialBlas serial;
  const Task task = tasks::target(tasks::low_rank_plus_noise({.dim = dim, .rank = 5, .seed = 7}).target());
  const double size = linalg::operator_norm(task.target());
  Meter meter(2 * dim);
  double seconds = 1e300;
  for (int i = 0; i < 5; ++i) seconds = std::min(seconds, meter.product());
  print("one product", {.seconds = seconds, .products = 1});
  std::fprintf(stderr, "one product: %.1f GF/s\n", 2 * std::pow(2 * static_cast<double>(dim), 3) / seconds * 1e-9);
  const auto measure = [&](auto f) { return meter(2, 7, [&](Index n) { return timed(n, f); }); };
  const auto at = [&](const char* name, const Network& start, const char* target) {
    const ExactFlow flow(start, task);
    for (const double t : {1.0, 20.0, 1e5}) {
      print((std::string(name) + ", ‖Y‖t = " + format_number(t)).c_str(),
            measure([&] { (void)flow.gram_state(t / size); }), target);
    }
  };
  const auto balanced = [&](double balance, Index width, std::uint64_t seed = 1) {
    return networks::balanced(networks::random_end_to_end(task.shape(), std::min(width, dim), 1e-3 * size, seed),
                              balance * size, width);
  };
  // Square zero-balanced weights end in a saddle if det A_0 det Y < 0: one start of each kind.
  const auto zero_balanced = [&](bool at_saddle) {
    std::uint64_t seed = 1;
    while (ExactFlow(balanced(0, dim, seed), task).at_saddle() != at_saddle) ++seed;
    return balanced(0, dim, seed);
  };
  const DeepLinear full = balanced(1, dim);
  print("set-up, balanced", measure([&] { (void)ExactFlow(full, task); }));
  at("G(t), balanced, w = d", full, "6");
  at("G(t), zero-balanced, w = d", zero_balanced(false), "6");
  at("G(t), zero-balanced, w = d, at a saddle", zero_balanced(true), "6");
  at("G(t), balanced, w = d/10", balanced(1, dim / 10), "6");
  at("G(t), infinite width", SelfConsistent(Matrix::Zero(dim, dim), {0.1 * size, 0.3 * size}), "-");
}

/// Four layers of width 2d on d inputs and outputs. A step takes three times the product W_4W_3W_2W_1, which is 15d³·4
/// operations, 3.75 products of two 2d x 2d matrices; the rest is overhead.
void run_deep(Index dim) {
  const linalg::SerialBlas serial;
  const Index width = 2 * dim;
  const Task task = tasks::low_rank_plus_noise({.dim = dim, .rank = 5, .seed = 7});
  const DeepLinear start = networks::gaussian_deep(networks::layer_sizes(task.shape(), 4, width),
                                                   {.variance = 1 / static_cast<double>(width), .seed = 8});
  const double flops = 3 * linalg::Chain(start.sizes()).flops() / (2 * std::pow(static_cast<double>(width), 3));
  Meter meter(width);
  double seconds = 1e300;
  for (int i = 0; i < 3; ++i) seconds = std::min(seconds, meter.product());
  print("one product", {.seconds = seconds, .products = 1});
  std::fprintf(stderr, "one product: %.1f GF/s; a step has the flops of %.2f\n",
               2 * std::pow(static_cast<double>(width), 3) / seconds * 1e-9, flops);
  const std::string target = format_number(flops / 0.85);
  const auto measure = [&](auto f) { return meter(3, 5, [&](Index n) { return timed(n, f); }); };
  DeepDynamics dynamics(start, task);
  const Update plain{.step = 1e-7};
  const Update heavy{.step = 1e-7, .momentum = 0.9};
  print("descent step", measure([&] { dynamics.descend(plain); }), target.c_str());
  print("descent step with momentum", measure([&] { dynamics.descend(heavy); }));
  std::vector<double> velocity(static_cast<std::size_t>(dynamics.unknowns()));
  print("flow, one velocity", measure([&] { dynamics.velocity(1.0, velocity); }));
  dynamics.linearize(1.0);
  std::vector<double> product(velocity.size());
  print("flow, one product with the Jacobian", measure([&] { dynamics.jacobian(velocity, product); }));
}

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  const long dim = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 200;
  if (dim < 5) {
    std::fprintf(stderr, "usage: linnet_bench [d >= 5] [exact | deep]\n");
    return 2;
  }
  const std::string what = argc > 2 ? argv[2] : "";
  if (what == "exact") {
    linnet::bench::run_exact(dim);
  } else if (what == "deep") {
    linnet::bench::run_deep(dim);
  } else {
    linnet::bench::run(dim);
  }
}
