#pragma once

#include <cstdint>

#include "linnet/exact/spiked_spectrum.hpp"

namespace linnet {

/// How far the test error that an estimated spectrum predicts is from the true one, at 95 %: twice the root mean square
/// over draws of matrices of the estimated strengths and noise, each of which is estimated anew as Y was, for networks
/// of this κ and time t at rate η. The draws are of at most 100 rows or columns; the error falls as 1/√n, and is scaled
/// to the size of Y. 40 small SVDs.
double error_bar(const SpectrumEstimate& estimate, double kappa, double t, double rate, std::uint64_t seed);

}  // namespace linnet
