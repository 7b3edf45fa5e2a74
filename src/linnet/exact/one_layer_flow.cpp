#include "linnet/exact/one_layer_flow.hpp"

#include <cmath>

#include "linnet/error.hpp"

namespace linnet {

OneLayerFlow::OneLayerFlow(Matrix start, const Task& task, double rate)
    : task_(task), start_(std::move(start)), rate_(rate) {
  require_non_negative(rate, "network.rate");
  require_fit(shape_of(start_), task);
  task.train.require_target();
  if (!task.train.is_white()) {
    bad_input({.field = "task",
               .expected = "whitened inputs, no mask and no weights, for the closed form",
               .got = task.name,
               .hint = "whiten the inputs"});
  }
}

Matrix OneLayerFlow::end_to_end(double t) const {
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(t)});
  const double exponent = rate_ == 0 ? 0 : -rate_ * *task_.train.white_variance() * t;
  return std::exp(exponent) * start_ - std::expm1(exponent) * task_.target();
}

double OneLayerFlow::train_error(double t) const { return task_.train.error(end_to_end(t)); }

}  // namespace linnet
