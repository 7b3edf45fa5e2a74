#include <cstdio>

#include "linnet/exact/wide_flow.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"

int main() {
  using namespace linnet;
  Vector modes(3);
  modes << 2, 1, 0.5;
  const Task task = tasks::modes({.shape = {.outputs = 4, .inputs = 4}, .values = modes, .seed = 1});
  const Index width = 1'000'000'000;
  const networks::DeepGaussian options{.variance = networks::saddle_variance(width, 1), .seed = 1};
  const DeepLinear cone = networks::gaussian_cone({4, width, width, 4}, options, 1);

  const Trajectory run = train(networks::with_tolerance(cone, 1e-6), task, GradientFlow{.t_end = 0.5});
  std::printf("order %td, train error %.4f\n", run.cone->order, run.values("train_error").tail(1)(0));

  const WideFlow limit(std::make_shared<const TaskSpectrum>(sample_spectrum(task)), {.depth = 3, .scales = 1});
  const double distance = (end_to_end(*run.final) - limit.end_to_end(0.5)).norm();
  std::printf("|A - A'| of infinite width: %.1e\n", distance);
}

// Output:
// order 4, train error 0.0026
// |A - A'| of infinite width: 2.9e-05
