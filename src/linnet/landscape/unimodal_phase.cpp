#include "linnet/landscape/unimodal_phase.hpp"

#include <limits>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"

namespace linnet::landscape {

UnimodalPhase unimodal_phase(const Task& task, Index inputs) {
  const Cost& cost = task.train;
  cost.require_target();
  const Shape shape = task.shape();
  if (cost.entry_weights() || shape.outputs != 1) {
    bad_input({.field = "task",
               .expected = "one output and a cost without a mask and weights of entries",
               .got = task.name + ", " + std::to_string(shape.outputs) + " outputs"});
  }
  if (inputs < 1 || inputs >= shape.inputs) {
    bad_input({.field = "inputs",
               .expected = "1 to " + std::to_string(shape.inputs - 1) + ", so that both blocks have inputs",
               .got = std::to_string(inputs)});
  }
  const Index rest = shape.inputs - inputs;
  Matrix covariance = Matrix::Identity(shape.inputs, shape.inputs);
  if (cost.covariance()) {
    covariance = *cost.covariance();
  } else {
    covariance *= *cost.white_variance();
  }
  const Matrix correlation = task.target() * covariance;  // Σ_yx
  UnimodalPhase phase;
  const double norms[2] = {correlation.leftCols(inputs).norm(), correlation.rightCols(rest).norm()};
  phase.first = norms[0] >= norms[1] ? 0 : 1;
  phase.strength = norms[phase.first];
  phase.other = norms[1 - phase.first];
  const Index at = phase.first == 0 ? 0 : inputs;
  const Index size = phase.first == 0 ? inputs : rest;
  const Index other_at = phase.first == 0 ? inputs : 0;
  const Index other_size = shape.inputs - size;
  Matrix learned = correlation.middleCols(at, size);
  const Matrix root = linalg::cholesky(covariance.block(at, at, size, size));
  linalg::divide(learned, root);
  learned = root.triangularView<Eigen::Upper>().solve(learned.transpose().eval()).transpose();
  phase.end_to_end = Matrix::Zero(1, shape.inputs);
  phase.end_to_end.middleCols(at, size) = learned;
  const Matrix given = correlation.middleCols(other_at, other_size);
  const Matrix left = given - learned * covariance.block(at, other_at, size, other_size);
  phase.rest = left.norm();
  // Weights that grow along one direction have a part along every other but the opposite one, where they shrink.
  const bool opposite = given.cwiseProduct(left).sum() < -(1 - 1e-12) * phase.other * phase.rest;
  const double ahead = phase.strength - (opposite ? -phase.other : phase.other);
  const bool never = phase.rest <= 1e-14 * phase.strength;
  phase.ratio = never ? std::numeric_limits<double>::infinity() : 1 + ahead / phase.rest;
  return phase;
}

}  // namespace linnet::landscape
