// Nothing is allocated in the loop of Gram descent, errors recorded every step included: every malloc of this process
// is counted between two steps of one run. Exit code 0 when there was none.

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "linnet/linalg/product.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/train.hpp"

namespace {
std::atomic<long> allocations{0};
}

// glibc's own entry points, so that new, Eigen and BLAS are all seen.
extern "C" {
void* __libc_malloc(std::size_t size);                     // NOLINT
void* __libc_realloc(void* p, std::size_t size);           // NOLINT
void* __libc_calloc(std::size_t count, std::size_t size);  // NOLINT
void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* realloc(void* p, std::size_t size) {
  ++allocations;
  return __libc_realloc(p, size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
}

int main() {
  using namespace linnet;
  const Task task = tasks::low_rank_plus_noise({.dim = 60, .rank = 5, .seed = 7});
  const GramState start = networks::gaussian_gram(task.shape(), {.width = 3600, .variance = 1e-4, .seed = 8});
  bool clean = true;
  for (const Order order : {Order::sequential, Order::simultaneous}) {
    long first = -1;
    long last = -1;
    const Observer watch = [&](const Progress& p) {
      if (p.done == 2) first = allocations;
      if (p.done == 900) last = allocations;
      return true;
    };
    const Trajectory run = train(start, task, GradientDescent{.step = 1e-4, .max_steps = 1000, .order = order},
                                 {.observables = {observables::train_error(), observables::test_error()}}, watch);
    const long count = last - first;
    std::printf("%s: %ld allocations in %d steps, test error %.3f\n",
                order == Order::sequential ? "sequential" : "simultaneous", count, 898,
                run.values("test_error").tail(1)(0));
    clean = clean && first > 0 && count == 0;
  }
  return clean ? 0 : 1;
}
