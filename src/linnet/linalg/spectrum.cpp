#include "linnet/linalg/spectrum.hpp"

#include <cmath>

namespace linnet::linalg {

namespace {

bool vanishes(const Vector& s) { return s.size() == 0 || !(s(0) > 0); }

}  // namespace

double rank_above(const Vector& s, double fraction) {
  return vanishes(s) ? 0.0 : static_cast<double>((s.array() > fraction * s(0)).count());
}

double stable_rank(const Vector& s) { return vanishes(s) ? 0.0 : (s / s(0)).squaredNorm(); }

double effective_rank(const Vector& s) {
  if (vanishes(s)) return 0.0;
  const double sum = s.sum();
  double entropy = 0;
  for (Index i = 0; i < s.size(); ++i) {
    const double p = s(i) / sum;
    if (p > 0) entropy -= p * std::log(p);
  }
  return std::exp(entropy);
}

double nuclear_norm(const Vector& s) { return s.sum(); }

}  // namespace linnet::linalg
