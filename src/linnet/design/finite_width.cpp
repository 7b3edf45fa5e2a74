#include "linnet/design/finite_width.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "linnet/design/standard_error.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/parallel.hpp"
#include "linnet/training/train.hpp"

namespace linnet {

namespace {

constexpr double accepted = 0.05;    // loss of test error that counts as small
constexpr double negligible = 1e-6;  // of the error without training
constexpr double nearly = 0.99;      // |λ|/2κ of one layer that is nearly 0
constexpr Index instants = 33;

/// A network to draw, and what the draws yield.
struct Candidate {
  double scale = 0;
  double balance = 0;
  Index width = 1;
  double time = 0;
  Vector errors = {};  // of each draw, at this time

  [[nodiscard]] double error() const { return errors.mean(); }
};

class WidthSearch {
 public:
  WidthSearch(Design& design, const Task& task, const DesignOptions& options, const WidthSetting& setting)
      : design_(design), task_(task), options_(options), setting_(setting), infinite_(design.test_error) {
    // Small networks cost little.
    const double sides = static_cast<double>(task.shape().sum());
    draws_ = static_cast<Index>(std::clamp(3 * std::pow(400 / sides, 2), 3.0, 32.0));
  }

  void run() {
    const Index budget = *options_.width;
    Candidate here = measured({.scale = design_.scale, .width = budget});
    if (setting_.free_scale && matters(here)) here = best_scale(std::move(here));
    here = best_balance(std::move(here));
    tell(least_width(std::move(here)));
  }

 private:
  [[nodiscard]] double bearable() const { return std::max(accepted * infinite_, negligible * design_.start_error); }
  [[nodiscard]] bool matters(const Candidate& c) const { return c.error() - infinite_ > bearable() / 5; }

  Candidate measured(Candidate c) const {
    const auto w = static_cast<double>(c.width);
    const Layerwise variance{(c.scale - c.balance / 2) / w, (c.scale + c.balance / 2) / w};
    std::vector<double> times;
    if (options_.stop_time) {
      times.push_back(*options_.stop_time);
    } else {
      const double middle = setting_.time(c.scale);
      for (Index i = 0; i < instants; ++i) {
        const double t = middle * std::pow(4.0, 2.0 * static_cast<double>(i) / (instants - 1) - 1);
        if (t < options_.time_limit) times.push_back(t);
      }
      if (static_cast<Index>(times.size()) < instants) times.push_back(options_.time_limit);
    }
    const Observable error{
        .name = "design_error",
        .long_name = "test error",
        .units = "1",
        .measure = [&](const Snapshot& s, std::span<double> out) { out[0] = setting_.error_of(s.end_to_end()); }};
    const GradientFlow flow{.t_end = times.back(), .rates = options_.rate, .rtol = 1e-4};
    const Record record{.observables = {error}, .schedule = Schedule::at(times)};
    Matrix errors = Matrix::Constant(static_cast<Index>(times.size()), draws_, infinity);
    parallel_for(draws_, [&](Index draw) {
      const networks::Gaussian start{
          .width = c.width, .variance = variance, .seed = options_.seed, .point = static_cast<std::uint32_t>(draw)};
      try {
        const Trajectory run = train(networks::gaussian_gram(task_.shape(), start), task_, flow, record);
        const Vector values = run.values("design_error");
        const Index there = std::min<Index>(values.size() - 1, errors.rows());
        errors.col(draw).head(there) = values.segment(1, there);
      } catch (const Error& failure) {  // no network to train, for such a scale and time
        if (failure.kind() != Error::Kind::numerical) throw;
      }
    });
    stop_if_asked();
    Index best = 0;
    errors.rowwise().mean().minCoeff(&best);
    c.time = times[static_cast<std::size_t>(best)];
    c.errors = errors.row(best).transpose();
    return c;
  }

  Candidate best_scale(Candidate here) const {
    for (const double factor : {0.1, 10.0, std::sqrt(0.1), std::sqrt(10.0)}) {
      for (bool falls = true; falls;) {
        Candidate next = here;
        next.scale *= factor;
        if (next.scale < setting_.least_scale || next.scale > setting_.largest_scale) break;
        next = measured(std::move(next));
        falls = next.error() < here.error();
        if (falls) here = std::move(next);
        if (std::abs(std::log(factor)) < 2) break;
      }
    }
    return here;
  }

  Candidate best_balance(Candidate here) const {
    const Index budget = here.width;
    here.width = std::min(budget, 2 * task_.shape().sum());  // where a loss is seen above the errors of a few draws
    if (here.width != budget) here = measured(std::move(here));
    if (!matters(here)) return here;
    for (const double sign : {-1.0, 1.0}) {
      Candidate other = here;
      other.balance = sign * nearly * 2 * here.scale;
      other = measured(std::move(other));
      const Vector gain = here.errors - other.errors;
      if (gain.mean() > half_interval(gain)) here = std::move(other);
    }
    return here;
  }

  /// The least width that loses little, by the law 1/w from the last measurement; `low` loses too much.
  Candidate least_width(Candidate here) const {
    const Index budget = *options_.width;
    double low = std::max<double>(1, static_cast<double>(options_.active.value_or(1))) - 1;
    double high = infinity;
    std::optional<Candidate> best;
    for (int iteration = 0; iteration < 6; ++iteration) {
      const auto now = static_cast<double>(here.width);
      const double loss = here.error() - infinite_;
      if (loss <= bearable()) {
        high = now;
        best = here;
      } else {
        low = now;
        if (here.width == budget) return here;
      }
      double next = now * std::clamp(bearable() > 0 ? 1.1 * loss / bearable() : 100.0, 0.1, 100.0);
      if (!(next > low && next < high)) next = std::sqrt(std::max(low, 0.5) * high);
      const double most = static_cast<double>(budget);
      here.width = static_cast<Index>(std::min(most, std::max(std::ceil(next), low + 1)));
      if (static_cast<double>(here.width) * 1.4 > high) break;
      here = measured(std::move(here));
    }
    if (best) return *best;
    here.width = budget;
    return measured(std::move(here));
  }

  void tell(const Candidate& best) {
    design_.scale = best.scale;
    design_.balance = best.balance;
    design_.time = best.time;
    design_.width = best.width;
    design_.test_error = best.error();
    design_.width_loss = best.error() - infinite_;
    design_.error_bar = std::hypot(design_.error_bar, half_interval(best.errors));
    if (design_.width_loss > bearable()) {
      design_.warning = "a width of " + std::to_string(best.width) + " adds " + format_number(design_.width_loss) +
                        " to the test error of infinite width, " + format_number(infinite_);
    }
  }

  Design& design_;
  const Task& task_;
  const DesignOptions& options_;
  const WidthSetting& setting_;
  double infinite_;
  Index draws_ = 3;
};

}  // namespace

void fit_width(Design& design, const Task& task, const DesignOptions& options, const WidthSetting& setting) {
  WidthSearch(design, task, options, setting).run();
}

}  // namespace linnet
