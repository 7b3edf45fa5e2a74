#include "linnet/design/cross_validation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/exact/aligned_modes.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

/// The numbers 0 … total − 1 in random order; every `count`-th is of the same fold.
std::vector<Index> shuffled(Index total, std::uint64_t seed) {
  linalg::Random random({.seed = seed, .stream = linalg::named_stream("design folds")});
  std::vector<Index> order;
  for (const std::uint64_t i :
       linalg::distinct_below(static_cast<std::uint64_t>(total), static_cast<std::size_t>(total), random)) {
    order.push_back(static_cast<Index>(i));
  }
  return order;
}

void require_enough(Index count, Index total, const char* of) {
  if (count >= 2 && count <= total) return;
  bad_input({.field = "folds",
             .expected = "2 folds at least, and no more than " + std::to_string(total) + " " + of,
             .got = std::to_string(count)});
}

/// The spectrum of a fold, whose inputs are made white, for inputs of the variance that the task has: A is smaller by
/// the root of the ratio, and learns as much faster.
TaskSpectrum in_units_of(TaskSpectrum fold, double variance) {
  const double ratio = variance / fold.variance.maxCoeff();
  fold.target /= std::sqrt(ratio);
  fold.overlap /= std::sqrt(ratio);
  fold.variance *= ratio;
  fold.test_variance *= ratio;
  return fold;
}

Risk::Part of_samples(const Cost& cost, const std::vector<Index>& order, Index count, Index fold) {
  const Samples& all = *cost.samples();
  const auto total = static_cast<Index>(order.size());
  const Index out = (total - fold + count - 1) / count;
  tasks::Regression data{.inputs = Matrix(total - out, all.inputs.rows()),
                         .targets = Matrix(total - out, all.targets.rows()),
                         .test_inputs = Matrix(out, all.inputs.rows()),
                         .test_targets = Matrix(out, all.targets.rows()),
                         .whiten = true,
                         .normalisation = cost.normalisation()};
  Index kept = 0;
  Index held = 0;
  for (Index i = 0; i < total; ++i) {
    const Index sample = order[static_cast<std::size_t>(i)];
    const bool test = i % count == fold;
    Matrix& inputs = test ? *data.test_inputs : data.inputs;
    Matrix& targets = test ? *data.test_targets : data.targets;
    const Index row = test ? held++ : kept++;
    inputs.row(row) = all.inputs.col(sample).transpose();
    targets.row(row) = all.targets.col(sample).transpose();
  }
  return {.spectrum = std::make_shared<const TaskSpectrum>(
              in_units_of(sample_spectrum(tasks::regression(data)), *cost.white_on_span(nearly_white)))};
}

Risk::Part of_entries(const Matrix& y, const std::vector<Index>& order, Index count, Index fold) {
  const auto total = static_cast<Index>(order.size());
  std::vector<std::vector<Index>> held(static_cast<std::size_t>(y.rows()));  // columns, by row
  Index out = 0;
  Matrix seen = y;
  for (Index i = fold; i < total; i += count, ++out) {
    const Index entry = order[static_cast<std::size_t>(i)];
    held[static_cast<std::size_t>(entry % y.rows())].push_back(entry / y.rows());
    seen(entry % y.rows(), entry / y.rows()) = 0;
  }
  seen *= static_cast<double>(total) / static_cast<double>(total - out);
  TaskSpectrum spectrum = sample_spectrum(tasks::target(seen));
  const linalg::Svd& of = *spectrum.vectors;
  const Index modes = spectrum.target.size();
  HeldOutEntries entries{
      .products = Matrix::Zero(modes, modes), .targets = Vector::Zero(modes), .count = static_cast<double>(out)};
  // Some thousand entries at a time, a row each: u_i v_iᵀ there.
  constexpr Index at_once = 4096;
  Matrix block(at_once, modes);
  Vector values(at_once);
  Index filled = 0;
  const auto flush = [&] {
    const Matrix part = block.topRows(filled);
    linalg::multiply(1.0, part.transpose(), part, 1.0, entries.products);
    entries.targets += part.transpose() * values.head(filled);
    entries.square += values.head(filled).squaredNorm();
    filled = 0;
  };
  for (Index row = 0; row < y.rows(); ++row) {
    for (const Index column : held[static_cast<std::size_t>(row)]) {
      block.row(filled) = of.u.row(row).cwiseProduct(of.v.row(column));
      values(filled++) = y(row, column);
      if (filled == at_once) flush();
    }
  }
  flush();
  return {.spectrum = std::make_shared<const TaskSpectrum>(std::move(spectrum)), .entries = std::move(entries)};
}

}  // namespace

std::vector<Risk::Part> cross_validation(const Task& task, Index count, std::uint64_t seed) {
  require_inputs_only(task);
  const Samples* samples = task.samples();
  if (samples != nullptr && !task.train.white_on_span(nearly_white)) {
    bad_input({.field = "task",
               .expected = "white inputs, for folds in closed form",
               .got = "inputs of condition number " + format_number(task.train.condition()),
               .hint = "whiten the inputs, whiten = true"});
  }
  const Index total = samples != nullptr ? samples->inputs.cols() : task.target().size();
  require_enough(count, total, samples != nullptr ? "samples" : "entries");
  const std::vector<Index> order = shuffled(total, seed);
  std::vector<Risk::Part> parts;
  const auto modes = static_cast<double>(task.shape().modes());
  const double forms = samples != nullptr ? 1.0 : modes;
  require_memory(static_cast<double>(count) * matrix_bytes(modes, forms + static_cast<double>(task.shape().sum())),
                 "folds", std::to_string(count) + " folds", "take fewer folds");
  for (Index fold = 0; fold < count; ++fold) {
    stop_if_asked();
    parts.push_back(samples != nullptr ? of_samples(task.train, order, count, fold)
                                       : of_entries(task.target(), order, count, fold));
  }
  return parts;
}

}  // namespace linnet
