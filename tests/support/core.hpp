#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/matrix.hpp"
#include "linnet/linalg/random.hpp"

namespace linnet::testing {

inline Matrix normal(Index rows, Index columns, std::uint64_t seed, double deviation = 1) {
  return linalg::normal_matrix(rows, columns, deviation, {.seed = seed, .point = 99});
}

/// ‖a − b‖ / ‖b‖, and ‖a‖ when b = 0, without overflow; infinite when the shapes differ.
template <class A, class B>
double relative(const A& a, const B& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return HUGE_VAL;
  const double size = b.stableNorm();
  return (a - b).stableNorm() / (size > 0 ? size : 1.0);
}

struct Caught {
  std::string text;
  Error::Kind kind = Error::Kind::output;
};

/// The linnet::Error that `f` throws; "nothing was thrown" otherwise.
template <class F>
Caught caught(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return {e.what(), e.kind()};
  }
  return {.text = "nothing was thrown"};
}

template <class F>
std::string error_of(F&& f) {
  return caught(f).text;
}

}  // namespace linnet::testing
