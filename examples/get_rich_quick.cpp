#include <cstdio>

#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/perceptron/linearized.hpp"
#include "linnet/tasks/teacher.hpp"
#include "linnet/training/train.hpp"

int main() {
  using namespace linnet;
  const Task teacher =
      tasks::teacher({.dim = 20, .samples = 200, .test_samples = 2000, .seed = 1, .normalisation = {.half = false}});
  const GradientFlow flow{.t_end = 2000, .rtol = 3e-3, .method = GradientFlow::Method::bdf};
  for (const double delta : {-0.5, 0.0, 0.5}) {
    const Perceptron start = networks::spherical_pairs(20, {.width = 50, .tau = 0.2, .delta = delta, .seed = 2});
    const Trajectory run =
        train(start, teacher, flow, {.observables = {observables::test_error()}, .schedule = Schedule::ends()});
    const PerceptronLinearized lazy(start, teacher);
    std::printf("delta %4.1f: test error %.3f, linearized %.3f\n", delta, run.values("test_error").tail(1)(0),
                lazy.test_error(flow.t_end));
  }
}

// Output:
//   delta -0.5: test error 0.007, linearized 0.016
//   delta  0.0: test error 0.003, linearized 0.020
//   delta  0.5: test error 0.002, linearized 0.022
