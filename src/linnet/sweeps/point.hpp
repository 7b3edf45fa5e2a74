#pragma once

#include <string>
#include <vector>

#include "linnet/solvers/outcome.hpp"
#include "linnet/sweeps/experiment.hpp"
#include "linnet/sweeps/labels.hpp"

namespace linnet::sweeps {

/// A result of a point of a sweep: one number, or several over their own dimensions.
struct PointField {
  std::string name;
  std::string long_name;
  bool whole = false;                      ///< stored as an integer
  std::vector<std::string> meanings = {};  ///< the words for the values of an integer
  Dimensions dimensions = {};              ///< in addition to the axes of the sweep

  [[nodiscard]] std::size_t size() const;
};

/// What the points of a sweep have in common.
struct PointLayout {
  std::vector<PointField> fields;     ///< in order, one after another
  Shape shape;                        ///< of A
  std::string clock = "time";         ///< the dimension of the curves: "steps" if the points share only these
  std::vector<double> times;          ///< of the curves, or their steps; empty if there are none
  std::vector<double> task_starts;    ///< of the second and later tasks
  std::vector<std::string> dynamics;  ///< the names along the dimension "dynamics"

  [[nodiscard]] std::size_t size() const;
};

/// Whether the layout depends on the shape of A; if not, any shape can be passed.
bool needs_shape(const config::Configuration& c);

PointLayout point_layout(const config::Configuration& c, Shape shape);

/// Runs one point. Returns the values in the order of the layout, nan for those that do not apply. An interrupted point
/// has status "interrupted" and is not a result.
std::vector<double> run_point(const config::Configuration& c, const PreparedTask& task, const PointLayout& layout,
                              const Observer& observer);

/// Whether the observer interrupted the point.
bool was_interrupted(const std::vector<double>& values);

}  // namespace linnet::sweeps
