#include "linnet/landscape/solution_sets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "linnet/landscape/newton.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/constants.hpp"

namespace linnet::landscape {

namespace {

/// Balanced weights of A whose hidden frames are rotated towards θ_0, one at a time: each frame becomes the polar
/// factor that fits its neighbours best.
std::optional<DeepLinear> balanced_towards(const DeepLinear& start, const Matrix& a) {
  const linalg::Svd d = linalg::svd(a);
  const Index rank = (d.s.array() > 1e-12 * d.s(0)).count();
  const std::vector<Index> sizes = start.sizes();
  if (rank == 0 || rank > *std::min_element(sizes.begin(), sizes.end())) return std::nullopt;
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

TangentKernel kernel_of(const std::vector<DeepLinearized::LayerKernel>& shares) {
  std::vector<TangentKernel::Share> sides;
  for (const DeepLinearized::LayerKernel& k : shares) {
    sides.push_back({.out = KernelSide::whole(k.out), .in = KernelSide::whole(k.in)});
  }
  return TangentKernel(std::move(sides));
}

}  // namespace

WeightsOf::WeightsOf(const DeepLinear& start, const Cost& cost, Matrix goal, double tolerance, std::optional<Cut> cut)
    : SolutionSet(start, cost), goal_(std::move(goal)), tolerance_(tolerance), cut_(std::move(cut)) {
  if (cost.covariance()) {
    const linalg::SymmetricEigen e = linalg::symmetric_eigen(*cost.covariance());
    const double cutoff = e.values.maxCoeff() * epsilon * static_cast<double>(e.values.size());
    const Matrix range = e.vectors.rightCols((e.values.array() > cutoff).count());
    if (range.cols() < range.rows()) range_ = linalg::product(range, range.transpose());
  }
  size_ = projected(goal_).norm();
  if (size_ == 0) size_ = std::max(projected(point().end_to_end()).norm(), std::numeric_limits<double>::min());
}

Matrix WeightsOf::projected(Matrix d) const {
  if (point().cost_function().mask()) d.array() *= point().cost_function().mask()->array();
  if (range_) d = linalg::product(d, *range_);
  return d;
}

Matrix WeightsOf::missing() const { return projected(goal_ - point().end_to_end()); }

double WeightsOf::residual() const { return missing().norm() / size_; }

// By damped least-norm steps, Jᵀ(JJᵀ + μ)^{-1} Π(goal − A).
bool WeightsOf::restore(const Vector& theta) {
  point().move_to(cut_ ? cut_->nearest(theta) : theta);
  Matrix left = missing();
  double damping = -1;
  for (int i = 0; i < 500; ++i) {
    if (left.norm() <= tolerance_ * size_) return true;
    const Vector from = point().theta();
    linearize();
    if (damping < 0) damping = 1e-2 * mean_;
    while (true) {
      const Vector step = pull_back(solve(left, damping));
      point().move_to(from + step);
      const Matrix now = missing();
      if (now.norm() < (1 - 1e-3) * left.norm()) {
        left = now;
        damping *= 0.1;
        break;
      }
      damping = std::max(10 * damping, epsilon * mean_);
      if (!(step.norm() > 1e-14 * (1 + from.norm()))) return false;
      point().move_to(from);  // the next step uses the Jacobian there
    }
  }
  return false;
}

Vector WeightsOf::tangent(const Vector& direction) {
  const Vector v = cut_ ? cut_->nearest(direction) : direction;
  linearize();
  const Matrix jv = projected(point().jacobian(v));
  return v - pull_back(solve(jv, 0));
}

void WeightsOf::linearize() {
  const DeepLinear network = point().network();
  kernel_ = cut_ ? kernel_of(cut_->kernel(network)) : TangentKernel(network);
  mean_ = 0;
  for (const TangentKernel::Share& k : kernel_->shares()) {
    mean_ += k.out.trace() * k.in.trace() / static_cast<double>(goal_.size());
  }
}

/// Π JJᵀ q for q = Πq, with J restricted to the weights of the cut.
Matrix WeightsOf::gram(const Matrix& q) const { return projected(kernel_->apply(q)); }

/// (Π JJᵀ Π + damping)^{-1} b, b = Πb, by conjugate gradients.
Matrix WeightsOf::solve(const Matrix& b, double damping) const {
  Matrix x = Matrix::Zero(b.rows(), b.cols());
  Matrix r = b;
  Matrix p = r;
  double rr = r.squaredNorm();
  const double enough = 1e-24 * rr;
  // Weights of a cut cannot change the rounding errors in the directions that the cut removes.
  const double least = (cut_ ? epsilon : epsilon * epsilon) * mean_;
  for (Index i = 0; i < 2 * b.size() + 20 && rr > enough; ++i) {
    const Matrix own = gram(p);
    const double curvature = p.cwiseProduct(own).sum();
    if (!(curvature > least * p.squaredNorm())) break;  // b has a component outside the range of J
    const Matrix image = own + damping * p;
    const double step = rr / (curvature + damping * p.squaredNorm());
    x += step * p;
    r -= step * image;
    const double next = r.squaredNorm();
    p = r + (next / rr) * p;
    rr = next;
  }
  return x;
}

Vector WeightsOf::pull_back(const Matrix& q) {
  Vector v;
  point().jacobian_transposed(q, v);
  return cut_ ? cut_->nearest(v) : v;
}

bool CriticalPoints::restore(const Vector& theta) {
  point().move_to(theta);
  return to_critical(point(), goal_, Far::shorten);
}

Vector CriticalPoints::tangent(const Vector& v) {
  const Vector hv = point().hessian(v);
  return hv.norm() > 0 ? Vector(v - least_residual(point(), hv, 1e-8)) : v;
}

Approach shorten(SolutionSet& set, Index max_steps) {
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
  set.point().move_to(theta);
  return {.theta = theta, .distance = distance, .stationarity = distance > 0 ? stationarity : 0};
}

std::optional<Approach> shortest_way(WeightsOf& set, const Matrix& goal, Index max_steps) {
  std::optional<Approach> best;
  const DeepLinear from = set.point().network();
  const auto try_from = [&](const Vector& theta) {
    if (!set.restore(theta)) return;
    const Approach found = shorten(set, max_steps);
    if (!best || found.distance < best->distance) best = found;
  };
  try_from(set.start());
  if (!best || best->distance > 0) {
    const Matrix a = best && set.point().cost_function().mask() ? set.point().end_to_end() : goal;
    if (const auto balanced = balanced_towards(from, a)) try_from(flatten(*balanced));
  }
  // A stationary point may be a saddle of the distance, for example from symmetric starts.
  if (best && best->distance > 0) {
    const Index n = best->theta.size();
    const double size = 0.1 * best->distance / std::sqrt(static_cast<double>(n));
    try_from(best->theta + linalg::normal_matrix(n, 1, size, {.seed = 3, .stream = linalg::Stream::rotation}));
  }
  if (best) set.point().move_to(best->theta);
  return best;
}

}  // namespace linnet::landscape
