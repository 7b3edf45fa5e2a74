#include "linnet/tasks/sensing.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/tasks/measurements.hpp"

namespace linnet::tasks {

Task sensing(const Sensing& o) {
  Task task{.name = "sensing", .train = Cost(std::make_shared<Measurements>(o.matrices, o.values, o.shape))};
  if (o.test_matrices.has_value() != o.test_values.has_value()) {
    bad_input({.field = "task.test_matrices",
               .expected = "test_matrices and test_values together",
               .got = "one without the other"});
  }
  if (o.signal && o.test_matrices) {
    bad_input({.field = "task.signal", .expected = "either a signal or test measurements", .got = "both"});
  }
  if (o.test_matrices) {
    task.test = Cost(std::make_shared<Measurements>(*o.test_matrices, *o.test_values, o.shape,
                                                    Measurements::Fields{"task.test_matrices", "task.test_values"}));
  }
  if (o.signal) task.test = against_signal(*o.signal, o.shape);
  return task;
}

Task gaussian_sensing(const GaussianSensing& o) {
  require_entries(o.target, "task.target");
  require_at_least(o.measurements, 1, "task.measurements");
  require_non_negative(o.noise, "task.noise");
  const Shape shape = shape_of(o.target);
  const Index size = shape.outputs * shape.inputs;
  require_memory(2 * matrix_bytes(static_cast<double>(o.measurements), static_cast<double>(size)), "task.measurements",
                 std::to_string(o.measurements) + " matrices");
  const double deviation = 1 / std::sqrt(static_cast<double>(o.measurements));
  const Matrix matrices = linalg::normal_matrix(o.measurements, size, deviation,
                                                {.seed = o.seed, .stream = linalg::named_stream("measurements")});
  const Matrix rows = o.target.transpose();  // in memory row after row
  Vector values = linalg::product(matrices, Matrix(rows.reshaped()));
  if (o.noise > 0) {
    values += linalg::normal_matrix(o.measurements, 1, o.noise, {.seed = o.seed, .stream = linalg::Stream::noise});
  }
  return sensing({.shape = shape, .matrices = matrices, .values = std::move(values), .signal = o.target});
}

}  // namespace linnet::tasks
