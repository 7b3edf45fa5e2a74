#pragma once

#include <string>
#include <vector>

#include "linnet/plots/page.hpp"
#include "linnet/plots/plot.hpp"
#include "linnet/plots/view.hpp"

namespace linnet::plots {

/// The panels of a run: curves over time, spectra.
Page run_page(const Dataset& data, const PlotOptions& options);

/// The panels of a sweep: what each variable lies over tells what shows it.
Page sweep_page(const Dataset& data, const PlotOptions& options);

/// Whether a sweep has a variable that this kind of picture could show.
bool sweep_has(const Dataset& data, const std::string& kind);

/// The variables asked for, by the options or by the data set's attribute "panels"; empty when none are. Throws Error
/// (input) for one that cannot be drawn.
std::vector<std::string> wanted(const Dataset& data, const PlotOptions& options);

/// "time and mode": what a variable must lie over to be shown in this kind of picture over time.
std::string needed_dimensions(const std::string& kind);

}  // namespace linnet::plots
