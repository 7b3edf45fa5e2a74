#pragma once

#include "linnet/observables/observable.hpp"

namespace linnet::observables {

// For tasks with samples.
/// Fraction of samples whose largest output is that of the target or, with one output, has its sign.
Observable train_accuracy();
Observable test_accuracy();     ///< the same on the test samples
Observable hamming_distance();  ///< fraction of (sample, hidden neuron) pairs whose input of the neuron changed sign;
                                ///< needs weights

// For each neuron of two layers with one output. A linear network counts as a perceptron of slope 1.
Observable neuron_balance();    ///< δ_k = q η_w a_k² − η_a |w_k|²
Observable neuron_path();       ///< |a_k| w_k
Observable neuron_direction();  ///< w_k/|w_k|; 0 if w_k is 0
Observable neuron_size();       ///< |a_k| |w_k|
Observable neuron_readout();    ///< a_k

// The forces on these neurons by the samples, and the speeds that gradient flow of C has by them at the rates, per unit
// of time: dw_k/dt = η_w a_k ξ_k, da_k/dt = η_a w_kᵀξ_k/q with q = 1 (ReLU) or 2 (quadratic), φ_k = w_k/|w_k|.
Observable neuron_drive();   ///< ξ_k = −∂C/∂w_k / a_k = −(2h/P) Σ_i σ'(w_k·x_i)(f(x_i) − y_i) x_i
Observable neuron_growth();  ///< d(|a_k||w_k|)/dt = sgn(a_k)(η_w a_k² + η_a |w_k|²/q) φ_kᵀξ_k, the radial part
Observable neuron_turning();  ///< |dφ_k/dt| = η_w |a_k|/|w_k| |(I − φ_kφ_kᵀ) ξ_k|, the directional part; 0 if w_k is 0

}  // namespace linnet::observables
