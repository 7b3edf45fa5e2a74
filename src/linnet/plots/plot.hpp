#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "linnet/storage/dataset.hpp"

namespace linnet::plots {

/// Options of `plot`.
struct PlotOptions {
  std::string kind =
      "auto";  ///< auto, curves, spectrum, heatmap, lines, matrices, slice, paths; auto picks what fits each variable
  std::vector<std::string> variables =
      {};               ///< what to show; empty: what the file's "panels" attribute says, else what fits
  double width_cm = 0;  ///< 0: 8.5 cm a panel (a journal's column)
};

/// The fitting picture of a result in SVG, PDF or PNG (by the target's ending) by gnuplot, written beside its target
/// and renamed. Throws Error (input) for another ending or data with nothing to plot, (output) when gnuplot is missing
/// or fails.
void plot(const Dataset& data, const std::filesystem::path& target, const PlotOptions& options = {});

/// Throws as `plot` would for another ending, then called `field`, or for want of gnuplot: before what is to be drawn
/// is computed.
void require_drawable(const std::filesystem::path& target, const std::string& field = "target");

/// The gnuplot script that `plot` runs, with its data inline: to look at, to change, to keep.
std::string gnuplot_script(const Dataset& data, const std::filesystem::path& target, const PlotOptions& options = {});

}  // namespace linnet::plots
