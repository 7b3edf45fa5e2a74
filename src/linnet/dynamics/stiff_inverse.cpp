#include "linnet/dynamics/stiff_inverse.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "linnet/dynamics/saddle_gradient.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::product;

namespace {

/// Below this size of γJ no preconditioner is needed.
constexpr double slight = 1e-2;

/// Up to this many entries between learned modes one block is inverted; more are inverted in pairs of modes.
constexpr Index most_together = 100;

/// Growth slower than this part of the fastest rate is not resolved: rounding errors would grow along with it.
constexpr double finest = 1e-15;

/// A mode of A is at rest at the end of an implicit step if it relaxes within this part of γ.
constexpr double at_rest = 1e-2;

/// Largest γ × (fastest rate) when no mode is left to grow. Beyond it, rounding hides the structure of the weights.
constexpr double longest = 1e10;

/// From this γ × (fastest rate) on, GMRES needs the entries that the cost couples, inverted together. In shorter steps
/// GMRES takes a few more products instead, and many modes may be learning.
constexpr double long_step = 1e4;

/// Least 1 + x of a direction: negative x grows, and the integrator resolves the growth.
constexpr double least_of_growth = 0.1;

/// ⟨u_i v_jᵀ, 𝓜 u_i v_jᵀ⟩ for all columns of u and v.
Matrix curvature_of(const Cost& cost, const Matrix& u, const Matrix& v) {
  if (const std::optional<Matrix>& weights = cost.entry_weights()) {
    return product(product(Matrix(u.cwiseAbs2()).transpose(), *weights), Matrix(v.cwiseAbs2()));
  }
  if (!cost.covariance()) return Matrix::Ones(u.cols(), v.cols());
  const Vector seen = v.cwiseProduct(product(*cost.covariance(), v)).colwise().sum();
  return seen.transpose().replicate(u.cols(), 1);
}

Index active_modes(const Vector& s, double gamma, std::size_t depth) {
  constexpr double rounding = 1e-10;
  const double l = static_cast<double>(depth);
  Index k = 0;
  // The coupling of mode k to the strongest mode in the inner layers is the weakest of its stiff couplings.
  while (k < s.size() && s(k) > rounding * s(0) && gamma * std::pow(s(k), 2 / l) * std::pow(s(0), 2 - 4 / l) > slight) {
    ++k;
  }
  return k;
}

}  // namespace

void StiffInverse::prepare(const ExpansionPoint& at, const Layerwise& rates, double gamma) {
  rank_ = 0;
  roots_.clear();
  decays_.clear();
  floor_ = least_of_growth;
  for (std::size_t l = 0; l < at.weights.size(); ++l) {
    const double decay = 1 + gamma * rates[l] * at.weight_decay;
    if (at.weight_decay != 0) decays_.push_back(decay);
    // Turning all layers of a mode at rest costs nothing: without the decay of D_l, it would grow.
    floor_ = std::min(floor_, 1 / decay);
    roots_.push_back(std::sqrt(rates[l] / decay));
  }
  if (depth() < 2) return;
  if (!align(at, gamma)) {
    rank_ = 0;
    return;
  }
  if (gamma * fastest() > longest && growth(at.weights) == 0) {
    rank_ = 0;
    return;
  }
  multiply_strengths(at.weights);
  prepare_hidden(gamma);
  Matrix u(at.end_to_end.rows(), at.end_to_end.rows());
  u << left_.back(), outputs_;
  Matrix v(at.end_to_end.cols(), at.end_to_end.cols());
  v << right_.front(), inputs_;
  coupled_ = prepare_together(at.cost, u, v, gamma);
  if (!coupled_) {
    cost_curvature_ = curvature_of(at.cost, u, v);
    prepare_blocks(gamma);
    prepare_ends(gamma);
  }
  prepare_reach(at.weights);
}

