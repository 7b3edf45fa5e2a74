#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "linnet/plots/gnuplot.hpp"

namespace linnet::plots {

/// One sample and its text, below the axes where no data can be hidden.
struct LegendEntry {
  enum class Mark { line, band, points };
  Mark mark = Mark::line;
  std::string style;      ///< of gnuplot: "linecolor '#0072B2' linewidth 1.5 dashtype 2"; a band's is its colour
  std::string text;       ///< markup
  std::string halo = {};  ///< style of a wider line below
  friend bool operator==(const LegendEntry&, const LegendEntry&) = default;
};

/// Axes and what is in them.
struct Panel {
  std::string title;     ///< markup; the letter is added
  std::string data;      ///< data blocks
  std::string commands;  ///< settings, then one plot command
  std::vector<LegendEntry> legend = {};
  bool colour_bar = false;
  int label_lines = 1;   ///< of the x axis
  double aspect = 0.72;  ///< height of the axes over their width
};

/// Add an entry unless it is there.
void explain(std::vector<LegendEntry>& legend, const LegendEntry& entry);

struct Page {
  std::string title;  ///< markup
  std::vector<Panel> panels;
  std::vector<LegendEntry> legend = {};  ///< common to all panels, at the foot
};

/// The whole script. Panels stand two in a row, `panel_width` cm each; every place is computed, none left to chance.
std::string compose(const Page& page, double panel_width, Format format, const std::filesystem::path& output);

/// How many panels stand in a row.
int columns_of(std::size_t panels);

}  // namespace linnet::plots
