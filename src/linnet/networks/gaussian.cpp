#include "linnet/networks/gaussian.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::networks {

namespace {

using linalg::Stream;

void check(const Gaussian& o) {
  require_at_least(o.width, 1, "network.width");
  require_non_negative(o.variance.pair("network.variance"), "network.variance");
}

void check(Shape shape) {
  require_at_least(shape.inputs, 1, "network.inputs");
  require_at_least(shape.outputs, 1, "network.outputs");
}

double number_of(Index n) { return static_cast<double>(n); }

/// Checks the memory for this number of matrices as large as the Gram state.
void require_room_for_gram(Shape shape, double matrices) {
  const double n = number_of(shape.inputs) + number_of(shape.outputs);
  require_memory(matrices * matrix_bytes(n, n), "network.state",
                 "a Gram state of " + format_shape(shape.sum(), shape.sum()));
}

}  // namespace

DeepLinear gaussian_weights(Shape shape, const Gaussian& o) {
  check(shape);
  check(o);
  require_memory(matrix_bytes(number_of(o.width), number_of(shape.inputs) + number_of(shape.outputs)), "network.width",
                 std::to_string(o.width) + " neurons as weights");
  return DeepLinear(linalg::normal_matrix(o.width, shape.inputs, std::sqrt(o.variance[0]),
                                          {.seed = o.seed, .point = o.point, .stream = Stream::first_layer}),
                    linalg::normal_matrix(shape.outputs, o.width, std::sqrt(o.variance[1]),
                                          {.seed = o.seed, .point = o.point, .stream = Stream::second_layer}));
}

GramState gaussian_gram(Shape shape, const Gaussian& o) {
  check(shape);
  check(o);
  require_room_for_gram(shape, 2);
  if (o.width < shape.sum()) return GramState::from_weights(gaussian_weights(shape, o));
  Matrix q = linalg::bartlett_factor(shape.sum(), o.width, o.seed, o.point);
  q.topRows(shape.inputs) *= std::sqrt(o.variance[0]);
  q.bottomRows(shape.outputs) *= std::sqrt(o.variance[1]);
  GramState state = GramState::from_factor(q, shape);
  return o.variance[0] > 0 && o.variance[1] > 0 ? std::move(state).with_full_rank() : state;
}

Layerwise gaussian_scales(const Gaussian& o) {
  check(o);
  const auto width = static_cast<double>(o.width);
  return {o.variance[0] * width, o.variance[1] * width};
}

GramState infinite_width(Shape shape, const Layerwise& scales) {
  check(shape);
  require_non_negative(scales.pair("network.scale"), "network.scale");
  require_room_for_gram(shape, 1);
  GramState state(scales[0] * Matrix::Identity(shape.inputs, shape.inputs), Matrix::Zero(shape.outputs, shape.inputs),
                  scales[1] * Matrix::Identity(shape.outputs, shape.outputs));
  return scales[0] > 0 && scales[1] > 0 ? std::move(state).with_full_rank() : state;
}

DeepLinear infinite_width_weights(Shape shape, const Layerwise& scales) {
  check(shape);
  require_non_negative(scales.pair("network.scale"), "network.scale");
  require_room_for_gram(shape, 2);
  Matrix w1 = Matrix::Zero(shape.sum(), shape.inputs);
  Matrix w2 = Matrix::Zero(shape.outputs, shape.sum());
  w1.topRows(shape.inputs).diagonal().setConstant(std::sqrt(scales[0]));
  w2.rightCols(shape.outputs).diagonal().setConstant(std::sqrt(scales[1]));
  return DeepLinear(std::move(w1), std::move(w2));
}

SelfConsistent self_consistent(const GramState& start, const Layerwise& scales) { return {start.end_to_end(), scales}; }

Layerwise lecun_variance(Shape shape, Index width) {
  check(shape);
  require_at_least(width, 1, "network.width");
  return {1.0 / static_cast<double>(shape.inputs), 1.0 / static_cast<double>(width)};
}

Layerwise he_variance(Shape shape, Index width) {
  const Layerwise lecun = lecun_variance(shape, width);
  return {2 * lecun[0], 2 * lecun[1]};
}

Layerwise glorot_variance(Shape shape, Index width) {
  check(shape);
  require_at_least(width, 1, "network.width");
  return {2.0 / (number_of(shape.inputs) + number_of(width)), 2.0 / (number_of(shape.outputs) + number_of(width))};
}

}  // namespace linnet::networks
