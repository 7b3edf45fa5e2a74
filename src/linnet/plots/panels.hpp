#pragma once

#include <functional>
#include <string>
#include <vector>

#include "linnet/plots/page.hpp"
#include "linnet/plots/twins.hpp"
#include "linnet/plots/view.hpp"

namespace linnet::plots {

// Each adds the panels of a variable to the page. A panel's legend explains its colours; what is common to all panels
// is explained at the foot.

/// Scalars of a run over time or steps, in one panel. Dynamics in lockstep: the first solid, the second dashed in the
/// same colour.
void add_run_curves(Page& page, const Dataset& data, const std::vector<std::string>& variables);

/// Whether each neuron, coefficient or weight has a number of its own at every instant.
bool has_components(const Variable& variable);
/// Such a variable over time: a line for each of a few, else the spread of all.
void add_components(Page& page, const Dataset& data, const std::string& variable);

/// A per-mode observable of a run: the leading modes as lines, the bulk as a band, the threshold κ.
void add_spectrum(Page& page, const Dataset& data, const std::string& variable);

/// A variable over time: a colour for each mode or task, or else for each value of the last numeric axis; panels for
/// the other axes.
void add_curves(Page& page, const Dataset& data, const std::string& variable);

/// A variable of a sweep over two numeric axes, with labelled contours; a panel for each value of a third axis.
void add_heatmap(Page& page, const Dataset& data, const std::string& variable);

/// A variable of a sweep along one axis; the others give colours, points and lines (for two texts), and panels.
void add_lines(Page& page, const Dataset& data, const std::string& variable);

/// Matrices over pairs of input items as small squares: a row for each value of the last axis, a column a time.
void add_matrices(Page& page, const Dataset& data, const std::string& variable);

/// The cost in a plane through three plateaus of a run, with the run projected to it.
void add_slice(Page& page, const Dataset& data);

/// A variable of two or three coordinates, from one to the other: weights of one neuron, on the surface that they
/// cannot leave, or coefficients.
void add_paths(Page& page, const Dataset& data, const std::string& variable);
bool has_paths(const Dataset& data, const Variable& variable);

/// The neurons of a layer in the plane of two inputs, beside those of their teacher.
void add_neuron_paths(Page& page, const Dataset& data, const std::string& variable);
bool has_neuron_paths(const Dataset& data, const Variable& variable);

// Common functions of these panels.

/// Steps of gradient descent where the solver took steps, otherwise time; the label defines t.
struct TimeAxis {
  std::vector<double> values;
  std::string settings;
  int label_lines = 1;
  std::string style = "lines";  ///< of what is drawn over it: a single instant has points
};
TimeAxis time_axis(const Dataset& data);

/// Long runs are thinned: a picture has fewer than this many dots across.
std::vector<std::size_t> kept_records(std::size_t records);

constexpr const char* line_plot_settings =
    "set border 3\n"
    "set grid linecolor rgb '#E6E6E6' linewidth 0.5 linetype 1\n";

/// Steps of 1, 2 or 5 times a power of ten, for about four tics, where there is no room for more.
std::string tic_setting(const char* which, const Range& range);

/// A prefix for the data blocks of the page's next panel.
std::string next_name(const Page& page);

/// Throws Error (input) about the data.
[[noreturn]] void nothing_to_plot(const std::string& expected, const std::string& got);

/// Move the first axis that `is_it` into a role; nothing when there is none.
void take_axis(std::vector<Axis>& axes, std::vector<Axis>& role, const std::function<bool(const Axis&)>& is_it);

/// The axis of the colours: modes or tasks, otherwise the last numeric axis.
void take_series(std::vector<Axis>& axes, std::vector<Axis>& role);

/// The values along an axis, as texts of the file or as numbers.
std::vector<std::string> names_along(const Axis& axis);

/// The names of the axes in these roles, in order.
std::vector<std::string> order_of(const std::vector<std::vector<Axis>>& roles);

/// The texts of `combinations`; throws Error (input) when they are too many for a page.
std::vector<std::string> panel_titles(const std::string& variable, const std::vector<Axis>& axes);

/// The style of the i-th of `count` series: distinguished by hue, or on a ramp from dark to light when they are many.
std::string series_colour(std::size_t i, std::size_t count);
std::vector<LegendEntry> series_legend(const Axis& series);

/// The style of one of several dynamics in one panel. The first is a broad line, which remains visible where the
/// second, thin and darker, is drawn over it.
std::string line_style(const std::string& colour, std::size_t which, std::size_t dynamics, const Twin& twin = {});
void explain_dynamics(const std::vector<std::string>& dynamics, std::vector<LegendEntry>& legend);

/// What grey cells, or else crosses at the foot of the axes, mean: at the foot of the page.
void explain_missing(Page& page, const Dataset& data, bool as_crosses = false);
inline constexpr const char* missing_cross = "linecolor rgb '#555555' pointtype 2 pointsize 0.5 linewidth 1.2";

/// " font ',6.5'" where a label would be longer than the axis it stands along; else nothing.
std::string upright_font(const std::string& label);

}  // namespace linnet::plots
