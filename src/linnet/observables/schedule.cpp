#include "linnet/observables/schedule.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"

namespace linnet {

Schedule Schedule::every(Index steps) {
  Schedule s;
  s.kind_ = Kind::every;
  s.count_ = require_at_least(steps, 1, "record.every");
  return s;
}

Schedule Schedule::at(std::vector<double> instants) {
  for (const double t : instants) require_non_negative(t, "record.at");
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  Schedule s;
  s.kind_ = Kind::at;
  s.instants_ = std::move(instants);
  return s;
}

Schedule Schedule::linear(Index count) {
  Schedule s;
  s.kind_ = Kind::linear;
  s.count_ = require_at_least(count, 2, "record.linear");
  return s;
}

Schedule Schedule::logarithmic(double first, Index count) {
  Schedule s;
  s.kind_ = Kind::logarithmic;
  s.first_ = require_positive(first, "record.first");
  s.count_ = require_at_least(count, 2, "record.logarithmic");
  return s;
}

Schedule Schedule::ends() { return at({}); }

std::vector<double> Schedule::instants(double end) const {
  std::vector<double> t;
  const auto last = static_cast<double>(count_ - 1);
  switch (kind_) {
    case Kind::every:
      for (double x = static_cast<double>(count_); x < end; x += static_cast<double>(count_)) t.push_back(x);
      break;
    case Kind::at:
      t = instants_;
      break;
    case Kind::linear:
      for (Index i = 1; i < count_; ++i) t.push_back(end * (static_cast<double>(i) / last));
      break;
    case Kind::logarithmic:
      for (Index i = 0; i < count_; ++i) {
        t.push_back(i == count_ - 1 ? end : first_ * std::pow(end / first_, static_cast<double>(i) / last));
      }
      break;
  }
  return t;
}

std::vector<double> Schedule::times(double end) const {
  if (!std::isfinite(end) && kind_ != Kind::at) {
    bad_input({.field = "solver.t_end",
               .expected = "a finite time, for a schedule that divides it",
               .got = format_number(end),
               .hint = "list the instants: the schedule \"at\""});
  }
  constexpr double most = 1e7;
  if (kind_ == Kind::every && end / static_cast<double>(count_) > most) {
    bad_input({.field = "record.every",
               .expected = "at most 1e7 records",
               .got = format_number(end / static_cast<double>(count_)) + " up to t = " + format_number(end),
               .hint = "for long times take the schedule \"logarithmic\""});
  }
  std::vector<double> t = instants(end);
  std::erase_if(t, [&](double x) { return x <= 0 || x > end; });
  if (t.empty() || t.back() < end) t.push_back(end);
  return t;
}

std::vector<double> Schedule::times_from_start(double end) const {
  if (!(end >= 0)) bad_input({.field = "solver.t_end", .expected = "a time >= 0", .got = format_number(end)});
  std::vector<double> t{0.0};
  if (end > 0) {
    const std::vector<double> later = times(end);
    t.insert(t.end(), later.begin(), later.end());
  }
  return t;
}

std::vector<Index> Schedule::steps(Index max_steps) const {
  std::vector<Index> steps{0};
  for (const double t : instants(static_cast<double>(max_steps))) {
    if (t <= static_cast<double>(max_steps)) steps.push_back(static_cast<Index>(std::llround(t)));
  }
  steps.push_back(max_steps);
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  return steps;
}

}  // namespace linnet
