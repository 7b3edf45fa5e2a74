// A network of width 2.8 million, trained by gradient descent on a low-rank signal in noise.
//
// Y = A* + E of 200 x 200, rank 5; w = 2.8 million, σ² = 5·10⁻⁶, so that κ = σ²w = 14; descent with η = 10⁻³.

#include <cstdio>

#include "linnet/networks/gaussian.hpp"
#include "linnet/training/train.hpp"

int main() {
  using namespace linnet;
  const Task task = tasks::low_rank_plus_noise({.dim = 200, .rank = 5, .seed = 7});
  const GramState start = networks::gaussian_gram(task.shape(), {.width = 2'800'000, .variance = 5e-6, .seed = 8});

  const Trajectory run = train(start, task, GradientDescent{.step = 1e-3, .max_steps = 100},
                               {.observables = {observables::test_error(), observables::singular_values()}});

  std::printf("%s after %td steps, t = %.3f\n", to_string(run.outcome.status), run.outcome.step, run.time.back());
  std::printf("smallest test error %.4f at step %td\n", run.best->test_error, run.best->step);
  const double threshold = run.threshold;
  std::printf("active modes then: %td, above the threshold %.2f\n",
              (run["singular_values"].values.row(run.best->step).array() > threshold).count(), threshold);
}

// Output:
//   completed after 100 steps, t = 0.100
//   smallest test error 0.2673 at step 19
//   active modes then: 5, above the threshold 14.00
