#include "linnet/observables/schedule.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/memory.hpp"

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
  switch (kind_) {
    case Kind::every:
      for (double x = static_cast<double>(count_); x < end; x += static_cast<double>(count_)) t.push_back(x);
      break;
    case Kind::at:
      t = instants_;
      break;
    case Kind::linear:
    case Kind::logarithmic:
      for (Index i = 0; i < count_; ++i) t.push_back(instant(i, end));
      break;
  }
  return t;
}

double Schedule::instant(Index i, double end) const {
  if (i == count_ - 1) return end;
  const double part = static_cast<double>(i) / static_cast<double>(count_ - 1);
  return kind_ == Kind::linear ? end * part : first_ * std::pow(end / first_, part);
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
  require_memory(most_records(end) * sizeof(double), "record.schedule", "all its times");
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

Index Schedule::next_step(Index after, Index max_steps) const {
  if (after >= max_steps) return max_steps;
  const auto end = static_cast<double>(max_steps);
  const auto has_passed = [&](double t) { return t <= end && std::llround(t) <= after; };
  double next = end;
  switch (kind_) {
    case Kind::every:
      return count_ > max_steps - after ? max_steps : std::min(max_steps, (after / count_ + 1) * count_);
    case Kind::at: {
      const auto found = std::partition_point(instants_.begin(), instants_.end(), has_passed);
      if (found != instants_.end()) next = *found;
      break;
    }
    case Kind::linear:
    case Kind::logarithmic: {
      if (kind_ == Kind::logarithmic && !(first_ < end)) break;  // none but the end lies before it
      Index before = -1;                                         // has passed, and `found` has not
      Index found = count_;
      while (found - before > 1) {
        const Index middle = before + (found - before) / 2;
        (has_passed(instant(middle, end)) ? before : found) = middle;
      }
      if (found < count_) next = instant(found, end);
      break;
    }
  }
  return next < end ? static_cast<Index>(std::llround(next)) : max_steps;
}

std::vector<Index> Schedule::steps(Index max_steps) const {
  const auto end = static_cast<double>(max_steps);
  require_memory(std::min(most_records(end), end + 1) * sizeof(Index), "record.schedule", "all its steps");
  std::vector<Index> steps{0};
  while (steps.back() < max_steps) steps.push_back(next_step(steps.back(), max_steps));
  return steps;
}

double Schedule::most_records(double end) const {
  constexpr double both_ends = 2;
  switch (kind_) {
    case Kind::every:
      return (end > 0 && std::isfinite(end) ? end / static_cast<double>(count_) : 0) + both_ends;
    case Kind::at:
      return static_cast<double>(instants_.size()) + both_ends;
    case Kind::linear:
    case Kind::logarithmic:
      break;
  }
  return static_cast<double>(count_) + both_ends;
}

}  // namespace linnet