bool StiffInverse::align(const ExpansionPoint& at, double gamma) {
  const double strongest = *std::max_element(roots_.begin(), roots_.end());
  const double fast = gamma * strongest * strongest;
  const double size = at.end_to_end.norm();
  if (!(fast * std::pow(size, 2 - 2 / static_cast<double>(depth())) > slight)) return false;
  const linalg::Svd a = linalg::full_svd(at.end_to_end);
  rank_ = active_modes(a.s, fast, depth());
  strongest_ = a.s(0);
  if (rank_ == 0) return false;
  const Index k = rank_;
  right_.assign(1, a.v.leftCols(k));
  for (std::size_t l = 0; l + 1 < depth(); ++l) right_.push_back(linalg::qr_factor(product(at.weights[l], right_[l])));
  left_.assign(depth(), a.u.leftCols(k));
  for (std::size_t l = depth() - 1; l > 0; --l) {
    left_[l - 1] = linalg::qr_factor(product(at.weights[l].transpose(), left_[l]));
    for (Index i = 0; i < k; ++i) {
      if (left_[l - 1].col(i).dot(right_[l].col(i)) < 0) left_[l - 1].col(i) *= -1;
    }
  }
  strengths_.resize(depth());
  constexpr double most_misfit = 0.5;
  for (std::size_t l = 0; l < depth(); ++l) {
    const Matrix rows = product(left_[l].transpose(), at.weights[l]);
    strengths_[l] = product(rows, right_[l]);
    const Vector t = strengths_[l].diagonal();
    if ((rows - t.asDiagonal() * right_[l].transpose()).norm() > most_misfit * rows.norm()) return false;
  }
  inputs_ = a.v.rightCols(a.v.cols() - k);
  outputs_ = a.u.rightCols(a.u.cols() - k);
  residual_ = Vector::Zero(std::min(at.end_to_end.rows(), at.end_to_end.cols()));
  Index settled = 0;
  while (at.weight_decay == 0 && settled < k &&
         at_rest * fast * std::pow(a.s(settled), 2 - 2 / static_cast<double>(depth())) > 1)
    ++settled;
  settled_inputs_ = a.v.leftCols(settled);
  SaddleGradient split;
  split.split(settled_inputs_, at.end_to_end, at.cost, at.residual);
  const Matrix& r = split.rest();
  residual_inner_ = product(left_.back().transpose(), product(r, right_.front()));
  residual_.head(k) = residual_inner_.diagonal();
  if (k == residual_.size()) return true;
  const linalg::Svd rest = linalg::full_svd(product(product(outputs_.transpose(), r), inputs_));
  inputs_ = product(inputs_, rest.v);
  outputs_ = product(outputs_, rest.u);
  residual_.tail(rest.s.size()) = rest.s;
  return true;
}

void StiffInverse::multiply_strengths(const std::vector<Matrix>& weights) {
  const Matrix one = Matrix::Identity(rank_, rank_);
  between_.assign(depth(), std::vector<Matrix>(depth() + 1, one));
  for (std::size_t from = 0; from < depth(); ++from) {
    for (std::size_t to = from; to < depth(); ++to) between_[from][to + 1] = strengths_[to] * between_[from][to];
  }
  above_.assign(depth(), one);
  for (std::size_t l = depth() - 1; l > 0; --l) {
    above_[l - 1] = above_[l] * product(left_[l].transpose(), product(weights[l], left_[l - 1]));
  }
  below_.assign(1, one);
  for (std::size_t l = 0; l + 1 < depth(); ++l) {
    below_.push_back(product(right_[l + 1].transpose(), product(weights[l], right_[l])) * below_[l]);
  }
}

bool StiffInverse::prepare_together(const Cost& cost, const Matrix& u, const Matrix& v, double gamma) {
  if (cost.is_white() || gamma * fastest() < long_step) return false;
  const Index k = rank_;
  Matrix entries(k * k, static_cast<Index>(depth()) * k * k);
  Index column = 0;
  for (std::size_t l = 0; l < depth(); ++l) {
    for (Index j = 0; j < k; ++j) {
      for (Index i = 0; i < k; ++i) {
        entries.col(column++) = (roots_[l] * above_[l].col(i) * below_[l].row(j)).reshaped();
      }
    }
  }
  const Matrix in = roots_.front() * above_.front();
  const Matrix out = roots_.back() * below_.back().transpose();
  const Matrix middle = roots_.front() * roots_.back() * between_[1][depth() - 1];
  const TangentInverse::Input at{cost, u, v, k, entries, in, out, middle, residual_};
  if (TangentInverse::dimensions(at) > TangentInverse::most_dimensions) return false;
  together_.prepare(at, gamma);
  return true;
}

