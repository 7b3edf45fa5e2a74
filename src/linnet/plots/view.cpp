#include "linnet/plots/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <sstream>

#include "linnet/error.hpp"
#include "linnet/plots/script.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/numbers.hpp"

namespace linnet::plots {

namespace {

std::string in_words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string with_unit(const std::string& label, const Variable& variable) {
  const std::string unit = variable.attribute("units", "1");
  return unit.empty() || unit == "1" ? label : label + " (" + plain(unit) + ")";
}

std::string axis_label(const Variable& variable) {
  static const std::map<std::string, std::string> known = {{"variance_exponent", "variance exponent γ_{σ²} = log_d σ²"},
                                                           {"width_exponent", "width exponent γ_w = log_d w"},
                                                           {"scale_exponent", "scale exponent log_d σ²w"},
                                                           {"dim", "dimension d"},
                                                           {"width", "width w"},
                                                           {"variance", "variance σ²"},
                                                           {"scale", "scale σ²w"},
                                                           {"balance", "balance λ"},
                                                           {"delta", "balance δ"},
                                                           {"tau", "scale τ"},
                                                           {"alpha", "scale α of the first layer"},
                                                           {"kappa", "threshold κ"},
                                                           {"start_size", "start size s(0)"},
                                                           {"gamma", "exponent γ of the start, σ² = w^{−γ}"},
                                                           {"depth", "depth L"},
                                                           {"rank", "rank k of the task"}};
  if (const std::string label = variable.attribute("label"); !label.empty()) return plain(label);
  const auto found = known.find(variable.name);
  if (found != known.end()) return found->second;
  // A sweep's axis is called by its field, "network.variance_ratio".
  const std::string name = variable.attribute("long_name", variable.name);
  const bool field = name.find('.') != std::string::npos && name.find(' ') == std::string::npos;
  return with_unit(field ? plain(in_words(name.substr(name.rfind('.') + 1))) : long_label(variable), variable);
}

// Where in `variable` the element with these indices (by dimension) lies.
class Layout {
 public:
  Layout(const Dataset& data, const Variable& variable) {
    std::size_t stride = 1;
    for (auto it = variable.dims.rbegin(); it != variable.dims.rend(); ++it) {
      strides_[*it] = stride;
      stride *= static_cast<std::size_t>(data.length(*it));
    }
  }
  [[nodiscard]] std::size_t stride(const std::string& dimension) const {
    const auto found = strides_.find(dimension);
    return found == strides_.end() ? 0 : found->second;
  }

