#include "linnet/landscape/distances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "linnet/error.hpp"
#include "linnet/landscape/newton.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/networks/deep_limits.hpp"

namespace linnet::landscape {

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

Index rank_of(const Vector& s, double relative) { return (s.array() > relative * s(0)).count(); }

Index narrowest(const DeepLinear& network) {
  const std::vector<Index> sizes = network.sizes();
  return *std::min_element(sizes.begin(), sizes.end());
}

/// {θ: Π(A_θ − goal) = 0}, and the steps onto and along it.
class Minima {
 public:
  Minima(const DeepLinear& start, const Cost& cost, Matrix goal, double tolerance)
      : point_(start, cost), start_(point_.theta()), goal_(std::move(goal)), tolerance_(tolerance) {
    if (cost.covariance()) {
      const linalg::SymmetricEigen e = linalg::symmetric_eigen(*cost.covariance());
      const double cutoff = e.values.maxCoeff() * epsilon * static_cast<double>(e.values.size());
      const Matrix range = e.vectors.rightCols((e.values.array() > cutoff).count());
      if (range.cols() < range.rows()) range_ = linalg::product(range, range.transpose());
    }
    size_ = projected(goal_).norm();
    if (size_ == 0) size_ = std::max(projected(point_.end_to_end()).norm(), std::numeric_limits<double>::min());
  }

  [[nodiscard]] Matrix projected(Matrix d) const {
    if (point_.cost_function().mask()) d.array() *= point_.cost_function().mask()->array();
    if (range_) d = linalg::product(d, *range_);
    return d;
  }
  [[nodiscard]] double goal_size() const { return size_; }
  [[nodiscard]] Matrix missing() const { return projected(goal_ - point_.end_to_end()); }
  [[nodiscard]] double residual() const { return missing().norm() / size_; }
  [[nodiscard]] double distance() const { return (point_.theta() - start_).norm(); }
  [[nodiscard]] const Vector& start() const { return start_; }
  Point& point() { return point_; }

  /// Onto the set from θ by damped steps of least length; false when that does not come to an end there.
  bool restore(const Vector& theta) {
    move(theta);
    Matrix left = missing();
    double damping = -1;
    for (int i = 0; i < 500; ++i) {
      if (left.norm() <= tolerance_ * size_) return true;
      const Vector from = point_.theta();
      linearize();
      if (damping < 0) damping = 1e-2 * mean_;
      while (true) {
        const Vector step = pull_back(solve(left, damping));
        move(from + step);
        const Matrix now = missing();
        if (now.norm() < (1 - 1e-3) * left.norm()) {
          left = now;
          damping *= 0.1;
          break;
        }
        damping = std::max(10 * damping, epsilon * mean_);
        if (!(step.norm() > 1e-14 * (1 + from.norm()))) return false;
      }
    }
    return false;
  }

  /// The part of v that leaves A as it is to first order, at the present θ.
  Vector tangent(const Vector& v) {
    linearize();
    const Matrix jv = projected(point_.jacobian(v));
    return v - pull_back(solve(jv, 0));
  }

  void move(const Vector& theta) { point_.move_to(theta); }

 private:
  void linearize() {
    kernel_ = DeepLinearized(point_.network()).kernel();
    mean_ = 0;
    for (const DeepLinearized::Share& k : kernel_) {
      mean_ += k.out.trace() * k.in.trace() / static_cast<double>(goal_.size());
    }
  }

  /// Π JJᵀ q for q = Πq.
  [[nodiscard]] Matrix gram(const Matrix& q) const {
    Matrix sum = Matrix::Zero(q.rows(), q.cols());
    for (const DeepLinearized::Share& k : kernel_) sum += linalg::product(linalg::product(k.out, q), k.in);
    return projected(std::move(sum));
  }

