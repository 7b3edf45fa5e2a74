// A program that uses linnet::core: descent from a Gaussian start decreases the training error, with Eigen alone.

#include <cstdio>
#include <linnet/networks/gaussian.hpp>
#include <linnet/tasks/task.hpp>
#include <linnet/training/train.hpp>
#include <linnet/version.hpp>

int main() {
  const auto task = linnet::tasks::low_rank_plus_noise({.dim = 12, .rank = 2, .seed = 7});
  const auto start = linnet::networks::gaussian_gram(task.shape(), {.width = 1000, .variance = 1e-3, .seed = 8});
  const auto run = linnet::train(start, task, linnet::GradientDescent{.step = 0.01, .max_steps = 200});
  const linnet::Vector error = run.values("train_error");
  std::printf("linnet %s: train error %.3g, after %ld steps %.3g\n", linnet::version, error[0],
              static_cast<long>(run.step.back()), error[error.size() - 1]);
  return run.step.back() == 200 && error[error.size() - 1] < 0.5 * error[0] ? 0 : 1;
}
