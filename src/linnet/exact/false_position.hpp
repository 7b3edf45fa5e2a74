#pragma once

namespace linnet {

/// A root of f in [a, b], where f(a) = fa and f(b) = fb have different signs, to the relative `tolerance`: false
/// position with the Illinois rule (the value at an end that stays twice is halved), and a bisection at every eighth
/// step. As a rule some five evaluations.
template <class F>
double false_position(F f, double a, double fa, double b, double fb, double tolerance) {
  int stayed = 0;  // the end that stayed: −1 for a, 1 for b
  for (int iteration = 0; iteration < 80 && b - a > tolerance * b; ++iteration) {
    const double c = iteration % 8 == 7 || fb == fa ? (a + b) / 2 : (a * fb - b * fa) / (fb - fa);
    const double fc = f(c);
    if (fc == 0) {
      a = b = c;
    } else if ((fc > 0) == (fb > 0)) {
      b = c;
      fb = fc;
      if (stayed == -1) fa /= 2;
      stayed = -1;
    } else {
      a = c;
      fa = fc;
      if (stayed == 1) fb /= 2;
      stayed = 1;
    }
  }
  return (a + b) / 2;
}

}  // namespace linnet
