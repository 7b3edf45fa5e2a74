#include "linnet/tasks/structured.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::tasks {

namespace {

using linalg::Stream;

/// Σ value_i u_i v_iᵀ along random orthonormal vectors.
Matrix along_random_vectors(Shape shape, const Vector& values, std::uint64_t seed, Stream left, Stream right) {
  const Matrix u = linalg::random_frame(shape.outputs, values.size(), {.seed = seed, .stream = left});
  const Matrix v = linalg::random_frame(shape.inputs, values.size(), {.seed = seed, .stream = right});
  return linalg::product((u * values.asDiagonal()).eval(), v.transpose());
}

Task named(const char* name, Matrix y) { return {.name = name, .train = Cost::full_matrix(std::move(y))}; }

/// A task that follows another one: the same change of the train targets and of the test targets.
template <class Change>
Task following(const Task& task, const char* name, const Change& change) {
  Task next{.name = name, .train = change(task.train)};
  if (task.test) next.test = change(*task.test);
  return next;
}

/// 𝒪Y and 𝒪T.
Cost rotated(const Cost& cost, const Matrix& rotation) {
  const Samples* data = cost.samples();
  return cost.with_targets(linalg::product(rotation, cost.target()),
                           data == nullptr ? Matrix() : linalg::product(rotation, data->targets));
}

/// Y + Δ and T + ΔX. If the inputs do not span all dimensions, Y gets the part of Δ within their span.
Cost shifted(const Cost& cost, const Matrix& change) {
  const Samples* data = cost.samples();
  if (data == nullptr) return cost.with_targets(cost.target() + change, {});
  Matrix seen = change;
  if (cost.covariance() && !std::isfinite(cost.condition())) {
    const linalg::SymmetricEigen d = linalg::symmetric_eigen(*cost.covariance());
    const double cutoff = d.values.maxCoeff() * std::numeric_limits<double>::epsilon() *
                          static_cast<double>(std::max(data->inputs.rows(), data->inputs.cols()));
    const Matrix span = d.vectors.rightCols((d.values.array() > cutoff).count());
    seen = linalg::product(linalg::product(change, span), span.transpose());
  }
  return cost.with_targets(cost.target() + seen, data->targets + linalg::product(change, data->inputs));
}

}  // namespace

Task hierarchy(Index levels) {
  require_at_least(levels, 0, "task.levels");
  if (levels > 12) {
    bad_input({.field = "task.levels", .expected = "at most 12 levels (4096 items)", .got = std::to_string(levels)});
  }
  const Index items = Index{1} << levels;
  Matrix y = Matrix::Zero(items, items);
  y.row(0).setOnes();
  Index property = 1;
  for (Index branch = items; branch > 1; branch /= 2) {
    for (Index first = 0; first < items; first += branch, ++property) {
      y.row(property).segment(first, branch / 2).setConstant(1);
      y.row(property).segment(first + branch / 2, branch / 2).setConstant(-1);
    }
  }
  return named("hierarchy", std::move(y));
}

