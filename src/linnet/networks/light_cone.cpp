#include "linnet/networks/light_cone.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

LightCone trained(LightCone cone) {
  cone.source = {};
  cone.tolerance.reset();
  return cone;
}

LightCone decayed(LightCone cone) {
  for (double& part : cone.outside) {
    if (part > 0) part = nan;
  }
  return cone;
}

void require_known_outside(const DeepLinear& network, const std::string& purpose) {
  const LightCone* cone = network.cone();
  if (cone == nullptr) return;
  if (std::none_of(cone->outside.begin(), cone->outside.end(), [](double part) { return std::isnan(part); })) return;
  bad_input({.field = "solver.weight_decay",
             .expected = "0, for " + purpose,
             .got = "a light cone under weight decay, which shrinks what is outside of the cone too"});
}

double whole_norm(const DeepLinear& network) {
  require_known_outside(network, "the norm of all weights");
  double sum = std::pow(network.norm(), 2);
  if (const LightCone* cone = network.cone()) {
    for (const double part : cone->outside) sum += part;
    if (std::isinf(sum)) {
      bad_input({.field = "network",
                 .expected = "a finite width, for the norm of the weights",
                 .got = "layers of infinite width"});
    }
  }
  return std::sqrt(sum);
}

}  // namespace linnet

namespace linnet::networks {

namespace {

/// Directions of a hidden layer that became known together.
struct Block {
  Index first = 0;
  Index count = 0;
};

/// Finds the words of up to `order` turns, stage by stage, in an order that does not depend on `order`. `push(m,
/// words)` applies inner matrix m, between hidden layers m − 1 and m, to blocks of layer m − 1, and returns the block
/// that this adds to layer m; `pull(m, words)` applies its transpose. Each word is pushed once and pulled once. Returns
/// whether no words are left.
template <class Push, class Pull>
bool find_words(std::size_t hidden, Index order, Block inputs, Block outputs, const Push& push, const Pull& pull) {
  std::vector<Block> forward(hidden);  // the words of the last stage, by their last move
  std::vector<Block> backward(hidden);
  for (Index turns = 0; turns <= order; ++turns) {
    std::vector<Block> on(hidden);
    std::vector<Block> back(hidden);
    if (turns == 0) {
      on.front() = inputs;
      back.back() = outputs;
    }
    for (std::size_t m = 1; m < hidden; ++m) on[m] = push(m, std::array{on[m - 1], backward[m - 1]});
    for (std::size_t m = hidden - 1; m > 0; --m) back[m - 1] = pull(m, std::array{back[m], forward[m]});
    forward = std::move(on);
    backward = std::move(back);
    const auto some = [](const Block& b) { return b.count > 0; };
    if (std::none_of(forward.begin(), forward.end(), some) && std::none_of(backward.begin(), backward.end(), some)) {
      return true;
    }
  }
  return hidden == 1;
}

Index size_of(const std::array<Block, 2>& words) { return words[0].count + words[1].count; }

std::vector<Index> indices(const std::array<Block, 2>& words) {
  std::vector<Index> all;
  for (const Block& b : words) {
    for (Index i = 0; i < b.count; ++i) all.push_back(b.first + i);
  }
  return all;
}

void require_order(Index order) { require_at_least(order, 0, "network.order"); }

[[noreturn]] void too_large(const std::vector<Index>& known, const std::vector<Index>& sizes, Index order) {
  bad_input({.field = "network.order",
             .expected = "a cone that fits into the memory",
             .got = "more than " + std::to_string(*std::max_element(known.begin(), known.end())) +
                    " directions in a layer at order " + std::to_string(order) + " of " +
                    std::to_string(sizes.size() - 1) + " layers",
             .hint = "a lower network.order"});
}

/// The sizes of the hidden layers of a cone, without its numbers.
struct Count {
  std::vector<Index> known;
  bool complete = false;
};

Count count_words(const std::vector<Index>& sizes, Index order) {
  constexpr Index most = 4'000'000;  // beyond any memory, as a matrix of two such layers
  const std::size_t hidden = sizes.size() - 2;
  const auto width = [&](std::size_t layer) { return sizes[layer + 1]; };
  Count count{.known = std::vector<Index>(hidden, 0)};
  const auto add = [&](std::size_t layer, Index words) {
    stop_if_asked();
    const Block b{.first = count.known[layer], .count = std::min(words, width(layer) - count.known[layer])};
    count.known[layer] += b.count;
    if (count.known[layer] > most) too_large(count.known, sizes, order);
    return b;
  };
  const Block inputs = add(0, sizes.front());
  const Block outputs = add(hidden - 1, sizes.back());
  count.complete = find_words(
      hidden, order, inputs, outputs,
      [&](std::size_t m, const std::array<Block, 2>& words) { return add(m, size_of(words)); },
      [&](std::size_t m, const std::array<Block, 2>& words) { return add(m - 1, size_of(words)); });
  bool whole = true;
  for (std::size_t layer = 0; layer < hidden; ++layer) whole = whole && count.known[layer] == width(layer);
  count.complete = count.complete || whole;
  return count;
}

/// Random numbers by layer, row and column, so that raising the order only adds entries.
class Entries {
 public:
  Entries(std::uint64_t seed, std::uint32_t point) : seed_(seed), point_(point) {}