/// The block of the Hessian of these entries, in the unknowns V_l/√η_l. `seen` lists the entries of A that they move.
Matrix StiffInverse::curvature(const std::vector<Entry>& unknowns,
                               const std::vector<std::pair<Index, Index>>& seen) const {
  const auto size = static_cast<Index>(unknowns.size());
  Matrix change(static_cast<Index>(seen.size()), size);
  Vector weight(change.rows());
  Matrix h(size, size);
  for (Index at = 0; at < size; ++at) {
    const Entry& u = unknowns[static_cast<std::size_t>(at)];
    for (Index r = 0; r < change.rows(); ++r) {
      const auto [a, b] = seen[static_cast<std::size_t>(r)];
      change(r, at) = roots_[u.layer] * above_[u.layer](a, u.i) * below_[u.layer](u.j, b);
      weight(r) = cost_curvature_(a, b);
    }
    for (Index with = 0; with <= at; ++with) {
      const Entry& v = unknowns[static_cast<std::size_t>(with)];
      h(at, with) = u.layer == v.layer ? 0 : u.layer > v.layer ? second(v, u) : second(u, v);
      h(with, at) = h(at, with);
    }
  }
  return h + change.transpose() * weight.asDiagonal() * change;
}

/// ⟨R, ∂²A⟩ for one entry of a lower and one of a higher layer.
double StiffInverse::second(const Entry& low, const Entry& high) const {
  const Matrix& middle = between_[low.layer + 1][high.layer];
  const double r = above_[high.layer].col(high.i).dot(residual_inner_ * below_[low.layer].row(low.j).transpose());
  return roots_[low.layer] * roots_[high.layer] * r * middle(high.j, low.i);
}

void StiffInverse::prepare_blocks(double gamma) {
  blocks_.clear();
  std::vector<Entry> all;
  std::vector<std::pair<Index, Index>> seen;
  const bool together = static_cast<Index>(depth()) * rank_ * rank_ <= most_together;
  for (Index i = 0; i < rank_; ++i) {
    for (Index j = i; j < rank_; ++j) {
      std::vector<std::pair<Index, Index>> pair{{i, j}};
      if (i != j) pair.emplace_back(j, i);
      std::vector<Entry> entries;
      for (const auto& [a, b] : pair) {
        for (std::size_t l = 0; l < depth(); ++l) entries.push_back({l, a, b});
      }
      if (together) {
        all.insert(all.end(), entries.begin(), entries.end());
        seen.insert(seen.end(), pair.begin(), pair.end());
      } else {
        invert(entries, curvature(entries, pair), gamma);
      }
    }
  }
  if (together) invert(all, curvature(all, seen), gamma);
}

void StiffInverse::invert(const std::vector<Entry>& entries, const Matrix& curvature, double gamma) {
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(curvature);
  // Directions without curvature stay free: for large γ, rounding alone would damp them.
  const double none = 1e-15 * static_cast<double>(2 * depth()) * solver.eigenvalues().cwiseAbs().maxCoeff();
  const Vector factors = solver.eigenvalues().unaryExpr(
      [&](double mu) { return std::abs(mu) > none ? 1 / std::max(1 + gamma * mu, floor_) - 1 : 0; });
  const Matrix& q = solver.eigenvectors();
  blocks_.push_back({entries, q * factors.asDiagonal() * q.transpose()});
}

void StiffInverse::prepare_hidden(double gamma) {
  hidden_.resize(static_cast<Index>(depth()) - 1, rank_);
  for (std::size_t l = 0; l + 1 < depth(); ++l) {
    for (Index i = 0; i < rank_; ++i) {
      const double coupling = gamma * roots_[l] * roots_[l + 1] * residual_(i) * above_[l + 1](i, i) * below_[l](i, i);
      hidden_(static_cast<Index>(l), i) = std::clamp(coupling, floor_ - 1, 1 - floor_);
    }
  }
}

