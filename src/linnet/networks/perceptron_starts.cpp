#include "linnet/networks/perceptron_starts.hpp"

#include <cmath>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/linalg/sphere.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::networks {

namespace {

using linalg::Stream;

Tilt tilt_of(const SphericalPairs& o) {
  require_positive(o.tau, "network.tau");
  if (o.alpha.has_value() == o.delta.has_value()) {
    bad_input({.field = "network.alpha",
               .expected = "either network.alpha or network.delta",
               .got = o.alpha ? "both" : "neither",
               .hint = "delta = tau^2 (alpha^2 - alpha^-2): one follows from the other"});
  }
  return o.alpha ? tilt(o.tau, *o.alpha) : tilt_of_delta(o.tau, *o.delta);
}

}  // namespace

Perceptron spherical_pairs(Index inputs, const SphericalPairs& o) {
  require_at_least(inputs, 1, "network.inputs");
  require_at_least(o.width, 1, "network.width");
  if (o.antisymmetric && o.width % 2 != 0) {
    bad_input({.field = "network.width",
               .expected = "an even number, for antisymmetric pairs of neurons",
               .got = std::to_string(o.width)});
  }
  const Tilt scales = tilt_of(o);
  require_memory(2 * matrix_bytes(static_cast<double>(o.width), static_cast<double>(inputs) + 1), "network.width",
                 std::to_string(o.width));
  const Index drawn = o.antisymmetric ? o.width / 2 : o.width;
  const Matrix directions =
      linalg::on_sphere(inputs, drawn, {.seed = o.seed, .point = o.point, .stream = Stream::neurons});
  linalg::Random signs({.seed = o.seed, .point = o.point, .stream = Stream::signs});
  Matrix w(o.width, inputs);
  Matrix a(1, o.width);
  for (Index k = 0; k < o.width; ++k) {
    stop_if_asked(k);
    w.row(k) = scales.first * directions.col(o.antisymmetric ? k / 2 : k).transpose();
    const bool positive = o.antisymmetric ? k % 2 == 0 : signs.below(2) == 0;
    a(0, k) = positive ? scales.second : -scales.second;
  }
  return Perceptron({std::move(w), std::move(a)}, {.slope = o.slope});
}

Perceptron gaussian_perceptron(const std::vector<Index>& sizes, const GaussianPerceptron& o) {
  require_positive(o.alpha, "network.alpha");
  require_positive(o.last_scale, "network.last_scale");
  std::vector<double> he;  // of sizes that are checked where the weights are made
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    he.push_back(2 / static_cast<double>(require_at_least(sizes[l], 1, "network.width")));
  }
  const Layerwise variance = o.variance ? *o.variance : he.empty() ? Layerwise(1.0) : Layerwise(he);
  std::vector<Matrix> weights =
      gaussian_deep(sizes, {.variance = variance, .seed = o.seed, .point = o.point}).weights();
  // An activation of degree q makes of a factor of W_1 its power q^{L−1}.
  const double degree = o.activation == Activation::quadratic ? 2 : 1;
  weights.front() /= o.alpha;
  weights.back() *= o.last_scale * std::pow(o.alpha, std::pow(degree, static_cast<double>(weights.size()) - 1));
  return Perceptron(std::move(weights), {.activation = o.activation, .slope = o.slope});
}

}  // namespace linnet::networks