Task modes(const Modes& o) {
  require_at_least(o.shape.outputs, 1, "task.shape");
  require_at_least(o.shape.inputs, 1, "task.shape");
  if (o.values.size() == 0 || o.values.size() > o.shape.modes() || !(o.values.array() >= 0).all() ||
      !o.values.allFinite()) {
    bad_input({.field = "task.modes",
               .expected = "1 to " + std::to_string(o.shape.modes()) + " singular values >= 0, as the shape allows",
               .got = std::to_string(o.values.size()) + (o.values.size() > o.shape.modes() ? "" : ", or one below 0")});
  }
  const Vector& d = o.input_variances;
  if (d.size() > o.shape.inputs || !d.allFinite() || (d.array() < 0).any() || (d.size() > 0 && d.isZero(0))) {
    bad_input({.field = "task.input_variances",
               .expected = "at most " + std::to_string(o.shape.inputs) +
                           " variances >= 0, as there are inputs, one of " + "them above 0",
               .got = std::to_string(d.size()) + (d.size() > o.shape.inputs ? "" : ", or one below 0, or none above")});
  }
  const auto n2 = static_cast<double>(o.shape.outputs);
  const auto n0 = static_cast<double>(o.shape.inputs);
  require_memory(matrix_bytes(n2, n0) + 3 * matrix_bytes(n2 + n0, static_cast<double>(o.values.size())), "task.shape",
                 format_shape(o.shape.outputs, o.shape.inputs));
  const Index modes = o.values.size();
  if (d.size() == 0) {
    return named("modes", along_random_vectors(o.shape, o.values, o.seed, Stream::signal_left, Stream::signal_right));
  }
  require_memory(4 * matrix_bytes(n0, n0 + n2), "task.shape", std::to_string(o.shape.inputs) + " inputs");
  const Matrix u = linalg::random_frame(o.shape.outputs, modes, {.seed = o.seed, .stream = Stream::signal_left});
  const Matrix v =
      linalg::random_frame(o.shape.inputs, o.shape.inputs, {.seed = o.seed, .stream = Stream::signal_right});
  // Sample i is √(n_0 d_i) v_i.
  Vector size = Vector::Zero(o.shape.inputs);
  size.head(d.size()) = (n0 * d).cwiseSqrt();
  Matrix targets = Matrix::Zero(o.shape.inputs, o.shape.outputs);
  targets.topRows(modes) = size.head(modes).cwiseProduct(o.values).asDiagonal() * u.transpose();
  Task task = regression({.inputs = size.asDiagonal() * v.transpose(), .targets = std::move(targets)});
  task.name = "modes";
  return task;
}

Task from_svd(const SingularTriples& o) {
  const Index k = o.values.size();
  if (k == 0 || !o.values.allFinite() || (o.values.array() < 0).any()) {
    bad_input({.field = "task.values",
               .expected = "finite singular values >= 0, one at least",
               .got = k == 0 ? "none" : "others",
               .hint = "a negative eigenvalue of a symmetric matrix is the singular value -y along u and v = -u"});
  }
  const auto require_frame = [k](const Matrix& frame, const char* field) {
    if (frame.cols() != k || frame.rows() < k) {
      bad_input(
          {.field = field,
           .expected = "one column for each of the " + std::to_string(k) + " singular values, at least as many rows",
           .got = format_shape(frame.rows(), frame.cols())});
    }
    const double off = (linalg::product(frame.transpose(), frame) - Matrix::Identity(k, k)).norm();
    if (!(off <= 1e-8)) {
      bad_input({.field = field, .expected = "orthonormal columns", .got = "|U^T U - 1| = " + format_number(off)});
    }
  };
  if (o.left.size() > 0) require_frame(o.left, "task.left");
  if (o.right.size() > 0) require_frame(o.right, "task.right");
  if (o.coordinates) return named("from_svd", Matrix(o.values.asDiagonal()));
  if (o.left.size() == 0 || o.right.size() == 0) {
    bad_input({.field = o.left.size() == 0 ? "task.left" : "task.right",
               .expected = "singular vectors in columns",
               .got = "none",
               .hint = "coordinates = true needs only the values"});
  }
  require_memory(matrix_bytes(static_cast<double>(o.left.rows()), static_cast<double>(o.right.rows())), "task.left",
                 format_shape(o.left.rows(), o.right.rows()),
                 "coordinates = true takes k x k numbers instead of n_2 x n_0");
  return named("from_svd", linalg::product((o.left * o.values.asDiagonal()).eval(), o.right.transpose()));
}

