#pragma once

#include <map>
#include <string>
#include <vector>

#include "linnet/design/design.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/sweeps/point.hpp"

namespace linnet::sweeps {

/// The options of a configuration as the design takes them: with its rate and seed.
DesignOptions complete(const config::Configuration& c, DesignOptions options);

/// The names along the dimension "method".
const std::vector<std::string>& design_methods();

/// The results of a point of a sweep whose solver is `design`.
void lay_out_designs(PointLayout& layout);

/// These results by name. Where there is no design, because nothing is above the noise or what is asked for cannot be
/// had, all are nan.
std::map<std::string, std::vector<double>> designed(const config::Configuration& c, const DesignOptions& options,
                                                    const PreparedTask& prepared, const Observer& observer);

/// One design as a labelled data set: its numbers, and the best time and error of every scale.
Dataset to_dataset(const Design& design);

}  // namespace linnet::sweeps
