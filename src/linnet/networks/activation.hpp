#pragma once

#include <algorithm>
#include <cmath>

namespace linnet {

/// σ of the hidden neurons.
enum class Activation {
  relu,       ///< h for h > 0, else slope·h: ReLU at slope 0, leaky ReLU at others, the identity at 1
  quadratic,  ///< h²
};

const char* to_string(Activation activation);

/// What a hidden neuron computes.
struct HiddenUnit {
  Activation activation = Activation::relu;
  double slope = 0;     ///< of negative inputs; of ReLU alone
  double rounding = 0;  ///< ReLU's kink is a parabola for |h| < rounding: for implicit integration

  friend bool operator==(const HiddenUnit&, const HiddenUnit&) = default;
};

/// σ and its derivatives, inlined into the loops over neurons. At its kink ReLU counts as inactive. A choice between
/// two constants is what compilers make vector code of; one between h and slope·h is not.
struct LeakyRelu {
  double slope = 0;

  [[nodiscard]] double value(double h) const { return h * derivative(h); }
  [[nodiscard]] double derivative(double h) const { return h > 0 ? 1.0 : slope; }
  [[nodiscard]] static double second_derivative(double /*h*/) { return 0; }
};

/// ReLU with a parabola in place of its kink, once differentiable.
struct RoundedRelu {
  double slope = 0;
  double rounding = 0;

  [[nodiscard]] double value(double h) const {
    const double beyond = std::abs(h) < rounding ? (h + rounding) * (h + rounding) / (4 * rounding) : std::max(h, 0.0);
    return slope * h + (1 - slope) * beyond;
  }
  [[nodiscard]] double derivative(double h) const {
    return slope + (1 - slope) * std::clamp((h + rounding) / (2 * rounding), 0.0, 1.0);
  }
  [[nodiscard]] double second_derivative(double h) const {
    return std::abs(h) < rounding ? (1 - slope) / (2 * rounding) : 0.0;
  }
};

struct Square {
  [[nodiscard]] static double value(double h) { return h * h; }
  [[nodiscard]] static double derivative(double h) { return 2 * h; }
  [[nodiscard]] static double second_derivative(double /*h*/) { return 2; }
};

/// f(σ), with the type that the loops are compiled for.
template <class F>
auto with_activation(const HiddenUnit& neuron, const F& f) {
  if (neuron.activation == Activation::quadratic) return f(Square{});
  if (neuron.rounding > 0) return f(RoundedRelu{neuron.slope, neuron.rounding});
  return f(LeakyRelu{neuron.slope});
}

}  // namespace linnet
