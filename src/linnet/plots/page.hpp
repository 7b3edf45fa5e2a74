#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "linnet/plots/gnuplot.hpp"

namespace linnet::plots {

/// One sample and its text, below the axes where no data can be hidden.
struct LegendEntry {
  enum class Mark { line, band, hatch, points, bar, none };  // none: the text continues the one before
  Mark mark = Mark::line;
  std::string style;  ///< of gnuplot: "linecolor '#0072B2' linewidth 1.5 dashtype 2"; that of a band, hatched or not,
                      ///< is its colour
  std::string text;   ///< markup
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
  int tic_length = 0;    ///< the most characters of a number on the y axis, where it may be too long for the margin
  double aspect = 0.72;  ///< height of the axes over their width
  int sixths = 3;        ///< of the page's width: 6, 3 or 2
  bool space = false;    ///< seen from aside: gnuplot lets such axes reach beyond their margins
  bool curves = false;   ///< may be narrower where there are many
};

/// Add an entry unless it is there.
void explain(std::vector<LegendEntry>& legend, const LegendEntry& entry);

/// A note at the foot of the page about some panels, or all.
struct Legend {
  std::string head;  ///< the letters of these panels, markup; empty: of all
  std::vector<LegendEntry> entries = {};
};

struct Page {
  std::string title;  ///< markup
  std::vector<Panel> panels;
  std::vector<LegendEntry> legend = {};  ///< common to all panels, at the foot
  std::vector<Legend> groups = {};       ///< above it
};

/// The whole script, which names its picture where `output` is given. Two panels in a row are `panel_width` cm wide
/// each; every place is computed, none left to chance.
std::string compose(const Page& page, double panel_width, Format format,
                    const std::optional<std::filesystem::path>& output);

/// How many panels of the usual width the page is wide: two, unless there is one alone.
int columns_of(const Page& page);

/// Three in a row where there are many curves.
void narrow_curves(Page& page);

/// Moves the panels' legends to the foot of the page: as one, or in groups that name their panels where one colour has
/// two meanings, or two panels have nothing in common.
void share_legends(Page& page);

}  // namespace linnet::plots
