#pragma once

#include "linnet/networks/deep_linear.hpp"

namespace linnet {

/// One hidden neuron of one output, f(x) = a wᵀx (docs/theory.md, "One neuron"): `DeepLinear` of two layers and width 1
/// with readable parts. Rates are (η_w, η_a), the first layer's first.
struct Neuron {
  double a = 0;
  Vector w;  ///< n_0

  [[nodiscard]] Vector coefficients() const { return a * w; }  ///< β = a w: A as a column
  /// W_1 = wᵀ, W_2 = a.
  [[nodiscard]] DeepLinear weights() const;
};

/// δ = η_w a² − η_a|w|², which gradient flow conserves: above 0 upstream, below 0 downstream.
double balance_of(const Neuron& neuron, const Layerwise& rates = 1.0);

/// Both parts of a neuron, |a| and |w|.
struct NeuronSizes {
  double a = 0;
  double w = 0;
};

/// The sizes of the neuron with this |β| and δ, η_w a² = (√(δ² + 4η_aη_w|β|²) + δ)/2. The larger one comes from this
/// formula, the other one is the quotient, so that neither is a difference and no square over- or underflows.
NeuronSizes neuron_sizes(double size, double balance, const Layerwise& rates = 1.0);

/// The weights as a neuron. Throws unless they have one hidden neuron and one output.
Neuron neuron_of(const DeepLinear& weights);

}  // namespace linnet

namespace linnet::networks {

/// Options of `neuron`.
struct NeuronStart {
  Vector coefficients;    ///< β_0
  double balance = 0;     ///< δ
  Layerwise rates = 1.0;  ///< (η_w, η_a): what δ is conserved at
  bool negative = false;  ///< a < 0, the other neuron of this β_0 and δ
};

/// The neuron of this β and δ: η_w a² = (√(δ² + 4η_aη_w|β|²) + δ)/2, w = β/a. At β = 0 it exists for δ > 0 (w = 0).
/// Throws at β = 0 for δ < 0, where w has no direction, and for δ = 0, where nothing would move.
Neuron neuron(const NeuronStart& start);

}  // namespace linnet::networks