  [[nodiscard]] double normal(std::size_t layer, Index i, Index j) const {
    return random(layer, linalg::named_stream("light cone, entries"), i, j).normal();
  }
  /// √χ², of `degrees` degrees of freedom.
  [[nodiscard]] double length(std::size_t layer, Index i, Index j, Index degrees) const {
    return std::sqrt(random(layer, linalg::named_stream("light cone, lengths"), i, j).chi_squared(degrees));
  }
  [[nodiscard]] double chi_squared(std::size_t layer, Index order, double degrees) const {
    if (!(degrees >= 1)) return 0;
    return random(layer, linalg::named_stream("light cone, outside"), order, 0).real_chi_squared(degrees);
  }

 private:
  [[nodiscard]] linalg::Random random(std::size_t layer, linalg::Stream stream, Index i, Index j) const {
    constexpr std::uint64_t room = 1024;  // blocks of random bits for one number; a rejection takes a few
    const auto row = static_cast<std::uint64_t>(i);
    const auto column = static_cast<std::uint64_t>(j);
    const std::uint64_t shell = std::max(row, column);
    const std::uint64_t position = shell * shell + (row >= column ? column : 2 * shell - row);
    const auto own =
        static_cast<linalg::Stream>(static_cast<std::uint32_t>(stream) + static_cast<std::uint32_t>(layer));
    return linalg::Random({.seed = seed_, .point = point_, .stream = own}, room * position);
  }

  std::uint64_t seed_;
  std::uint32_t point_;
};

/// The numbers of the limit: lengths are 1, in units of √w, and all else vanishes.
class Limit {
 public:
  [[nodiscard]] static double normal(std::size_t /*layer*/, Index /*i*/, Index /*j*/) { return 0; }
  [[nodiscard]] static double length(std::size_t /*layer*/, Index /*i*/, Index /*j*/, Index /*degrees*/) { return 1; }
  [[nodiscard]] static double chi_squared(std::size_t /*layer*/, Index /*order*/, double /*degrees*/) {
    return infinity;
  }
};

/// An inner matrix M = V_mᵀW V_{m−1}/σ, of which entries become known one after another.
struct Inner {
  Matrix entries;
  Eigen::Matrix<bool, Eigen::Dynamic, Eigen::Dynamic> known;
  std::vector<Index> pushed;  // columns
  std::vector<Index> pulled;  // rows
};

/// R of the QR factorization of a Gaussian matrix of so many rows, or its first columns: lengths √χ² on the diagonal.
template <class Numbers>
double triangular(const Numbers& numbers, std::size_t layer, Index i, Index j, Index row, Index column, Index rows) {
  if (row > column) return 0;
  return row == column ? numbers.length(layer, i, j, rows - row) : numbers.normal(layer, i, j);
}

/// Draws the network projected to its words, one question after another. Pushing directions v that were not pushed:
/// along known u the entry is 0 if u was pulled before v existed, else N(0, 1); what is left of W v is a Gaussian
/// matrix in the other w − d dimensions, of which only R counts, and its directions are new. Pulling is the transpose.
template <class Numbers>
class Draw {
 public:
  Draw(const std::vector<Index>& sizes, const std::vector<Index>& known, const Numbers& numbers)
      : sizes_(sizes), numbers_(numbers), count_(known.size(), 0), inner_(known.size()) {
    for (std::size_t m = 1; m < known.size(); ++m) {
      inner_[m].entries = Matrix::Zero(known[m], known[m - 1]);
      inner_[m].known.setConstant(known[m], known[m - 1], false);
    }
  }

