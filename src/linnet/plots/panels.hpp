#pragma once

#include <string>
#include <vector>

#include "linnet/plots/page.hpp"
#include "linnet/plots/view.hpp"

namespace linnet::plots {

// Each gives one panel; `name` is a prefix of its own for the data blocks; `common` receives what the
// foot of the page explains once.

/// Scalars of a run over time or steps. Dynamics in lockstep: the first solid, the second dashed in the same colour.
Panel curves_panel(const Dataset& data, const std::vector<std::string>& variables, const std::string& name,
                   std::vector<LegendEntry>& common);

/// A per-mode observable of a run: the leading modes as lines, the bulk as a band, the threshold κ.
Panel spectrum_panel(const Dataset& data, const std::string& variable, const std::string& name,
                     std::vector<LegendEntry>& common);

/// A variable of a sweep over two axes, with labelled contours.
Panel heatmap_panel(const Dataset& data, const Axis& x, const Axis& y, const std::string& variable,
                    const std::string& name, std::vector<LegendEntry>& common);

/// A variable of a sweep along one axis; the other axes tell colours and (two texts) points from lines.
Panel lines_panel(const Dataset& data, const std::vector<Axis>& axes, const std::string& variable,
                  const std::string& name, std::vector<LegendEntry>& common);

}  // namespace linnet::plots
