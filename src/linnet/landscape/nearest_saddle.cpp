#include "linnet/landscape/nearest_saddle.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>

#include "linnet/dynamics/outer_spaces.hpp"
#include "linnet/error.hpp"
#include "linnet/landscape/least_change.hpp"
#include "linnet/landscape/solution_sets.hpp"
#include "linnet/landscape/target_modes.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"

namespace linnet::landscape {

namespace {

constexpr Index few = 16;  // candidates for networks of more than 1000 unknowns

/// A critical A has AᵀR = 0 and RAᵀ = 0, R = ∇C(A), whatever the weights. Minima are accepted, because a greedy path
/// ends with one whose cost is only small.
void require_critical(const std::vector<Matrix>& critical, const Cost& cost) {
  const Shape shape = cost.shape();
  const Residual origin = cost.evaluate(Matrix::Zero(shape.outputs, shape.inputs));
  const double least = cost.evaluate(cost.target()).cost;
  for (std::size_t k = 0; k < critical.size(); ++k) {
    const Matrix& a = critical[k];
    const std::string field = "landscape.critical[" + std::to_string(k) + "]";
    if (a.rows() != shape.outputs || a.cols() != shape.inputs) {
      bad_input({.field = field,
                 .expected = format_shape(shape.outputs, shape.inputs) + ", as the task",
                 .got = format_shape(a.rows(), a.cols())});
    }
    const Residual at = cost.evaluate(a);
    if (at.cost - least <= 1e-6 * (origin.cost - least)) continue;
    const Matrix& r = at.gradient;
    const double size = a.norm() * origin.gradient.norm();
    const double off = std::max((a.transpose() * r).norm(), (r * a.transpose()).norm());
    if (!(off <= 1e-6 * size)) {
      bad_input({.field = field,
                 .expected = "the A of a critical point: AᵀR = 0 and RAᵀ = 0 for R = ∇C(A)",
                 .got = "a product of " + format_number(off / size) + " of |A||∇C(0)|",
                 .hint = "greedy_low_rank gives such matrices"});
    }
  }
}

/// (Σ_l Π_{j≠l} ‖W_j‖²)^{½}. Times ‖∇C(A)‖, this is an upper bound of ‖∂C/∂θ‖, and its scale for weights of any size.
double others(const DeepLinear& network) {
  const std::vector<Matrix>& w = network.weights();
  double sum = 0;
  for (std::size_t l = 0; l < w.size(); ++l) {
    double product = 1;
    for (std::size_t j = 0; j < w.size(); ++j) product *= j == l ? 1 : w[j].norm();
    sum += product * product;
  }
  return std::sqrt(sum);
}

/// Orthonormal columns that span the column and row spaces of ∇C.
struct Seen {
  Matrix outputs;
  Matrix inputs;
};

class Search {
 public:
  Search(const DeepLinear& start, const Cost& cost, const SaddleSearch& o)
      : start_(start),
        cost_(cost),
        o_(o),
        here_(start, cost),
        origin_(cost.evaluate(zero())),
        scale_(std::max(here_.residual().norm(), origin_.gradient.norm()) * others(start)),
        set_(start, cost, 1e-2 * o.tolerance * scale_) {
    const std::vector<Index> sizes = start.sizes();
    narrowest_ = *std::min_element(sizes.begin(), sizes.end());
    // The least cost. With a mask and narrow layers the true one may be higher; then the ranks below decide.
    least_ = cost.least_of_rank(narrowest_).value_or(cost.evaluate(cost.target()).cost);
    std::vector<Matrix> critical = o_.critical;
    if (critical.empty() && !cost.mask()) critical = sums_of_modes(cost, narrowest_);
    critical.push_back(zero());
    for (const Matrix& a : critical) {
      if (rank_of(a) <= narrowest_ - (cost.mask() ? 1 : 0)) critical_.push_back(a);
    }
  }

  SaddleDistance nearest() {
    const double learned = 10 * o_.tolerance * origin_.gradient.norm();  // of the gradient, at the tolerance
    const bool beside = is_beside_a_critical_point();
    if (beside && distance_to_cut(start_, here_.residual(), learned) <= o_.tolerance * start_.norm()) {
      consider(start_);
      if (best_) best_->exact = true;
      if (best_) return *best_;
    }
    try_zero();
    if (!best_) {
      bad_input({.field = "task",
                 .expected = "a cost that falls from A = 0",
                 .got = "a cost that is least there",
                 .hint = "then A = 0 is a minimum and no saddle"});
    }
    try_cuts();
    if (is_small() && !beside) {  // below this size Newton's method does not resolve small neurons
      try_mixed_cuts();
      try_around();
    }
    if (best_->upper <= o_.tolerance * start_.norm()) {
      consider(start_);
      best_->exact = best_->upper == 0;
    }
    return *best_;
  }

 private:
  [[nodiscard]] Matrix zero() const { return Matrix::Zero(cost_.shape().outputs, cost_.shape().inputs); }