  void find(Index order) {
    const std::size_t last = count_.size() - 1;
    const Block inputs = add(0, std::min(sizes_.front(), width(0)));
    const Block outputs = add(last, std::min(sizes_.back(), width(last)));
    find_words(
        count_.size(), order, inputs, outputs,
        [&](std::size_t m, const std::array<Block, 2>& words) { return push(m, indices(words)); },
        [&](std::size_t m, const std::array<Block, 2>& words) { return pull(m, indices(words)); });
    for (std::size_t m = 1; m < count_.size(); ++m) {
      for (Index j = 0; j < count_[m - 1]; ++j) {
        stop_if_asked();
        for (Index i = 0; i < count_[m]; ++i) settle(m, i, j);
      }
    }
  }

  /// The layers, in units of the standard deviations: W_1 and W_Lᵀ are triangular.
  [[nodiscard]] std::vector<Matrix> layers() const {
    const std::size_t last = count_.size();
    std::vector<Matrix> all;
    all.push_back(Matrix::Zero(count_.front(), sizes_.front()));
    for (std::size_t m = 1; m < last; ++m) all.push_back(inner_[m].entries);
    all.push_back(Matrix::Zero(sizes_.back(), count_.back()));
    for (Index j = 0; j < sizes_.front(); ++j) {
      for (Index i = 0; i < std::min(sizes_.front(), width(0)); ++i) {
        all.front()(i, j) = triangular(numbers_, 0, i, j, i, j, width(0));
      }
    }
    for (Index i = 0; i < sizes_.back(); ++i) {
      for (Index j = 0; j < std::min(sizes_.back(), width(last - 1)); ++j) {
        all.back()(i, j) = triangular(numbers_, last, i, j, j, i, width(last - 1));
      }
    }
    return all;
  }

  /// ‖W_l‖²_F/σ_l² outside of the cone: all entries that are not known to be 0 are N(0, 1).
  [[nodiscard]] std::vector<double> outside(Index order) const {
    std::vector<double> all(count_.size() + 1, 0.0);
    const auto number = [](auto n) { return static_cast<double>(n); };
    for (std::size_t m = 1; m < count_.size(); ++m) {
      const double rows = number(width(m) - count_[m]);
      const double columns = number(width(m - 1) - count_[m - 1]);
      const double free_rows = number(count_[m]) - number(inner_[m].pulled.size());
      const double free_columns = number(count_[m - 1]) - number(inner_[m].pushed.size());
      all[m] = numbers_.chi_squared(m, order, free_rows * columns + rows * free_columns + rows * columns);
    }
    return all;
  }

 private:
  [[nodiscard]] Index width(std::size_t layer) const { return sizes_[layer + 1]; }

  void set(std::size_t m, Index i, Index j, double value) {
    inner_[m].entries(i, j) = value;
    inner_[m].known(i, j) = true;
  }
  void settle(std::size_t m, Index i, Index j) {
    if (!inner_[m].known(i, j)) set(m, i, j, numbers_.normal(m, i, j));
  }

  /// Directions orthogonal to all that is known: neither images of what was pushed nor those of what was pulled have a
  /// part along them.
  Block add(std::size_t layer, Index words) {
    const Block b{.first = count_[layer], .count = std::min(words, width(layer) - count_[layer])};
    for (Index n = b.first; n < b.first + b.count; ++n) {
      if (layer > 0) {
        for (const Index j : inner_[layer].pushed) set(layer, n, j, 0);
      }
      if (layer + 1 < count_.size()) {
        for (const Index i : inner_[layer + 1].pulled) set(layer + 1, i, n, 0);
      }
    }
    count_[layer] += b.count;
    return b;
  }

