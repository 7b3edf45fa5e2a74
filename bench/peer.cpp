// linnet's side of the comparison with bench/peers/mixed_numpy.py:
//
//     linnet_bench_peer draw FOLDER WIDTH_EXPONENT     writes target, signal, w1 and w2 as .npy; prints the step size
//     linnet_bench_peer train FOLDER STEPS STEP_SIZE   the Gram state of those very weights; prints seconds of one step
//
// `train` writes linnet_end_to_end.npy and linnet_errors.npy (steps x 2).

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/storage/matrix_file.hpp"
#include "linnet/train.hpp"

namespace {

using namespace linnet;
namespace fs = std::filesystem;

void draw(const fs::path& folder, double width_exponent) {
  constexpr Index dim = 200;
  const double width = std::pow(dim, width_exponent);
  // γ_σ² = −1.5: with these widths σ²w is from 1.9 to 53, all active at d = 200 but the last.
  const double variance = std::pow(dim, -1.5);
  const Task task = tasks::low_rank_plus_noise({.dim = dim, .rank = 5, .seed = 11});
  const Weights weights =
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
  const GramState start = GramState::from_weights(Weights(read("w1.npy"), read("w2.npy")));
  const Trajectory run =
      train(start, task, GradientDescent{.step = step, .max_steps = steps, .order = Order::sequential},
            {.observables = {observables::train_error(), observables::test_error()}});
  Matrix errors(steps + 1, 2);
  errors << run.values("train_error"), run.values("test_error");
  storage::write_npy(errors, folder / "linnet_errors.npy");
  storage::write_npy(end_to_end(*run.final), folder / "linnet_end_to_end.npy");
  std::printf("%.17g\n", run.outcome.statistics.seconds / static_cast<double>(steps));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  try {
    if (what == "draw" && argc == 4) {
      draw(argv[2], std::stod(argv[3]));
    } else if (what == "train" && argc == 5) {
      train_from(argv[2], std::stol(argv[3]), std::stod(argv[4]));
    } else {
      std::fprintf(stderr, "usage: linnet_bench_peer draw FOLDER WIDTH_EXPONENT | train FOLDER STEPS STEP_SIZE\n");
      return 2;
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
