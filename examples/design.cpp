// Which network of two layers has the smallest test error, and when to stop its training: in closed form, from a signal
// that is known and from a noisy matrix alone.

#include "linnet/design/design.hpp"

#include <cstdio>

int main() {
  using namespace linnet;
  const Task task = tasks::low_rank_plus_noise({.dim = 100, .rank = 3, .seed = 7});
  const Design best = design(task);
  const Design five = design(task, {.active = 5});
  const Design alone = design(tasks::target(task.target()), {.noise = 1.0});
  std::printf("best: test error %.4f, of a bound of %.4f\n", best.test_error, best.bound);
  std::printf("five active modes: test error %.3f\n", five.test_error);
  std::printf("from Y alone: test error %.3f +- %.3f, rank %d\n", alone.test_error, alone.error_bar,
              static_cast<int>(alone.estimate->rank()));
}

// Output:
//   best: test error 0.0583, of a bound of 0.0572
//   five active modes: test error 0.268
//   from Y alone: test error 0.059 +- 0.008, rank 3