  Block push(std::size_t m, const std::vector<Index>& columns) {
    for (const Index j : columns) {
      stop_if_asked();
      for (Index i = 0; i < count_[m]; ++i) settle(m, i, j);
    }
    const Index rows = width(m) - count_[m];
    const Block added = add(m, static_cast<Index>(columns.size()));
    for (Index c = 0; c < static_cast<Index>(columns.size()); ++c) {
      stop_if_asked();
      const Index j = columns[static_cast<std::size_t>(c)];
      for (Index r = 0; r < added.count; ++r) {
        const Index i = added.first + r;
        set(m, i, j, triangular(numbers_, m, i, j, r, c, rows));
      }
    }
    inner_[m].pushed.insert(inner_[m].pushed.end(), columns.begin(), columns.end());
    return added;
  }

  Block pull(std::size_t m, const std::vector<Index>& rows) {
    for (const Index i : rows) {
      stop_if_asked();
      for (Index j = 0; j < count_[m - 1]; ++j) settle(m, i, j);
    }
    const Index columns = width(m - 1) - count_[m - 1];
    const Block added = add(m - 1, static_cast<Index>(rows.size()));
    for (Index c = 0; c < static_cast<Index>(rows.size()); ++c) {
      stop_if_asked();
      const Index i = rows[static_cast<std::size_t>(c)];
      for (Index r = 0; r < added.count; ++r) {
        const Index j = added.first + r;
        set(m, i, j, triangular(numbers_, m, i, j, r, c, columns));
      }
    }
    inner_[m].pulled.insert(inner_[m].pulled.end(), rows.begin(), rows.end());
    return added;
  }

  std::vector<Index> sizes_;
  Numbers numbers_;
  std::vector<Index> count_;  // of directions known, by hidden layer
  std::vector<Inner> inner_;
};

void require_room_for_words(const std::vector<Index>& known, const std::vector<Index>& sizes, Index order) {
  std::vector<Index> all{sizes.front()};
  all.insert(all.end(), known.begin(), known.end());
  all.push_back(sizes.back());
  constexpr std::size_t shown = 8;
  double bytes = 0;
  std::string words;
  for (std::size_t l = 1; l < all.size(); ++l) {
    bytes += matrix_bytes(static_cast<double>(all[l]), static_cast<double>(all[l - 1]));
    if (l + 1 < all.size() && l <= shown) words += (l > 1 ? ", " : "") + std::to_string(all[l]);
  }
  if (all.size() > shown + 2) words += ", …";
  require_memory(3 * bytes, "network.order", "a cone of " + words + " directions at order " + std::to_string(order),
                 "a lower network.order");
}

template <class Numbers>
DeepLinear drawn(const std::vector<Index>& sizes, const Numbers& numbers, const Layerwise& scales, Index order,
                 LightCone cone) {
  const Count count = count_words(sizes, order);
  require_room_for_words(count.known, sizes, order);
  Draw draw(sizes, count.known, numbers);
  draw.find(order);
  std::vector<Matrix> layers = draw.layers();
  cone.order = order;
  cone.complete = count.complete;
  cone.outside = draw.outside(order);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    layers[l] *= scales[l];
    if (cone.outside[l] > 0) cone.outside[l] *= scales[l] * scales[l];
  }
  return DeepLinear(std::move(layers)).standing_for(std::make_shared<const LightCone>(std::move(cone)));
}

void check_cone(const std::vector<Index>& sizes) {
  if (sizes.size() < 3) {
    bad_input({.field = "network.order",
               .expected = "two layers or more, for a cone",
               .got = sizes.size() < 2 ? "0" : std::to_string(sizes.size() - 1)});
  }
  for (const Index n : sizes) require_at_least(n, 1, "network.width");
  constexpr Index widest = Index{1} << 53;
  for (const Index n : sizes) {
    if (n > widest) {
      bad_input({.field = "network.width", .expected = "at most 2^53", .got = std::to_string(n)});
    }
  }
}

std::vector<double> hidden_widths(const std::vector<Index>& sizes) {
  std::vector<double> widths;
  for (std::size_t l = 1; l + 1 < sizes.size(); ++l) widths.push_back(static_cast<double>(sizes[l]));
  return widths;
}

/// Two layers: the seed gives the same state as that of `gaussian_gram`.
std::vector<Matrix> two_layers(const std::vector<Index>& sizes, const DeepGaussian& o) {
  const Shape shape{.outputs = sizes[2], .inputs = sizes[0]};
  const double first = std::sqrt(o.variance[0]);
  const double second = std::sqrt(o.variance[1]);
  if (sizes[1] < shape.sum()) {
    return gaussian_weights(
               shape, {.width = sizes[1], .variance = {o.variance[0], o.variance[1]}, .seed = o.seed, .point = o.point})
        .weights();
  }
  require_room_for_words({shape.sum()}, sizes, 0);
  const Matrix q = linalg::bartlett_factor(shape.sum(), sizes[1], o.seed, o.point);
  return {first * q.topRows(shape.inputs).transpose(), second * q.bottomRows(shape.outputs)};
}

/// The part of the columns of x that adds to the basis.
Matrix new_directions(const Matrix& basis, Matrix x) {
  constexpr double negligible = 1e-13;
  if (x.cols() == 0 || basis.cols() == basis.rows()) return Matrix(basis.rows(), 0);
  const double size = x.colwise().norm().maxCoeff();
  if (!(size > 0)) return Matrix(basis.rows(), 0);
  for (int pass = 0; pass < 2; ++pass) x -= linalg::product(basis, linalg::product(basis.transpose(), x));
  const linalg::Svd d = linalg::svd(x);
  const Index found = (d.s.array() > negligible * size).count();
  Matrix own = d.u.leftCols(std::min(found, basis.rows() - basis.cols()));
  own -= linalg::product(basis, linalg::product(basis.transpose(), own));
  return own.cols() == 0 ? own : linalg::qr_factor(std::move(own));
}

}  // namespace