  /// (Π JJᵀ Π + damping)^{-1} b, b = Πb, by conjugate gradients.
  Matrix solve(const Matrix& b, double damping) {
    Matrix x = Matrix::Zero(b.rows(), b.cols());
    Matrix r = b;
    Matrix p = r;
    double rr = r.squaredNorm();
    const double enough = 1e-24 * rr;
    for (Index i = 0; i < 2 * b.size() + 20 && rr > enough; ++i) {
      const Matrix image = gram(p) + damping * p;
      const double curvature = p.cwiseProduct(image).sum();
      if (!(curvature > epsilon * epsilon * mean_ * p.squaredNorm())) break;  // b has a part that J does not reach
      const double step = rr / curvature;
      x += step * p;
      r -= step * image;
      const double next = r.squaredNorm();
      p = r + (next / rr) * p;
      rr = next;
    }
    return x;
  }

  Vector pull_back(const Matrix& q) {
    Vector v;
    point_.jacobian_transposed(q, v);
    return v;
  }

  Point point_;
  Vector start_;
  Matrix goal_;
  double tolerance_;
  std::optional<Matrix> range_;
  double size_ = 0;
  double mean_ = 0;  // mean eigenvalue of JJᵀ
  std::vector<DeepLinearized::Share> kernel_;
};

struct Reached {
  Vector theta;
  double distance = 0;
  double stationarity = 0;
};

/// {θ: ∂C/∂θ = 0}, up to `goal`, and the steps onto and along it: where the kernel of the Hessian is its tangent space.
class CriticalPoints {
 public:
  CriticalPoints(const DeepLinear& start, const Cost& cost, double goal)
      : point_(start, cost), start_(point_.theta()), goal_(goal) {}

  [[nodiscard]] double distance() const { return (point_.theta() - start_).norm(); }
  [[nodiscard]] const Vector& start() const { return start_; }
  Point& point() { return point_; }
  void move(const Vector& theta) { point_.move_to(theta); }
  bool restore(const Vector& theta) {
    move(theta);
    return to_critical(point_, goal_, Far::shorten);
  }
  Vector tangent(const Vector& v) {
    const Vector hv = point_.hessian(v);
    return hv.norm() > 0 ? Vector(v - least_residual(point_, hv, 1e-8)) : v;
  }

