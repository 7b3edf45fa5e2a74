// Checks that nothing is allocated in the loops of descent, of Gram states, of deep weights and of perceptrons, with
// errors recorded at every step, nor by the preconditioner of stiff flows. Counts every malloc of this process between
// two steps of a run, except those of OpenBLAS, whose products of small matrices allocate on AVX-512. Exit code 0 if
// there are none.

#include <dlfcn.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "linnet/dynamics/deep_dynamics.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/tasks/classification.hpp"
#include "linnet/tasks/sensing.hpp"
#include "linnet/training/train.hpp"

namespace {

std::atomic<bool> counting{false};  // not while the process is loaded
std::atomic<long> allocations{0};

void note(const void* caller) {
  if (!counting) return;
  Dl_info from;
  if (dladdr(caller, &from) != 0 && std::strstr(from.dli_fname, "openblas") != nullptr) return;
  ++allocations;
}

}  // namespace

// glibc's own functions, so that allocations by new and by Eigen are counted.
extern "C" {
void* __libc_malloc(std::size_t size);                       // NOLINT
void* __libc_realloc(void* p, std::size_t size);             // NOLINT
void* __libc_calloc(std::size_t count, std::size_t size);    // NOLINT
void* __libc_memalign(std::size_t align, std::size_t size);  // NOLINT
void* malloc(std::size_t size) {
  note(__builtin_return_address(0));
  return __libc_malloc(size);
}
void* realloc(void* p, std::size_t size) {
  note(__builtin_return_address(0));
  return __libc_realloc(p, size);
}
void* calloc(std::size_t count, std::size_t size) {
  note(__builtin_return_address(0));
  return __libc_calloc(count, size);
}
void* aligned_alloc(std::size_t align, std::size_t size) {
  note(__builtin_return_address(0));
  return __libc_memalign(align, size);
}
}

using namespace linnet;

namespace {

/// Allocations of products with the Jacobian and with its preconditioner, at two learned modes and small others. -1 if
/// the preconditioner does nothing.
long of_inverse(bool masked) {
  const Vector y{{3.0, 2.0, 1.0}};
  const Matrix target =
      linalg::random_frame(30, 3, {.seed = 1}) * y.asDiagonal() * linalg::random_frame(30, 3, {.seed = 2}).transpose();
  const Task task = masked ? tasks::completion({.target = target, .fraction = 0.6, .seed = 5}) : tasks::target(target);
  Vector s = Vector::Constant(30, 1e-20);
  s.head(2) = 0.9 * y.head(2);
  const Matrix a = linalg::random_frame(30, 30, {.seed = 1}) * s.asDiagonal() *
                   linalg::random_frame(30, 30, {.seed = 2}).transpose();
  DeepDynamics dynamics(networks::balanced_deep(a, {30, 30, 30}, 3), task);
  const double gamma = 3;
  dynamics.prepare_inverse(1.0, gamma);
  dynamics.linearize(1.0);
  const auto n = static_cast<std::size_t>(dynamics.unknowns());
  const Vector start = linalg::normal_matrix(dynamics.unknowns(), 1, 1.0, {.seed = 4});
  Vector v = start;
  Vector turned(v.size());
  long before = 0;
  for (int i = 0; i < 10; ++i) {
    if (i == 2) before = allocations;
    dynamics.jacobian({v.data(), n}, {turned.data(), n});
    dynamics.invert({v.data(), n});
  }
  return v == start ? -1 : allocations - before;
}

}  // namespace

