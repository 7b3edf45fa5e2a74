#include "linnet/networks/deep_starts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::networks {

namespace {

using linalg::Stream;

/// The first two layers have the streams of `gaussian_weights`; layers beyond have streams from 100 on.
linalg::RandomKey key_of_layer(std::size_t l, std::uint64_t seed, std::uint32_t point) {
  constexpr std::uint32_t first_deep_stream = 100;
  const Stream stream = l == 0   ? Stream::first_layer
                        : l == 1 ? Stream::second_layer
                                 : static_cast<Stream>(first_deep_stream + static_cast<std::uint32_t>(l));
  return {.seed = seed, .point = point, .stream = stream};
}

/// The frame of hidden layer l, from 1.
linalg::RandomKey key_of_frame(std::size_t l, std::uint64_t seed) {
  constexpr std::uint32_t first_frame_stream = 10'000;
  return {.seed = seed, .stream = static_cast<Stream>(first_frame_stream + static_cast<std::uint32_t>(l))};
}

void check(const std::vector<Index>& sizes) {
  if (sizes.size() < 2) {
    bad_input({.field = "network.depth", .expected = "a whole number >= 1", .got = "0"});
  }
  for (const Index n : sizes) require_at_least(n, 1, "network.width");
  double bytes = 0;
  for (std::size_t l = 1; l < sizes.size(); ++l) {
    bytes += matrix_bytes(static_cast<double>(sizes[l]), static_cast<double>(sizes[l - 1]));
  }
  // Twice: what a layer is made of, or a copy.
  require_memory(2 * bytes, "network.width",
                 std::to_string(sizes.size() - 1) + " layers of up to " +
                     std::to_string(*std::max_element(sizes.begin(), sizes.end())) + " neurons");
}

std::vector<Index> with_ends(Shape shape, const std::vector<Index>& hidden) {
  std::vector<Index> sizes{shape.inputs};
  sizes.insert(sizes.end(), hidden.begin(), hidden.end());
  sizes.push_back(shape.outputs);
  check(sizes);
  return sizes;
}

void require_room(const std::vector<Index>& sizes, Index rank) {
  const Index narrowest = *std::min_element(sizes.begin(), sizes.end());
  if (rank > narrowest) {
    bad_input({.field = "network.width",
               .expected = "at least " + std::to_string(rank) + ", the rank of the end-to-end matrix",
               .got = std::to_string(narrowest)});
  }
}

/// Layers of full rank w stand between the hidden layer beside the unbalanced one and an end.
void require_full_rank(const std::vector<Index>& sizes, const LayerImbalance& imbalance) {
  const bool first = imbalance.layer == UnbalancedLayer::first;
  const std::size_t last = sizes.size() - 1;
  const Index width = first ? sizes[1] : sizes[last - 1];
  std::vector<Index> larger{first ? sizes[0] : sizes[last]};
  if (imbalance.excess() < 0 && first) larger.assign(sizes.begin() + 2, sizes.end());
  if (imbalance.excess() < 0 && !first) larger.assign(sizes.begin(), sizes.end() - 2);
  const Index narrowest = *std::min_element(larger.begin(), larger.end());
  if (width <= narrowest) return;
  const std::string which = first ? "first" : "last";
  const std::string sign = imbalance.balance > 0 ? ">" : "<";
  bad_input({.field = "network.width",
             .expected = "at most " + std::to_string(narrowest) + " beside the unbalanced " + which + " layer, for λ " +
                         sign + " 0",
             .got = std::to_string(width),
             .hint = "an imbalance of λI needs the larger layers to be of full rank, that hidden layer's width"});
}

/// Rates 1, λ ≠ 0, three layers or more.
std::vector<Matrix> unbalanced_weights(const Matrix& a, const std::vector<Index>& sizes,
                                       const LayerImbalance& imbalance, std::uint64_t seed) {
  require_full_rank(sizes, imbalance);
  const linalg::Svd d = linalg::full_svd(a);
  const Index rank = rank_of(d.s, shape_of(a));
  require_room(sizes, rank);
  const std::size_t depth = sizes.size() - 1;
  const std::size_t unbalanced = imbalance.layer == UnbalancedLayer::first ? 1 : depth;
  const Index width = unbalanced == 1 ? sizes[1] : sizes[depth - 1];
  const LayerSpectra values =
      layer_spectra(d.s.head(rank), static_cast<Index>(depth), imbalance.excess(), width, width);
  std::vector<Matrix> weights;
  Matrix before = d.v.leftCols(std::min(width, sizes[0]));
  for (std::size_t l = 1; l <= depth; ++l) {
    // A layer is used along no more directions than it has.
    const Index used = std::min(width, sizes[l]);
    Matrix after =
        l == depth ? Matrix(d.u.leftCols(used)) : linalg::random_frame(sizes[l], used, key_of_frame(l, seed));
    const Index common = std::min(before.cols(), after.cols());
    const Vector& along = l == unbalanced ? values.outer : values.inner;
    const Matrix scaled = after.leftCols(common) * along.head(common).asDiagonal();
    weights.push_back(linalg::product(scaled, Matrix(before.leftCols(common)).transpose()));
    before = std::move(after);
  }
  return weights;
}

}  // namespace

std::vector<Index> layer_sizes(Shape shape, Index depth, Index width) {
  require_at_least(depth, 1, "network.depth");
  require_memory(static_cast<double>(depth) * sizeof(Matrix), "network.depth", std::to_string(depth) + " layers");
  return with_ends(shape, std::vector<Index>(static_cast<std::size_t>(depth - 1), width));
}

