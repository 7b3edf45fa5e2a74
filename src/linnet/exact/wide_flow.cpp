#include "linnet/exact/wide_flow.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

WideFlow::WideFlow(std::shared_ptr<const TaskSpectrum> spectrum, const Options& o)
    : spectrum_(std::move(spectrum)), depth_(o.depth), rates_(o.rates), pace_(spectrum_->variance) {
  if (pace_.size() == 0) pace_ = Vector::Ones(spectrum_->target.size());
  require_at_least(o.depth, 2, "network.depth");
  require_non_negative(o.scales, "network.scales");
  constexpr double bytes_a_layer = 1024;
  require_memory(bytes_a_layer * static_cast<double>(o.depth), "network.depth", std::to_string(o.depth) + " layers");
  o.scales.require_depth(o.depth, "network.scales");
  require_positive(o.rates, "solver.rates");
  o.rates.require_depth(o.depth, "solver.rates");
  if (!(o.tolerance >= 1e-12) || !(o.tolerance <= 0.1)) {
    bad_input({.field = "network.tolerance",
               .expected = "a number from 1e-12 to 0.1",
               .got = format_number(o.tolerance),
               .hint = "of every mode, relative to its singular value"});
  }
  modes_.reserve(static_cast<std::size_t>(spectrum_->target.size()));
  Index near = 0;  // the modes fall, and a mode needs about the order of the one before it
  for (const double y : spectrum_->target) {
    modes_.emplace_back(WideMode::Parameters{.target = y,
                                             .depth = o.depth,
                                             .scales = o.scales,
                                             .rates = o.rates,
                                             .tolerance = o.tolerance,
                                             .first_order = std::max<Index>(near - 2, 0)});
    near = modes_.back().order();
  }
}

Index WideFlow::order() const {
  Index largest = 0;
  for (const WideMode& mode : modes_) largest = std::max(largest, mode.order());
  return largest;
}

double WideFlow::estimate() const {
  double largest = 0;
  for (const WideMode& mode : modes_) largest = std::max(largest, mode.estimate());
  return largest;
}

std::string WideFlow::warning() const {
  for (std::size_t i = 0; i < modes_.size(); ++i) {
    if (spectrum_->target(static_cast<Index>(i)) > 0 && !modes_[i].learns()) {
      return "the start is at a saddle, with two scales of 0: exactly there it stays, and any noise would leave it";
    }
  }
  return {};
}

Vector WideFlow::modes(double t) const { return spectrum_->target - residuals(t); }

Vector WideFlow::residuals(double t) const {
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(t)});
  Vector left(spectrum_->target.size());
  for (Index i = 0; i < left.size(); ++i) {
    left(i) = modes_[static_cast<std::size_t>(i)].residual(pace_(i) == 0 ? 0 : pace_(i) * t);
  }
  return left;
}

double WideFlow::train_error(double t) const { return spectrum_->train_error(residuals(t)); }

double WideFlow::test_error(double t) const { return spectrum_->test_error(residuals(t)); }

Vector WideFlow::learning_times(double fraction) const {
  require_fraction(fraction, "fraction");
  Vector times(spectrum_->target.size());
  for (Index i = 0; i < times.size(); ++i) {
    times(i) = pace_(i) == 0 ? infinity : modes_[static_cast<std::size_t>(i)].learning_time(fraction) / pace_(i);
  }
  return times;
}

Matrix WideFlow::end_to_end(double t) const { return spectrum_->matrix_of(modes(t)); }

}  // namespace linnet