int main() {
  counting = true;
  const Task task = tasks::low_rank_plus_noise({.dim = 60, .rank = 5, .seed = 7});
  const GramState start = networks::gaussian_gram(task.shape(), {.width = 3600, .variance = 1e-4, .seed = 8});
  const DeepLinear deep =
      networks::gaussian_deep(networks::layer_sizes(task.shape(), 4, 80), {.variance = 1e-3, .seed = 8});
  Matrix x = Matrix::Random(64, 12);
  const Task data = tasks::regression({.inputs = x, .targets = Matrix::Random(64, 5)});
  const DeepLinear small = networks::gaussian_deep(networks::layer_sizes(data.shape(), 3, 20), {.variance = 0.01});
  Vector labels(64);
  for (Index i = 0; i < 64; ++i) labels(i) = static_cast<double>(i % 5);
  const Task classes = tasks::classification({.inputs = x, .labels = labels});
  const Task measured = tasks::gaussian_sensing({.target = Matrix::Random(5, 12), .measurements = 30});
  const Task robust = tasks::target(Matrix::Random(5, 12), std::nullopt, {.huber = 0.1});
  struct Case {
    const char* name;
    Network start;
    const Task* task;
    GradientDescent solver;
  };
  const std::vector<Case> cases{
      {"sequential", start, &task, {.step = 1e-4, .max_steps = 1000, .order = Order::sequential}},
      {"simultaneous", start, &task, {.step = 1e-4, .max_steps = 1000}},
      {"four layers", deep, &task, {.step = 1e-4, .max_steps = 1000}},
      {"four layers, momentum", deep, &task, {.step = 1e-5, .momentum = 0.9, .max_steps = 1000}},
      {"three layers, minibatches", small, &data, {.step = 1e-3, .batch = 10, .max_steps = 1000}},
      {"three layers, softmax", small, &classes, {.step = 1e-3, .max_steps = 1000}},
      {"three layers, softmax, minibatches", small, &classes, {.step = 1e-3, .batch = 10, .max_steps = 1000}},
      {"three layers, measurements", small, &measured, {.step = 1e-3, .max_steps = 1000}},
      {"three layers, Huber", small, &robust, {.step = 1e-3, .max_steps = 1000}},
  };
  bool clean = true;
  for (const Case& c : cases) {
    long first = -1;
    long last = -1;
    const Observer watch = [&](const Progress& p) {
      if (p.done == 2) first = allocations;
      if (p.done == 900) last = allocations;
      return true;
    };
    std::vector<Observable> errors{observables::train_error()};
    if (c.task->test) errors.push_back(observables::test_error());
    const Trajectory run = train(c.start, *c.task, c.solver, {.observables = errors}, watch);
    const long count = last - first;
    std::printf("%s: %ld allocations in %d steps, train error %.3f\n", c.name, count, 898,
                run.values("train_error").tail(1)(0));
    clean = clean && first > 0 && count == 0;
  }
  const Perceptron net = networks::gaussian_perceptron({12, 20, 15, 5}, {});
  const Perceptron two = networks::spherical_pairs(12, {.width = 20, .alpha = 1});
  const Task many = tasks::regression({.inputs = x, .targets = Matrix::Random(64, 5)});
  const Task one = tasks::regression({.inputs = x, .targets = Matrix::Random(64, 1)});
  const Perceptron three = networks::gaussian_perceptron({12, 20, 15, 1}, {});
  for (const Perceptron* network : {&two, &three, &net}) {
    for (const Index batch : {0, 10}) {
      long first = -1;
      long last = -1;
      const Observer watch = [&](const Progress& p) {
        if (p.done == 2) first = allocations;
        if (p.done == 900) last = allocations;
        return true;
      };
      (void)train(*network, network->outputs() == 1 ? one : many,
                  GradientDescent{.step = 1e-4, .momentum = 0.5, .batch = batch, .max_steps = 1000},
                  {.observables = {}, .schedule = Schedule::ends()}, watch);
      std::printf("perceptron of %ld layers and %ld outputs, batch %ld: %ld allocations\n",
                  static_cast<long>(network->depth()), static_cast<long>(network->outputs()), static_cast<long>(batch),
                  last - first);
      clean = clean && first > 0 && last == first;
    }
  }
  for (const bool masked : {false, true}) {
    const long inverse = of_inverse(masked);
    std::printf("preconditioner%s: %ld allocations\n", masked ? ", masked cost" : "", inverse);
    clean = clean && inverse == 0;
  }
  return clean ? 0 : 1;
}
