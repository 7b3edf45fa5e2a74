#pragma once

#include <cstdint>
#include <vector>

#include "linnet/linalg/matrix.hpp"

// Tools for loops that no BLAS has, and that use the full width of the processor's vector registers. A loop is a
// template over this width. Each instance is compiled for its instruction set ([[gnu::target]]) and selected at run
// time. Functions called by an instance are inlined (always_inline), and pass no vector by value.

namespace linnet::linalg {

/// The instruction sets that loops are compiled for.
enum class VectorUnit {
  baseline,  ///< that of any processor: two numbers at a time
  avx2,      ///< AVX2, FMA and BMI: four numbers
  avx512,    ///< these and AVX-512: eight numbers
};

const char* to_string(VectorUnit unit);

/// The instruction sets of this processor and this build, the narrowest first.
std::vector<VectorUnit> vector_units();

/// `Lanes` numbers: `Numbers` at addresses that are multiples of its size, `Loose` at any.
template <Index Lanes>
struct Wide;
template <>
struct Wide<2> {
  using Numbers [[gnu::vector_size(16), gnu::may_alias]] = double;
  using Loose [[gnu::vector_size(16), gnu::may_alias, gnu::aligned(8)]] = double;
  using Bits [[gnu::vector_size(16)]] = std::int64_t;
};
template <>
struct Wide<4> {
  using Numbers [[gnu::vector_size(32), gnu::may_alias]] = double;
  using Loose [[gnu::vector_size(32), gnu::may_alias, gnu::aligned(8)]] = double;
  using Bits [[gnu::vector_size(32)]] = std::int64_t;
};
template <>
struct Wide<8> {
  using Numbers [[gnu::vector_size(64), gnu::may_alias]] = double;
  using Loose [[gnu::vector_size(64), gnu::may_alias, gnu::aligned(8)]] = double;
  using Bits [[gnu::vector_size(64)]] = std::int64_t;
};

constexpr Index widest = 8;

/// Numbers at an address that is aligned for vectors of any width.
class AlignedNumbers {
 public:
  /// Fills with zeros; allocates only if it has never been this large.
  void reset(Index count);
  [[nodiscard]] double* data() { return lines_.front().numbers; }
  [[nodiscard]] const double* data() const { return lines_.front().numbers; }

 private:
  struct alignas(widest * sizeof(double)) Line {
    double numbers[widest];
  };
  std::vector<Line> lines_ = std::vector<Line>(1);
};

}  // namespace linnet::linalg

#define LINNET_INLINE [[gnu::always_inline]] inline
#if defined(__x86_64__)
#define LINNET_HAS_VECTOR_UNITS
#define LINNET_AVX2 [[gnu::target("avx2,fma,bmi")]]
#define LINNET_AVX512 [[gnu::target("avx512f,avx512dq,avx512vl,fma,bmi")]]
#else
#define LINNET_AVX2
#define LINNET_AVX512
#endif

namespace linnet::linalg {

/// Selects, among the instances of a function for two, four and eight numbers at a time, the one for these
/// instructions.
template <class Instance>
Instance compiled_for(VectorUnit use, Instance baseline, Instance avx2, Instance avx512) {
  switch (use) {
    case VectorUnit::avx512:
      return avx512;
    case VectorUnit::avx2:
      return avx2;
    case VectorUnit::baseline:
      break;
  }
  return baseline;
}

/// The vector at p, a multiple of its size.
template <Index Lanes>
LINNET_INLINE typename Wide<Lanes>::Numbers& at(double* p) {
  return *reinterpret_cast<typename Wide<Lanes>::Numbers*>(p);
}
template <Index Lanes>
LINNET_INLINE const typename Wide<Lanes>::Numbers& at(const double* p) {
  return *reinterpret_cast<const typename Wide<Lanes>::Numbers*>(p);
}

}  // namespace linnet::linalg
