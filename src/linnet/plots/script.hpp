#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace linnet::plots {

/// The colours of Okabe and Ito, which colour-blind readers can distinguish, the most distinct first.
inline constexpr std::array<std::string_view, 7> line_colours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                                 "#E69F00", "#56B4E9", "#000000"};
std::string line_colour(std::size_t index);  ///< comes round again after the last
/// From dark violet (0) to light green (1): viridis, for lines in an order; its yellow end is too light for them.
std::string ramp_colour(double part);
std::string darker(std::string_view colour);
inline constexpr std::string_view bulk_colour = "#C9C9C9";
inline constexpr std::string_view missing_colour = "#B5B5B5";
/// Lines over what is behind them.
inline constexpr std::string_view hatch_colour = "#202020";
inline constexpr std::string_view hatch_pattern = "transparent pattern 4 noborder";

/// Any bytes as one gnuplot string literal on one line. Names and texts of files, folders and users enter a script only
/// in this form.
std::string literal(std::string_view text);

/// `markup` as a gnuplot string. Blanks after a subscript or a change of font do not break: some viewers of SVG lose
/// others there.
std::string label_literal(std::string_view markup);

/// Lines of markup below each other as one gnuplot string.
std::string lines_literal(const std::vector<std::string>& lines);

/// A user's text as markup that prints as it stands, but for the indices of symbols (γ_w, n_0) that are set low: what
/// gnuplot's enhanced mode would interpret is escaped, control characters become blanks, and bytes that are no UTF-8
/// become the sign for that.
std::string plain(std::string_view bytes);

/// A number for a reader: "0.00023" as "2.3·10^{−4}" in markup, at `digits` significant digits.
std::string number_markup(double value, int digits = 3);

/// About how wide `markup` prints at 8 pt in DejaVu Sans, in cm.
double text_width(std::string_view markup);

/// `markup` broken at blanks into lines of at most `width` cm.
std::vector<std::string> wrapped(std::string_view markup, double width);

/// Rows of numbers, inline: "$name << EOD …". Blank rows (empty vectors) break a line.
std::string data_block(std::string_view name, const std::vector<std::vector<double>>& rows);

}  // namespace linnet::plots
