// A program that uses linnet::linnet: gradient flow, whose integrators only the whole library has.

#include <cstdio>
#include <linnet/networks/gaussian.hpp>
#include <linnet/tasks/task.hpp>
#include <linnet/training/train.hpp>

int main() {
  const auto task = linnet::tasks::low_rank_plus_noise({.dim = 12, .rank = 2, .seed = 7});
  const auto start = linnet::networks::gaussian_gram(task.shape(), {.width = 1000, .variance = 1e-3, .seed = 8});
  const auto run = linnet::train(start, task, linnet::GradientFlow{.t_end = 2.0});
  const linnet::Vector error = run.values("train_error");
  std::printf("train error %.3g, at t = %g %.3g\n", error[0], run.time.back(), error[error.size() - 1]);
  return run.time.back() == 2.0 && error[error.size() - 1] < 0.5 * error[0] ? 0 : 1;
}
