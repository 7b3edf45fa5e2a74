#pragma once

#include <string>
#include <vector>

#include "linnet/solvers/outcome.hpp"
#include "linnet/sweeps/experiment.hpp"
#include "linnet/sweeps/labels.hpp"

namespace linnet::sweeps {

/// What a point of a sweep yields: a number, or several over dimensions of their own.
struct PointField {
  std::string name;
  std::string long_name;
  bool whole = false;                      ///< stored as an integer
  std::vector<std::string> meanings = {};  ///< of the integers, when they stand for words
  Dimensions dimensions = {};              ///< those after the axes of the sweep

  [[nodiscard]] std::size_t size() const;
};

/// What the points of a sweep have in common.
struct PointLayout {
  std::vector<PointField> fields;     ///< in order, one after another
  Shape shape;                        ///< of A
  std::vector<double> times;          ///< of the curves; empty without
  std::vector<double> task_starts;    ///< of the second and later tasks
  std::vector<std::string> dynamics;  ///< of what is compared along a dimension

  [[nodiscard]] std::size_t size() const;
};

/// Whether the layout depends on the shape of A; else any will do.
bool needs_shape(const config::Configuration& c);

PointLayout point_layout(const config::Configuration& c, Shape shape);

/// Run one point; the values in the order of the layout, nan where one does not apply. An interrupted point has
/// status "interrupted" and is not a result.
std::vector<double> run_point(const config::Configuration& c, const PreparedTask& task, const PointLayout& layout,
                              const Observer& observer);

/// Did the observer end it?
bool was_interrupted(const std::vector<double>& values);

}  // namespace linnet::sweeps
