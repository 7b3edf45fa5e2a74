#pragma once

// Loops that no BLAS has, for the widest vectors of the processor that runs them: a kernel is a template over how many
// numbers a vector holds, instantiated once for each set of instructions and chosen at run time.

#include <cstring>

namespace linnet::linalg {

/// Width numbers that are computed with together; `load` and `store` need no alignment.
template <int Width>
struct Vectors {
  using Type [[gnu::vector_size(Width * sizeof(double))]] = double;

  // By reference: vectors that are handed over by value are a matter of the instructions of both sides.
  [[gnu::always_inline]] static void load(const double* from, Type& v) { std::memcpy(&v, from, sizeof v); }
  [[gnu::always_inline]] static void store(const Type& v, double* to) { std::memcpy(to, &v, sizeof v); }
};

/// Sets of instructions, each with all of those before it.
enum class Instructions { baseline, fma, avx512 };

/// The most that this processor has, of those that this compiler makes code for.
inline Instructions widest_instructions() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return Instructions::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Instructions::fma;
#endif
  return Instructions::baseline;
}

}  // namespace linnet::linalg

#if defined(__x86_64__)
#define LINNET_AVX512 gnu::target("avx512f,avx2,fma")
#define LINNET_FMA gnu::target("avx2,fma")
#endif
