#include "linnet/exact/inputs_apart.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "linnet/exact/aligned_modes.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

constexpr double reached = 1e-12;  // a smaller part of a start in some output, relative to its size, is rounding

Matrix columns_of(const Matrix& m, const std::vector<Index>& which) {
  Matrix out(m.rows(), static_cast<Index>(which.size()));
  for (Index i = 0; i < out.cols(); ++i) out.col(i) = m.col(which[static_cast<std::size_t>(i)]);
  return out;
}

Matrix beside(const Matrix& a, const Matrix& b) {
  Matrix both(a.rows(), a.cols() + b.cols());
  both << a, b;
  return both;
}

/// An orthonormal basis of the columns of `more` outside of the orthonormal `basis`, up to parts below `cutoff`.
Matrix outside(const Matrix& basis, const Matrix& more, double cutoff) {
  if (more.cols() == 0) return more;
  Matrix rest = more;
  for (int twice = 0; twice < 2 && basis.cols() > 0; ++twice) {
    rest -= linalg::product(basis, linalg::product(basis.transpose(), rest));
  }
  const linalg::Svd d = linalg::svd(rest);
  return d.u.leftCols((d.s.array() > cutoff).count());
}

/// Of a block matrix, what is not in the blocks of rows and columns of the same group, relative to all of it.
double between(const Matrix& m, const std::vector<Index>& rows, const std::vector<Index>& columns) {
  const double all = m.norm();
  if (all == 0) return 0;
  Matrix rest = m;
  Index row = 0;
  Index column = 0;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    rest.block(row, column, rows[k], columns[k]).setZero();
    row += rows[k];
    column += columns[k];
  }
  return rest.norm() / all;
}

}  // namespace

InputsApart apart(const Matrix& target, const Matrix& root, const Matrix& inputs, const Matrix& outputs) {
  const AlignedModes modes = aligned_modes(target, root);
  InputsApart result;
  result.misalignment = modes.misalignment;
  const Matrix& v = modes.vectors.v;
  std::vector<Index> order(static_cast<std::size_t>(v.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return modes.variances(a) > modes.variances(b); });
  const double cutoff = reached * std::max(outputs.norm() * std::max(inputs.norm(), outputs.norm()), 1e-300);
  std::vector<Index> still;
  for (std::size_t begin = 0; begin < order.size();) {
    const double variance = modes.variances(order[begin]);
    std::vector<Index> group;
    std::vector<Index> learned;
    std::size_t end = begin;
    for (; end < order.size() && modes.variances(order[end]) == variance; ++end) {
      group.push_back(order[end]);
      if (order[end] < modes.vectors.s.size() && modes.vectors.s(order[end]) > 0) learned.push_back(order[end]);
    }
    begin = end;
    InputsApart::Group g{.variance = variance, .inputs = columns_of(v, group)};
    // What the target asks for, what the start sends there, and what shares neurons with either.
    g.outputs = columns_of(modes.vectors.u, learned);
    const Matrix sent = linalg::product(outputs, linalg::product(inputs.transpose(), g.inputs));
    const Matrix shared = linalg::product(outputs, linalg::product(outputs.transpose(), g.outputs));
    g.outputs = beside(g.outputs, outside(g.outputs, beside(sent, shared), cutoff));
    if (variance > 0 && g.outputs.cols() > 0) {
      result.moving.push_back(std::move(g));
    } else {
      still.insert(still.end(), group.begin(), group.end());
    }
  }
  // The outputs of all groups together; where they overlap, the start or the target mixes the groups.
  Matrix all(target.rows(), 0);
  for (InputsApart::Group& g : result.moving) all = beside(all, g.outputs);
  if (all.cols() > target.rows()) {
    result.mixing = 1;
    return result;
  }
  result.still.inputs = columns_of(v, still);
  result.still.outputs = all.cols() == 0 ? Matrix(Matrix::Identity(target.rows(), target.rows()))
                                         : Matrix(linalg::full_svd(all).u.rightCols(target.rows() - all.cols()));
  std::vector<Index> of_inputs;
  std::vector<Index> of_outputs;
  Matrix input_basis(target.cols(), 0);
  for (const InputsApart::Group& g : result.moving) {
    of_inputs.push_back(g.inputs.cols());
    of_outputs.push_back(g.outputs.cols());
    input_basis = beside(input_basis, g.inputs);
  }
  of_inputs.push_back(result.still.inputs.cols());
  of_outputs.push_back(result.still.outputs.cols());
  input_basis = beside(input_basis, result.still.inputs);
  const Matrix output_basis = beside(all, result.still.outputs);
  const Matrix q_in = linalg::product(input_basis.transpose(), inputs);
  const Matrix q_out = linalg::product(output_basis.transpose(), outputs);
  const Matrix turned = linalg::product(output_basis.transpose(), output_basis);
  result.mixing =
      std::max({between(linalg::self_product(q_in), of_inputs, of_inputs),
                between(linalg::product(q_out, q_in.transpose()), of_outputs, of_inputs),
                between(linalg::self_product(q_out), of_outputs, of_outputs), between(turned, of_outputs, of_outputs)});
  return result;
}

}  // namespace linnet
