// Linked with linnet::core alone: prints results of the core, and checks those that have a known value.

#include "digest.hpp"
#include "linnet/linalg/product.hpp"

namespace {

/// Gradient descent on the Gram state against descent on the weights, by Eigen's own arithmetic.
double miss_of_width() {
  using namespace linnet;
  const Task task = tasks::low_rank_plus_noise({.dim = 12, .rank = 2, .seed = 1});
  const DeepLinear weights = networks::gaussian_weights(task.shape(), {.width = 50, .variance = 0.01, .seed = 2});
  const GradientDescent solver{.step = 5e-3, .max_steps = 100};
  const Matrix by_weights = end_to_end(*train(weights, task, solver).final);
  const Matrix by_gram = end_to_end(*train(GramState::from_weights(weights), task, solver).final);
  return (by_gram - by_weights).norm() / by_weights.norm();
}

/// The closed form at t = ∞ is the target.
double miss_at_infinity() {
  using namespace linnet;
  const Task task = tasks::target(linalg::normal_matrix(5, 7, 1, {.seed = 3}));
  const ModeFlow exact(sample_spectrum(task), {.scales = 0.3});
  return (exact.end_to_end(HUGE_VAL) - task.target()).norm() / task.target().norm();
}

}  // namespace

int main() {
  if (std::string(linnet::linalg::backend()).rfind("Eigen 3", 0) != 0) return 1;
  if (!(miss_of_width() < 1e-12)) return 2;
  if (!(miss_at_infinity() < 1e-13)) return 3;
  for (const Number& n : digest()) std::printf("%s %.17g\n", n.name.c_str(), n.value);
  return 0;
}
