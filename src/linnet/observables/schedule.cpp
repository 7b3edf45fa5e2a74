#include "linnet/observables/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

/// Whether two instants are equal up to rounding, like 3 * 0.1 and 0.3.
bool same(double a, double b) {
  return a == b || (std::isfinite(b) && std::abs(a - b) <= 8 * std::numeric_limits<double>::epsilon() * std::abs(b));
}

[[noreturn]] void refuse_count(Index count, Index most, const std::string& where) {
  bad_input({.field = "record.count",
             .expected = "at most " + std::to_string(most) + ", the steps " + where,
             .got = std::to_string(count)});
}

}  // namespace

Schedule Schedule::automatic() { return {}; }

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

Schedule::Parts Schedule::parts() const {
  return {.kind = kind_, .count = count_, .first = first_, .instants = instants_};
}

Schedule Schedule::of(const Parts& parts) {
  switch (parts.kind) {
    case Kind::automatic:
      return automatic();
    case Kind::every:
      return every(parts.count);
    case Kind::at:
      return at(parts.instants);
    case Kind::linear:
      return linear(parts.count);
    case Kind::logarithmic:
      return logarithmic(parts.first, parts.count);
  }
  return automatic();
}

std::vector<double> Schedule::instants(double end) const {
  std::vector<double> t;
  switch (kind_) {
    case Kind::automatic:
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

void Schedule::require_times(double end) const {
  if (kind_ == Kind::every) {
    bad_input({.field = "record.every",
               .expected = "a schedule of times, for what makes no steps of descent",
               .got = "every " + std::to_string(count_) + (count_ == 1 ? " step" : " steps"),
               .hint = "divide the time (linear, logarithmic) or list instants (at)"});
  }
  if (!std::isfinite(end) && kind_ != Kind::at) {
    bad_input({.field = "solver.t_end",
               .expected = "a finite time, for a schedule that divides it",
               .got = format_number(end),
               .hint = "list the instants: the schedule \"at\""});
  }
  if (kind_ == Kind::logarithmic && end > 0 && !(first_ < end)) {
    bad_input({.field = "record.first",
               .expected = "a time before solver.t_end = " + format_number(end),
               .got = format_number(first_)});
  }
  if (kind_ == Kind::at && !instants_.empty() && instants_.back() > end && !same(instants_.back(), end)) {
    bad_input({.field = "record.at",
               .expected = "times up to solver.t_end = " + format_number(end),
               .got = format_number(instants_.back())});
  }
}

std::vector<double> Schedule::times(double end) const {
  if (kind_ == Kind::automatic) return linear(101).times(end);
  require_times(end);
  require_memory(static_cast<double>(count_) * sizeof(double), "record.schedule", "all its times");
  std::vector<double> t = instants(end);
  std::erase_if(t, [&](double x) { return x <= 0 || x >= end || same(x, end); });
  if (end > 0) t.push_back(end);
  return t;
}

std::vector<double> Schedule::times_from_start(double end) const {
  if (!(end >= 0)) bad_input({.field = "solver.t_end", .expected = "a time >= 0", .got = format_number(end)});
  std::vector<double> t = times(end);
  t.insert(t.begin(), 0.0);
  return t;
}

void Schedule::require_steps(Index max_steps) const {
  const auto end = static_cast<double>(max_steps);
  for (const double k : instants_) {
    if (!same(k, std::round(k))) {
      bad_input({.field = "record.at",
                 .expected = "whole numbers of steps, for gradient descent",
                 .got = format_number(k),
                 .hint = "step k is at time t = k η"});
    }
  }
  if (!instants_.empty() && std::round(instants_.back()) > end) {
    bad_input({.field = "record.at",
               .expected = "steps up to solver.max_steps = " + std::to_string(max_steps),
               .got = format_number(instants_.back())});
  }
  if (max_steps == 0) return;  // only the start is recorded
  if (kind_ == Kind::linear && count_ - 1 > max_steps) refuse_count(count_, max_steps + 1, "there are");
  if (kind_ != Kind::logarithmic) return;
  if (!(first_ >= 1) || !(first_ < end)) {
    bad_input({.field = "record.first",
               .expected = "a step from 1 to before solver.max_steps = " + std::to_string(max_steps),
               .got = format_number(first_)});
  }
  const Index most = max_steps - static_cast<Index>(std::llround(first_)) + 1;
  if (count_ > most) refuse_count(count_, most, "from record.first to the end");
}

Index Schedule::next_step(Index after, Index max_steps) const {
  if (after >= max_steps) return max_steps;
  const auto end = static_cast<double>(max_steps);
  const auto has_passed = [&](double t) { return t <= end && std::llround(t) <= after; };
  double next = end;
  switch (kind_) {
    case Kind::automatic:
    case Kind::every:
      // A run that goes on may begin between two of them.
      return after + std::min(max_steps - after, count_ - after % count_);
    case Kind::at: {
      const auto found = std::partition_point(instants_.begin(), instants_.end(), has_passed);
      if (found != instants_.end()) next = *found;
      break;
    }
    case Kind::linear:
    case Kind::logarithmic: {
      if (kind_ == Kind::logarithmic && !(first_ < end)) break;  // only the end is left
      Index before = -1;                                         // has passed, while `found` has not
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

double Schedule::most_steps(Index max_steps) const {
  require_steps(max_steps);
  const auto end = static_cast<double>(max_steps);
  double asked = static_cast<double>(count_);
  if (kind_ == Kind::every || kind_ == Kind::automatic) asked = end / static_cast<double>(count_);
  if (kind_ == Kind::at) asked = static_cast<double>(instants_.size());
  constexpr double both_ends = 2;
  return std::min(asked + both_ends, end + 1);
}

std::vector<Index> Schedule::steps(Index max_steps) const {
  require_memory(most_steps(max_steps) * sizeof(Index), "record.schedule", "all its steps");
  std::vector<Index> steps{0};
  while (steps.back() < max_steps) steps.push_back(next_step(steps.back(), max_steps));
  return steps;
}

}  // namespace linnet
