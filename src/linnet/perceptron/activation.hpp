#pragma once

namespace linnet {

/// σ of the hidden neurons.
enum class Activation {
  relu,       ///< h for h > 0, else slope·h: ReLU at slope 0, leaky ReLU at others, the identity at 1
  quadratic,  ///< h²
};

const char* to_string(Activation activation);

/// What a hidden neuron computes.
struct Neuron {
  Activation activation = Activation::relu;
  double slope = 0;  ///< of negative inputs; of ReLU alone

  friend bool operator==(const Neuron&, const Neuron&) = default;
};

/// σ and its derivatives, inlined into the loops over neurons. At its kink ReLU counts as inactive.
struct LeakyRelu {
  double slope = 0;

  [[nodiscard]] double value(double h) const { return h > 0 ? h : slope * h; }
  [[nodiscard]] double derivative(double h) const { return h > 0 ? 1.0 : slope; }
  [[nodiscard]] static double second_derivative(double /*h*/) { return 0; }
};

struct Square {
  [[nodiscard]] static double value(double h) { return h * h; }
  [[nodiscard]] static double derivative(double h) { return 2 * h; }
  [[nodiscard]] static double second_derivative(double /*h*/) { return 2; }
};

/// f(σ), with the type that the loops are compiled for.
template <class F>
auto with_activation(const Neuron& neuron, const F& f) {
  if (neuron.activation == Activation::quadratic) return f(Square{});
  return f(LeakyRelu{neuron.slope});
}

}  // namespace linnet