Task low_rank_regression(const LowRankRegression& o) {
  const Matrix teacher = modes({.shape = o.shape, .values = o.values, .seed = o.seed}).target();
  require_at_least(o.samples, 1, "task.samples");
  require_non_negative(o.noise, "task.noise");
  if (!(o.condition >= 1) || !std::isfinite(o.condition)) {
    bad_input({.field = "task.condition", .expected = "a finite number >= 1", .got = format_number(o.condition)});
  }
  const Index n = o.shape.inputs;
  const auto numbers = static_cast<double>(o.shape.sum());
  require_memory(6 * matrix_bytes(static_cast<double>(o.samples), numbers), "task.samples", std::to_string(o.samples));
  require_memory(3 * matrix_bytes(static_cast<double>(n), static_cast<double>(n)), "task.shape",
                 std::to_string(n) + " inputs");
  const Matrix axes = linalg::random_frame(n, n, {.seed = o.seed, .stream = Stream::input_axes});
  Vector deviations = Vector::Ones(n);
  for (Index i = 1; i < n; ++i) {
    deviations(i) = std::pow(o.condition, -0.5 * static_cast<double>(i) / static_cast<double>(n - 1));
  }
  // Samples in rows: training samples, then test samples.
  const Matrix drawn = linalg::normal_matrix(2 * o.samples, n, 1.0, {.seed = o.seed, .stream = Stream::inputs});
  const Matrix inputs = linalg::product((drawn * deviations.asDiagonal()).eval(), axes.transpose());
  const Matrix targets =
      linalg::product(inputs, teacher.transpose()) +
      linalg::normal_matrix(2 * o.samples, o.shape.outputs, o.noise, {.seed = o.seed, .stream = Stream::noise});
  Task task = regression({.inputs = inputs.topRows(o.samples),
                          .targets = targets.topRows(o.samples),
                          .test_inputs = inputs.bottomRows(o.samples),
                          .test_targets = targets.bottomRows(o.samples),
                          .normalisation = o.normalisation});
  task.name = "low_rank_regression";
  return task;
}

Task coefficients(const Coefficients& options) {
  require_non_negative(options.noise, "task.noise");
  require_at_least(options.samples, 0, "task.samples");
  const Index n = options.inputs == 0 ? options.values.size() : options.inputs;
  if (options.values.size() == 0 || options.values.size() > n || !options.values.allFinite()) {
    bad_input({.field = "task.coefficients",
               .expected = "finite numbers, at most one an input",
               .got = std::to_string(options.values.size()) + " for " + std::to_string(n) + " inputs"});
  }
  const double rows = 3 * static_cast<double>(options.samples) + 1;
  require_memory(matrix_bytes(rows, static_cast<double>(n)), options.samples == 0 ? "task.shape" : "task.samples",
                 std::to_string(options.samples) + " samples of " + std::to_string(n) + " inputs");
  Matrix beta = Matrix::Zero(1, n);
  beta.leftCols(options.values.size()) = options.values.transpose();
  if (options.samples == 0) return target(beta);
  const Matrix x =
      linalg::normal_matrix(options.samples, n, 1, {.seed = options.seed, .stream = linalg::Stream::inputs});
  const Matrix noise =
      linalg::normal_matrix(options.samples, 1, options.noise, {.seed = options.seed, .stream = linalg::Stream::noise});
  Task task = regression({.inputs = x, .targets = linalg::product(x, beta.transpose()) + noise});
  task.name = "coefficients";
  task.test = Cost::full_matrix(beta);
  return task;
}

Task reversed(const Task& task) {
  return following(task, "reversed", [](const Cost& cost) {
    const Samples* data = cost.samples();
    return cost.with_targets(-cost.target(), data == nullptr ? Matrix() : -data->targets);
  });
}

Task with_new_outputs(const Task& task, std::uint64_t seed) {
  if (task.train.mask() || (task.test && task.test->mask())) {
    bad_input({.field = "task",
               .expected = "a task without a mask, whose rows can be mixed",
               .got = task.name,
               .hint = "reversed and low_rank_change keep a mask"});
  }
  const Index n = task.shape().outputs;
  const Matrix rotation = linalg::random_frame(n, n, {.seed = seed, .stream = Stream::change_left});
  return following(task, "new_outputs", [&](const Cost& cost) { return rotated(cost, rotation); });
}

Task with_low_rank_change(const Task& task, const Change& c) {
  require_at_least(c.rank, 1, "task.change_rank");
  require_non_negative(c.size, "task.change_size");
  if (c.rank > task.shape().modes()) {
    bad_input({.field = "task.change_rank",
               .expected = "at most " + std::to_string(task.shape().modes()) + ", the smaller dimension",
               .got = std::to_string(c.rank)});
  }
  const Matrix change = along_random_vectors(task.shape(), Vector::Constant(c.rank, c.size), c.seed,
                                             Stream::change_left, Stream::change_right);
  return following(task, "low_rank_change", [&](const Cost& cost) { return shifted(cost, change); });
}

}  // namespace linnet::tasks