 private:
  std::map<std::string, std::size_t> strides_;
};

// Positions of all index tuples over `dimensions`, in C order.
std::vector<std::size_t> positions(const Dataset& data, const Layout& layout,
                                   const std::vector<std::string>& dimensions) {
  std::vector<std::size_t> result = {0};
  for (const auto& dimension : dimensions) {
    const auto length = static_cast<std::size_t>(data.length(dimension));
    const std::size_t stride = layout.stride(dimension);
    std::vector<std::size_t> next;
    next.reserve(result.size() * length);
    for (const std::size_t base : result) {
      for (std::size_t i = 0; i < length; ++i) next.push_back(base + i * stride);
    }
    result = std::move(next);
  }
  return result;
}

// Which of a variable's values are of points that failed; none of what is kept as far as it goes. Status lies over the
// axes of the sweep, which come first in every variable.
std::vector<bool> failed_values(const Dataset& data, const Variable& variable) {
  constexpr double diverged = 2;
  std::vector<bool> failed(static_cast<std::size_t>(data.size_over(variable.dims)), false);
  if (variable.name == "status" || has_dimension(variable, "time") || !data.has("status")) return failed;
  const Variable& flags = data["status"];
  const auto& axes = flags.dims;
  if (std::holds_alternative<std::vector<std::string>>(flags.values)) return failed;
  if (axes.size() > variable.dims.size() || !std::equal(axes.begin(), axes.end(), variable.dims.begin())) return failed;
  const auto status = flags.as_reals();
  if (status.empty()) return failed;
  const std::size_t each = failed.size() / status.size();
  for (std::size_t i = 0; i < failed.size(); ++i) failed[i] = status[i / each] >= diverged;
  return failed;
}

bool is_coordinate(const Dataset& data, const Variable& variable) {
  return std::any_of(data.dimensions.begin(), data.dimensions.end(),
                     [&](const auto& dimension) { return dimension.first == variable.name; });
}

double place_of(double value, double unit) {
  return value == 0 ? 0 : std::copysign(1 + std::log10(std::abs(value) / unit), value);
}

}  // namespace

bool is_run(const Dataset& data) {
  const std::string kind = data.attribute("kind");
  if (kind == "run" || kind == "sweep") return kind == "run";
  return std::any_of(data.dimensions.begin(), data.dimensions.end(), [](const auto& d) { return d.first == "time"; });
}

Axis axis_of(const Dataset& data, const std::string& dimension) {
  Axis axis{.name = dimension, .label = plain(in_words(dimension))};
  if (!data.has(dimension)) {
    for (Index i = 0; i < data.length(dimension); ++i) axis.values.push_back(static_cast<double>(i + 1));
    axis.places = axis.values;
    return axis;
  }
  const Variable& coordinate = data[dimension];
  axis.label = axis_label(coordinate);
  if (std::holds_alternative<std::vector<std::string>>(coordinate.values)) {
    axis.texts = coordinate.texts();
    return axis;
  }
  axis.values = coordinate.as_reals();
  if (!std::all_of(axis.values.begin(), axis.values.end(), [](double x) { return std::isfinite(x); })) {
    for (const double value : axis.values) axis.texts.push_back(fmt::format("{:.4g}", value));
    axis.values.clear();
    return axis;
  }
  axis.logarithmic = coordinate.attribute("scale") == "logarithmic" &&
                     std::all_of(axis.values.begin(), axis.values.end(), [](double x) { return x > 0; });
  axis.places = axis.values;
  if (coordinate.attribute("scale") == "symmetric") {
    Range sizes;
    for (const double value : axis.values) sizes.include(std::abs(value));
    axis.unit = sizes.least_positive;
  }
  if (axis.unit > 0) {
    for (double& place : axis.places) place = place_of(place, axis.unit);
  }
  return axis;
}

std::vector<Axis> varied_axes(const Dataset& data, const Variable& variable) {
  std::vector<Axis> axes;
  bool seeds = false;
  const bool matrix = is_matrix(variable);
  for (const auto& name : variable.dims) {
    if (data.length(name) < 2 || name == "time" || (matrix && (name == "input" || name == "input_2"))) continue;
    if (name == "seed") {
      seeds = true;
    } else {
      axes.push_back(axis_of(data, name));
    }
  }
  if (axes.empty() && seeds) axes.push_back(axis_of(data, "seed"));
  return axes;
}

std::string symbol_of(const Axis& axis) {
  static const std::map<std::string, std::string> known = {{"dim", "d"},
                                                           {"width", "w"},
                                                           {"variance", "σ²"},
                                                           {"scale", "σ²w"},
                                                           {"balance", "λ"},
                                                           {"delta", "δ"},
                                                           {"tau", "τ"},
                                                           {"alpha", "α"},
                                                           {"kappa", "κ"},
                                                           {"start_size", "s(0)"},
                                                           {"gamma", "γ"},
                                                           {"depth", "L"},
                                                           {"rank", "k"},
                                                           {"time", "t"},
                                                           {"step", "η"},
                                                           {"variance_exponent", "γ_{σ²}"},
                                                           {"width_exponent", "γ_w"}};
  const auto found = known.find(axis.name);
  return found == known.end() ? axis.label : found->second;
}

std::string text_of(const Axis& axis, std::size_t i) {
  if (axis.of_texts()) return plain(axis.texts[i]);
  const std::string number = number_markup(axis.values[i], axis.name == "time" ? 3 : 4);
  if (axis.name == "coefficient") return fmt::format("β_{{{}}}", number);
  if (axis.name == "weight")
    return i + 1 == axis.size() ? "a" : axis.size() == 2 ? "w" : fmt::format("w_{{{}}}", number);
  const bool counts = axis.name == "mode" || axis.name == "task" || axis.name == "dynamics" || axis.name == "neuron" ||
                      axis.name == "input" || axis.name == "eigenvalue";
  return counts ? axis.name + " " + number : symbol_of(axis) + " = " + number;
}

std::vector<std::string> combinations(const std::vector<Axis>& axes) {
  std::vector<std::string> texts = {""};
  for (const auto& axis : axes) {
    std::vector<std::string> longer;
    for (const auto& text : texts) {
      for (std::size_t i = 0; i < axis.size(); ++i) {
        longer.push_back(text.empty() ? text_of(axis, i) : text + ", " + text_of(axis, i));
      }
    }
    texts = std::move(longer);
  }
  return texts;
}

std::string symmetric_tics(const char* which, const Axis& axis, double axis_length) {
  const Range range = range_of(axis.places);
  // 1 is the place of the unit, every further decade is one on.
  const int decades = static_cast<int>(std::floor(std::max(std::abs(range.least), std::abs(range.most)) + 1e-9));
  const auto text_at = [&](int place) {
    return number_markup(place == 0 ? 0 : std::copysign(axis.unit * std::pow(10, std::abs(place) - 1), place));
  };
  const double decade = axis_length / std::max(1.0, range.most - range.least);
  const bool upright = which[0] == 'y';
  const auto size_at = [&](int place) { return upright ? 0.25 : 7.0 / 8 * text_width(text_at(place)); };
  constexpr double gap = 0.12;
  // As many decades from one label to the next as the longest takes.
  const double widest = std::max(size_at(-decades), range.least < 0 ? size_at(-1) : size_at(1));
  const int stride = std::max(1, static_cast<int>(std::ceil((widest + gap) / decade)));
  std::vector<std::string> tics;
  for (int place = -decades; place <= decades; ++place) {
    if (place < range.least - 1e-9 || place > range.most + 1e-9) continue;
    const bool beside_zero = std::abs(place) * decade < (size_at(place) + size_at(0)) / 2 + gap;
    const bool labelled = place == 0 || ((decades - std::abs(place)) % stride == 0 && !beside_zero);
    // Level 1 makes a short tic.
    tics.push_back(labelled ? fmt::format("{} {} 0", label_literal(text_at(place)), place)
                            : fmt::format("'' {} 1", place));
  }
  return fmt::format("set {}tics ({})\n", which, fmt::join(tics, ", "));
}

std::vector<std::size_t> Axis::order() const {
  std::vector<std::size_t> indices(size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  if (of_texts()) return indices;
  std::stable_sort(indices.begin(), indices.end(), [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
  return indices;
}

bool Axis::distinct() const {
  auto sorted = places;
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

namespace {

// Those of a variable that are not among these.
std::vector<std::string> other_dimensions(const Variable& variable, const std::vector<std::string>& dimensions) {
  std::vector<std::string> others;
  for (const auto& dimension : variable.dims) {
    if (std::find(dimensions.begin(), dimensions.end(), dimension) == dimensions.end()) others.push_back(dimension);
  }
  return others;
}

Values averaged(const Dataset& data, const std::string& name, const std::vector<std::string>& dimensions,
                bool geometric) {
  const Variable& variable = data[name];
  for (const auto& dimension : dimensions) {
    if (has_dimension(variable, dimension)) continue;
    bad_input(
        {.field = "variables", .expected = "a variable over " + dimension, .got = "\"" + name + "\", which is not"});
  }
  auto values = variable.as_reals();
  const auto failed = failed_values(data, variable);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (failed[i]) values[i] = nan;
  }
  if (geometric) std::transform(values.begin(), values.end(), values.begin(), [](double v) { return std::log(v); });
  const Layout layout(data, variable);
  const auto offsets = positions(data, layout, other_dimensions(variable, dimensions));
  Values result{.mean = {}, .spread = {}, .geometric = geometric};
  for (const std::size_t base : positions(data, layout, dimensions)) {
    double sum = 0;
    double count = 0;
    for (const std::size_t offset : offsets) {
      const double value = values[base + offset];
      if (!std::isfinite(value)) continue;
      sum += value;
      ++count;
    }
    const double mean = count > 0 ? sum / count : nan;
    double squares = 0;
    for (const std::size_t offset : offsets) {
      const double value = values[base + offset];
      if (std::isfinite(value)) squares += (value - mean) * (value - mean);
    }
    const double spread = count > 1 ? std::sqrt(squares / (count - 1)) : 0;
    result.mean.push_back(geometric ? std::exp(mean) : mean);
    result.spread.push_back(geometric ? std::exp(spread) : spread);
  }
  return result;
}

}  // namespace

Values values_over(const Dataset& data, const std::string& name, const std::vector<std::string>& dimensions) {
  return averaged(data, name, dimensions, false);
}

Values geometric_values_over(const Dataset& data, const std::string& name, const std::vector<std::string>& dimensions) {
  return averaged(data, name, dimensions, true);
}

std::vector<bool> failed_over(const Dataset& data, const std::string& name,
                              const std::vector<std::string>& dimensions) {
  const Variable& variable = data[name];
  const auto failed = failed_values(data, variable);
  const Layout layout(data, variable);
  const auto offsets = positions(data, layout, other_dimensions(variable, dimensions));
  std::vector<bool> result;
  for (const std::size_t base : positions(data, layout, dimensions)) {
    result.push_back(
        std::any_of(offsets.begin(), offsets.end(), [&](std::size_t offset) { return failed[base + offset]; }));
  }
  return result;
}

bool is_share(const Variable& variable) { return variable.name.ends_with("accuracy"); }

bool has_dimension(const Variable& variable, const std::string& dimension) {
  return std::find(variable.dims.begin(), variable.dims.end(), dimension) != variable.dims.end();
}

bool is_matrix(const Variable& variable) {
  return has_dimension(variable, "input") && has_dimension(variable, "input_2");
}

std::vector<std::string> drawable(const Dataset& data) {
  std::vector<std::string> names;
  for (const auto& variable : data.variables) {
    const bool text = std::holds_alternative<std::vector<std::string>>(variable.values);
    if (!text && !variable.dims.empty() && !is_coordinate(data, variable)) names.push_back(variable.name);
  }
  return names;
}

std::string long_label(const Variable& variable) {
  if (const std::string label = variable.attribute("label"); !label.empty()) return plain(label);
  return plain(variable.attribute("long_name", in_words(variable.name)));
}

std::string short_label(const Variable& variable) {
  static const std::map<std::string, std::string> known = {
      {"log10_largest_distance", "log_{10} of the largest distance"},
      {"largest_distance", "largest distance"},
      {"slice_cost", "cost C"}};
  if (const std::string label = variable.attribute("label"); !label.empty()) return plain(label);
  const auto found = known.find(variable.name);
  if (found != known.end()) return found->second;
  std::string name = variable.name;
  if (name.rfind("learned_", 0) == 0) return "time t";
  for (const std::string prefix : {"best_", "final_"}) {
    if (name.compare(0, prefix.size(), prefix) == 0) name = name.substr(prefix.size());
  }
  return with_unit(plain(in_words(name)), variable);
}

void Range::include(double value) {
  if (!std::isfinite(value)) return;
  least = empty ? value : std::min(least, value);
  most = empty ? value : std::max(most, value);
  if (value > 0) least_positive = least_positive > 0 ? std::min(least_positive, value) : value;
  empty = false;
}

bool Range::spans(double decades) const {
  return !empty && least >= 0 && least_positive > 0 && std::log10(most / least_positive) > decades;
}

Range range_of(const std::vector<double>& values) {
  Range range;
  for (const double value : values) range.include(value);
  return range;
}

std::string power_format(double least, double most) { return least >= 0.9e-3 && most < 1e5 ? "%g" : "10^{%T}"; }

Range AxisScale::shown(Range range) const {
  if (range.empty) return range;
  if (limits) {
    range.least = limits->first;
    range.most = limits->second;
    range.least_positive = std::max(limits->first, 0.0);
  }
  if (kind == Kind::linear) range.least_positive = 0;
  return range;
}

AxisScale axis_scale(const Variable& variable) {
  AxisScale scale;
  std::istringstream words(variable.attribute("axis_scale"));
  std::vector<double> limits;
  for (std::string word; words >> word;) {
    if (word == "linear") scale.kind = AxisScale::Kind::linear;
    if (word == "logarithmic") scale.kind = AxisScale::Kind::logarithmic;
    if (word == "own") scale.own = true;
    if (const auto number = number_in<double>(word)) limits.push_back(*number);
  }
  if (limits.size() == 2 && limits[0] < limits[1]) scale.limits = {limits[0], limits[1]};
  return scale;
}

std::string steps_of_decades(const char* which, double least, double most) {
  if (most > 100 * least) return "";
  const bool plain_numbers = power_format(least, most) == "%g";
  std::vector<std::string> tics;
  for (int exponent = static_cast<int>(std::floor(std::log10(least))); std::pow(10, exponent) <= most; ++exponent) {
    for (const int digit : {1, 2, 5}) {
      const double tic = digit * std::pow(10, exponent);
      if (tic < least || tic > most) continue;
      // The power alone would name three of them alike.
      const std::string factor = digit == 1 ? "" : fmt::format("{}·", digit);
      const std::string name = fmt::format("'{}10^{{{}{}}}' ", factor, exponent < 0 ? "−" : "", std::abs(exponent));
      tics.push_back(fmt::format("{}{:.9g}", plain_numbers ? "" : name, tic));
    }
  }
  return fmt::format("set {}tics ({})\n", which, fmt::join(tics, ", "));
}

double YAxis::height(double value) const {
  return logarithmic ? std::log(value / least) / std::log(most / least) : (value - least) / (most - least);
}

YAxis y_axis(const Range& range, double decades) {
  if (range.empty) return {};
  if (!range.spans(decades)) {
    const bool from_zero = range.least >= 0 && range.least < 0.3 * range.most;
    if (range.least == 0 && range.most == 0) return {};
    const bool constant = range.least == range.most;
    const double size = std::max(range.most - range.least, (constant ? 10 : 1e-3) * std::abs(range.most));
    return {.least = from_zero ? 0 : range.least - 0.05 * size, .most = range.most + 0.05 * size};
  }
  // Further below there is nothing but rounding.
  const double lowest = std::max(range.least_positive, 1e-16 * range.most);
  const double room = std::pow(range.most / lowest, 0.04);
  return {.least = lowest / room, .most = range.most * room, .logarithmic = true};
}

std::string fitting_y(const Range& range, double decades) {
  const YAxis axis = y_axis(range, decades);  // of nothing too: gnuplot refuses to choose
  const std::string ends = fmt::format("set yrange [{:.9g}:{:.9g}]\n", axis.least, axis.most);
  if (!axis.logarithmic) return ends;
  return fmt::format("set logscale y\nset format y '{}'\n{}{}", power_format(axis.least, axis.most),
                     steps_of_decades("y", axis.least, axis.most), ends);
}

int tic_length(const Range& range, double decades) {
  if (range.empty) return 0;
  const YAxis axis = y_axis(range, decades);
  if (axis.logarithmic) {
    constexpr int step_of_decade = 7;  // 2·10^{−4}
    const bool powers = power_format(axis.least, axis.most) != "%g";
    return powers && !steps_of_decades("y", axis.least, axis.most).empty() ? step_of_decade : 0;
  }
  const double size = std::max({std::abs(range.least), std::abs(range.most), 1e-4});
  const double step = (range.most > range.least ? range.most - range.least : axis.most - axis.least) / 8;
  const int whole = std::max(1, static_cast<int>(std::floor(std::log10(size))) + 1);
  const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step))), 0, 5);
  return (range.least < 0 ? 1 : 0) + whole + (decimals > 0 ? 1 + decimals : 0);
}

double number_attribute(const Dataset& data, const std::string& name) {
  return number_in<double>(data.attribute(name)).value_or(nan);
}

}  // namespace linnet::plots
