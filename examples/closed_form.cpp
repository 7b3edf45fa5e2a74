// The infinitely wide network in closed form, against the integrator.
//
// Y = A* + E of 60 x 60, rank 3; G_0 = σ²w I with σ²w = 2. One SVD of Y gives A(t) at every t; gradient flow of the
// same Gram state by SUNDIALS must agree to its tolerance.

#include <cstdio>

#include "linnet/exact/mode_flow.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/training/train.hpp"

int main() {
  using namespace linnet;
  const Task task = tasks::low_rank_plus_noise({.dim = 60, .rank = 3, .seed = 1});
  const ModeFlow exact(sample_spectrum(task), {.scales = 2.0});

  const BestMoment best = exact.best();
  std::printf("smallest test error %.4f at t = %.4f\n", best.test_error, best.time);

  const GramState start = networks::infinite_width(task.shape(), 2.0);
  const Trajectory flow = train(start, task, GradientFlow{.t_end = best.time, .rtol = 1e-10, .atol = 1e-12});
  const double distance = (end_to_end(*flow.final) - exact.end_to_end(best.time)).norm();
  std::printf("the integrator agrees to 1e-7: %s\n", distance < 1e-7 ? "yes" : "no");
}

// Output:
//   smallest test error 0.1985 at t = 0.0648
//   the integrator agrees to 1e-7: yes
