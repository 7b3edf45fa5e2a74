#include "linnet/perceptron/task.hpp"

#include "linnet/error.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/perceptron/sphere.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

void require_fit(const Perceptron& network, const PerceptronTask& task) {
  if (network.shape() == task.shape()) return;
  bad_input({.field = "network",
             .expected = std::to_string(task.shape().inputs) + " inputs and " + std::to_string(task.shape().outputs) +
                         " outputs, as in the task",
             .got = std::to_string(network.inputs()) + " and " + std::to_string(network.outputs())});
}

namespace tasks {

namespace {

using linalg::Stream;

Samples samples_of(const Matrix& inputs, const Matrix& targets, const char* inputs_field, const char* targets_field) {
  for (const auto& [m, field] : {std::pair{&inputs, inputs_field}, std::pair{&targets, targets_field}}) {
    if (m->size() == 0) {
      bad_input({.field = field, .expected = "a matrix with entries", .got = format_shape(m->rows(), m->cols())});
    }
    if (!m->allFinite()) {
      bad_input({.field = field, .expected = "finite numbers", .got = "a nan or an infinity among the entries"});
    }
  }
  if (inputs.rows() != targets.rows()) {
    bad_input({.field = targets_field,
               .expected = std::to_string(inputs.rows()) + " rows, one a sample as in the inputs",
               .got = std::to_string(targets.rows()),
               .hint = "data sets are samples in rows"});
  }
  return {.inputs = inputs.transpose(), .targets = targets.transpose()};
}

}  // namespace

PerceptronTask teacher(const Teacher& o) {
  require_at_least(o.dim, 1, "task.dim");
  require_at_least(o.neurons, 1, "task.neurons");
  require_at_least(o.samples, 1, "task.samples");
  require_at_least(o.test_samples, 0, "task.test_samples");
  const auto d = static_cast<double>(o.dim);
  for (const auto& [count, field] :
       {std::pair{o.neurons, "task.neurons"}, {o.samples, "task.samples"}, {o.test_samples, "task.test_samples"}}) {
    require_memory(2 * matrix_bytes(d, static_cast<double>(count)), field,
                   std::to_string(count) + " in " + std::to_string(o.dim) + " dimensions");
  }
  const auto key = [&](Stream stream) { return linalg::RandomKey{.seed = o.seed, .point = o.point, .stream = stream}; };
  const Matrix w = on_sphere(o.dim, o.neurons, key(Stream::teacher)).transpose();
  linalg::Random signs(key(Stream::teacher_signs));
  Matrix a(1, o.neurons);
  for (Index k = 0; k < o.neurons; ++k) a(0, k) = signs.below(2) == 0 ? 1 : -1;
  Perceptron network({w, a}, {.slope = o.slope});
  const auto draw = [&](Index count, Stream stream) {
    Samples s{.inputs = on_sphere(o.dim, count, key(stream)), .targets = {}};
    s.targets = network.at(s.inputs);
    return s;
  };
  PerceptronTask task{.name = "teacher", .train = draw(o.samples, Stream::inputs)};
  if (o.test_samples > 0) task.test = draw(o.test_samples, Stream::test_inputs);
  task.teacher = std::move(network);
  return task;
}

PerceptronTask perceptron_regression(const Regression& data) {
  if (data.whiten) {
    bad_input({.field = "task.whiten",
               .expected = "false, for networks that are not linear",
               .got = "true",
               .hint = "whiten the inputs before"});
  }
  PerceptronTask task{.name = "regression",
                      .train = samples_of(data.inputs, data.targets, "task.inputs", "task.targets")};
  if (data.test_inputs.has_value() != data.test_targets.has_value()) {
    bad_input({.field = "task.test_inputs",
               .expected = "test_inputs and test_targets together",
               .got = "one without the other"});
  }
  if (!data.test_inputs) return task;
  task.test = samples_of(*data.test_inputs, *data.test_targets, "task.test_inputs", "task.test_targets");
  if (data.test_inputs->cols() != data.inputs.cols() || data.test_targets->cols() != data.targets.cols()) {
    bad_input({.field = "task.test_inputs",
               .expected = std::to_string(data.inputs.cols()) + " columns, test_targets " +
                           std::to_string(data.targets.cols()) + ", as in training",
               .got = std::to_string(data.test_inputs->cols()) + " and " + std::to_string(data.test_targets->cols())});
  }
  return task;
}

}  // namespace tasks

}  // namespace linnet
