#include "linnet/solvers/flow_events.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace linnet {

namespace {

int sign(double value) { return value > 0 ? 1 : value < 0 ? -1 : 0; }

/// The point between a and b where f changes sign, by Chandrupatla's method (Scherer, Computational Physics, 6.1.7):
/// inverse quadratic interpolation where three values allow it, otherwise bisection. Accurate to a hundred rounding
/// units of the time.
double change_of_sign(double a, double f_a, double b, double f_b, const std::function<double(double)>& f) {
  double c = a;
  double f_c = f_a;
  double part = 0.5;
  while (true) {
    const double t = a + part * (b - a);
    const double f_t = f(t);
    if (sign(f_t) == sign(f_a)) {
      c = a;
      f_c = f_a;
    } else {
      c = b;
      f_c = f_b;
      b = a;
      f_b = f_a;
    }
    a = t;
    f_a = f_t;
    const double nearest = std::abs(f_a) < std::abs(f_b) ? a : b;
    const double room = 100 * std::numeric_limits<double>::epsilon() * std::max(std::abs(a), std::abs(b));
    const double least = room / std::abs(b - a);
    if (f_t == 0 || least > 0.5) return f_t == 0 ? t : nearest;
    const double x = (a - b) / (c - b);
    const double y = (f_a - f_b) / (f_c - f_b);
    const bool smooth = y * y < x && (1 - y) * (1 - y) < 1 - x;
    part = smooth ? f_a / (f_b - f_a) * f_c / (f_b - f_c) + (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
                  : 0.5;
    part = std::clamp(part, least, 1 - least);
  }
}

}  // namespace

void FlowEvents::begin(Measured start) {
  last_ = std::move(start);
  functions_.assign(static_cast<std::size_t>(last_.values.size()), {});
  for (Index i = 0; i < last_.values.size(); ++i) functions_[static_cast<std::size_t>(i)].side = sign(last_.values(i));
}

std::vector<FlowEvents::Crossing> FlowEvents::step(double from, double to, Measured end,
                                                   const std::function<Measured(double)>& at) {
  std::vector<Crossing> crossings;
  for (Index i = 0; i < end.values.size(); ++i) {
    Sign& f = functions_[static_cast<std::size_t>(i)];
    const double before = last_.values(i);
    const double now = end.values(i);
    if (f.changed < 0 && sign(now) == -f.side && f.side != 0) {
      f.changed = sign(before) != f.side
                      ? from
                      : change_of_sign(from, before, to, now, [&](double t) { return at(t).values(i); });
    }
    if (!(std::abs(now) > end.uncertain(i))) continue;
    if (f.side != 0 && sign(now) != f.side)
      crossings.push_back({.function = i, .time = f.changed, .direction = sign(now)});
    f = {.side = sign(now), .changed = -1};
  }
  last_ = std::move(end);
  std::stable_sort(crossings.begin(), crossings.end(),
                   [](const Crossing& a, const Crossing& b) { return a.time < b.time; });
  return crossings;
}

bool FlowEvents::certain() const {
  return std::none_of(functions_.begin(), functions_.end(), [](const Sign& f) { return f.changed >= 0; });
}

}  // namespace linnet