DeepLinear gaussian_deep(const std::vector<Index>& sizes, const DeepGaussian& o) {
  check(sizes);
  require_non_negative(o.variance, "network.variance");
  o.variance.require_depth(static_cast<Index>(sizes.size()) - 1, "network.variance");
  std::vector<Matrix> weights;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    weights.push_back(
        linalg::normal_matrix(sizes[l + 1], sizes[l], std::sqrt(o.variance[l]), key_of_layer(l, o.seed, o.point)));
  }
  return DeepLinear(std::move(weights));
}

double saddle_variance(Index width, double gamma) {
  require_at_least(width, 1, "network.width");
  require_finite(gamma, "network.gamma");
  return std::pow(static_cast<double>(width), -gamma);
}

DeepLinear balanced_deep(const Matrix& end_to_end, const std::vector<Index>& hidden, std::uint64_t seed) {
  const std::vector<Index> sizes = with_ends(shape_of(end_to_end), hidden);
  const std::size_t depth = sizes.size() - 1;
  const linalg::Svd d = linalg::svd(end_to_end);
  const Index rank = rank_of(d.s, shape_of(end_to_end));
  require_room(sizes, rank);
  const Vector root = d.s.head(rank).array().pow(1 / static_cast<double>(depth));
  Matrix before = d.v.leftCols(rank);
  std::vector<Matrix> weights;
  for (std::size_t l = 1; l <= depth; ++l) {
    Matrix after =
        l == depth ? Matrix(d.u.leftCols(rank)) : linalg::random_frame(sizes[l], rank, key_of_frame(l, seed));
    weights.push_back(linalg::product((after * root.asDiagonal()).eval(), before.transpose()));
    before = std::move(after);
  }
  return DeepLinear(std::move(weights));
}

DeepLinear deep_unbalanced(const Matrix& end_to_end, const std::vector<Index>& hidden, const DeepUnbalanced& o) {
  const std::vector<Index> sizes = with_ends(shape_of(end_to_end), hidden);
  if (hidden.empty()) {
    bad_input({.field = "network.depth", .expected = "at least 2, for layers that are out of balance", .got = "1"});
  }
  require_finite(o.imbalance.balance, "network.balance");
  require_positive(o.rates, "network.rates");
  o.rates.require_depth(static_cast<Index>(hidden.size()) + 1, "network.rates");
  double scale = 1;
  for (std::size_t l = 0; l <= hidden.size(); ++l) scale *= std::sqrt(o.rates[l]);
  const Matrix a = end_to_end / scale;
  std::vector<Matrix> weights = hidden.size() == 1
                                    ? DeepLinear(balanced(a, o.imbalance.balance, hidden[0], o.seed)).weights()
                                : o.imbalance.balance == 0 ? balanced_deep(a, hidden, o.seed).weights()
                                                           : unbalanced_weights(a, sizes, o.imbalance, o.seed);
  for (std::size_t l = 0; l < weights.size(); ++l) weights[l] *= std::sqrt(o.rates[l]);
  return DeepLinear(std::move(weights));
}

DeepLinear orthogonal_deep(const std::vector<Index>& sizes, double scale, std::uint64_t seed) {
  check(sizes);
  require_non_negative(scale, "network.scale");
  std::vector<Matrix> weights;
  for (std::size_t l = 1; l < sizes.size(); ++l) {
    const bool tall = sizes[l] >= sizes[l - 1];
    const Matrix frame =
        linalg::random_frame(std::max(sizes[l], sizes[l - 1]), std::min(sizes[l], sizes[l - 1]), key_of_frame(l, seed));
    weights.push_back(tall ? Matrix(scale * frame) : Matrix(scale * frame.transpose()));
  }
  return DeepLinear(std::move(weights));
}

DeepLinear identity_deep(const std::vector<Index>& sizes, double scale, const DeepGaussian& noise) {
  require_non_negative(scale, "network.scale");
  std::vector<Matrix> weights = gaussian_deep(sizes, noise).weights();
  for (Matrix& w : weights) w.diagonal().array() += scale;
  return DeepLinear(std::move(weights));
}

DeepLinear escape_path(const Matrix& gradient, const std::vector<Index>& hidden, double size, Index mode,
                       std::uint64_t seed) {
  const std::vector<Index> sizes = with_ends(shape_of(gradient), hidden);
  require_positive(size, "network.size");
  const linalg::Svd d = linalg::svd(gradient);
  if (mode < 0 || mode >= d.s.size()) {
    bad_input({.field = "network.mode",
               .expected = "a mode from 0 to " + std::to_string(d.s.size() - 1),
               .got = std::to_string(mode)});
  }
  if (!(d.s(mode) > 0)) {
    bad_input({.field = "network.escape",
               .expected = "a gradient at the origin that is not 0",
               .got = "0",
               .hint = "the origin is a minimum of this cost: there is nothing to escape to"});
  }
  const std::size_t depth = sizes.size() - 1;
  const double factor = size / std::sqrt(static_cast<double>(depth));
  Vector before = d.v.col(mode);
  std::vector<Matrix> weights;
  for (std::size_t l = 1; l <= depth; ++l) {
    Vector after =
        l == depth ? Vector(-d.u.col(mode)) : Vector(linalg::random_frame(sizes[l], 1, key_of_frame(l, seed)));
    weights.push_back(factor * after * before.transpose());
    before = std::move(after);
  }
  return DeepLinear(std::move(weights));
}

}  // namespace linnet::networks
