#pragma once

#include <cstdint>

#include "linnet/tasks/task.hpp"

namespace linnet::tasks {

/// Points of the plane at the corners (1, 1), (−1, 1), (−1, −1), (1, −1) in turn, plus noise; y = 1 at the first and
/// the third corner, −1 at the others. No linear map classifies them.
struct XorPoints {
  Index samples = 40;      ///< P
  Index test_samples = 0;  ///< fresh ones; 0 for none
  double noise = 0.2;      ///< standard deviation of each coordinate around the corner
  std::uint64_t seed = 0;
  std::uint32_t point = 0;  ///< of a sweep; part of the random key
  Normalisation normalisation = {};
};

/// Throws for samples below 1, test samples below 0, or a noise that is negative or not finite.
Task xor_points(const XorPoints& options);

}  // namespace linnet::tasks