 private:
  Point point_;
  Vector start_;
  double goal_;
};

/// Along the set towards the start, from a θ on it: steps of Barzilai and Borwein's length, halved until shorter.
template <class Set>
Reached shorten(Set& set, Index max_steps) {
  Vector theta = set.point().theta();
  double distance = set.distance();
  double step = 1;
  Vector last_theta;
  Vector last_along;
  double stationarity = 0;
  for (Index i = 0; i < max_steps && distance > 0; ++i) {
    const Vector along = set.tangent(set.start() - theta);
    stationarity = along.norm() / distance;
    if (stationarity < 1e-7) break;
    if (last_theta.size() > 0) {
      const Vector moved = theta - last_theta;
      const double change = -moved.dot(along - last_along);
      step = change > 0 ? std::min(moved.squaredNorm() / change, 1e3) : 1;
    }
    bool shorter = false;
    for (int halvings = 0; halvings < 30 && !shorter; ++halvings, step /= 2) {
      const bool there = set.restore(theta + step * along);
      const double gain = distance * distance - std::pow(set.distance(), 2);
      shorter = there && gain > 1e-4 * step * along.squaredNorm();
    }
    if (!shorter) break;
    last_theta = theta;
    last_along = along;
    theta = set.point().theta();
    distance = set.distance();
  }
  set.move(theta);
  return {.theta = theta, .distance = distance, .stationarity = distance > 0 ? stationarity : 0};
}

/// Balanced weights of A, the frames of the hidden layers turned towards θ_0 by turns: each is the polar factor of what
/// its neighbours make best.
std::optional<DeepLinear> balanced_towards(const DeepLinear& start, const Matrix& a) {
  const linalg::Svd d = linalg::svd(a);
  const Index rank = d.s(0) > 0 ? rank_of(d.s, 1e-12) : 0;
  if (rank == 0 || rank > narrowest(start)) return std::nullopt;
  const std::size_t depth = start.weights().size();
  const Vector root = d.s.head(rank).array().pow(1 / static_cast<double>(depth));
  std::vector<Matrix> frames(depth + 1);
  frames.front() = d.v.leftCols(rank);
  frames.back() = d.u.leftCols(rank);
  for (int sweep = 0; sweep < 5; ++sweep) {
    for (std::size_t l = 1; l < depth; ++l) {
      const Matrix& below = start.weights()[l - 1];
      const Matrix& above = start.weights()[l];
      Matrix towards = linalg::product(below, (frames[l - 1] * root.asDiagonal()).eval());
      if (frames[l + 1].size() > 0) {
        towards += linalg::product(above.transpose(), (frames[l + 1] * root.asDiagonal()).eval());
      }
      const linalg::Svd turn = linalg::svd(towards);
      frames[l] = linalg::product(turn.u, turn.v.transpose());
    }
  }
  std::vector<Matrix> weights;
  for (std::size_t l = 0; l < depth; ++l) {
    weights.push_back(linalg::product((frames[l + 1] * root.asDiagonal()).eval(), frames[l].transpose()));
  }
  return DeepLinear(std::move(weights));
}

/// The smallest d at which the change of A can have the size `gap`; the first of the two lower bounds.
double least_change(const DeepLinear& start, double gap) {
  const std::vector<Matrix>& w = start.weights();
  const std::size_t depth = w.size();
  // stretch[i][j]: ‖W_j⋯W_{i+1}‖_op² of the layers i+1 … j, 1 for none.
  std::vector<std::vector<double>> stretch(depth + 1, std::vector<double>(depth + 1, 1));
  for (std::size_t i = 0; i < depth; ++i) {
    Matrix product = w[i];
    for (std::size_t j = i + 1;; ++j) {
      stretch[i][j] = std::pow(linalg::operator_norm(product), 2);
      if (j == depth) break;
      product = linalg::product(w[j], product);
    }
  }
  // sums[m][j]: Σ c_S² over sets of m layers whose last is j, without the stretch after it.
  std::vector<double> q(depth + 1, 0);
  std::vector<std::vector<double>> sums(depth + 1, std::vector<double>(depth + 1, 0));
  for (std::size_t m = 1; m <= depth; ++m) {
    for (std::size_t j = m; j <= depth; ++j) {
      if (m == 1) sums[m][j] = stretch[0][j - 1];
      for (std::size_t i = m - 1; i >= 1 && i < j; ++i) sums[m][j] += sums[m - 1][i] * stretch[i][j - 1];
      q[m] += sums[m][j] * stretch[j][depth];
    }
  }
  const auto layers = static_cast<double>(depth);
  const auto reach = [&](double d) {
    double sum = 0;
    double binomial = 1;
    for (std::size_t m = 1; m <= depth; ++m) {
      const auto k = static_cast<double>(m);
      binomial *= (layers - k + 1) / k;
      sum += std::sqrt(q[m] * binomial) * std::pow(d / std::sqrt(layers), k);
    }
    return sum;
  };
  double low = 0;
  double high = std::sqrt(layers) * std::pow(gap, 1 / layers);  // q_L = 1: there the last term alone is the gap
  for (int i = 0; i < 200 && high - low > 4 * epsilon * high; ++i) {
    const double middle = (low + high) / 2;
    (reach(middle) < gap ? low : high) = middle;
  }
  return low * (1 - 1e-12);  // below the rounding of the norms
}

double least_norm(const Cost& cost, const Matrix& goal, double depth) {
  if (cost.mask()) return std::sqrt(depth) * std::pow(goal.cwiseProduct(*cost.mask()).norm(), 1 / depth);
  return std::sqrt(depth * linalg::singular_values(goal).array().pow(2 / depth).sum());
}

/// From θ_0 to weights of the goal, by the shortest way found; none when no way ends there.
std::optional<MinimumDistance> search(const DeepLinear& start, const Cost& cost, const Matrix& goal,
                                      const MinimumSearch& o) {
  Minima minima(start, cost, goal, o.tolerance);
  std::optional<Reached> best;
  const auto try_from = [&](const Vector& theta) {
    if (!minima.restore(theta)) return;
    const Reached found = shorten(minima, o.max_steps);
    if (!best || found.distance < best->distance) best = found;
  };
  try_from(minima.start());
  if (!best || best->distance > 0) {
    const Matrix a = best && cost.mask() ? minima.point().end_to_end() : goal;
    if (const auto balanced = balanced_towards(start, a)) try_from(flatten(*balanced));
  }
  if (best &&
      best->distance > 0) {  // stationary may be no more than a saddle of the distance, as symmetric starts have
    const Index n = best->theta.size();
    const double size = 0.1 * best->distance / std::sqrt(static_cast<double>(n));
    try_from(best->theta + linalg::normal_matrix(n, 1, size, {.seed = 3, .stream = linalg::Stream::rotation}));
  }
  if (!best) return std::nullopt;
  minima.move(best->theta);
  return MinimumDistance{.upper = best->distance,
                         .point = minima.point().network(),
                         .residual = minima.residual(),
                         .stationarity = best->stationarity};
}

/// W without what it makes of the space of these columns, W seen = 0.
Matrix without_inputs(const Matrix& w, const Matrix& seen) {
  if (seen.cols() == 0) return w;
  const linalg::Svd d = linalg::svd(seen);
  const Index rank = d.s(0) > 0 ? rank_of(d.s, 1e-12) : 0;
  const Matrix basis = d.u.leftCols(rank);
  return w - linalg::product(linalg::product(w, basis), basis.transpose());
}

/// Y Σ_xx^{½} = U S Vᵀ as the modes of the target: any sum of left_i right_iᵀ, U S and Σ_xx^{−½} V, is the A of
/// critical points of the cost, and the sum of the first k is the best of rank k.
struct TargetModes {
  Matrix left;
  Matrix right;
  Vector strength;  // S
};

TargetModes target_modes(const Cost& cost) {
  if (cost.mask()) {
    bad_input({.field = "task.mask",
               .expected = "no mask for a best matrix of low rank in closed form",
               .got = "a mask",
               .hint = "greedy_low_rank finds critical points of a masked cost"});
  }
  if (!cost.covariance()) {
    const linalg::Svd d = linalg::svd(cost.target());
    return {.left = d.u * d.s.asDiagonal(), .right = d.v, .strength = d.s};
  }
  const linalg::SymmetricEigen e = linalg::symmetric_eigen(*cost.covariance());
  const double cutoff = e.values.maxCoeff() * epsilon * static_cast<double>(e.values.size());
  const Vector root = e.values.cwiseMax(0).cwiseSqrt();
  const Vector inverse = (e.values.array() > cutoff).select(root.cwiseInverse(), Vector::Zero(root.size()));
  const linalg::Svd d = linalg::svd(cost.target() * e.vectors * root.asDiagonal() * e.vectors.transpose());
  return {.left = d.u * d.s.asDiagonal(),
          .right = e.vectors * inverse.asDiagonal() * e.vectors.transpose() * d.v,
          .strength = d.s};
}

/// Critical A of at most this rank: all sums of some but not all modes of the target when it has few; of many, the
/// first ones, and all but one.
std::vector<Matrix> sums_of_modes(const Cost& cost, Index rank) {
  const TargetModes modes = target_modes(cost);
  const Index count = modes.strength(0) > 0 ? rank_of(modes.strength, 1e-10) : 0;
  std::vector<std::vector<Index>> sets;
  constexpr Index few = 6;
  if (count <= few) {
    for (unsigned bits = 1; bits + 1 < 1U << count; ++bits) {
      sets.emplace_back();
      for (Index i = 0; i < count; ++i) {
        if ((bits >> i & 1U) != 0) sets.back().push_back(i);
      }
    }
  } else {
    for (Index k = 1; k < count; ++k) {
      std::vector<Index>& first = sets.emplace_back(static_cast<std::size_t>(k));
      std::iota(first.begin(), first.end(), 0);
    }
    for (Index k = 0; k < count; ++k) {
      std::vector<Index>& but_one = sets.emplace_back(static_cast<std::size_t>(count));
      std::iota(but_one.begin(), but_one.end(), 0);
      but_one.erase(but_one.begin() + k);
    }
  }
  std::vector<Matrix> sums;
  for (const std::vector<Index>& set : sets) {
    if (static_cast<Index>(set.size()) > rank) continue;
    sums.emplace_back(modes.left(Eigen::all, set) * modes.right(Eigen::all, set).transpose());
  }
  return sums;
}

}  // namespace

