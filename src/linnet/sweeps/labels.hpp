#pragma once

#include <string>
#include <utility>
#include <vector>

#include "linnet/config/configuration.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet::sweeps {

// The dimensions of results and their coordinates, the same for runs and for sweeps.

using Dimensions = std::vector<std::pair<std::string, Index>>;

/// The dimensions beside time that an observable has, of `count` numbers each record.
Dimensions dimensions_over(Over over, Shape shape, Index count);

/// Add those that the data set does not have yet.
void add_dimensions(Dataset& data, const Dimensions& dimensions);

void add_time(Dataset& data, const std::vector<double>& times);
void add_modes(Dataset& data, Shape shape);
void add_names(Dataset& data, const std::string& dimension, const std::string& long_name,
               const std::vector<std::string>& names);

/// What figure.labels calls variables and axes, and the scales that figure.scales asks for.
class Labels {
 public:
  /// Throws unless each label is "name=label", each scale "name=words" of words that there are.
  explicit Labels(const config::Configuration& c);

  /// As the attributes "label" and "axis_scale" of those that there are: a sweep that was told not to compare has no
  /// distances to name.
  void add_to(Dataset& data) const;

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  Pairs labels_;
  Pairs scales_;
};

/// "1: modes", "2: reversed", …: the tasks of a sequence.
std::vector<std::string> task_names(const config::Configuration& c);

}  // namespace linnet::sweeps
