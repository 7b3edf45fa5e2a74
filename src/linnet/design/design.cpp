#include "linnet/design/design.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "linnet/design/error_bar.hpp"
#include "linnet/design/finite_width.hpp"
#include "linnet/design/sources.hpp"
#include "linnet/design/standard_error.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/false_position.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

namespace {

constexpr double least_scale = 1e-8;  // of the scales looked at, relative to y_1
constexpr double largest_scale = 1e2;
constexpr int scales = 41;

/// A scale with its time and what it yields.
struct Point {
  double scale = 0;
  double time = 0;
  double error = infinity;
};

void require_options(const DesignOptions& o, const Task& task) {
  if (o.active && (*o.active < 0 || *o.active > task.shape().modes())) {
    bad_input({.field = "active",
               .expected = "a number of modes, 0 to " + std::to_string(task.shape().modes()),
               .got = std::to_string(*o.active)});
  }
  if (o.active && o.kernel_distance) {
    bad_input({.field = "active, kernel_distance", .expected = "one of them at most", .got = "both"});
  }
  if ((o.active || o.kernel_distance) && o.scale) {
    bad_input({.field = "scale",
               .expected = "none beside active or kernel_distance, which choose it",
               .got = format_number(*o.scale)});
  }
  if (o.kernel_distance && !(*o.kernel_distance > 0 && *o.kernel_distance < 1)) {
    bad_input(
        {.field = "kernel_distance", .expected = "above 0 and below 1", .got = format_number(*o.kernel_distance)});
  }
  if (o.kernel_distance && !task.train.white_on_span(nearly_white)) {
    bad_input({.field = "kernel_distance",
               .expected = "white inputs",
               .got = "inputs of condition number " + format_number(task.train.condition())});
  }
  if (o.scale && !(*o.scale > 0 && *o.scale < 1e100)) {
    bad_input({.field = "scale", .expected = "a number above 0 and below 1e100", .got = format_number(*o.scale)});
  }
  if (o.stop_time && !(*o.stop_time >= 0)) {
    bad_input({.field = "stop_time", .expected = "a time in [0, inf]", .got = format_number(*o.stop_time)});
  }
  if (o.stop_time && *o.stop_time > o.time_limit) {
    bad_input({.field = "stop_time",
               .expected = "at most time_limit = " + format_number(o.time_limit),
               .got = format_number(*o.stop_time)});
  }
  if (o.noise) require_non_negative(*o.noise, "noise");
  if (o.noise && o.folds > 0) bad_input({.field = "noise, folds", .expected = "one of them", .got = "both"});
  if (o.width) require_at_least(*o.width, 1, "width");
  if (o.width && o.active && *o.width < *o.active) {
    bad_input({.field = "width",
               .expected = "at least active = " + std::to_string(*o.active) + ", as a mode takes a neuron",
               .got = std::to_string(*o.width)});
  }
}

class Search {
 public:
  Search(const Task& task, const DesignOptions& o) : task_(task), o_(o), risk_(risk_of(task, o, design_)) {}

  Design run() {
    Point best = o_.active            ? with_active(*o_.active)
                 : o_.kernel_distance ? with_kernel_distance(*o_.kernel_distance)
                 : o_.scale           ? at(*o_.scale)
                                      : least();
    if (best.time == 0 && !o_.stop_time) {
      throw NoDesign({.field = "task.signal",
                      .expected = "a signal that the target shows",
                      .got = "a test error that is least without training",
                      .hint = "no network of this task generalizes"});
    }
    tell(best);
    return std::move(design_);
  }

 private:
  /// The best time of this scale, or the one asked for.
  [[nodiscard]] Point at(double kappa) const {
    stop_if_asked();
    if (o_.stop_time) return {.scale = kappa, .time = *o_.stop_time, .error = risk_.error(kappa, *o_.stop_time)};
    const BestMoment best = risk_.best(kappa);
    return {.scale = kappa, .time = best.time, .error = best.test_error};
  }

  const std::vector<Point>& grid() {
    if (!grid_.empty()) return grid_;
    for (int i = 0; i < scales; ++i) {
      const double part = static_cast<double>(i) / (scales - 1);
      grid_.push_back(at(risk_.largest_target() * least_scale * std::pow(largest_scale / least_scale, part)));
    }
    return grid_;
  }

  /// The least error between the neighbours of a point of the grid, by the root of its derivative. At the best time of
  /// each scale the derivative along the ridge is the partial one.
  Point refined(std::size_t i) {
    const std::vector<Point>& g = grid();
    Point best = g[i];
    if (i == 0 || i + 1 == g.size()) return best;
    const double from = g[i - 1].scale;
    const auto slope = [&](double u) {
      const Point p = at(from * std::exp(u - 1));
      if (p.error < best.error) best = p;
      return risk_.slopes(p.scale, p.time).by_scale;
    };
    const double end = 1 + std::log(g[i + 1].scale / from);
    const double first = slope(1);
    const double last = slope(end);
    if (first < 0 && last > 0) (void)false_position(slope, 1, first, end, last, 1e-9);
    return best;
  }