  [[nodiscard]] bool is_small() const { return here_.unknowns() <= o_.search_below; }

  /// Whether ∂C/∂θ is far below its scale, as for all weights within the tolerance of a critical point.
  [[nodiscard]] bool is_beside_a_critical_point() const {
    double smallest = start_.norm();
    for (const Matrix& w : start_.weights()) smallest = std::min(smallest, w.norm());
    // The relative change of the smallest layer that the tolerance allows.
    const double moved = o_.tolerance * start_.norm() / smallest;
    const double part = smallest > 0 ? std::max(1e-4, 100 * moved) : 1;
    return here_.gradient_norm() <= part * here_.residual().norm() * others(start_);
  }

  [[nodiscard]] Index rank_of(const Matrix& a) const {
    const double negligible = 1e-8 * linalg::operator_norm(cost_.target());
    return (linalg::singular_values(a).array() > negligible).count();
  }

  [[nodiscard]] Seen seen_by(const Matrix& gradient) const {
    const linalg::Svd d = linalg::svd(gradient);
    const Index rank = d.s(0) > 0 ? (d.s.array() > 1e-9 * origin_.gradient.norm()).count() : 0;
    return {.outputs = d.u.leftCols(rank), .inputs = d.v.leftCols(rank)};
  }

  /// Keeps the network if it is nearer than the best by more than this fraction, because points that are critical only
  /// to the tolerance are slightly nearer.
  void consider(const DeepLinear& network, double margin = 0) {
    const Point point(network, cost_);
    const double distance = parameter_distance(network, start_);
    const bool critical =
        point.gradient_norm() <= o_.tolerance * std::max(scale_, point.residual().norm() * others(network));
    const bool above = point.cost() - least_ > 1e-12 * (origin_.cost - least_);
    if (!critical || !above || (best_ && distance >= (1 - margin) * best_->upper)) return;
    best_ = {.upper = distance,
             .point = network,
             .gradient_norm = point.gradient_norm(),
             .rank = rank_of(point.end_to_end()),
             .cost = point.cost()};
  }

  /// At A = 0: one part of the cut maps all inputs (or outputs) to 0, so that A is 0; the other part maps the spaces of
  /// ∇C(0) to 0.
  void try_zero() {
    const Seen seen = seen_by(origin_.gradient);
    const Matrix all_inputs = Matrix::Identity(cost_.shape().inputs, cost_.shape().inputs);
    const Matrix all_outputs = Matrix::Identity(cost_.shape().outputs, cost_.shape().outputs);
    for (Index split = 1; split < start_.depth(); ++split) {
      consider(Cut(start_, all_inputs, seen.outputs, split).nearest(start_));
      consider(Cut(start_, seen.inputs, all_outputs, split).nearest(start_));
    }
  }

  struct Candidate {
    double taken;  // the squared distance of the simplest cut
    Matrix end_to_end;
    Seen seen;
    Index split;
  };

  [[nodiscard]] std::vector<Candidate> candidates() const {
    std::vector<Candidate> all;
    for (const Matrix& a : critical_) {
      const Seen seen = seen_by(cost_.evaluate(a).gradient);
      for (Index split = 1; split < start_.depth(); ++split) {
        const Cut simple(start_, seen.inputs, seen.outputs, split, false);
        all.push_back({.taken = parameter_distance(simple.nearest(start_), start_),
                       .end_to_end = a,
                       .seen = seen,
                       .split = split});
      }
    }
    std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) { return a.taken < b.taken; });
    return all;
  }

  /// Weights of this A have |θ|² ≥ L Σ s_i(A)^{2/L}, which is a lower bound of their distance: from a small start only
  /// the saddles at A = 0 are near.
  [[nodiscard]] bool is_far(const Matrix& a) const {
    const auto depth = static_cast<double>(start_.depth());
    const double norm = std::sqrt(depth * linalg::singular_values(a).array().pow(2 / depth).sum());
    return norm - start_.norm() >= best_->upper;
  }

  /// Searches the nearest weights of each critical A among those of a cut of the spaces of ∇C(A).
  void try_cuts() {
    Index looked_at = 0;
    for (const Candidate& c : candidates()) {
      if (is_far(c.end_to_end)) continue;
      if (++looked_at > (here_.unknowns() > 1000 ? few : o_.max_candidates)) break;
      const Cut cut(start_, c.seen.inputs, c.seen.outputs, c.split);
      const DeepLinear from = cut.nearest(start_);
      if (parameter_distance(from, start_) >= best_->upper) continue;
      WeightsOf weights(from, Cost::full_matrix(c.end_to_end), c.end_to_end, o_.fit.tolerance, cut);
      // If the first weights of A are far, the path along them is long and seldom ends nearer.
      const bool far = !is_small() && weights.restore(weights.start()) &&
                       parameter_distance(weights.point().network(), start_) > 1.5 * best_->upper;
      if (far) continue;
      if (!shortest_way(weights, c.end_to_end, o_.fit.max_steps)) continue;
      consider(weights.point().network());
      if (is_small()) go_down(weights.point().theta());
    }
  }

