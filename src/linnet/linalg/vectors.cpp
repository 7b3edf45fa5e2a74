#include "linnet/linalg/vectors.hpp"

#include <algorithm>

namespace linnet::linalg {

namespace {

#ifdef LINNET_HAS_VECTOR_UNITS

bool has_avx2() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 &&
         __builtin_cpu_supports("bmi") != 0;
}

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0;
}

#else

bool has_avx2() { return false; }
bool has_avx512() { return false; }

#endif

}  // namespace

const char* to_string(VectorUnit unit) {
  switch (unit) {
    case VectorUnit::avx512:
      return "AVX-512";
    case VectorUnit::avx2:
      return "AVX2";
    case VectorUnit::baseline:
      break;
  }
  return "baseline";
}

void AlignedNumbers::reset(Index count) {
  const Index lines = std::max<Index>(1, (count + widest - 1) / widest);
  lines_.assign(static_cast<std::size_t>(lines), Line{});
}

std::vector<VectorUnit> vector_units() {
  std::vector<VectorUnit> units{VectorUnit::baseline};
  if (has_avx2()) units.push_back(VectorUnit::avx2);
  if (has_avx512()) units.push_back(VectorUnit::avx512);
  return units;
}

}  // namespace linnet::linalg
