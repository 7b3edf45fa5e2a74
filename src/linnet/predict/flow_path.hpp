#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linnet/dynamics/outer_spaces.hpp"
#include "linnet/networks/network.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// A network's gradient flow, integrated until it settles. States on the way are kept, so that the one at any other
/// time is a short integration away. Weights with many more outputs or inputs than they and Y span are integrated in
/// these spans.
class FlowPath {
 public:
  struct Options {
    Layerwise rates = 1.0;
    GradientFlow::Method method = GradientFlow::Method::adams;  ///< `bdf` takes over from `adams` after `most_steps`
    double rtol = 1e-9;
    /// The flow has settled where outputs on the inputs (without data A) change by less than this of their size while
    /// the time doubles, and no saddle explains that.
    double settled = 1e-7;
    Index most_steps = 3000;  ///< internal steps of the method; three times as many of `bdf` after it
  };

  /// Integrates. Throws as training does for a start that it cannot leave.
  FlowPath(const Network& start, std::shared_ptr<const Task> task, const Options& options);

  [[nodiscard]] const Network& start() const { return start_; }
  [[nodiscard]] bool settled() const { return settled_; }
  [[nodiscard]] double end() const { return points_.back().time; }  ///< the last time that was integrated
  [[nodiscard]] std::string warning() const;                        ///< where it has not settled: how it ended

  /// What is followed: A of a linear network, the outputs on the training samples of any other.
  struct Point {
    double time = 0;
    Matrix view;
    std::shared_ptr<const Network> state;  ///< of some points only
  };
  /// Close enough for nothing to be missed: the view changes by some hundredths of its size, or the time by a quarter.
  [[nodiscard]] const std::vector<Point>& points() const { return points_; }
  [[nodiscard]] double size() const { return size_; }  ///< the largest Frobenius norm of the view, or of its target

  /// The flow at these rising times >= 0, finite, also beyond the end: from the state before the first one on.
  void visit(const std::vector<double>& times, const std::function<void(double, const Dynamics&)>& see) const;

  /// The largest distance of views to the flow from another start, or by a looser tolerance, relative to `size`; nan
  /// where that one cannot be integrated.
  [[nodiscard]] double distance(const Network& other, double rtol) const;

 private:
  /// The spaces in which the flow of a network is integrated, and the task there.
  class Frame {
   public:
    Frame(const Network& start, const std::shared_ptr<const Task>& task);
    [[nodiscard]] const Task& task() const { return *task_; }
    [[nodiscard]] bool smaller() const { return spaces_.has_value(); }
    [[nodiscard]] Network inside(const Network& network) const;
    [[nodiscard]] Network whole(const Network& inside) const;
    [[nodiscard]] Matrix view(const Dynamics& inside) const;

   private:
    std::optional<OuterSpaces> spaces_;
    std::shared_ptr<const Task> task_;
  };

  using See = std::function<bool(double, const Dynamics&)>;  // false to end
  // Dynamics are those inside the frame, networks whole.
  bool integrate(const Frame& frame, const Network& from, double begin, double end, GradientFlow::Method method,
                 double rtol, const std::vector<double>& times, const See& at_times, const See& at_steps) const;
  void follow(const Frame& frame, const Network& from, double begin, double rtol, const std::vector<double>& times,
              const std::function<void(double, const Dynamics&)>& see) const;
  bool keep(double time, const Dynamics& dynamics);  // false once settled
  [[nodiscard]] bool at_rest(double time, const Dynamics& dynamics);
  [[nodiscard]] double growth(const Dynamics& dynamics) const;
  [[nodiscard]] bool lost_growth(double time, const Dynamics& dynamics);
  void thin();

  Network start_;
  std::shared_ptr<const Task> task_;
  Frame frame_;
  Options options_;
  bool linear_;
  Matrix root_;             // of the inputs' covariance, where they are not white
  double patience_ = 60;    // how long to wait at a saddle, in the time in which what leaves it grows by e
  double size_ = 0;         // of the view
  double seen_size_ = 0;    // of what outputs see of it
  double steepest_ = 0;     // the largest gradient so far
  double last_change_ = 0;  // when the outputs last moved
  double kept_bytes_ = 0;
  double switched_;  // the time from which on bdf integrates
  bool settled_ = false;
  /// The last point that bdf has kept, with the fastest direction out of it.
  struct Waiting {
    double time = 0;
    Matrix gradient;
    double rate = 0;
    Vector u, v;
    double part = 0;
  };
  std::optional<Waiting> waiting_;
  std::string failure_;
  std::vector<Point> points_;
};

}  // namespace linnet
