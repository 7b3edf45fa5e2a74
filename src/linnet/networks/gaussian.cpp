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
  require_non_negative(o.variance.first, "network.variance");
  require_non_negative(o.variance.second, "network.variance");
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

Weights gaussian_weights(Shape shape, const Gaussian& o) {
  check(shape);
  check(o);
  require_memory(matrix_bytes(number_of(o.width), number_of(shape.inputs) + number_of(shape.outputs)), "network.width",
                 std::to_string(o.width) + " neurons as weights");
  return {linalg::normal_matrix(o.width, shape.inputs, std::sqrt(o.variance.first),
                                {.seed = o.seed, .point = o.point, .stream = Stream::first_layer}),
          linalg::normal_matrix(shape.outputs, o.width, std::sqrt(o.variance.second),
                                {.seed = o.seed, .point = o.point, .stream = Stream::second_layer})};
}

GramState gaussian_gram(Shape shape, const Gaussian& o) {
  check(shape);
  check(o);
  require_room_for_gram(shape, 2);
  if (o.width < shape.sum()) return GramState::from_weights(gaussian_weights(shape, o));
  Matrix q = linalg::bartlett_factor(shape.sum(), o.width, o.seed, o.point);
  q.topRows(shape.inputs) *= std::sqrt(o.variance.first);
  q.bottomRows(shape.outputs) *= std::sqrt(o.variance.second);
  GramState state = GramState::from_factor(q, shape);
  return o.variance.first > 0 && o.variance.second > 0 ? std::move(state).with_full_rank() : state;
}

PerLayer gaussian_scales(const Gaussian& o) {
  check(o);
  const auto width = static_cast<double>(o.width);
  return {o.variance.first * width, o.variance.second * width};
}

GramState infinite_width(Shape shape, PerLayer scales) {
  check(shape);
  require_non_negative(scales.first, "network.scale");
  require_non_negative(scales.second, "network.scale");
  require_room_for_gram(shape, 1);
  GramState state(scales.first * Matrix::Identity(shape.inputs, shape.inputs),
                  Matrix::Zero(shape.outputs, shape.inputs),
                  scales.second * Matrix::Identity(shape.outputs, shape.outputs));
  return scales.first > 0 && scales.second > 0 ? std::move(state).with_full_rank() : state;
}

Weights infinite_width_weights(Shape shape, PerLayer scales) {
  require_non_negative(scales.first, "network.scale");
  require_non_negative(scales.second, "network.scale");
  require_room_for_gram(shape, 2);
  Matrix w1 = Matrix::Zero(shape.sum(), shape.inputs);
  Matrix w2 = Matrix::Zero(shape.outputs, shape.sum());
  w1.topRows(shape.inputs).diagonal().setConstant(std::sqrt(scales.first));
  w2.rightCols(shape.outputs).diagonal().setConstant(std::sqrt(scales.second));
  return {w1, w2};
}

SelfConsistent self_consistent(const GramState& start, PerLayer scales) { return {start.end_to_end(), scales}; }

PerLayer lecun_variance(Shape shape, Index width) {
  check(shape);
  require_at_least(width, 1, "network.width");
  return {1.0 / static_cast<double>(shape.inputs), 1.0 / static_cast<double>(width)};
}

PerLayer he_variance(Shape shape, Index width) {
  const PerLayer lecun = lecun_variance(shape, width);
  return {2 * lecun.first, 2 * lecun.second};
}

PerLayer glorot_variance(Shape shape, Index width) {
  check(shape);
  require_at_least(width, 1, "network.width");
  return {2.0 / (number_of(shape.inputs) + number_of(width)), 2.0 / (number_of(shape.outputs) + number_of(width))};
}

}  // namespace linnet::networks