std::vector<Index> cone_sizes(const std::vector<Index>& sizes, Index order) {
  check_cone(sizes);
  require_order(order);
  const Count count = count_words(sizes, order);
  require_room_for_words(count.known, sizes, order);
  std::vector<Index> all{sizes.front()};
  all.insert(all.end(), count.known.begin(), count.known.end());
  all.push_back(sizes.back());
  return all;
}

DeepLinear gaussian_cone(const std::vector<Index>& sizes, const DeepGaussian& o, Index order) {
  check_cone(sizes);
  require_order(order);
  require_non_negative(o.variance, "network.variance");
  o.variance.require_depth(static_cast<Index>(sizes.size()) - 1, "network.variance");
  LightCone cone{.widths = hidden_widths(sizes), .source = LightCone::Gaussian{.sizes = sizes, .options = o}};
  if (sizes.size() == 3) {
    cone.order = order;
    cone.complete = true;
    cone.outside = {0, 0};
    return DeepLinear(two_layers(sizes, o)).standing_for(std::make_shared<const LightCone>(std::move(cone)));
  }
  std::vector<double> deviations;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) deviations.push_back(std::sqrt(o.variance[l]));
  return drawn(sizes, Entries(o.seed, o.point), Layerwise(std::move(deviations)), order, std::move(cone));
}

DeepLinear infinite_width_cone(Shape shape, Index depth, const Layerwise& scales, Index order) {
  require_at_least(depth, 2, "network.depth");
  require_order(order);
  require_non_negative(scales, "network.scales");
  scales.require_depth(depth, "network.scales");
  require_memory(4.0 * sizeof(Matrix) * static_cast<double>(depth), "network.depth", std::to_string(depth) + " layers");
  constexpr Index wide = Index{1} << 53;
  std::vector<Index> sizes(static_cast<std::size_t>(depth) + 1, wide);
  sizes.front() = require_at_least(shape.inputs, 1, "network.inputs");
  sizes.back() = require_at_least(shape.outputs, 1, "network.outputs");
  LightCone cone{.widths = std::vector<double>(static_cast<std::size_t>(depth) - 1, infinity),
                 .source = LightCone::Limit{.shape = shape, .depth = depth, .scales = scales}};
  if (depth == 2) {
    cone.order = order;
    cone.complete = true;
    cone.outside = {0, 0};
    return infinite_width_weights(shape, {scales[0] * scales[0], scales[1] * scales[1]})
        .standing_for(std::make_shared<const LightCone>(std::move(cone)));
  }
  DeepLinear network = drawn(sizes, Limit(), scales, order, std::move(cone));
  LightCone limit = *network.cone();
  limit.outside.front() = 0;
  limit.outside.back() = 0;
  return std::move(network).standing_for(std::make_shared<const LightCone>(std::move(limit)));
}

