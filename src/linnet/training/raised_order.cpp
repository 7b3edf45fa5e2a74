#include "linnet/training/raised_order.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {

/// A at records of a run. Of many records it keeps every second, fourth, … one, the same ones of every run, and the
/// last.
class Witness {
 public:
  void see(double time, const Matrix& a) {
    last_ = a;
    if (seen_++ % stride_ != 0) return;
    times_.push_back(time);
    matrices_.push_back(a);
    if (times_.size() < most) return;
    for (std::size_t i = 0; 2 * i < times_.size(); ++i) {
      times_[i] = times_[2 * i];
      matrices_[i] = std::move(matrices_[2 * i]);
    }
    times_.resize(most / 2);
    matrices_.resize(most / 2);
    stride_ *= 2;
  }

  /// The largest ‖A − A'‖_F at instants that both have and at the ends, relative to the largest ‖A'‖_F; 0 where all are
  /// 0. The ends count whatever their times: a rule or an event may stop one run before the other.
  [[nodiscard]] double distance(const Witness& finer) const {
    double largest = 0;
    double size = 0;
    const auto compare = [&](const Matrix& a, const Matrix& of_finer) {
      const double apart = (a - of_finer).norm();
      if (!std::isnan(largest) && !(apart <= largest)) largest = apart;
      size = std::max(size, of_finer.norm());
    };
    compare(last_, finer.last_);
    std::size_t j = 0;
    for (std::size_t i = 0; i < times_.size(); ++i) {
      while (j < finer.times_.size() && finer.times_[j] < times_[i]) ++j;
      if (j == finer.times_.size() || finer.times_[j] != times_[i]) continue;
      compare(matrices_[i], finer.matrices_[j]);
    }
    return largest == 0 ? 0 : largest / size;
  }

 private:
  static constexpr std::size_t most = 256;
  std::vector<double> times_;
  std::vector<Matrix> matrices_;
  Matrix last_;
  std::size_t seen_ = 0;
  std::size_t stride_ = 1;
};

Trajectory with_order(Trajectory run, const DeepLinear& cone, double estimate) {
  run.cone = ConeAccuracy{.order = cone.cone()->order, .sizes = cone.sizes(), .estimate = estimate};
  return run;
}

[[noreturn]] void refuse_tolerance(double tolerance, double best, Index order, const std::string& why) {
  throw Error(Error::Kind::numerical, {.field = "network.tolerance",
                                       .expected = "a tolerance that can be met",
                                       .got = format_number(tolerance) + ", where the best reached is " +
                                              format_number(best) + ", at order " + std::to_string(order) + why,
                                       .hint = "a larger tolerance, network.order = " + std::to_string(order) +
                                               ", or a more accurate solver (solver.rtol of a flow)"});
}

}  // namespace

Trajectory trained_to_tolerance(const Network& start, const Record& record, const TrainOne& train_one) {
  const DeepLinear* first = weights_of(start);
  if (first == nullptr || first->cone() == nullptr) return train_one(start, record);
  const LightCone& cone = *first->cone();
  const double known = cone.complete ? 0 : nan;
  if (!cone.tolerance || cone.complete) return with_order(train_one(start, record), *first, known);

  const double tolerance = *cone.tolerance;
  std::optional<Witness> before;
  double best = infinity;
  Index best_order = 0;
  int without_progress = 0;
  DeepLinear now = *first;
  while (true) {
    Witness witness;
    Record watched = record;
    watched.saving = {};
    watched.observables.push_back({.name = "order",
                                   .long_name = "A, to compare orders",
                                   .units = "1",
                                   .measure = [&witness](const Snapshot& s, std::span<double> out) {
                                     witness.see(s.time(), s.end_to_end());
                                     out[0] = 0;
                                   }});
    Trajectory run = train_one(now, watched);
    run.series.pop_back();
    const bool interrupted = run.outcome.status == Status::interrupted;
    const bool complete = now.cone()->complete;
    const double estimate = before ? before->distance(witness) : complete ? 0 : nan;
    const bool diverged = before && run.outcome.status == Status::diverged;  // two orders in turn
    if (interrupted || diverged || complete || estimate <= tolerance) return with_order(std::move(run), now, estimate);
    if (before) {
      constexpr double progress = 0.7;
      without_progress = estimate < progress * best ? 0 : without_progress + 1;
      if (estimate < best) {
        best = estimate;
        best_order = now.cone()->order;
      }
      constexpr int patience = 3;
      if (without_progress == patience) refuse_tolerance(tolerance, best, best_order, "");
    }
    before = std::move(witness);
    const Index next = now.cone()->order + 1;
    try {
      now = networks::at_order(*now.cone(), next);
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::input || !std::isfinite(best)) throw;
      refuse_tolerance(tolerance, best, best_order, "; order " + std::to_string(next) + " would be " + error.got());
    }
  }
}

}  // namespace linnet
