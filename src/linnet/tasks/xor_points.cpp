#include "linnet/tasks/xor_points.hpp"

#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::tasks {

Task xor_points(const XorPoints& o) {
  require_at_least(o.samples, 1, "task.samples");
  require_at_least(o.test_samples, 0, "task.test_samples");
  require_non_negative(o.noise, "task.noise");
  for (const Index count : {o.samples, o.test_samples})
    require_memory(matrix_bytes(3, static_cast<double>(count)), "task.samples", std::to_string(count) + " points");
  const auto draw = [&](Index count, const char* stream) {
    linalg::Random random({.seed = o.seed, .point = o.point, .stream = linalg::named_stream(stream)});
    Samples s{.inputs = Matrix(2, count), .targets = Matrix(1, count)};
    for (Index i = 0; i < count; ++i) {
      stop_if_asked(i);
      const bool left = i % 4 == 1 || i % 4 == 2;
      const bool below = i % 4 >= 2;
      s.targets(0, i) = left == below ? 1 : -1;
      s.inputs(0, i) = (left ? -1 : 1) + o.noise * random.normal();
      s.inputs(1, i) = (below ? -1 : 1) + o.noise * random.normal();
    }
    return s;
  };
  Task task{.name = "xor_points", .train = Cost::on_samples(draw(o.samples, "xor_points"), o.normalisation)};
  if (o.test_samples > 0)
    task.test = Cost::on_samples(draw(o.test_samples, "xor_points for the test"), o.normalisation);
  return task;
}

}  // namespace linnet::tasks
