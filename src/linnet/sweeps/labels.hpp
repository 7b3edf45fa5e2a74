#pragma once

#include <string>
#include <utility>
#include <vector>

#include "linnet/config/configuration.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet::sweeps {

// Dimensions of results and their coordinates, the same for runs and sweeps.

using Dimensions = std::vector<std::pair<std::string, Index>>;

/// The dimensions of an observable besides time, for `count` numbers a record.
Dimensions dimensions_over(Over over, Shape shape, Index count);

/// Adds the dimensions that the data set does not have yet.
void add_dimensions(Dataset& data, const Dimensions& dimensions);

void add_time(Dataset& data, const std::vector<double>& times);

/// Adds the dimension "steps" with its coordinate.
void add_steps(Dataset& data, const std::vector<double>& steps);
void add_modes(Dataset& data, Shape shape);
void add_names(Dataset& data, const std::string& dimension, const std::string& long_name,
               const std::vector<std::string>& names);

/// The labels of variables and axes in figure.labels, and the scales in figure.scales.
class Labels {
 public:
  /// Throws unless each label is "name=label" and each scale is "name=words" with known words.
  explicit Labels(const config::Configuration& c);

  /// Adds the attributes "label" and "axis_scale" to variables of the data set. Names without a variable are ignored: a
  /// sweep without a comparison, for instance, has no distance.
  void add_to(Dataset& data) const;

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  Pairs labels_;
  Pairs scales_;
};

/// "1: modes", "2: reversed", …: the tasks of a sequence.
std::vector<std::string> task_names(const config::Configuration& c);

}  // namespace linnet::sweeps
