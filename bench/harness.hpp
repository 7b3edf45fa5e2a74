#pragma once

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "linnet/linalg/product.hpp"

namespace linnet::bench {

/// CPU time of this thread, which other processes on the machine affect less than wall-clock time.
inline double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

inline double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

struct Measured {
  double seconds = 0;   ///< the least of all rounds
  double products = 0;  ///< median over the rounds of time / time of one product
};

/// Times work in multiples of one product of d x d matrices. Each round times the product just before and just after
/// the work, so that a change of the clock rate affects both.
class Meter {
 public:
  explicit Meter(Index dim) : a_(Matrix::Random(dim, dim)), b_(Matrix::Random(dim, dim)), c_(dim, dim) {}

  /// `work(repeats)` repeats the work and returns its CPU seconds.
  template <class Work>
  Measured operator()(Index repeats, int rounds, Work work) {
    Measured best{.seconds = 1e300};
    std::vector<double> multiples;
    for (int round = 0; round < rounds; ++round) {
      const double before = product();
      const double time = work(repeats) / static_cast<double>(repeats);
      const double after = product();
      multiples.push_back(2 * time / (before + after));
      best.seconds = std::min(best.seconds, time);
    }
    best.products = median(multiples);
    return best;
  }

  /// Seconds of one product, over enough products for the resolution of the clock.
  double product() {
    constexpr int repeats = 10;
    const double began = cpu_seconds();
    for (int i = 0; i < repeats; ++i) linalg::multiply(a_, b_, c_);
    return (cpu_seconds() - began) / repeats;
  }

 private:
  Matrix a_;
  Matrix b_;
  Matrix c_;
};

/// CPU seconds of `repeats` calls.
template <class F>
double timed(Index repeats, F f) {
  const double began = cpu_seconds();
  for (Index i = 0; i < repeats; ++i) f();
  return cpu_seconds() - began;
}

}  // namespace linnet::bench