void StiffInverse::prepare_ends(double gamma) {
  ends_in_.resize(rank_, inputs_.cols());
  ends_out_.resize(rank_, outputs_.cols());
  ends_cross_.resize(rank_, std::min(inputs_.cols(), outputs_.cols()));
  const std::size_t last = depth() - 1;
  for (Index i = 0; i < rank_; ++i) {
    const double in = gamma * std::pow(roots_[0] * above_[0](i, i), 2);
    const double out = gamma * std::pow(roots_[last] * below_[last](i, i), 2);
    const double across = gamma * roots_[0] * roots_[last] * between_[1][last](i, i);
    for (Index j = 0; j < inputs_.cols(); ++j) ends_in_(i, j) = 1 + in * cost_curvature_(i, rank_ + j);
    for (Index j = 0; j < outputs_.cols(); ++j) ends_out_(i, j) = 1 + out * cost_curvature_(rank_ + j, i);
    for (Index j = 0; j < ends_cross_.cols(); ++j) {
      double& a = ends_in_(i, j);
      double& d = ends_out_(i, j);
      double g = across * residual_(rank_ + j);
      if (!(a * d - g * g > 1e-6 * a * d)) g = 0;  // another mode is learned before mode i
      const double determinant = a * d - g * g;
      ends_cross_(i, j) = -g / determinant;
      const double inverse = d / determinant;
      d = a / determinant;
      a = inverse;
    }
    for (Index j = ends_cross_.cols(); j < inputs_.cols(); ++j) ends_in_(i, j) = 1 / ends_in_(i, j);
    for (Index j = ends_cross_.cols(); j < outputs_.cols(); ++j) ends_out_(i, j) = 1 / ends_out_(i, j);
  }
  ends_in_.array() -= 1;
  ends_out_.array() -= 1;
}

void StiffInverse::prepare_reach(const std::vector<Matrix>& weights) {
  reach_in_.assign(1, inputs_);
  for (std::size_t l = 0; l + 1 < depth(); ++l) reach_in_.push_back(product(weights[l], reach_in_.back()));
  reach_out_.assign(depth(), outputs_);
  for (std::size_t l = depth() - 1; l > 0; --l) reach_out_[l - 1] = product(weights[l].transpose(), reach_out_[l]);
  lift_in_.resize(depth());
  lift_out_.resize(depth());
  const std::size_t last = depth() - 1;
  // Exactly orthonormal: a stiff direction that is only partly matched keeps its stiffness.
  const Matrix in = above_.front().inverse() / roots_.front();
  const Matrix out = below_.back().inverse().transpose() / roots_.back();
  for (std::size_t l = 0; l < depth(); ++l) {
    lift_in_[l] = roots_[l] * in * above_[l];
    lift_out_[l] = roots_[l] * out * below_[l].transpose();
    // A correction that is not small is beyond first order, and is left out.
    if (l > 0 && !(lift_in_[l].norm() * reach_in_[l].norm() < 0.3)) lift_in_[l].setZero();
    if (l < last && !(lift_out_[l].norm() * reach_out_[l].norm() < 0.3)) lift_out_[l].setZero();
  }
}

double StiffInverse::fastest() const {
  double rates = 1;
  for (const double root : roots_) rates *= root;
  const double layers = static_cast<double>(depth());
  return layers * rates * rates * std::pow(strongest_ / rates, 2 - 2 / layers);
}

double StiffInverse::growth(const std::vector<Matrix>& weights) const {
  const Index k = rank_;
  if (idle() || residual_.size() == k) return 0;
  Matrix beyond = inputs_;
  double rates = 1;
  for (std::size_t l = 0; l < depth(); ++l) {
    if (weights[l].rows() == k) return 0;  // all neurons carry learned modes
    beyond = product(weights[l], beyond);
    // Removes the rounding errors of the learned modes, which would exceed the small modes.
    linalg::multiply(-1.0, left_[l], product(left_[l].transpose(), beyond), 1.0, beyond);
    rates *= roots_[l];
  }
  const double size = beyond.norm();
  if (size == 0) return 0;
  const double layers = static_cast<double>(depth());
  // In the rescaled layers W_l/√η_l all rates are 1.
  const double rate = (layers - 1) * residual_(k) * rates * std::pow(size / rates, 1 - 2 / layers);
  const double least = finest * fastest();
  return rate > 1e-3 * least ? std::max(rate, least) : 0;
}

