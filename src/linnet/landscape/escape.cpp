#include "linnet/landscape/escape.hpp"

#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/landscape/cut.hpp"
#include "linnet/landscape/hessian.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::landscape {

namespace {

/// The unused neurons of each hidden layer, and all inputs and outputs.
std::vector<std::vector<Index>> free_neurons(const DeepLinear& at) {
  const std::vector<Matrix>& w = at.weights();
  const std::vector<Index> sizes = at.sizes();
  std::vector<std::vector<Index>> result(sizes.size());
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    const bool hidden = l > 0 && l < w.size();
    for (Index k = 0; k < sizes[l]; ++k) {
      if (!hidden || (w[l - 1].row(k).isZero(0) && w[l].col(k).isZero(0))) result[l].push_back(k);
    }
    if (result[l].empty()) {
      bad_input({.field = "network.weights",
                 .expected = "an unused neuron in every hidden layer, of zero weights in and out",
                 .got = "none in hidden layer " + std::to_string(l),
                 .hint = "padded adds some; for two layers the search needs none"});
    }
  }
  return result;
}

bool is_minimal(double at, const Cost& cost) {
  const double least = cost.evaluate(cost.target()).cost;
  const double fall = cost.evaluate(Matrix::Zero(cost.shape().outputs, cost.shape().inputs)).cost - least;
  return at - least <= 1e-8 * fall;
}

void require_critical(const Point& point, double tolerance) {
  if (point.depth() == 1) {
    bad_input({.field = "network.depth",
               .expected = "at least 2 layers",
               .got = "1",
               .hint = "the cost of one layer is convex: there is nothing to escape from"});
  }
  const double size = point.residual().norm();
  if (!(size > 0)) {
    bad_input({.field = "landscape.escape",
               .expected = "a critical point above the minimum",
               .got = "a minimum: ∇C(A) = 0",
               .hint = "its escape has strength 0 and no direction"});
  }
  if (point.gradient_norm() > tolerance * size) {
    const Cost& cost = point.cost_function();
    if (cost.has_target() && is_minimal(point.cost(), cost)) {
      bad_input({.field = "landscape.escape",
                 .expected = "a critical point above the minimum",
                 .got = "a minimum up to rounding, |∇C(A)| = " + format_number(size),
                 .hint = "its escape has strength 0 and no direction"});
    }
    bad_input({.field = "landscape.escape",
               .expected = "a critical point, ‖∂C/∂θ‖ at most " + format_number(tolerance) + " of |∇C(A)|",
               .got = format_number(point.gradient_norm() / size),
               .hint = "greedy_low_rank and nearest_saddle give critical points"});
  }
  // With small layers the gradient is small everywhere, so that its size is no criterion.
  const DeepLinear network = point.network();
  const double distance = distance_to_cut(network, point.residual(), 10 * tolerance * size);
  if (distance > tolerance * network.norm()) {
    bad_input({.field = "landscape.escape",
               .expected = "a critical point, no farther than " + format_number(tolerance) + " |θ| from a cut network",
               .got = format_number(distance / network.norm()),
               .hint = "greedy_low_rank and nearest_saddle give critical points"});
  }
}

double form_value(double strength, std::size_t depth) {
  const auto l = static_cast<double>(depth);
  return -strength * std::pow(l, -l / 2);
}

double speed(Index depth, double strength) {
  return strength * std::pow(static_cast<double>(depth), 1 - static_cast<double>(depth) / 2);
}

void check_law(Index depth, double strength, double r_0) {
  require_at_least(depth, 1, "network.depth");
  require_positive(strength, "escape.strength");
  depth == 1 ? require_non_negative(r_0, "escape.r_0") : require_positive(r_0, "escape.r_0");
}

}  // namespace

DeepLinear padded(const DeepLinear& network, Index extra) {
  require_at_least(extra, 0, "landscape.extra");
  std::vector<Matrix> weights;
  const std::size_t depth = network.weights().size();
  const auto more = static_cast<double>(extra);
  double bytes = 0;
  for (const Matrix& w : network.weights()) {
    bytes += matrix_bytes(static_cast<double>(w.rows()) + more, static_cast<double>(w.cols()) + more);
  }
  require_memory(2 * bytes, "landscape.extra", std::to_string(extra) + " more neurons in each layer");
  for (std::size_t l = 0; l < depth; ++l) {
    const Matrix& w = network.weights()[l];
    Matrix larger = Matrix::Zero(w.rows() + (l + 1 < depth ? extra : 0), w.cols() + (l > 0 ? extra : 0));
    larger.topLeftCorner(w.rows(), w.cols()) = w;
    weights.push_back(std::move(larger));
  }
  return DeepLinear(std::move(weights));
}

EscapeDirection escape_direction(const DeepLinear& at, const Cost& cost, double tolerance) {
  const Point point(at, cost);
  require_critical(point, tolerance);
  const std::vector<std::vector<Index>> unused = free_neurons(at);
  const linalg::Svd d = linalg::svd(point.residual());
  const std::size_t depth = at.weights().size();
  const double size = 1 / std::sqrt(static_cast<double>(depth));
  std::vector<Matrix> direction;
  Vector before = d.v.col(0);
  for (std::size_t l = 1; l <= depth; ++l) {
    Vector after = Vector::Zero(at.sizes()[l]);
    if (l == depth) {
      after = -d.u.col(0);
    } else {
      after(unused[l].front()) = 1;
    }
    direction.emplace_back(size * after * before.transpose());
    before = std::move(after);
  }
  return {.direction = DeepLinear(std::move(direction)), .strength = d.s(0), .value = form_value(d.s(0), depth)};
}

