#pragma once

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/training/train.hpp"

// A small run of everything that the core computes, as numbers that do not depend on the signs of singular vectors.
// Both backends must give the same numbers.

struct Number {
  std::string name;
  double value = 0;
};

inline std::vector<Number> digest() {
  using namespace linnet;
  namespace obs = observables;
  std::vector<Number> numbers;
  const auto keep = [&](const std::string& name, const Trajectory& run) {
    for (const Series& series : run.series) {
      for (Index i = 0; i < series.values.rows(); i += 5) {
        for (Index j = 0; j < series.values.cols(); j += 4) {
          numbers.push_back({name + "." + series.name + "[" + std::to_string(i) + "," + std::to_string(j) + "]",
                             series.values(i, j)});
        }
      }
    }
    if (run.best) numbers.push_back({name + ".best", run.best->test_error});
    numbers.push_back({name + ".threshold", run.threshold});
    numbers.push_back({name + ".trace", gram_state(*run.final).gram().trace()});
  };
  const Record record{.observables = {obs::train_error(), obs::test_error(), obs::singular_values(), obs::stable_rank(),
                                      obs::effective_rank(), obs::nuclear_norm(), obs::kernel_distance(),
                                      obs::closure_residual(), obs::gradient_norm()}};
  const Task task = tasks::low_rank_plus_noise({.dim = 30, .rank = 2, .seed = 1});
  for (const Index width : {Index{20}, Index{300}}) {
    const networks::Gaussian options{.width = width, .variance = {0.004, 0.01}, .seed = 2};
    const GramState gram = networks::gaussian_gram(task.shape(), options);
    const GradientDescent solver{.step = {2e-3, 1e-3}, .max_steps = 40, .order = Order::sequential};
    const std::string name = "width " + std::to_string(width);
    keep(name + " gram", train(gram, task, solver, record));
    keep(name + " closed",
         train(networks::self_consistent(gram, networks::gaussian_scales(options)), task, solver, record));
    keep(name + " weights", train(networks::gaussian_weights(task.shape(), options), task, solver, record));
  }
  const Matrix x = linalg::normal_matrix(50, 6, 1, {.seed = 3});
  const Matrix t = linalg::normal_matrix(50, 4, 1, {.seed = 4});
  const GradientDescent solver{.step = 0.01, .max_steps = 30};
  Record bare = record;
  bare.observables.erase(bare.observables.begin() + 1);
  for (const bool whiten : {false, true}) {
    const Task regression = tasks::regression({.inputs = x, .targets = t, .whiten = whiten});
    numbers.push_back({"condition", regression.train.condition()});
    keep("regression", train(networks::infinite_width(regression.shape(), {0.2, 0.7}), regression, solver, bare));
  }
  const Task completion = tasks::completion({.target = t, .fraction = 0.6, .seed = 5});
  keep("completion", train(networks::gaussian_gram(completion.shape(), {.width = 99, .variance = 0.01, .seed = 6}),
                           completion, solver, record));
  const ModeFlow exact(sample_spectrum(task), {.scales = {0.5, 3}});
  keep("modes", trace(exact, task, 0.2, record));
  numbers.push_back({"best time", exact.best().time});
  return numbers;
}
