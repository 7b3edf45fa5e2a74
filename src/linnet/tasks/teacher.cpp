#include "linnet/tasks/teacher.hpp"

#include <string>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/linalg/sphere.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::tasks {

using linalg::Stream;

Task teacher(const Teacher& o) {
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
  const Matrix w = linalg::on_sphere(o.dim, o.neurons, key(Stream::teacher)).transpose();
  linalg::Random signs(key(Stream::teacher_signs));
  Matrix a(1, o.neurons);
  for (Index k = 0; k < o.neurons; ++k) a(0, k) = signs.below(2) == 0 ? 1 : -1;
  Perceptron network({w, a}, {.slope = o.slope});
  const auto draw = [&](Index count, Stream stream) {
    Samples s{.inputs = linalg::on_sphere(o.dim, count, key(stream)), .targets = {}};
    s.targets = network.at(s.inputs);
    return s;
  };
  Task task{.name = "teacher", .train = Cost::on_samples(draw(o.samples, Stream::inputs), o.normalisation)};
  if (o.test_samples > 0) {
    task.test = Cost::on_samples(draw(o.test_samples, Stream::test_inputs), o.normalisation);
  }
  task.teacher = std::move(network);
  return task;
}

}  // namespace linnet::tasks
