#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/networks/neuron.hpp"
#include "linnet/tasks/structured.hpp"
#include "motion.hpp"

namespace linnet::explorer {

namespace {

/// Deep Gaussian weights, or their light cone where it is the smaller one. Its error falls exponentially with the
/// order; these leave some 1e-6 (docs/theory.md, "Any width at any depth").
DeepLinear deep_gaussian(const Problem& p) {
  const Start& s = p.start;
  const auto w = static_cast<double>(s.neurons);
  std::vector<double> variances = s.deep_scales();
  for (double& v : variances) v /= w;
  const std::vector<Index> sizes = networks::layer_sizes(p.task.shape(), s.depth, s.neurons);
  const networks::DeepGaussian options{.variance = Layerwise(variances), .seed = s.seed};
  const Index order = s.depth == 3 ? 4 : 2 * (s.depth - 2);
  const std::vector<Index> cone = networks::cone_sizes(sizes, order);
  const auto widest = *std::max_element(cone.begin() + 1, cone.end() - 1);
  return widest < s.neurons ? networks::gaussian_cone(sizes, options, order) : networks::gaussian_deep(sizes, options);
}

Network untrained(const Problem& p) {
  const Start& s = p.start;
  const Shape shape = p.task.shape();
  if (s.gram) return GramState::from_gram(*s.gram, shape);
  if (!s.weights.empty()) return DeepLinear(s.weights);
  if (p.angle) {
    const Vector beta = s.scale * Vector{{std::cos(*p.angle), std::sin(*p.angle)}};
    return networks::neuron({.coefficients = beta, .balance = s.balance}).weights();
  }
  if (s.width == "gaussian") {
    if (s.depth == 1) {
      bad_input({.field = "depth",
                 .expected = "at least 2 layers for a Gaussian start",
                 .got = "1",
                 .hint = "one layer has no hidden neurons; the infinite and the balanced width have a start of it"});
    }
    if (s.depth != 2) return deep_gaussian(p);
    const auto w = static_cast<double>(s.neurons);
    return networks::gaussian_gram(
        shape, {.width = s.neurons, .variance = {s.scales()[0] / w, s.scales()[1] / w}, .seed = s.seed});
  }
  if (s.width == "balanced" && s.depth == 2) {
    const Matrix a = networks::semi_orthogonal(shape, std::min(s.neurons, shape.modes()), s.scale, s.seed);
    return networks::balanced(a, s.balance, s.neurons, s.seed);
  }
  if (s.depth == 2) return networks::infinite_width_weights(shape, s.scales());
  if (s.width == "infinite" && s.depth > 2) {
    return networks::infinite_width_cone(shape, s.depth, s.deep_roots(), s.depth == 3 ? 4 : 2 * (s.depth - 2));
  }
  const linalg::Svd y = linalg::svd(p.task.target());
  const Matrix a = s.scale * linalg::product(y.u, y.v.transpose());
  if (s.depth == 1) return DeepLinear({a});
  return networks::deep_unbalanced(
      a, std::vector<Index>(static_cast<std::size_t>(s.depth) - 1, shape.modes()),
      {.imbalance = {.balance = s.balance, .layer = UnbalancedLayer::last}, .seed = s.seed});
}

}  // namespace

Network start_of(const Problem& p) {
  if (!p.reversed) return untrained(p);
  if (p.start.width != "infinite" && p.start.width != "balanced") {
    bad_input({.field = "width",
               .expected = "infinite or balanced for the reversal",
               .got = p.start.width,
               .hint = "of these it is known what the network has learned before"});
  }
  const Task before = tasks::reversed(p.task);
  if (p.start.width == "infinite") {
    return ModeFlow(sample_spectrum(before), {.scales = p.start.scales()}).gram_state(HUGE_VAL);
  }
  return ExactFlow(untrained(p), before).network(HUGE_VAL);
}

DeepLinear weights_of_start(const Problem& p) {
  const Network start = start_of(p);
  if (const DeepLinear* weights = weights_of(start)) return *weights;
  const GramState state = gram_state(start);
  const std::optional<Matrix> narrow = narrow_factor(state);
  const Matrix q = narrow ? *narrow : Matrix(linalg::cholesky(state.gram()).transpose());
  return {q.topRows(state.shape().inputs).transpose(), q.bottomRows(state.shape().outputs)};
}

std::unique_ptr<Motion> make_motion(const Problem& p) {
  const Start& s = p.start;
  if (p.angle) return neuron_motion(p);
  const bool given = s.gram.has_value() || !s.weights.empty();
  if (given || s.width == "gaussian") {
    const Network start = start_of(p);
    const bool two_layers = has_gram_state(start);
    return two_layers && fit_closure(start).residual < 1e-8 ? exact_motion(p) : integrated_motion(p);
  }
  if (s.depth == 2) return s.width == "infinite" ? mode_motion(p) : exact_motion(p);
  return s.width == "infinite" && s.depth > 2 ? wide_motion(p) : aligned_motion(p);
}

Span span_of(const Motion& motion) {
  const Vector start = motion.at(0).modes;
  const Vector end = motion.at(HUGE_VAL).modes;
  const Vector y = motion.targets().cwiseAbs();
  const double largest = std::max({y.maxCoeff(), start.cwiseAbs().maxCoeff(), 1e-300});
  const auto moved = [&](double t) { return (motion.at(t).modes - start).cwiseAbs().maxCoeff() > 3e-3 * largest; };
  const auto arrived = [&](double t) {
    return ((motion.at(t).modes - end).array().abs() < 0.01 * y.array().max(0.02 * largest)).all();
  };
  const auto bisect = [](const auto& after, double low, double high) {
    while (high - low > 0.03) {
      const double middle = (low + high) / 2;
      (after(std::pow(10, middle)) ? high : low) = middle;
    }
    return high;
  };
  constexpr double earliest = -8;
  constexpr double latest = 20;
  // To whole halves of a decade, so that the axis keeps still while a dial is turned.
  const double first = std::floor(2 * bisect(moved, earliest, latest) - 0.5) / 2;
  const double last = std::ceil(2 * bisect(arrived, first, latest) + 0.5) / 2;
  return {.first = std::pow(10, first), .last = std::pow(10, std::max(last, first + 1))};
}

}  // namespace linnet::explorer