Matrix best_of_rank(const Cost& cost, Index rank) {
  const TargetModes modes = target_modes(cost);
  const Vector& s = modes.strength;
  if (rank >= s.size()) return cost.target();
  if (s(rank) > 0 && rank > 0 && s(rank - 1) - s(rank) < 1e-10 * s(0)) {
    bad_input({.field = "task.target",
               .expected = "one best matrix of rank " + std::to_string(rank),
               .got = "many: the target's singular values " + std::to_string(rank) + " and " +
                      std::to_string(rank + 1) + " are equal"});
  }
  return modes.left.leftCols(rank) * modes.right.leftCols(rank).transpose();
}

MinimumDistance nearest_minimum(const DeepLinear& start, const Cost& cost, const MinimumSearch& o) {
  require_positive(o.tolerance, "landscape.tolerance");
  const Matrix goal = cost.mask() ? cost.target() : best_of_rank(cost, narrowest(start));
  const Minima minima(start, cost, goal, o.tolerance);
  const std::optional<MinimumDistance> reached = search(start, cost, goal, o);
  if (!reached) {
    numerical_failure({.field = "landscape.minimum",
                       .expected = "weights that end at a global minimum",
                       .got = "none, from a residual of " + format_number(minima.residual()),
                       .hint = "a mask and narrow layers may leave no zero of the cost; wider hidden layers have one"});
  }
  MinimumDistance found = *reached;
  const auto depth = static_cast<double>(start.depth());
  found.exact = start.depth() == 1 || found.upper == 0;
  found.lower = found.exact ? found.upper
                            : std::max({0.0, least_change(start, minima.missing().norm()),
                                        (least_norm(cost, goal, depth) - start.norm()) * (1 - 1e-12)});
  return found;
}

