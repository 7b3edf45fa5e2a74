#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "command.hpp"
#include "linnet/linalg/backend_kernel.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/cores.hpp"
#include "linnet/version.hpp"

namespace linnet::command {

namespace {

/// Gflop/s of one thread on products of two n x n matrices: the best within a tenth of a second.
double product_speed(Index n) {
  using Clock = std::chrono::steady_clock;
  const linalg::SerialBlas serial;
  const Matrix a = Matrix::Random(n, n);
  const Matrix b = Matrix::Random(n, n);
  Matrix c(n, n);
  linalg::multiply(a, b, c);
  double best = 1e300;
  const auto until = Clock::now() + std::chrono::milliseconds(100);
  while (Clock::now() < until) {
    const auto before = Clock::now();
    linalg::multiply(a, b, c);
    best = std::min(best, std::chrono::duration<double>(Clock::now() - before).count());
  }
  return 2e-9 * static_cast<double>(n * n * n) / best;
}

}  // namespace

void add_info(CLI::App& app, int& exit) {
  CLI::App* sub = app.add_subcommand("info", "Version, parts, BLAS kernel, cores, matrix-product speed");
  auto keys = std::make_shared<bool>(false);
  sub->add_flag("--keys", *keys, "Print every configuration key as Markdown instead");
  sub->footer("Example:\n  linnet info");
  sub->callback([keys, &exit] {
    if (*keys) {
      fmt::print("{}", config::reference());
    } else {
      fmt::print("linnet {}\n", version);
      fmt::print("parts    {}\n", LINNET_PARTS);
      fmt::print("algebra  {}\n", linalg::backend());
      if (const linalg::KernelChoice& choice = linalg::kernel_in_use(); !choice.kernel.empty()) {
        fmt::print("kernel   {}, {}\n", choice.kernel, choice.why);
      }
      fmt::print("cores    {}\n", cores());
      for (const Index n : {200, 400}) {
        fmt::print("product  {:.1f} Gflop/s, two {} x {} matrices, one thread\n", product_speed(n), n, n);
      }
    }
    exit = done;
  });
}

}  // namespace linnet::command
