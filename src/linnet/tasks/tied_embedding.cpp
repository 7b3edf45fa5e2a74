#include "linnet/tasks/tied_embedding.hpp"

#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;

TiedEmbedding::TiedEmbedding(Matrix target, Index width) : target_(std::move(target)), width_(width) {
  require_entries(target_, "task.target");
  require_at_least(width_, 1, "task.tied_width");
  if (target_.rows() != target_.cols()) {
    bad_input({.field = "task.target",
               .expected = "a square matrix, for tied embeddings",
               .got = format_shape(target_.rows(), target_.cols())});
  }
  const double asymmetry = (target_ - target_.transpose()).norm();
  if (asymmetry > 1e-12 * target_.norm()) {
    bad_input({.field = "task.target",
               .expected = "a symmetric matrix, for tied embeddings",
               .got = "|M - M^T| = " + format_number(asymmetry),
               .hint = "(M + M^T) / 2 has the same gradients"});
  }
}

TiedEmbedding::TiedEmbedding(Parts parts)
    : TiedEmbedding(std::move(parts.matrices.at(0)), static_cast<Index>(parts.numbers.at(0))) {}

CostFunction::Parts TiedEmbedding::parts() const {
  return {.kind = kind, .matrices = {target_}, .numbers = {static_cast<double>(width_)}};
}

void TiedEmbedding::evaluate(const Matrix& a, Residual& at) const {
  multiply(a.transpose(), a, at.difference);
  at.difference -= target_;
  at.cost = 0.25 * at.difference.squaredNorm();
  multiply(a, at.difference, at.gradient);
  at.seen = a;
}

void TiedEmbedding::curvature(const Residual& at, const Matrix& d, Room& room, Matrix& out) const {
  multiply(d.transpose(), at.seen, room.first);
  room.second = room.first + room.first.transpose();
  multiply(at.seen, room.second, out);
  multiply(d, at.difference, room.second);
  out += room.second;
}

namespace tasks {

Task tied(const Matrix& target, Index width) {
  return {.name = "tied", .train = Cost(std::make_shared<TiedEmbedding>(target, width))};
}

}  // namespace tasks

}  // namespace linnet
