#include "linnet/tasks/task.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/tasks/huber_entries.hpp"
#include "linnet/tasks/sample_cost.hpp"

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
             .hint = "teacher, random_hierarchy, modular_addition, regression, classification, low_rank_regression and "
                     "coefficients have them"});
}

void require_mean_squares(const Task& task, const char* for_what) {
  for (const Cost* cost : {&task.train, task.test ? &*task.test : nullptr}) {
    if (cost == nullptr || (cost->has_target() && (cost->samples() == nullptr || cost->samples()->weights.size() == 0)))
      continue;
    bad_input({.field = "task",
               .expected = std::string("mean squares without weights, for ") + for_what,
               .got = cost->has_target() ? "weights of the samples" : cost->function()->name(),
               .hint = "perceptrons themselves train on every cost of samples"});
  }
}

}  // namespace linnet

namespace linnet::tasks {

Cost against_signal(Matrix signal, Shape shape) {
  require_shape(signal, shape, "task.signal");
  if (!signal.allFinite()) {
    bad_input({.field = "task.signal", .expected = "finite numbers", .got = "a nan or an infinity among the entries"});
  }
  return Cost::full_matrix(std::move(signal));
}

namespace {

/// Of the entries where the mask, if there is one, is 1.
Cost cost_of(const Matrix& target, const std::optional<Matrix>& mask, const Entries& entries) {
  std::optional<Matrix> weights = entries.weights;
  if (weights) {
    require_shape(*weights, shape_of(target), "task.weights");
    require_weights(*weights);
    if (mask) *weights = weights->cwiseProduct(*mask);
    if (weights->maxCoeff() == 0) {
      bad_input({.field = "task.weights", .expected = "an observed entry of weight above 0", .got = "none"});
    }
  }
  if (entries.huber) return Cost(std::make_shared<HuberEntries>(target, weights ? weights : mask, *entries.huber));
  if (weights) return Cost::weighted(target, *std::move(weights));
  return mask ? Cost::masked(target, *mask) : Cost::full_matrix(target);
}

/// Of samples in rows.
Cost cost_of(const Matrix& inputs, const Matrix& targets, const std::optional<Vector>& weights, const Regression& o) {
  if (!weights && !o.huber) return Cost::regression(inputs, targets, o.whiten, o.normalisation);
  if (o.whiten) {
    bad_input({.field = "task.whiten",
               .expected = "false, for a cost with weights or Huber's",
               .got = "true",
               .hint = "whiten the inputs yourself, if that is what you mean"});
  }
  require_rows(inputs, targets);
  Samples samples{.inputs = inputs.transpose(), .targets = targets.transpose(), .weights = weights.value_or(Vector())};
  if (!o.huber) return Cost::on_samples(std::move(samples), o.normalisation);
  const double factor = 2 * o.normalisation.factor();
  const double outputs = o.normalisation.mean_over_outputs ? static_cast<double>(targets.cols()) : 1;
  return Cost(std::make_shared<SampleCost>(Loss::huber(*o.huber), std::move(samples),
                                           SampleCost::Scale{.factor = factor, .count = factor * outputs}));
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
    stop_if_asked(i);
    const Index j = i + static_cast<Index>(random.below(static_cast<std::uint64_t>(size - i)));
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]);
    mask.data()[order[static_cast<std::size_t>(i)]] = 1;
  }
  return mask;
}

/// Throws unless it holds entries of the target whose values are known, and nothing else is to be tested on.
void require_test_mask(const Completion& o) {
  const Matrix& test = *o.test_mask;
  require_shape(test, shape_of(o.target), "task.test_mask");
  if (!((test.array() == 0.0) || (test.array() == 1.0)).all()) {
    bad_input(
        {.field = "task.test_mask", .expected = "entries 0 and 1 (the test error is over it)", .got = "another value"});
  }
  if (test.sum() == 0) bad_input({.field = "task.test_mask", .expected = "at least one entry (1)", .got = "none"});
  if (!(test.array() != 0.0).select(o.target, 0.0).allFinite()) {
    bad_input({.field = "task.test_mask", .expected = "entries of the target that are known", .got = "a nan"});
  }
  if (o.signal) {
    bad_input({.field = "task.test_mask", .expected = "either a test mask or a signal", .got = "both"});
  }
}

/// 1 where the target is known and the test mask is 0.
Matrix unmarked(const Matrix& target, const Matrix& test) {
  return (test.array() == 0.0).select(target.unaryExpr([](double y) { return std::isnan(y) ? 0.0 : 1.0; }), 0.0);
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

Task target(const Matrix& y, std::optional<Matrix> signal, const Entries& entries) {
  Task task{.name = "target", .train = cost_of(y, std::nullopt, entries)};
  if (signal) task.test = against_signal(std::move(*signal), task.shape());
  return task;
}

Task regression(const Regression& data) {
  Task task{.name = "regression", .train = cost_of(data.inputs, data.targets, data.weights, data)};
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
    task.test = cost_of(*data.test_inputs, *data.test_targets, std::nullopt, data);
    return task;
  }
  // Σ_xx^{-1/2} = v s⁻¹ vᵀ on the span; from the inputs, not from Σ_xx, whose condition number is squared.
  const auto [d, rank] = principal_axes(data.inputs);
  const Matrix v = d.v.leftCols(rank);
  const Matrix whitening = linalg::product((v * d.s.head(rank).cwiseInverse().asDiagonal()).eval(), v.transpose());
  task.test =
      Cost::regression(linalg::product(*data.test_inputs, whitening), *data.test_targets, false, data.normalisation);
  return task;
}

Task completion(const Completion& o) {
  const bool is_own_mask = !o.mask && o.target.hasNaN();
  if (o.fraction && o.test_mask) {
    bad_input({.field = "task.fraction",
               .expected = "none beside a test mask, which leaves all other entries observed",
               .got = format_number(*o.fraction)});
  }
  if (o.fraction && (o.mask || is_own_mask)) {
    bad_input({.field = "task.fraction",
               .expected = is_own_mask ? "none for a target with nan, which is seen where it has none"
                                       : "either a mask or a fraction of the entries",
               .got = is_own_mask ? format_number(*o.fraction) : "both"});
  }
  if (o.test_mask) require_test_mask(o);
  Matrix mask = o.mask        ? *o.mask
                : o.test_mask ? unmarked(o.target, *o.test_mask)
                : is_own_mask ? Matrix(o.target.unaryExpr([](double y) { return std::isnan(y) ? 0.0 : 1.0; }))
                              : random_mask(o.target.rows(), o.target.cols(), o.fraction.value_or(0.5), o.seed);
  if (o.test_mask && !o.mask && mask.isZero(0)) {
    bad_input({.field = "task.test_mask", .expected = "known entries left to train on", .got = "none"});
  }
  const bool any_unseen = (mask.array() == 0.0).any();
  Task task{.name = "completion", .train = Cost::masked(o.target, mask)};
  if (o.entries.weights || o.entries.huber) task.train = cost_of(o.target, mask, o.entries);
  const Entries alike{.huber = o.entries.huber};
  if (o.test_mask) {
    if ((mask.array() * o.test_mask->array() != 0.0).any()) {
      bad_input({.field = "task.test_mask", .expected = "entries that are not observed", .got = "observed ones"});
    }
    task.test = cost_of(o.target, *o.test_mask, alike);
  } else if (o.signal) {
    task.test = against_signal(*o.signal, task.shape());
  } else if (any_unseen && o.target.allFinite()) {
    task.test = cost_of(o.target, Matrix(1 - mask.array()), alike);
  }
  return task;
}

}  // namespace linnet::tasks
