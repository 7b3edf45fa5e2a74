// A cost of one's own, C(A) = Σ ln cosh(A − Y), on a network of ten million neurons.
//
// dW_l/dt = −∂C/∂W_l needs ∇C(A) = tanh(A − Y) alone. Its least point is Y, which flow reaches from small weights.

#include <cmath>
#include <cstdio>

#include "linnet/networks/gaussian.hpp"
#include "linnet/tasks/custom.hpp"
#include "linnet/training/train.hpp"

int main() {
  using namespace linnet;
  const Matrix y = tasks::low_rank_plus_noise({.dim = 8, .rank = 2, .noise = 0.1, .seed = 1}).target();

  const Task task = tasks::custom({.shape = shape_of(y), .f = [y](const Matrix& a, Matrix& gradient) {
                                     gradient = (a - y).array().tanh();
                                     return (a - y).array().cosh().log().sum();
                                   }});
  const GramState start = networks::gaussian_gram(task.shape(), {.width = 10'000'000, .variance = 1e-9, .seed = 2});
  const Trajectory run = train(start, task, GradientFlow{.t_end = 100}, {.observables = {observables::train_error()}});
  const double left = (end_to_end(*run.final) - y).norm() / y.norm();
  std::printf("|A - Y| / |Y| at the end is below 1e-4: %s\n", left < 1e-4 ? "yes" : "no");

  try {
    tasks::custom({.shape = shape_of(y), .f = [y](const Matrix& a, Matrix& gradient) {
                     gradient = a - y;  // of another cost
                     return (a - y).array().cosh().log().sum();
                   }});
  } catch (const Error& error) {
    std::printf("refused: %s\n", error.field().c_str());
  }
}

// Output:
//   |A - Y| / |Y| at the end is below 1e-4: yes
//   refused: task.f