DeepLinear orthogonal_cone(const std::vector<Index>& sizes, double scale, std::uint64_t seed) {
  check_cone(sizes);
  require_non_negative(scale, "network.scale");
  const Index inputs = sizes.front();
  const Index outputs = sizes.back();
  const Index width = sizes[1];
  const Index both = inputs + outputs;
  const bool equal = std::all_of(sizes.begin() + 1, sizes.end() - 1, [&](Index w) { return w == width; });
  if (!equal || width < both) {
    bad_input({.field = "network.order",
               .expected = "hidden layers of one width of at least " + std::to_string(both) +
                           ", inputs + outputs, for the cone of orthogonal layers",
               .got = equal ? std::to_string(width) : "different widths",
               .hint = "without network.order the weights are drawn as they are"});
  }
  require_room_for_words(std::vector<Index>(sizes.size() - 2, both), sizes, 0);
  // Coordinates in which W_1 = [I; 0] and all inner layers are I: W_Lᵀ is a frame that is uniform in all w dimensions.
  const Entries numbers(seed, 0);
  Matrix gaussian = Matrix::Zero(both, outputs);
  for (Index j = 0; j < outputs; ++j) {
    for (Index i = 0; i < inputs; ++i) gaussian(i, j) = numbers.normal(0, i, j);
    for (Index r = 0; r <= j; ++r) {
      gaussian(inputs + r, j) = triangular(numbers, 0, inputs + r, j, r, j, width - inputs);
    }
  }
  Matrix frame = linalg::qr_factor(gaussian);
  for (Index j = 0; j < outputs; ++j) {  // of the QR with a positive diagonal, which is uniform
    if (frame.col(j).dot(gaussian.col(j)) < 0) frame.col(j) *= -1;
  }
  std::vector<Matrix> weights{Matrix::Zero(both, inputs)};
  weights.front().topRows(inputs).diagonal().setConstant(scale);
  for (std::size_t l = 2; l + 1 < sizes.size(); ++l) weights.push_back(scale * Matrix::Identity(both, both));
  weights.push_back(scale * frame.transpose());
  LightCone cone{.widths = hidden_widths(sizes),
                 .complete = true,
                 .source = LightCone::Orthogonal{.sizes = sizes, .scale = scale, .seed = seed}};
  cone.outside.assign(weights.size(), scale * scale * static_cast<double>(width - both));
  cone.outside.front() = 0;
  cone.outside.back() = 0;
  return DeepLinear(std::move(weights)).standing_for(std::make_shared<const LightCone>(std::move(cone)));
}

DeepLinear compress(const DeepLinear& whole, Index order) {
  require_order(order);
  if (whole.cone() != nullptr) {
    bad_input({.field = "network", .expected = "all weights of a network", .got = "a light cone"});
  }
  const std::vector<Matrix>& w = whole.weights();
  const std::vector<Index> sizes = whole.sizes();
  check_cone(sizes);
  const std::size_t hidden = sizes.size() - 2;
  std::vector<Matrix> bases;
  for (std::size_t layer = 0; layer < hidden; ++layer) bases.emplace_back(sizes[layer + 1], 0);
  const auto add = [&](std::size_t layer, Matrix x) {
    stop_if_asked();
    Matrix& basis = bases[layer];
    const Matrix own = new_directions(basis, std::move(x));
    const Block b{.first = basis.cols(), .count = own.cols()};
    basis.conservativeResize(Eigen::NoChange, b.first + b.count);
    basis.rightCols(b.count) = own;
    return b;
  };
  const auto words_of = [&](std::size_t layer, const std::array<Block, 2>& words) {
    Matrix x(sizes[layer + 1], size_of(words));
    x << bases[layer].middleCols(words[0].first, words[0].count),
        bases[layer].middleCols(words[1].first, words[1].count);
    return x;
  };
  const Block inputs = add(0, w.front());
  const Block outputs = add(hidden - 1, w.back().transpose());
  const auto product = [](const auto& a, const Matrix& b) {
    return b.cols() == 0 ? Matrix(a.rows(), 0) : linalg::product(a, b);
  };
  LightCone cone{.widths = hidden_widths(sizes), .order = order};
  cone.complete = find_words(
      hidden, order, inputs, outputs,
      [&](std::size_t m, const auto& words) { return add(m, product(w[m], words_of(m - 1, words))); },
      [&](std::size_t m, const auto& words) { return add(m - 1, product(w[m].transpose(), words_of(m, words))); });
  bool all = true;
  for (const Matrix& basis : bases) all = all && basis.cols() == basis.rows();
  cone.complete = cone.complete || all;
  for (Matrix& basis : bases) {  // weights that are 0
    if (basis.cols() == 0) basis = Matrix::Identity(basis.rows(), 1);
  }
  std::vector<Matrix> weights{linalg::product(bases.front().transpose(), w.front())};
  for (std::size_t m = 1; m < hidden; ++m) {
    weights.push_back(linalg::product(bases[m].transpose(), linalg::product(w[m], bases[m - 1])));
  }
  weights.push_back(linalg::product(w.back(), bases.back()));
  cone.outside.assign(weights.size(), 0.0);  // of W_1 and W_L, whose ranges are words
  for (std::size_t m = 1; m < hidden; ++m) {
    const bool whole_layer = bases[m].cols() == bases[m].rows() && bases[m - 1].cols() == bases[m - 1].rows();
    if (!whole_layer) cone.outside[m] = std::max(0.0, w[m].squaredNorm() - weights[m].squaredNorm());
  }
  cone.source = LightCone::Compressed{};
  cone.origin = std::make_shared<const LightCone::Origin>(LightCone::Origin{.whole = whole, .bases = std::move(bases)});
  return DeepLinear(std::move(weights)).standing_for(std::make_shared<const LightCone>(std::move(cone)));
}

