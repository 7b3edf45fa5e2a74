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

}  // namespace linnet::observables
