#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "linnet/config/grid.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/storage/journal.hpp"
#include "linnet/sweeps/exponents.hpp"
#include "linnet/sweeps/labels.hpp"
#include "linnet/sweeps/point.hpp"
#include "linnet/sweeps/results.hpp"

namespace linnet::sweeps {

/// A sweep that is read and checked. Any process can compute any of its points, whose results depend only on their
/// configurations and indices.
class PreparedSweep {
 public:
  /// Throws Error (input) for a configuration that does not fit.
  explicit PreparedSweep(const config::Source& source);
  PreparedSweep(const PreparedSweep&) = delete;
  PreparedSweep& operator=(const PreparedSweep&) = delete;

  [[nodiscard]] Index size() const { return grid_.size(); }
  [[nodiscard]] std::size_t values_per_point() const { return layout_.size(); }

  /// What points that this process computes belong to.
  [[nodiscard]] storage::Session session() const;

  /// Makes the tasks of these points ahead and returns the points, in the order in which to compute them. If the tasks
  /// are more than 4096, that is the order of the tasks, each of which is made when its first point is computed. To be
  /// called by one thread, before `compute`.
  std::vector<Index> make_tasks(std::vector<Index> points);

  /// The results of a point; none if the observer interrupts it. Points may be computed side by side.
  [[nodiscard]] std::vector<double> compute(Index point, const Observer& observer) const;

  [[nodiscard]] Results no_results() const { return {size(), values_per_point()}; }
  /// The data set of all results.
  [[nodiscard]] Dataset dataset(const Results& results) const;
  /// The same with numbers that stand for the results, which shows what it will contain.
  [[nodiscard]] Dataset preview() const;

 private:
  using SharedTask = std::shared_ptr<const PreparedTask>;
  [[nodiscard]] Index task_of(Index point) const;
  [[nodiscard]] SharedTask task_for(Index point, const config::Configuration& c) const;
  [[nodiscard]] std::vector<Index> points_with_different_tasks() const;
  [[nodiscard]] PointLayout common_layout();

  config::Grid grid_;
  std::vector<std::size_t> task_axes_;                    ///< the axes on which the task depends
  std::map<std::string, SharedTask> tasks_;               ///< made ahead, by their keys
  std::unordered_map<Index, SharedTask> task_by_number_;  ///< the same
  mutable std::mutex lately_made_;
  mutable std::deque<std::pair<Index, SharedTask>> latest_tasks_;
  PointLayout layout_;
  Exponents exponents_;
  Labels labels_;
};

}  // namespace linnet::sweeps