DeepLinear expand(const DeepLinear& compressed) {
  require_known_outside(compressed, "the weights of the whole network");
  const LightCone* cone = compressed.cone();
  if (cone == nullptr || !cone->origin) {
    bad_input({.field = "network",
               .expected = "a network that compress has made, or what training made of one",
               .got = cone == nullptr ? "other weights" : "a cone that was drawn"});
  }
  const std::vector<Matrix>& before = cone->origin->whole.weights();
  const std::vector<Matrix>& bases = cone->origin->bases;
  const std::vector<Matrix>& now = compressed.weights();
  std::vector<Matrix> weights = before;
  for (std::size_t l = 0; l < now.size(); ++l) {
    const bool first = l == 0;
    const bool last = l + 1 == now.size();
    Matrix start = first ? before[l] : linalg::product(before[l], bases[l - 1]);
    if (!last) start = linalg::product(bases[l].transpose(), start);
    Matrix change = now[l] - start;
    if (!last) change = linalg::product(bases[l], change);
    weights[l] += first ? change : linalg::product(change, bases[l - 1].transpose());
  }
  return DeepLinear(std::move(weights));
}

DeepLinear at_order(const LightCone& cone, Index order) {
  if (const auto* own = std::get_if<LightCone::Gaussian>(&cone.source)) {
    return gaussian_cone(own->sizes, own->options, order);
  }
  if (const auto* own = std::get_if<LightCone::Limit>(&cone.source)) {
    return infinite_width_cone(own->shape, own->depth, own->scales, order);
  }
  if (const auto* own = std::get_if<LightCone::Orthogonal>(&cone.source)) {
    return orthogonal_cone(own->sizes, own->scale, own->seed);
  }
  if (std::holds_alternative<LightCone::Compressed>(cone.source)) return compress(cone.origin->whole, order);
  bad_input({.field = "network.order",
             .expected = "a cone as it was drawn or compressed, whose order can be raised",
             .got = "trained weights"});
}

DeepLinear with_tolerance(const DeepLinear& cone, double tolerance) {
  if (cone.cone() == nullptr || std::holds_alternative<std::monostate>(cone.cone()->source)) {
    bad_input({.field = "network.order",
               .expected = "a cone that is drawn or compressed, whose order can be raised",
               .got = "other weights"});
  }
  constexpr double least = 1e-14;
  if (!(tolerance >= least) || !(tolerance < 1)) {
    bad_input({.field = "network.tolerance",
               .expected = "a number from 1e-14 to 1",
               .got = format_number(tolerance),
               .hint = "the change of A(t), relative to its size, from one order to the next"});
  }
  LightCone automatic = *cone.cone();
  automatic.tolerance = tolerance;
  return DeepLinear(cone).standing_for(std::make_shared<const LightCone>(std::move(automatic)));
}

}  // namespace linnet::networks