void StiffInverse::project(const std::vector<Matrix>& v) {
  inner_.resize(depth());
  rows_.resize(depth());
  columns_.resize(depth());
  for (std::size_t l = 0; l < depth(); ++l) {
    const double scale = 1 / roots_[l];
    linalg::multiply(scale, left_[l].transpose(), v[l], 0.0, rows_[l]);
    linalg::multiply(scale, v[l], right_[l], 0.0, columns_[l]);
    linalg::multiply(1.0, rows_[l], right_[l], 0.0, inner_[l]);
    linalg::multiply(-1.0, inner_[l], right_[l].transpose(), 1.0, rows_[l]);
    linalg::multiply(-1.0, left_[l], inner_[l], 1.0, columns_[l]);
  }
}

void StiffInverse::solve_blocks() {
  for (const Block& block : blocks_) {
    entries_.resize(block.change.rows());
    Index at = 0;
    for (const Entry& e : block.entries) entries_(at++) = inner_[e.layer](e.i, e.j);
    entry_changes_.noalias() = block.change * entries_;
    at = 0;
    for (const Entry& e : block.entries) inner_[e.layer](e.i, e.j) = entry_changes_(at++);
  }
}

/// From rows_ and columns_ to the parts of W_1 and W_L outside the frames.
void StiffInverse::gather_ends() {
  in_.setZero(rank_, inputs_.cols());
  out_.setZero(rank_, outputs_.cols());
  for (std::size_t l = 0; l < depth(); ++l) {
    linalg::multiply(rows_[l], reach_in_[l], turns_);
    linalg::multiply(1.0, lift_in_[l], turns_, 1.0, in_);
    linalg::multiply(columns_[l].transpose(), reach_out_[l], turns_);
    linalg::multiply(1.0, lift_out_[l], turns_, 1.0, out_);
  }
}

void StiffInverse::solve_ends() {
  const Index shared = ends_cross_.cols();
  to_in_ = ends_in_.cwiseProduct(in_);
  to_in_.leftCols(shared) += ends_cross_.cwiseProduct(out_.leftCols(shared));
  to_out_ = ends_out_.cwiseProduct(out_);
  to_out_.leftCols(shared) += ends_cross_.cwiseProduct(in_.leftCols(shared));
}

/// From the ends to row_changes_ and column_changes_ of all layers.
void StiffInverse::spread_ends() {
  row_changes_.resize(depth());
  column_changes_.resize(depth());
  for (std::size_t l = 0; l < depth(); ++l) {
    linalg::multiply(lift_in_[l].transpose(), to_in_, turns_);
    linalg::multiply(turns_, reach_in_[l].transpose(), row_changes_[l]);
    linalg::multiply(to_out_.transpose(), lift_out_[l], turns_);
    linalg::multiply(reach_out_[l], turns_, column_changes_[l]);
  }
}

/// Comes after the ends, so that changes that long steps make there are not counted twice.
void StiffInverse::solve_hidden() {
  for (std::size_t l = 0; l + 1 < depth(); ++l) {
    for (Index i = 0; i < rank_; ++i) {
      const double g = hidden_(static_cast<Index>(l), i);
      if (g == 0) continue;  // the mode is at rest
      for (Index p = 0; p < columns_[l].rows(); ++p) {
        double& to_column = column_changes_[l](p, i);
        double& to_row = row_changes_[l + 1](i, p);
        const double column = columns_[l](p, i) + to_column;
        const double row = rows_[l + 1](i, p) + to_row;
        to_column += (g * g * column - g * row) / (1 - g * g);
        to_row += (g * g * row - g * column) / (1 - g * g);
      }
    }
  }
}

void StiffInverse::apply(std::vector<Matrix>& v) {
  for (std::size_t l = 0; l < decays_.size(); ++l) v[l] /= decays_[l];
  if (idle()) return;
  project(v);
  gather_ends();
  if (coupled_) {
    together_.apply(inner_, in_, out_, to_in_, to_out_);
  } else {
    solve_blocks();
    solve_ends();
  }
  spread_ends();
  solve_hidden();
  for (std::size_t l = 0; l < depth(); ++l) {
    linalg::multiply(1.0, inner_[l], right_[l].transpose(), 1.0, row_changes_[l]);
    linalg::multiply(roots_[l], left_[l], row_changes_[l], 1.0, v[l]);
    linalg::multiply(roots_[l], column_changes_[l], right_[l].transpose(), 1.0, v[l]);
  }
}

}  // namespace linnet
