#pragma once

#include <cstdint>

#include "linnet/observables/observable.hpp"

namespace linnet::observables {

/// Options of the two observables below.
struct Noise {
  double deviation = 0.1;   ///< σ
  Index draws = 0;          ///< 0: the expectation in closed form; else the mean over so many draws
  Index width = 0;          ///< w of a Gram state of full rank, which does not say it; if less than its rank, that
  std::uint64_t seed = 0;   ///< of the draws; each record has the same
  std::uint32_t point = 0;  ///< of a sweep
};

// The train error of a network with noise that it was not trained with (docs/theory.md, "Noise"; Lazy-to-Rich, figure
// 4E and appendix C.3), in the normalisation of `train_error`. The expectations are of quadratic costs without weights
// of entries; draws are of any cost of A. Inputs of the full-matrix cost have the covariance I.

/// f(x + ξ), ξ ~ N(0, σ²I): σ²‖A‖²_F more output power. Of the full-matrix cost, or one on samples. O(n_0n_L).
Observable input_noise_error(const Noise& noise = {});

/// Independent N(0, σ²) added to every weight. Of two layers on white inputs the output power grows by
/// σ²(n_0‖W_2‖² + n_2‖W_1‖²) + σ⁴n_0wn_2. Needs the weights of a linear network, of any depth, or a Gram state;
/// O(L²) products of layers.
Observable parameter_noise_error(const Noise& noise = {});

}  // namespace linnet::observables
