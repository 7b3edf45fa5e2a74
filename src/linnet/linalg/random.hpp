#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet::linalg {

/// The purpose of a random number. Each purpose has its own stream, so that drawing more numbers for one never shifts
/// another. The values are part of "same seed, same bits".
enum class Stream : std::uint32_t {
  signal_left = 1,
  signal_right = 2,
  noise = 3,
  mask = 4,
  first_layer = 5,
  second_layer = 6,
  bartlett_diagonal = 7,
  bartlett_below = 8,
  rotation = 9,
  frame_left = 10,
  frame_right = 11,
  change_left = 12,
  change_right = 13,
  batch = 14,
  input_axes = 15,
  inputs = 16,
  test_inputs = 40,
  teacher = 41,
  teacher_signs = 42,
  neurons = 43,
  signs = 44,
  productions = 50,
  derivations = 51,
  pairs = 52,
};

/// The key of a stream of random numbers: the user's seed, the point of a sweep, the purpose.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint32_t point = 0;
  Stream stream = Stream::noise;
};

/// Philox4x32-10 (Salmon et al. 2011): 128 random bits that are a pure function of (counter, key).
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// A stream of random numbers, the same on every machine: Philox words, turned into reals by +, -, *, / and square
/// roots only (and a logarithm computed from these), never by the math library of the machine.
class Random {
 public:
  /// The stream of this key, from its beginning.
  explicit Random(RandomKey key);
  /// From block `position` of 128 bits on, for numbers that are drawn in any order.
  Random(RandomKey key, std::uint64_t position);

  std::uint64_t bits();                     ///< 64 random bits
  double uniform();                         ///< in (0, 1): one of the 2^52 odd multiples of 2^-53
  double normal();                          ///< N(0, 1), Wichura's inverse distribution function (AS 241)
  double chi_squared(Index degrees);        ///< degrees >= 1; Marsaglia and Tsang's rejection
  double real_chi_squared(double degrees);  ///< the same, of any real number of degrees >= 1
  std::uint64_t below(std::uint64_t n);     ///< uniform in 0 … n - 1, unbiased

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

/// `count` <= n distinct numbers of 0 … n - 1 in random order, all choices equally likely: a shuffle that ends after
/// `count` and stores only the moved numbers. A larger `count` begins with the same numbers.
std::vector<std::uint64_t> distinct_below(std::uint64_t n, std::size_t count, Random& random);

/// rows x columns entries iid N(0, deviation^2), drawn column by column.
Matrix normal_matrix(Index rows, Index columns, double deviation, RandomKey key);

/// rows x columns, orthonormal columns, uniformly distributed; rows >= columns.
Matrix random_frame(Index rows, Index columns, RandomKey key);

/// The lower-triangular n x n factor B with B B^T ~ Wishart_n(I, degrees), degrees >= n (Bartlett 1933):
/// B_ii = sqrt(chi^2 with degrees - i degrees of freedom, i from 0), B_ij ~ N(0, 1) below the diagonal.
/// Throws an input Error when degrees < n.
Matrix bartlett_factor(Index n, Index degrees, std::uint64_t seed, std::uint32_t point);

/// The natural logarithm to 1 ulp or so from exactly rounded operations only; x > 0 and normal.
double portable_log(double x);

/// The quantile function of N(0, 1), relative error about 1e-16 (Wichura 1988, algorithm AS 241, PPND16); 0 < p < 1.
double normal_quantile(double p);

}  // namespace linnet::linalg