  Point least() {
    const std::vector<Point>& g = grid();
    Point best;
    for (std::size_t i = 0; i < g.size(); ++i) {
      const bool minimum =
          (i == 0 || g[i].error <= g[i - 1].error) && (i + 1 == g.size() || g[i].error <= g[i + 1].error);
      if (!minimum) continue;
      const Point p = refined(i);
      // Of scales that are as good the largest, which learns the fastest.
      if (p.error <= best.error * (1 + 1e-12)) best = p;
    }
    constexpr double matters = 1e-3;  // of the error, from the second scale to the first
    const double within = best.error * (1 + matters);
    if (best.scale == g.front().scale && g[1].error > within) {
      design_.warning = "the best scale is the least that was looked at: smaller ones may be better still";
    } else if (best.scale == g.back().scale && g[g.size() - 2].error > within) {
      design_.warning = "the best scale is the largest that was looked at: the lazy limit is the best";
    }
    return best;
  }

  [[nodiscard]] Index active(const Point& p) const {
    return (risk_.flow(0, p.scale).modes(p.time).array() > p.scale).count();
  }

  /// The same where these are the first modes, as they are for white inputs; else nan.
  [[nodiscard]] double first_active(const Point& p) const {
    const Index count = active(p);
    const bool first = (risk_.flow(0, p.scale).modes(p.time).head(count).array() > p.scale).all();
    return first ? static_cast<double>(count) : nan;
  }

  [[nodiscard]] double moved(const Point& p) const {
    if (!task_.train.white_on_span(nearly_white)) return nan;
    const Vector modes = risk_.flow(0, p.scale).modes(p.time);
    return kernel_distance(seen_shape(task_), p.scale, Vector::Zero(modes.size()), modes);
  }

  /// The best of the scales at which `f`, a number of a point, is as wanted; `f` may jump. Halves intervals of the grid
  /// over which it passes the wanted value.
  Point where(const std::function<double(const Point&)>& f, double wanted, bool exactly,
              const Error::Parts& otherwise) {
    const std::vector<Point>& g = grid();
    std::vector<double> values;
    for (const Point& p : g) values.push_back(f(p));
    Point best;
    std::size_t nearest = g.size();
    const auto take = [&](const Point& p, std::size_t i) {
      if (p.error < best.error) {
        best = p;
        nearest = i;
      }
    };
    for (std::size_t i = 0; i < g.size(); ++i) {
      if (values[i] == wanted) take(g[i], i);
      if (i + 1 == g.size() || !((values[i] - wanted) * (values[i + 1] - wanted) < 0)) continue;
      Point low = g[i];
      Point high = g[i + 1];
      double below = values[i];
      for (int halving = 0; halving < 50; ++halving) {
        const Point middle = at(std::sqrt(low.scale * high.scale));
        const double value = f(middle);
        if (value == wanted) {
          take(middle, i);
          break;
        }
        const bool same = (value - wanted) * (below - wanted) > 0;
        (same ? low : high) = middle;
        if (same) below = value;
      }
      if (!exactly && std::abs(f(low) - wanted) < 1e-6) take(low, i);
    }
    if (nearest == g.size()) {
      const auto [least, most] = std::minmax_element(values.begin(), values.end());
      Error::Parts parts = otherwise;
      parts.got += "; it is between " + format_number(*least) + " and " + format_number(*most);
      throw NoDesign(std::move(parts));
    }
    if (!exactly) return best;
    // Within the scales that are as wanted the error may still fall.
    for (const std::size_t i : {nearest, nearest + 1}) {
      if (i >= g.size()) continue;
      Point better = refined(i);
      Point good = best;
      if (f(better) == wanted && better.error < best.error) {
        best = better;
        continue;
      }
      if (!(better.error < best.error)) continue;
      for (int halving = 0; halving < 40; ++halving) {  // to the end of the scales that are as wanted
        const Point middle = at(std::sqrt(good.scale * better.scale));
        (f(middle) == wanted ? good : better) = middle;
      }
      if (good.error < best.error) best = good;
    }
    return best;
  }

  Point with_active(Index count) {
    return where([&](const Point& p) { return first_active(p); }, static_cast<double>(count), true,
                 {.field = "active",
                  .expected = "a number of active modes that some scale has at its best moment",
                  .got = std::to_string(count),
                  .hint = "a longer time, or another number of modes"});
  }

  Point with_kernel_distance(double distance) {
    return where([&](const Point& p) { return moved(p); }, distance, false,
                 {.field = "kernel_distance",
                  .expected = "a kernel distance that some scale has at its best moment",
                  .got = format_number(distance)});
  }

