// The part of linnet in the comparisons with bench/peers: mixed_numpy.py, deep_numpy.py and relu_numpy.py:
//
//     linnet_bench_peer draw FOLDER WIDTH_EXPONENT     writes target, signal, w1 and w2 as .npy; prints the step size
//     linnet_bench_peer train FOLDER STEPS STEP_SIZE   the Gram state of those very weights; prints seconds of one step
//     linnet_bench_peer draw-deep FOLDER               four layers, w = 1000, 500 x 500: target, w1 to w4
//     linnet_bench_peer train-deep FOLDER STEPS SIZE   those weights; prints seconds of one step
//     linnet_bench_peer draw-relu FOLDER               1000 samples in R^100, 50 ReLU neurons: inputs, targets, w1, w2
//     linnet_bench_peer train-relu FOLDER STEPS SIZE   those weights; prints CPU seconds of one step
//
// Each writes linnet_end_to_end.npy (for ReLU networks linnet_w1.npy and linnet_w2.npy); `train` writes
// linnet_errors.npy (steps x 2) too.

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "harness.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/storage/matrix_file.hpp"
#include "linnet/tasks/teacher.hpp"
#include "linnet/training/train.hpp"

namespace {

using namespace linnet;
namespace fs = std::filesystem;

void draw(const fs::path& folder, double width_exponent) {
  constexpr Index dim = 200;
  const double width = std::pow(dim, width_exponent);
  // γ_σ² = −1.5: with these widths σ²w is from 1.9 to 53; at d = 200 all modes are active except at the last width.
  const double variance = std::pow(dim, -1.5);
  const Task task = tasks::low_rank_plus_noise({.dim = dim, .rank = 5, .seed = 11});
  const DeepLinear weights =
      networks::gaussian_weights(task.shape(), {.width = static_cast<Index>(width), .variance = variance, .seed = 12});
  storage::write_npy(task.target(), folder / "target.npy");
  storage::write_npy(task.test->target(), folder / "signal.npy");
  storage::write_npy(weights.w1(), folder / "w1.npy");
  storage::write_npy(weights.w2(), folder / "w2.npy");
  std::printf("%.17g\n", 1 / (50 * std::max(variance * width, linalg::operator_norm(task.test->target()))));
}

void train_from(const fs::path& folder, Index steps, double step) {
  const auto read = [&](const char* name) { return storage::read_matrix(folder / name, name); };
  const Task task = tasks::target(read("target.npy"), read("signal.npy"));
  const GramState start = GramState::from_weights(DeepLinear(read("w1.npy"), read("w2.npy")));
  const Trajectory run =
      train(start, task, GradientDescent{.step = step, .max_steps = steps, .order = Order::sequential},
            {.observables = {observables::train_error(), observables::test_error()}});
  Matrix errors(steps + 1, 2);
  errors << run.values("train_error"), run.values("test_error");
  storage::write_npy(errors, folder / "linnet_errors.npy");
  storage::write_npy(end_to_end(*run.final), folder / "linnet_end_to_end.npy");
  std::printf("%.17g\n", run.outcome.statistics.seconds / static_cast<double>(steps));
}

std::string layer_file(std::size_t l) { return "w" + std::to_string(l + 1) + ".npy"; }

void draw_deep(const fs::path& folder) {
  const Task task = tasks::low_rank_plus_noise({.dim = 500, .rank = 5, .seed = 11});
  const DeepLinear start = networks::gaussian_deep({500, 1000, 1000, 1000, 500}, {.variance = 1e-3, .seed = 12});
  storage::write_npy(task.target(), folder / "target.npy");
  for (std::size_t l = 0; l < start.weights().size(); ++l) {
    storage::write_npy(start.weights()[l], folder / layer_file(l));
  }
}

void train_deep(const fs::path& folder, Index steps, double step) {
  std::vector<Matrix> layers;
  for (std::size_t l = 0; fs::exists(folder / layer_file(l)); ++l) {
    layers.push_back(storage::read_matrix(folder / layer_file(l), "w"));
  }
  const Task task = tasks::target(storage::read_matrix(folder / "target.npy", "target"));
  const Trajectory run = train(DeepLinear(std::move(layers)), task, GradientDescent{.step = step, .max_steps = steps},
                               {.observables = {}, .schedule = Schedule::ends()});
  storage::write_npy(end_to_end(*run.final), folder / "linnet_end_to_end.npy");
  std::printf("%.17g\n", run.outcome.statistics.seconds / static_cast<double>(steps));
}

constexpr Normalisation authors{.half = false, .mean_over_outputs = false};

void draw_relu(const fs::path& folder) {
  const Task task =
      tasks::teacher({.dim = 100, .samples = 1000, .test_samples = 0, .seed = 1, .normalisation = authors});
  const Perceptron start = networks::spherical_pairs(100, {.width = 50, .tau = 0.5, .delta = -0.3, .seed = 2});
  storage::write_npy(task.samples()->inputs.transpose(), folder / "inputs.npy");
  storage::write_npy(task.samples()->targets.transpose(), folder / "targets.npy");
  for (std::size_t l = 0; l < 2; ++l) storage::write_npy(start.weights()[l], folder / layer_file(l));
}

void train_relu(const fs::path& folder, Index steps, double step) {
  const auto read = [&](const std::string& name) { return storage::read_matrix(folder / name, name); };
  const Task task =
      tasks::regression({.inputs = read("inputs.npy"), .targets = read("targets.npy"), .normalisation = authors});
  const Perceptron start({read("w1.npy"), read("w2.npy")});
  const double began = bench::cpu_seconds();
  const Trajectory run = train(start, task, GradientDescent{.step = step, .max_steps = steps},
                               {.observables = {}, .schedule = Schedule::ends()});
  const double seconds = bench::cpu_seconds() - began;
  for (std::size_t l = 0; l < 2; ++l) {
    storage::write_npy(std::get<Perceptron>(*run.final).weights()[l], folder / ("linnet_" + layer_file(l)));
  }
  std::printf("%.17g\n", seconds / static_cast<double>(steps));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  try {
    if (what == "draw" && argc == 4) {
      draw(argv[2], std::stod(argv[3]));
    } else if (what == "train" && argc == 5) {
      train_from(argv[2], std::stol(argv[3]), std::stod(argv[4]));
    } else if (what == "draw-deep" && argc == 3) {
      draw_deep(argv[2]);
    } else if (what == "train-deep" && argc == 5) {
      train_deep(argv[2], std::stol(argv[3]), std::stod(argv[4]));
    } else if (what == "draw-relu" && argc == 3) {
      draw_relu(argv[2]);
    } else if (what == "train-relu" && argc == 5) {
      train_relu(argv[2], std::stol(argv[3]), std::stod(argv[4]));
    } else {
      std::fprintf(
          stderr,
          "usage: linnet_bench_peer draw FOLDER WIDTH_EXPONENT | train FOLDER STEPS STEP_SIZE | draw-deep FOLDER | "
          "train-deep FOLDER STEPS STEP_SIZE | draw-relu FOLDER | train-relu FOLDER STEPS STEP_SIZE\n");
      return 2;
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
