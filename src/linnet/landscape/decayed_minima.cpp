#include "linnet/landscape/decayed_minima.hpp"

#include <cmath>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet::landscape {

namespace {

void require_range(double depth, double weight_decay) {
  if (!(depth >= 1) || !std::isfinite(depth)) {
    bad_input({.field = "depth", .expected = "a finite number >= 1", .got = format_number(depth)});
  }
  require_non_negative(weight_decay, "weight_decay");
}

/// The t between `below` and `above` at which a falling (or rising) function of t passes `level`, to rounding.
template <class Function>
double root(const Function& f, double level, double below, double above) {
  const bool falls = f(below) > f(above);
  for (;;) {
    const double middle = below + (above - below) / 2;
    if (!(middle > below && middle < above)) return middle;
    ((f(middle) > level) == falls ? below : above) = middle;
  }
}

}  // namespace

// In t = s^{1/L}, F' = L t (μ − t^{L−2}(y − t^L)): the stationary points other than 0 are where g(t) = t^{L−2}(y − t^L)
// is μ. g falls for L ≤ 2. For L > 2 it rises from 0 up to t^L = y(L−2)/(2L−2) and falls from there: a barrier and a
// minimum.
DecayedMode decayed_mode(double target, double depth, double weight_decay) {
  require_non_negative(target, "target");
  require_range(depth, weight_decay);
  const double y = target;
  const double mu = weight_decay;
  const double l = depth;
  DecayedMode mode{.cost = y * y / 2};
  const double peak = l > 2 ? (l - 2) / (2 * l - 2) : 0;  // of g, as t^L/y
  if (l == 2) mode.critical = mu;
  if (l > 2) {
    mode.critical = std::pow(mu * (2 * l - 2) / l * std::pow(peak, -(l - 2) / l), l / (2 * l - 2));
  }
  if (!(y > mode.critical)) return mode;
  if (mu == 0) {
    mode.minimum = y;
  } else if (l == 1) {
    mode.minimum = y / (1 + mu);
  } else if (l == 2) {
    mode.minimum = y - mu;
  } else {
    const auto g = [&](double t) { return std::pow(t, l - 2) * (y - std::pow(t, l)); };
    const double top = std::pow(y, 1 / l);
    const double turn = std::pow(peak * y, 1 / l);
    mode.minimum = std::pow(root(g, mu, turn, top), l);
    if (l > 2) mode.barrier = std::pow(root(g, mu, 0, turn), l);
  }
  mode.cost = (mode.minimum - y) * (mode.minimum - y) / 2 + mu * l / 2 * std::pow(mode.minimum, 2 / l);
  return mode;
}

Index DecayedMinima::best_rank() const {
  Index best = 0;
  cost.minCoeff(&best);
  return least_rank + best;
}

Matrix DecayedMinima::end_to_end(Index rank) const {
  if (rank < least_rank || rank > largest_rank()) {
    bad_input({.field = "rank",
               .expected = "that of a minimum, " + std::to_string(least_rank) + " to " + std::to_string(largest_rank()),
               .got = std::to_string(rank)});
  }
  const Matrix scaled = left.leftCols(rank) * minimum.head(rank).asDiagonal();
  const Matrix v = right.leftCols(rank);
  return linalg::product(scaled, v.transpose());
}

DecayedMinima decayed_minima(const Task& task, double depth, double weight_decay) {
  require_range(depth, weight_decay);
  const std::optional<double> variance = task.train.white_variance();
  if (!variance) {
    bad_input({.field = "task",
               .expected = "a full-matrix cost, or white inputs",
               .got = task.name,
               .hint = "the modes of other costs are coupled: train to find their minima"});
  }
  const linalg::Svd d = linalg::svd(task.target());
  const Index modes = d.s.size();
  DecayedMinima all{.target = d.s, .minimum = Vector(modes), .barrier = Vector(modes), .left = d.u, .right = d.v};
  Index alive = 0;
  Vector costs(modes);
  for (Index i = 0; i < modes; ++i) {
    const DecayedMode mode = decayed_mode(d.s(i), depth, weight_decay / *variance);
    all.minimum(i) = mode.minimum;
    all.barrier(i) = mode.barrier;
    all.critical = mode.critical;
    costs(i) = mode.cost;
    if (mode.minimum > 0) ++alive;
  }
  all.least_rank = depth > 2 && weight_decay > 0 ? 0 : alive;
  all.cost.resize(alive - all.least_rank + 1);
  const double least = task.train.evaluate(task.target()).cost;
  for (Index rank = all.least_rank; rank <= alive; ++rank) {
    const double rest = d.s.tail(modes - rank).squaredNorm() / 2;
    all.cost(rank - all.least_rank) = least + *variance * (costs.head(rank).sum() + rest);
  }
  return all;
}

}  // namespace linnet::landscape
