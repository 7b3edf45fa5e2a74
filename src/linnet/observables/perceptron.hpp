#pragma once

#include "linnet/observables/observable.hpp"

namespace linnet::observables {

// Of tasks with samples.
Observable train_accuracy();    ///< part of the samples whose largest output is that of the target; of one output,
                                ///< whose sign is
Observable test_accuracy();     ///< the same of the samples held out
Observable hamming_distance();  ///< part of the (sample, hidden neuron) pairs that have changed sides; needs weights

// Of two layers and one output, for each neuron. A linear network is one of slope 1.
Observable neuron_balance();    ///< δ_k = q η_w a_k² − η_a |w_k|²
Observable neuron_path();       ///< |a_k| w_k
Observable neuron_direction();  ///< w_k/|w_k|; 0 of a neuron without weights
Observable neuron_size();       ///< |a_k| |w_k|
Observable neuron_readout();    ///< a_k

}  // namespace linnet::observables
