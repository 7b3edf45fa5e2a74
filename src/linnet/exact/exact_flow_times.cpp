#include <algorithm>
#include <cmath>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/false_position.hpp"
#include "linnet/exact/golden_section.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {
constexpr double lost = 1e-13;      // rounding of A and of errors
constexpr double shortest = 1e-12;  // shortest interval that is halved, relative to the time
constexpr double shallow = 1e-10;   // relative depth of minima that are ignored

struct Evaluation {
  double time = 0;
  Vector modes = {};  // u_iᵀA(t)v_i
  double error = 0;
  Matrix end_to_end = {};
};

double middle_of(double from, double to) {
  return to > 3 * from && from > 0 ? std::sqrt(from) * std::sqrt(to) : from + (to - from) / 2;
}

/// Whether some mode changes by more than a quarter of its size, that is of y_i or its value.
bool modes_change(const Evaluation& from, const Evaluation& to, const Vector& y) {
  const double negligible = lost * std::max(y.maxCoeff(), from.modes.cwiseAbs().maxCoeff());
  for (Index i = 0; i < y.size(); ++i) {
    if (y(i) == 0) continue;
    const double size = std::max({y(i), std::abs(from.modes(i)), std::abs(to.modes(i))});
    if (std::abs(to.modes(i) - from.modes(i)) > std::max(size / 4, negligible)) return true;
  }
  return false;
}

/// The largest value of a number in the middle of an interval, extrapolated from the interval before.
double going_on(double before, double from, double passed, double ahead) {
  return passed > 0 ? from + (from - before) / passed * (ahead / 2) : from;
}

/// Visits intervals from the start to the end of time. An interval is halved, in log time, while `coarse` of it and of
/// the moment before it is true. As the cost always falls, modes that are the same at both ends have not moved in
/// between. Ends when `visit` returns false.
template <class Look, class Coarse, class Visit>
void walk(double first, double last, Look look, Coarse coarse, Visit visit) {
  Evaluation before = look(0);
  Evaluation from = before;
  std::vector<Evaluation> ahead;  // the nearest last
  ahead.push_back(look(last));
  ahead.push_back(look(first));
  while (!ahead.empty()) {
    const Evaluation& to = ahead.back();
    if (to.time - from.time > shortest * to.time && coarse(before, from, to)) {
      ahead.push_back(look(middle_of(from.time, to.time)));
      continue;
    }
    if (!visit(from, to)) return;
    before = std::exchange(from, std::move(ahead.back()));
    ahead.pop_back();
  }
}

}  // namespace

Vector ExactFlow::learning_times(double fraction, const KeepGoing& keep_going) const {
  require_fraction(fraction, "fraction");
  Vector times = first_passage(fraction * y_, keep_going);
  return (y_.array() > 0).select(times, infinity);
}

Vector ExactFlow::activation_times(const KeepGoing& keep_going) const {
  Vector times = first_passage(Vector::Constant(y_.size(), threshold()), keep_going);
  const std::vector<bool> learns = learned();
  for (Index i = 0; i < times.size(); ++i) {
    if (!learns[static_cast<std::size_t>(i)]) times(i) = infinity;
  }
  return times;
}

Vector ExactFlow::first_passage(const Vector& levels, const KeepGoing& keep_going) const {
  const auto modes_at = [&](double t) {
    require_going(keep_going, "times");
    return modes(t);
  };
  Vector times = (modes_at(0).array() >= levels.array()).select(Vector::Zero(levels.size()), infinity);
  // For y_i = 0 there is nothing to learn.
  const auto waits = [&](Index i) { return y_(i) > 0 && times(i) == infinity; };
  const auto coarse = [&](const Evaluation& before, const Evaluation& from, const Evaluation& to) {
    if (modes_change(from, to, y_)) return true;
    for (Index i = 0; i < levels.size(); ++i) {
      if (!waits(i) || to.modes(i) >= levels(i)) continue;
      const double step = from.time - before.time;
      if (going_on(before.modes(i), from.modes(i), step, to.time - from.time) > levels(i)) return true;
    }
    return false;
  };
  const auto visit = [&](const Evaluation& from, const Evaluation& to) {
    bool more = false;
    for (Index i = 0; i < levels.size(); ++i) {
      if (!waits(i)) continue;
      if (to.modes(i) < levels(i)) {
        more = true;
        continue;
      }
      const auto above = [&](double t) { return modes_at(t)(i) - levels(i); };
      times(i) = false_position(above, from.time, from.modes(i) - levels(i), to.time, to.modes(i) - levels(i), 1e-12);
    }
    return more;
  };
  const auto [first, last] = ends();
  walk(
      first, last, [&](double t) { return Evaluation{.time = t, .modes = modes_at(t)}; }, coarse, visit);
  return times;
}

