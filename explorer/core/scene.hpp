#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "layers.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "motion.hpp"

namespace linnet::explorer {

/// What the page shows of a problem; the fields are those of `Solution` in explorer/src/core/types.ts.
struct Solution {
  std::vector<double> times;
  Matrix modes;  ///< n x times
  Vector loss;
  Vector test_error;
  Vector kernel_distance;
  Matrix neuron;  ///< 3 x times; empty without a neuron
  Values start;
  Values end;
  Vector learning_times;
  std::optional<BestMoment> best;
  bool complete = true;
};

class Scene {
 public:
  explicit Scene(Problem problem);

  [[nodiscard]] const Problem& problem() const { return problem_; }
  [[nodiscard]] const Motion& motion() const { return *motion_; }

  /// An integration goes on for some milliseconds; true when it is done.
  bool work(double milliseconds) { return motion_->work(milliseconds); }
  /// At `count` times, or those that an integration has reached.
  [[nodiscard]] Solution solution(Index count);

 private:
  Problem problem_;
  std::unique_ptr<Motion> motion_;
  std::vector<Values> known_;  // at the times of an integration
};

/// Gradient descent on the weights, at steps that are even in log t.
class PlainDescent {
 public:
  PlainDescent(Problem problem, const Span& span);
  PlainDescent(const PlainDescent&) = delete;
  PlainDescent& operator=(const PlainDescent&) = delete;

  bool work(double milliseconds);  ///< true when done
  [[nodiscard]] const std::vector<double>& times() const { return times_; }
  [[nodiscard]] const std::vector<Vector>& modes() const { return modes_; }
  [[nodiscard]] const std::vector<double>& loss() const { return loss_; }
  [[nodiscard]] double step() const { return step_; }
  [[nodiscard]] Index steps() const { return steps_; }
  [[nodiscard]] const std::string& note() const { return note_; }

 private:
  void keep();

  Problem problem_;
  linalg::Svd vectors_;
  std::unique_ptr<Layers> layers_;
  double step_ = 0;
  Index steps_ = 0;
  Index last_ = 0;
  double due_ = 0;
  std::vector<double> times_;
  std::vector<Vector> modes_;
  std::vector<double> loss_;
  std::string note_;
};

enum class Measure { kernel, test };

/// The phase map: kernel distance at the end, or least test error over time, at any scale and balance.
class PhaseMap {
 public:
  PhaseMap(Problem problem, Measure measure);

  /// A sentence where there is no map, or where it is of another start; else empty.
  [[nodiscard]] const std::string& note() const { return note_; }
  [[nodiscard]] bool empty() const { return empty_; }
  /// nan where there is no value.
  [[nodiscard]] double at(double scale, double balance) const;

 private:
  Problem problem_;
  Measure measure_;
  std::string note_;
  bool empty_ = false;
  std::shared_ptr<const TaskSpectrum> spectrum_;  // of infinite width
};

}  // namespace linnet::explorer
