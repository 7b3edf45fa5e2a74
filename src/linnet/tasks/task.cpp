#include "linnet/tasks/task.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

void require_fit(Shape network, const Task& task) {
  if (network == task.shape()) return;
  bad_input({.field = "network",
             .expected =
                 "a network of " + format_shape(task.shape().outputs, task.shape().inputs) + ", the shape of the task",
             .got = format_shape(network.outputs, network.inputs),
             .hint = "shapes are outputs x inputs"});
}

const Samples& require_samples(const Task& task) {
  if (task.samples() != nullptr) return *task.samples();
  bad_input({.field = "task",
             .expected = "a task with samples, for a network that is not linear",
             .got = "one of the end-to-end matrix alone: " + task.name,
             .hint = "teacher, random_hierarchy, modular_addition, regression, low_rank_regression and coefficients "
                     "have them"});
}

}  // namespace linnet

namespace linnet::tasks {

namespace {

Cost against_signal(Matrix signal, Shape shape) {
  if (shape_of(signal) != shape) {
    bad_input({.field = "task.signal",
               .expected = format_shape(shape.outputs, shape.inputs) + ", the shape of the target",
               .got = format_shape(signal.rows(), signal.cols())});
  }
  if (!signal.allFinite()) {
    bad_input({.field = "task.signal", .expected = "finite numbers", .got = "a nan or an infinity among the entries"});
  }
  return Cost::full_matrix(std::move(signal));
}

Matrix random_mask(Index rows, Index columns, double fraction, std::uint64_t seed) {
  if (!(fraction > 0) || fraction > 1) {
    bad_input({.field = "task.fraction", .expected = "a number in (0, 1]", .got = format_number(fraction)});
  }
  const Index size = rows * columns;
  const auto seen = static_cast<Index>(std::llround(fraction * static_cast<double>(size)));
  std::vector<Index> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), Index{0});
  linalg::Random random({.seed = seed, .stream = linalg::Stream::mask});
  Matrix mask = Matrix::Zero(rows, columns);
  for (Index i = 0; i < seen; ++i) {  // Fisher–Yates, as far as it is needed
    const Index j = i + static_cast<Index>(random.below(static_cast<std::uint64_t>(size - i)));
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]);
    mask.data()[order[static_cast<std::size_t>(i)]] = 1;
  }
  return mask;
}

}  // namespace

Task low_rank_plus_noise(const LowRankPlusNoise& o) {
  require_at_least(o.dim, 1, "task.dim");
  require_at_least(o.rank, 1, "task.rank");
  require_non_negative(o.noise, "task.noise");
  if (o.rank > o.dim) {
    bad_input(
        {.field = "task.rank", .expected = "at most dim = " + std::to_string(o.dim), .got = std::to_string(o.rank)});
  }
  const auto d = static_cast<double>(o.dim);
  require_memory(3 * matrix_bytes(d, d), "task.dim", std::to_string(o.dim));
  // The variance is k^{-1/2}; roots are the same on every machine, powers are not.
  const double deviation = 1 / std::sqrt(std::sqrt(static_cast<double>(o.rank)));
  const Matrix u =
      linalg::normal_matrix(o.dim, o.rank, deviation, {.seed = o.seed, .stream = linalg::Stream::signal_left});
  const Matrix v =
      linalg::normal_matrix(o.dim, o.rank, deviation, {.seed = o.seed, .stream = linalg::Stream::signal_right});
  Matrix signal = linalg::product(u, v.transpose());
  Matrix y = signal + linalg::normal_matrix(o.dim, o.dim, o.noise, {.seed = o.seed, .stream = linalg::Stream::noise});
  return {.name = "low_rank_plus_noise",
          .train = Cost::full_matrix(std::move(y)),
          .test = Cost::full_matrix(std::move(signal))};
}

Task target(Matrix y, std::optional<Matrix> signal) {
  Task task{.name = "target", .train = Cost::full_matrix(std::move(y))};
  if (signal) task.test = against_signal(std::move(*signal), task.shape());
  return task;
}

Task regression(const Regression& data) {
  Task task{.name = "regression",
            .train = Cost::regression(data.inputs, data.targets, data.whiten, data.normalisation)};
  if (data.test_inputs.has_value() != data.test_targets.has_value()) {
    bad_input({.field = "task.test_inputs",
               .expected = "test_inputs and test_targets together",
               .got = "one without the other"});
  }
  if (!data.test_inputs) return task;
  if (data.test_inputs->cols() != data.inputs.cols() || data.test_targets->cols() != data.targets.cols()) {
    bad_input({.field = "task.test_inputs",
               .expected = std::to_string(data.inputs.cols()) + " columns, test_targets " +
                           std::to_string(data.targets.cols()) + ", as in training",
               .got = std::to_string(data.test_inputs->cols()) + " and " + std::to_string(data.test_targets->cols())});
  }
  if (!data.whiten) {
    task.test = Cost::regression(*data.test_inputs, *data.test_targets, false, data.normalisation);
    return task;
  }
  // Σ_xx^{-1/2} = v s⁻¹ vᵀ; from the inputs, not from Σ_xx, whose condition number is squared.
  const linalg::Svd d = linalg::svd(data.inputs / std::sqrt(static_cast<double>(data.inputs.rows())));
  const Matrix whitening = linalg::product((d.v * d.s.cwiseInverse().asDiagonal()).eval(), d.v.transpose());
  task.test =
      Cost::regression(linalg::product(*data.test_inputs, whitening), *data.test_targets, false, data.normalisation);
  return task;
}

Task completion(const Completion& o) {
  const bool is_own_mask = !o.mask && o.target.hasNaN();
  if (o.fraction && (o.mask || is_own_mask)) {
    bad_input({.field = "task.fraction",
               .expected = is_own_mask ? "none for a target with nan, which is seen where it has none"
                                       : "either a mask or a fraction of the entries",
               .got = is_own_mask ? format_number(*o.fraction) : "both"});
  }
  Matrix mask = o.mask        ? *o.mask
                : is_own_mask ? Matrix(o.target.unaryExpr([](double y) { return std::isnan(y) ? 0.0 : 1.0; }))
                              : random_mask(o.target.rows(), o.target.cols(), o.fraction.value_or(0.5), o.seed);
  const bool any_unseen = (mask.array() == 0.0).any();
  Task task{.name = "completion", .train = Cost::masked(o.target, mask)};
  if (o.signal) {
    task.test = against_signal(*o.signal, task.shape());
  } else if (any_unseen && o.target.allFinite()) {
    task.test = Cost::masked(o.target, Matrix::Ones(mask.rows(), mask.cols()) - mask);
  }
  return task;
}

}  // namespace linnet::tasks
