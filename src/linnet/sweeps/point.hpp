#pragma once

#include <string>
#include <vector>

#include "linnet/solvers/outcome.hpp"
#include "linnet/sweeps/experiment.hpp"

namespace linnet::sweeps {

/// A number that a point of a sweep ends in.
struct PointField {
  std::string name;
  std::string long_name;
  bool whole = false;                      ///< stored as an integer
  std::vector<std::string> meanings = {};  ///< of the integers, when they stand for words
};

/// What each point of this sweep yields, in order.
std::vector<PointField> point_fields(const config::Configuration& c);

/// Run one point; the values in the order of `point_fields`, nan where one does not apply. An interrupted point has
/// status "interrupted" and is not a result.
std::vector<double> run_point(const config::Configuration& c, const PreparedTask& task, const Observer& observer);

/// Did the observer end it?
bool was_interrupted(const std::vector<double>& values);

}  // namespace linnet::sweeps
