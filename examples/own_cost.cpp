// A cost of one's own, C(A) = Σ ln cosh(A − Y), on a network of ten million neurons.
//
// dW_l/dt = −∂C/∂W_l needs ∇C(A) = tanh(A − Y) alone. Its least point is Y, which flow reaches from small weights.

#include <cmath>
#include <cstdio>

#include "linnet/networks/gaussian.hpp"
#include "linnet/tasks/custom.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"

namespace {

struct LogCosh {
  linnet::Matrix y;

  double operator()(const linnet::Matrix& a, linnet::Matrix& gradient) const {
    gradient = (a - y).array().tanh();
    return (a - y).array().cosh().log().sum();
  }
};

}  // namespace

int main() {
  using namespace linnet;
  const Shape shape{.outputs = 3, .inputs = 5};
  const Matrix y = tasks::modes({.shape = shape, .values = Vector{{3, 2, 1}}, .seed = 1}).target();
  const Task task = tasks::custom({.shape = shape, .f = LogCosh{y}});
  const GramState start = networks::gaussian_gram(shape, {.width = 10'000'000, .variance = 1e-9, .seed = 2});
  const Trajectory run = train(start, task, GradientFlow{.t_end = 100});
  const double left = (end_to_end(*run.final) - y).norm() / y.norm();
  std::printf("|A - Y| / |Y| at the end is below 1e-4: %s\n", left < 1e-4 ? "yes" : "no");

  try {
    tasks::custom({.shape = shape, .f = [&](const Matrix& a, Matrix& gradient) {
                     gradient = 2 * (a - y);
                     return 0.5 * (a - y).squaredNorm();
                   }});
  } catch (const Error& error) {
    std::printf("refused: %s\n", error.field().c_str());
  }
}

// Output:
//   |A - Y| / |Y| at the end is below 1e-4: yes
//   refused: task.f