  void tell(const Point& of_infinite_width) {
    Design& d = design_;
    d.scale = of_infinite_width.scale;
    d.time = of_infinite_width.time;
    d.test_error = of_infinite_width.error;
    const bool folds = d.source == Design::Source::folds;
    if (d.estimate) d.error_bar = error_bar(*d.estimate, d.scale, d.time, time_unit(), o_.seed);
    d.start_error = risk_.error(d.scale, 0);
    if (o_.width) fit_width();
    const Point best{.scale = d.scale, .time = d.time, .error = risk_.error(d.scale, d.time)};
    d.active = active(best);
    d.regime = d.active == 0 ? "lazy" : d.active == task_.shape().modes() ? "active" : "mixed";
    d.kernel_distance = moved(best);
    d.bound = folds ? nan : risk_.spectrum().unseen / risk_.spectrum().entries;
    d.lazy_error = unlimited_.best(1e6 * risk_.largest_target()).test_error;
    d.balanced_error = unlimited_.best(1e-12 * risk_.largest_target()).test_error;
    d.final_error = risk_.error(best.scale, infinity);
    const auto price = [&](double error) { return best.error > 0 ? error / best.error : nan; };
    d.price = {.half_scale = price(risk_.error(best.scale / 2, best.time)),
               .twice_scale = price(risk_.error(best.scale * 2, best.time)),
               .half_scale_retimed = price(at(best.scale / 2).error),
               .twice_scale_retimed = price(at(best.scale * 2).error),
               .half_time = price(risk_.error(best.scale, best.time / 2)),
               .twice_time = price(risk_.error(best.scale, best.time * 2))};
    const auto points = static_cast<Index>(grid_.size());
    d.ridge = {.scale = Vector(points), .time = Vector(points), .test_error = Vector(points)};
    for (Index i = 0; i < points; ++i) {
      const Point& p = grid_[static_cast<std::size_t>(i)];
      d.ridge.scale(i) = p.scale;
      d.ridge.time(i) = p.time;
      d.ridge.test_error(i) = p.error;
    }
    if (folds) {
      d.error_bar = half_interval(risk_.errors(d.scale, d.time));
      if (d.start_error - d.test_error < d.error_bar) {
        d.warning = "the folds show no signal: without training the test error is " + format_number(d.start_error) +
                    ", within the error bar of the best";
      }
    }
  }

  /// Of a white matrix alone, time counts by the variance of its inputs too.
  [[nodiscard]] double time_unit() const { return o_.rate * *task_.train.white_on_span(nearly_white); }

  void fit_width() {
    Design& d = design_;
    if (d.source == Design::Source::folds) {
      bad_input({.field = "width",
                 .expected = "none, with folds",
                 .got = std::to_string(*o_.width),
                 .hint = "folds are of infinite width; give the task a test"});
    }
    const WidthSetting setting{.time =
                                   [this](double kappa) {
                                     const double best = risk_.best(kappa).time;
                                     if (std::isfinite(best) && best > 0) return best;
                                     double last = 0;  // of what is more than rounding
                                     const Vector times = risk_.flow(0, kappa).learning_times(0.9999);
                                     for (Index i = 0; i < times.size(); ++i) {
                                       const bool there = risk_.spectrum().target(i) > 1e-9 * risk_.largest_target();
                                       if (there && std::isfinite(times(i))) last = std::max(last, times(i));
                                     }
                                     return last;
                                   },
                               .error_of = [this](const Matrix& a) { return error_of(a); },
                               .least_scale = least_scale * risk_.largest_target(),
                               .largest_scale = largest_scale * risk_.largest_target(),
                               .free_scale = !o_.active && !o_.kernel_distance && !o_.scale};
    ::linnet::fit_width(d, task_, o_, setting);
  }

  [[nodiscard]] double error_of(const Matrix& a) const {
    if (!design_.estimate) return task_.test->error(a);
    const TaskSpectrum& s = design_.estimate->spectrum;
    double overlap = 0;
    for (Index i = 0; i < design_.estimate->rank(); ++i) {
      overlap += s.overlap(i) * s.vectors->u.col(i).dot(a * s.vectors->v.col(i));
    }
    return (a.squaredNorm() - 2 * overlap + design_.estimate->strengths.squaredNorm()) / s.entries;
  }

  const Task& task_;
  const DesignOptions& o_;
  Design design_;
  Risk risk_;
  Risk unlimited_ = risk_.without_limit();
  std::vector<Point> grid_;
};

}  // namespace

const char* to_string(Design::Source source) {
  switch (source) {
    case Design::Source::signal:
      return "signal";
    case Design::Source::spectrum:
      return "spectrum";
    case Design::Source::folds:
      return "folds";
  }
  return "unknown";
}

Design design(const Task& task, const DesignOptions& options) {
  task.train.require_target();
  require_options(options, task);
  return Search(task, options).run();
}

}  // namespace linnet
