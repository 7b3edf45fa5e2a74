#include "linnet/landscape/cut.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "linnet/landscape/point.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::landscape {

namespace {

using Flag = std::vector<Matrix>;

Matrix nothing_of(Index size) { return Matrix::Zero(size, 0); }

/// Orthonormal columns that span these columns.
Matrix span_of(const Matrix& columns) {
  if (columns.size() == 0) return nothing_of(columns.rows());
  const linalg::Svd d = linalg::svd(columns);
  return d.u.leftCols((d.s.array() > 1e-12 * d.s(0)).count());
}

/// (I − P) X for P = E Eᵀ.
Matrix outside(Matrix x, const Matrix& e) {
  if (e.cols() > 0) x -= linalg::product(e, linalg::product(e.transpose(), x));
  return x;
}

/// Σ‖(I − P_l)W_lP_{l−1}‖²: the squared distance to the weights of the flag.
double taken_by(const Flag& flag, const std::vector<Matrix>& layers) {
  double sum = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (flag[l].cols() > 0) sum += outside(linalg::product(layers[l], flag[l]), flag[l + 1]).squaredNorm();
  }
  return sum;
}

/// The flag of the images of V up to this layer, which maps them to 0.
Flag cut_at(std::size_t layer, const std::vector<Matrix>& layers, const Matrix& inputs) {
  Flag flag{inputs};
  for (std::size_t l = 0; l < layers.size(); ++l) {
    flag.push_back(l < layer ? span_of(linalg::product(layers[l], flag.back())) : nothing_of(layers[l].rows()));
  }
  return flag;
}

void improve(Flag& flag, std::size_t l, const std::vector<Matrix>& layers) {
  const Matrix leaves = outside(layers[l], flag[l + 1]);
  Matrix balance = linalg::self_product(leaves.transpose());
  const double size = balance.trace();
  if (flag[l - 1].cols() > 0) {
    balance -= linalg::self_product(linalg::product(layers[l - 1], flag[l - 1]));
  }
  const linalg::SymmetricEigen e = linalg::symmetric_eigen(balance);
  flag[l] = e.vectors.leftCols((e.values.array() < -1e-14 * size).count());
}

Flag nearest_flag(const std::vector<Matrix>& layers, const Matrix& inputs, bool search) {
  std::vector<std::pair<double, Flag>> flags;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    Flag flag = cut_at(layer, layers, inputs);
    const double taken = taken_by(flag, layers);
    flags.emplace_back(taken, std::move(flag));
  }
  const auto nearer = [](const auto& a, const auto& b) { return a.first < b.first; };
  Index widest = 0;
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) widest = std::max(widest, layers[l].rows());
  constexpr Index wide = 64;
  constexpr Index too_wide = 512;
  if (!search || widest > too_wide || layers.size() == 1)
    return std::min_element(flags.begin(), flags.end(), nearer)->second;
  if (widest > wide) flags = {*std::min_element(flags.begin(), flags.end(), nearer)};
  const int turns = widest > wide ? 8 : 100;
  for (auto& [taken, flag] : flags) {
    for (int turn = 0; turn < turns; ++turn) {
      stop_if_asked();
      for (std::size_t l = layers.size() - 1; l > 0; --l) improve(flag, l, layers);
      const double before = std::exchange(taken, taken_by(flag, layers));
      if (taken > (1 - 1e-6) * before) break;
    }
  }
  return std::min_element(flags.begin(), flags.end(), nearer)->second;
}

}  // namespace

Cut::Cut(const DeepLinear& start, const Matrix& inputs, const Matrix& outputs, Index split, bool search)
    : sizes_(start.sizes()), split_(static_cast<std::size_t>(split)) {
  const std::vector<Matrix>& w = start.weights();
  below_ = nearest_flag({w.begin(), w.begin() + split}, inputs, search);
  std::vector<Matrix> transposed;
  for (std::size_t l = w.size(); l-- > split_;) transposed.emplace_back(w[l].transpose());
  above_ = nearest_flag(transposed, outputs, search);
}

void Cut::project(Matrix& w, std::size_t layer) const {
  if (layer < split_) {
    const Matrix& e = below_[layer];
    if (e.cols() == 0) return;
    w -= linalg::product(outside(linalg::product(w, e), below_[layer + 1]), e.transpose());
    return;
  }
  const std::size_t from_behind = sizes_.size() - 2 - layer;
  const Matrix& e = above_[from_behind];
  if (e.cols() == 0) return;
  const Matrix gone = outside(linalg::product(w.transpose(), e), above_[from_behind + 1]);
  w -= linalg::product(e, gone.transpose());
}

DeepLinear Cut::nearest(const DeepLinear& network) const {
  std::vector<Matrix> weights = network.weights();
  for (std::size_t l = 0; l < weights.size(); ++l) project(weights[l], l);
  return DeepLinear(std::move(weights));
}

std::vector<DeepLinearized::LayerKernel> Cut::kernel(const DeepLinear& at) const {
  const std::vector<Matrix>& w = at.weights();
  const std::size_t depth = w.size();
  // B_l and F_lᵀ, the products before and after each layer.
  std::vector<Matrix> before{Matrix::Identity(sizes_.front(), sizes_.front())};
  for (std::size_t l = 0; l + 1 < depth; ++l) before.push_back(linalg::product(w[l], before.back()));
  std::vector<Matrix> after(depth, Matrix::Identity(sizes_.back(), sizes_.back()));
  for (std::size_t l = depth - 1; l > 0; --l) after[l - 1] = linalg::product(w[l].transpose(), after[l]);
  const auto square = [](const Matrix& m) { return linalg::self_product(m.transpose()); };
  std::vector<DeepLinearized::LayerKernel> shares;
  for (std::size_t l = 0; l < depth; ++l) {
    const bool below = l < split_;
    const Matrix& from = below ? below_[l] : above_[depth - 1 - l];
    const Matrix& to = below ? below_[l + 1] : above_[depth - l];
    const Matrix& near = below ? before[l] : after[l];
    const Matrix& far = below ? after[l] : before[l];
    const auto add = [&](const Matrix& one, const Matrix& other) {
      shares.push_back(below ? DeepLinearized::LayerKernel{.out = square(other), .in = square(one)}
                             : DeepLinearized::LayerKernel{.out = square(one), .in = square(other)});
    };
    add(outside(near, from), far);
    if (from.cols() > 0 && to.cols() > 0) {
      add(linalg::product(from.transpose(), near), linalg::product(to.transpose(), far));
    }
  }
  return shares;
}

Vector Cut::nearest(const Vector& theta) const { return flatten(nearest(unflatten(theta, sizes_))); }

double distance_to_cut(const DeepLinear& at, const Matrix& gradient, double negligible) {
  const linalg::Svd d = linalg::svd(gradient);
  const Index modes = (d.s.array() > negligible).count();
  if (modes == 0) return 0;
  const auto cut = [&](const DeepLinear& from, Index first, Index count) {
    std::optional<DeepLinear> nearest;
    double least = 0;
    for (Index split = 1; split < at.depth(); ++split) {
      DeepLinear network = Cut(from, d.v.middleCols(first, count), d.u.middleCols(first, count), split).nearest(from);
      const double distance = parameter_distance(network, from);
      if (nearest && distance >= least) continue;
      least = distance;
      nearest = std::move(network);
    }
    return *nearest;
  };
  DeepLinear one_by_one = at;
  for (Index mode = 0; mode < modes; ++mode) one_by_one = cut(one_by_one, mode, 1);
  return std::min(parameter_distance(cut(at, 0, modes), at), parameter_distance(one_by_one, at));
}

}  // namespace linnet::landscape