  /// Splits each mode of ∇C(A) at its own layer: the cuts change the same weights, one after another in the given
  /// order.
  [[nodiscard]] DeepLinear mixed(const Seen& seen, Index assignment) const {
    const Index modes = std::min(seen.inputs.cols(), seen.outputs.cols());
    const Index splits = start_.depth() - 1;
    DeepLinear network = start_;
    for (Index split = 1; split <= splits; ++split) {
      std::vector<Index> own;
      Index rest = assignment;
      for (Index mode = 0; mode < modes; ++mode, rest /= splits) {
        if (rest % splits + 1 == split) own.push_back(mode);
      }
      if (own.empty()) continue;
      network = Cut(network, seen.inputs(Eigen::all, own), seen.outputs(Eigen::all, own), split).nearest(network);
    }
    return network;
  }

  void try_mixed_cuts() {
    std::vector<std::pair<double, DeepLinear>> starts;
    const Index splits = start_.depth() - 1;
    for (const Matrix& a : critical_) {
      const Seen seen = seen_by(cost_.evaluate(a).gradient);
      const double count = std::pow(splits, seen.inputs.cols());
      if (count > 256) continue;
      for (Index assignment = 0; assignment < static_cast<Index>(count); ++assignment) {
        DeepLinear network = mixed(seen, assignment);
        const double distance = parameter_distance(network, start_);
        starts.emplace_back(distance, std::move(network));
      }
    }
    std::stable_sort(starts.begin(), starts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < starts.size() && static_cast<Index>(i) < o_.max_candidates; ++i) {
      if (starts[i].first < 1.5 * best_->upper) go_down(flatten(starts[i].second));
    }
  }

  void try_around() {
    for (Index i = 0; i < o_.restarts; ++i) {
      linalg::Random random({.seed = 4, .point = static_cast<std::uint32_t>(i), .stream = linalg::Stream::rotation});
      const double size = best_->upper * std::pow(10, random.uniform() - 1);
      Vector kick(here_.unknowns());
      for (double& x : kick) x = random.normal();
      go_down(flatten(i % 2 == 0 ? best_->point : start_) + size * kick.normalized());
    }
  }

  /// Moves to a critical point, and along the critical points towards the start.
  void go_down(const Vector& theta) {
    if (!set_.restore(theta) || set_.distance() > 2 * best_->upper) return;
    shorten(set_, o_.fit.max_steps);
    consider(set_.point().network(), 1e-6);
  }

  const DeepLinear& start_;
  const Cost& cost_;
  const SaddleSearch& o_;
  Point here_;
  Residual origin_;
  double scale_;
  CriticalPoints set_;
  Index narrowest_ = 0;
  double least_ = 0;
  std::vector<Matrix> critical_;
  std::optional<SaddleDistance> best_;
};

void require_saddles(const DeepLinear& start) {
  if (start.depth() > 1) return;
  bad_input({.field = "network.depth",
             .expected = "at least 2 layers",
             .got = "1",
             .hint = "the cost of one layer is convex: it has no saddle"});
}

/// A lower bound of the distance of these layers to layers whose product maps some v to 0, or whose transposed product
/// maps some u to 0.
double bound_of(std::span<const Matrix> layers, bool of_inputs) {
  Matrix product = layers.front();
  double size = linalg::operator_norm(layers.front());
  for (const Matrix& w : layers.subspan(1)) {
    product = linalg::product(w, product);
    size *= linalg::operator_norm(w);
  }
  if (of_inputs ? product.rows() < product.cols() : product.cols() < product.rows()) return 0;
  constexpr double lost = 1e-12;
  const double gap = linalg::singular_values(product).tail(1)(0) - lost * size;
  return gap > 0 ? least_change(layers, gap) : 0;
}

}  // namespace

double saddle_bound(const DeepLinear& start) {
  require_saddles(start);
  const std::span<const Matrix> layers(start.weights());
  const double of_inputs = bound_of(layers.first(layers.size() - 1), true);
  const double of_outputs = bound_of(layers.subspan(1), false);
  return layers.size() == 2 ? std::hypot(of_inputs, of_outputs) : std::max(of_inputs, of_outputs);
}

SaddleDistance nearest_saddle(const DeepLinear& start, const Cost& cost, const SaddleSearch& o) {
  require_saddles(start);
  require_critical(o.critical, cost);
  const auto nearest = [](const DeepLinear& from, const Cost& of, const SaddleSearch& options) {
    SaddleDistance found = Search(from, of, options).nearest();
    if (!found.exact) found.lower = saddle_bound(from);
    return found;
  };
  const OuterSpaces spaces(start, cost);
  if (!spaces.smaller()) return nearest(start, cost, o);
  SaddleSearch inside = o;
  for (Matrix& a : inside.critical) a = spaces.inside(a);
  SaddleDistance found = nearest(spaces.inside(start), spaces.inside(cost), inside);
  found.point = spaces.whole(found.point);
  return found;
}

}  // namespace linnet::landscape