SaddleDistance nearest_saddle(const DeepLinear& start, const Cost& cost, const SaddleSearch& o) {
  if (start.depth() == 1) {
    bad_input({.field = "network.depth",
               .expected = "at least 2 layers",
               .got = "1",
               .hint = "the cost of one layer is convex: it has no saddle"});
  }
  const Point here(start, cost);
  // The least cost; of a mask and narrow layers it may be more, but then the ranks below are what is looked at.
  const double least = cost.least_of_rank(narrowest(start)).value_or(cost.evaluate(cost.target()).cost);
  const Residual origin = cost.evaluate(Matrix::Zero(cost.shape().outputs, cost.shape().inputs));
  const double scale = std::max(here.gradient_norm(), origin.gradient.norm());
  const double negligible = 1e-8 * linalg::operator_norm(cost.target());
  const auto numerical_rank = [&](const Matrix& a) -> Index {
    return (linalg::singular_values(a).array() > negligible).count();
  };
  std::optional<SaddleDistance> best;
  const auto consider = [&](const DeepLinear& network) {
    const Point point(network, cost);
    const double distance = parameter_distance(network, start);
    const bool critical = point.gradient_norm() <= o.tolerance * scale;
    const bool above = point.cost() - least > 1e-12 * (origin.cost - least);
    if (critical && above && (!best || distance < best->upper)) {
      best = {.upper = distance,
              .point = network,
              .gradient_norm = point.gradient_norm(),
              .rank = numerical_rank(point.end_to_end()),
              .cost = point.cost()};
    }
  };
  const auto spaces = [&](const Matrix& residual) {
    linalg::Svd d = linalg::svd(residual);
    const Index rank = d.s(0) > 0 ? (d.s.array() > 1e-9 * origin.gradient.norm()).count() : 0;
    return std::pair<Matrix, Matrix>{d.u.leftCols(rank), d.v.leftCols(rank)};
  };

  if (here.gradient_norm() <= o.tolerance * origin.gradient.norm()) {
    consider(start);
    if (best) {
      best->exact = true;
      return *best;
    }
  }

  const std::size_t depth = start.weights().size();
  // Each layer cut off from what these inputs become before it, or from what its outputs become in these.
  const auto cut_inputs = [&](const Matrix& inputs) {
    std::vector<Matrix> cut;
    Matrix seen = inputs;
    for (const Matrix& w : start.weights()) {
      cut.push_back(without_inputs(w, seen));
      seen = linalg::product(w, seen);
    }
    return cut;
  };
  const auto cut_outputs = [&](const Matrix& outputs) {
    std::vector<Matrix> cut(depth);
    Matrix seen = outputs;
    for (std::size_t l = depth; l-- > 0;) {
      const Matrix& w = start.weights()[l];
      cut[l] = without_inputs(w.transpose(), seen).transpose();
      seen = linalg::product(w.transpose(), seen);
    }
    return cut;
  };
  const auto for_each_cut = [&](const Matrix& inputs, const Matrix& outputs, const auto& visit) {
    const std::vector<Matrix> in = cut_inputs(inputs);
    const std::vector<Matrix> out = cut_outputs(outputs);
    for (std::size_t i = 0; i < depth; ++i) {
      for (std::size_t j = i + 1; j < depth; ++j) {
        std::vector<Matrix> weights = start.weights();
        weights[i] = in[i];
        weights[j] = out[j];
        visit(DeepLinear(std::move(weights)), i == 0 && j + 1 == depth);
      }
    }
  };

  // A = 0: one of the two layers is cut off wholly, which makes A zero; the other as far as ∇C(0) sees it.
  const auto [u, v] = spaces(origin.gradient);
  const auto at_zero = [&](const DeepLinear& cut, bool) { consider(cut); };
  for_each_cut(Matrix::Identity(start.shape().inputs, start.shape().inputs), u, at_zero);
  for_each_cut(v, Matrix::Identity(start.shape().outputs, start.shape().outputs), at_zero);
  if (!best) {
    bad_input({.field = "task",
               .expected = "a cost that falls from A = 0",
               .got = "a cost that is least there",
               .hint = "then A = 0 is a minimum and no saddle"});
  }

  struct Candidate {
    double least;  // no nearer
    DeepLinear cut;
    bool outermost;  // of W_1 and W_L
    Matrix end_to_end;
  };
  std::vector<Candidate> candidates;
  std::vector<Matrix> critical = o.critical;
  if (critical.empty() && !cost.mask()) critical = sums_of_modes(cost, narrowest(start));
  critical.emplace_back(Matrix::Zero(cost.shape().outputs, cost.shape().inputs));
  for (const Matrix& a : critical) {
    if (numerical_rank(a) > narrowest(start) - (cost.mask() ? 1 : 0)) continue;
    const auto [left, right] = spaces(cost.evaluate(a).gradient);
    for_each_cut(right, left, [&](DeepLinear cut, bool outermost) {
      const double distance = parameter_distance(cut, start);
      candidates.push_back({.least = distance, .cut = std::move(cut), .outermost = outermost, .end_to_end = a});
    });
  }
  CriticalPoints all(start, cost, 1e-2 * o.tolerance * scale);
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.least < b.least; });
  for (std::size_t i = 0; i < candidates.size() && static_cast<Index>(i) < o.max_candidates; ++i) {
    const Candidate& c = candidates[i];
    if (c.least >= best->upper) break;
    if (c.outermost) {
      // Steps Jᵀq with q between the spaces that are left keep to the cut; so does their end.
      const auto found = search(c.cut, Cost::full_matrix(c.end_to_end), c.end_to_end, o.fit);
      if (found) consider(found->point);
    } else if (here.unknowns() <= o.refine_below && all.restore(flatten(c.cut))) {
      shorten(all, o.fit.max_steps);
      consider(all.point().network());
    }
  }
  return *best;
}

}  // namespace linnet::landscape