EscapeDirection find_escape_direction(const DeepLinear& at, const Cost& cost, const EscapeSearch& o) {
  Point point(at, cost);
  require_critical(point, o.critical);
  const std::size_t depth = at.weights().size();
  if (depth == 2) {
    const Extremes found = extreme_eigenvalues(point, 1);
    if (!(found.smallest(0) < -1e-10 * std::abs(found.largest(0)))) {
      numerical_failure({.field = "landscape.escape",
                         .expected = "a direction in which the cost falls",
                         .got = "a smallest eigenvalue of the Hessian of " + format_number(found.smallest(0)),
                         .hint = "this critical point is no strict saddle"});
    }
    return {.direction = unflatten(found.smallest_vectors.col(0), at.sizes()),
            .strength = -found.smallest(0),
            .value = found.smallest(0) / 2};
  }

  const std::vector<std::vector<Index>> unused = free_neurons(at);
  std::vector<Matrix> small;  // V_l, the weights between unused neurons
  for (std::size_t l = 1; l <= depth; ++l) {
    small.push_back(linalg::normal_matrix(
        static_cast<Index>(unused[l].size()), static_cast<Index>(unused[l - 1].size()), 1,
        {.seed = o.seed, .point = static_cast<std::uint32_t>(l), .stream = linalg::Stream::rotation}));
  }
  const auto normalized = [](const DeepLinear& v) {
    std::vector<Matrix> weights = v.weights();
    const double norm = v.norm();
    for (Matrix& m : weights) m /= norm;
    return weights;
  };
  small = normalized(DeepLinear(std::move(small)));
  // The form is ⟨∇C(A), V_L⋯V_1⟩: its gradient is that of a point whose ∇C is constant.
  Point form(DeepLinear(small), Cost::full_matrix(Matrix::Zero(cost.shape().outputs, cost.shape().inputs)));
  Vector theta = form.theta();
  Vector gradient;
  double value = 0;
  // On the sphere, the second derivatives of the form are at most (L−1) times its largest gradient. Shifted by this,
  // the iteration cannot decrease it.
  const double top = linalg::operator_norm(point.residual());
  const auto l = static_cast<double>(depth);
  const double shift = (l - 1) * top * std::pow(l, 1 - l / 2);
  for (Index i = 0;; ++i) {
    if (i == o.max_steps) {
      numerical_failure({.field = "landscape.escape",
                         .expected = "convergence of the power iteration",
                         .got = "none in " + std::to_string(o.max_steps) + " steps",
                         .hint = "allow more steps or a larger tolerance"});
    }
    form.move_to(theta);
    form.jacobian_transposed(point.residual(), gradient);
    value = form.end_to_end().cwiseProduct(point.residual()).sum();
    const Vector next = (shift * theta - gradient).normalized();
    const double moved = (next - theta).norm();
    theta = next;
    if (moved <= o.tolerance) break;
  }
  if (!(value < 0)) {
    numerical_failure({.field = "landscape.escape",
                       .expected = "a direction in which the cost falls",
                       .got = "a value of " + format_number(value),
                       .hint = "another seed starts elsewhere"});
  }
  const DeepLinear found = unflatten(theta, DeepLinear(small).sizes());
  std::vector<Matrix> direction;
  for (std::size_t i = 0; i < depth; ++i) {
    direction.emplace_back(Matrix::Zero(at.weights()[i].rows(), at.weights()[i].cols()));
    direction.back()(unused[i + 1], unused[i]) = found.weights()[i];
  }
  return {.direction = DeepLinear(std::move(direction)), .strength = -value * std::pow(l, l / 2), .value = value};
}

double escape_time(Index depth, double strength, double r_0, double r_1) {
  check_law(depth, strength, r_0);
  if (!(r_1 >= r_0)) {
    bad_input({.field = "escape.r_1", .expected = "at least r_0", .got = format_number(r_1)});
  }
  if (depth == 1) return (r_1 - r_0) / strength;
  const double growth = std::log(r_1 / r_0);
  if (depth == 2) return growth / strength;
  const auto power = static_cast<double>(depth - 2);
  return std::pow(r_0, -power) * -std::expm1(-power * growth) / (power * speed(depth, strength));
}

double escape_radius(Index depth, double strength, double r_0, double t) {
  check_law(depth, strength, r_0);
  require_non_negative(t, "escape.t");
  if (depth == 1) return r_0 + strength * t;
  if (depth == 2) return r_0 * std::exp(strength * t);
  const auto power = static_cast<double>(depth - 2);
  const double passed = power * speed(depth, strength) * t * std::pow(r_0, power);  // 1 at the blow-up
  if (passed >= 1) return std::numeric_limits<double>::infinity();
  return r_0 * std::exp(-std::log1p(-passed) / power);
}

}  // namespace linnet::landscape
