#pragma once

#include <cstdint>

#include "linnet/tasks/task.hpp"

namespace linnet::tasks {

/// Samples of *Get rich quick*: inputs uniform on the unit sphere of R^dim, targets of a two-layer teacher whose
/// weights w_k are uniform on the unit sphere and a_k = ±1.
struct Teacher {
  Index dim = 100;             ///< d
  Index neurons = 3;           ///< m_0
  Index samples = 1000;        ///< P
  Index test_samples = 10000;  ///< fresh ones; 0 for none
  double slope = 0;            ///< of the teacher's leaky ReLU
  std::uint64_t seed = 0;
  std::uint32_t point = 0;  ///< of a sweep; part of the random key
  Normalisation normalisation = {};
};

Task teacher(const Teacher& options);

}  // namespace linnet::tasks
