#pragma once

#include <cstdint>

#include "linnet/tasks/cost.hpp"

namespace linnet {

/// Fresh Gaussian noise on the targets of every step of descent: on each entry of Y, or on each target of the samples
/// of a step. That of step k depends only on the seed and k.
class LabelNoise {
 public:
  LabelNoise(double deviation, std::uint64_t seed) : deviation_(deviation), seed_(seed) {}

  /// ε of step k, of this shape.
  const Matrix& draw(Shape shape, Index step);
  /// The samples with T + ε of step k as targets.
  const Samples& on(const Samples& samples, Index step);

 private:
  double deviation_;
  std::uint64_t seed_;
  Matrix noise_;
  Samples noisy_;
};

}  // namespace linnet