BestMoment ExactFlow::best(const KeepGoing& keep_going) const {
  const auto error_at = [&](double t) {
    require_going(keep_going, "best");
    return test_error(t);
  };
  std::optional<Evaluation> looked;  // in the middle of a stretch that is to be halved next
  const auto look = [&](double t) {
    if (looked && looked->time == t) return *std::exchange(looked, std::nullopt);
    require_going(keep_going, "best");
    const Blocks at = evaluate(t);
    const Matrix a = linalg::product(linalg::product(u_, rotated_end_to_end(at)), v_.transpose());
    return Evaluation{.time = t, .modes = modes_of(at), .error = task_.test->error(a), .end_to_end = a};
  };
  BestMoment best{.time = 0, .test_error = error_at(0)};
  const auto consider = [&](double t, double error) {
    if (error < best.test_error) best = {.time = t, .test_error = error};
  };
  // Whether the error of A may fall below this level between two moments. The root of the error is a distance from the
  // signal. If the ball whose diameter is the chord A_from A_to is farther, the answer is no. Otherwise the chord has
  // its own minimum, and the moment in the middle shows how far below the chord's error the trajectory is: four times
  // this sag is allowed for.
  const auto may_be_below = [&](double level, const Evaluation& from, const Evaluation& to) {
    const Matrix chord = to.end_to_end - from.end_to_end;
    const double middle = task_.test->error(from.end_to_end + chord / 2);
    const double bend = std::max(0.0, 2 * (from.error + to.error - 2 * middle));  // the length of the chord, squared
    const double distance = std::sqrt(middle) - std::sqrt(bend) / 2;
    if (distance > 0 && distance * distance >= level) return false;
    const double fall = bend + from.error - to.error;  // along the chord the error falls by fall s − bend s², 0 < s < 1
    const bool dips = fall > 0 && fall < 2 * bend;
    const double least = dips ? from.error - fall * (fall / bend) / 4 : std::min(from.error, to.error);
    if (least < level) return true;
    looked = look(middle_of(from.time, to.time));
    consider(looked->time, looked->error);
    const double along = chord.cwiseProduct(looked->end_to_end - from.end_to_end).sum() / chord.squaredNorm();
    if (along < 0.2 || along > 0.8) return true;  // exponential growth: the middle in time is near one end
    const double sag = task_.test->error(from.end_to_end + along * chord) - looked->error;
    return least - 4 * std::max(sag, 0.0) < level;
  };
  std::vector<BestMoment> seen{best};
  const auto coarse = [&](const Evaluation& before, const Evaluation& from, const Evaluation& to) {
    consider(to.time, to.error);
    if (modes_change(from, to, y_) || std::abs(to.error - from.error) > std::max(from.error, to.error) / 4) return true;
    const double step = from.time - before.time;
    const double ahead = going_on(before.error, from.error, step, to.time - from.time);
    const double level = (1 - shallow) * best.test_error;
    return ahead < level || may_be_below(level, from, to);
  };
  const auto visit = [&](const Evaluation&, const Evaluation& to) {
    seen.push_back({.time = to.time, .test_error = to.error});
    return true;
  };
  const auto [first, last] = ends();
  walk(first, last, look, coarse, visit);
  for (std::size_t i = 1; i + 1 < seen.size(); ++i) {
    const double here = seen[i].test_error;
    const double higher = std::max(seen[i - 1].test_error, seen[i + 1].test_error);
    const bool dip = here <= seen[i - 1].test_error && here <= seen[i + 1].test_error;
    if (!dip || 2 * here - higher > best.test_error) continue;
    const GoldenSection least =
        golden_section(error_at, seen[i - 1].time, seen[i + 1].time,
                       [](double left, double right) { return !(right - left > 1e-8 * right); });
    consider(least.at, least.value);
  }
  const double end = seen.back().test_error;
  if (end <= (1 + lost) * best.test_error && best.time > 0) best = {.time = infinity, .test_error = end};
  return best;
}

}  // namespace linnet
