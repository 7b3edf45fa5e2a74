#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "command.hpp"
#include "json.hpp"
#include "linnet/error.hpp"
#include "linnet/solvers/outcome.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/storage/npz_file.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/support/numbers.hpp"
#include "summary.hpp"

namespace linnet::command {

namespace {

constexpr std::size_t curve_width = 40;
constexpr std::size_t most_curves = 3;
constexpr std::size_t most_texts = 8;

struct ShowArguments {
  std::string file;
  bool configuration = false;
  bool json = false;
};

/// A file of linnet, of whatever kind. `linnet.save` writes networks as .npz too.
Dataset read_any(const std::filesystem::path& file) {
  const bool npz = storage::is_npz(file);
  Dataset data = npz ? storage::read_npz(file) : storage::read_netcdf(file);
  if (data.attributes.contains("linnet_version")) return data;
  linnet::bad_input({.field = file.string(),
                     .expected = "a file of linnet",
                     .got = npz ? "an .npz file of another origin" : "a NetCDF file of another origin",
                     .hint = npz ? "numpy.load reads it" : "xarray.open_dataset reads it"});
}

bool is_of_network(const Dataset& data) { return data.attributes.contains("holds"); }

/// The value of `kind` in a section of a configuration, as linnet writes it; empty if there is none.
std::string kind_in(const std::string& configuration, const std::string& section) {
  std::istringstream stream(configuration);
  bool inside = false;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with('[')) inside = line == "[" + section + "]";
    if (inside && line.starts_with("kind = \"")) return line.substr(8, line.size() - 9);
  }
  return {};
}

std::string number(double x) { return fmt::format("{:.6g}", x); }

std::string attribute_number(const Dataset& data, const std::string& name) {
  const std::string text = data.attribute(name);
  const auto value = number_in<double>(text);
  if (value && std::isnan(*value)) return {};
  return value ? number(*value) : text;
}

std::string last_of(const Dataset& data, const std::string& name) {
  if (!data.has(name) || std::holds_alternative<std::vector<std::string>>(data[name].values)) return {};
  const std::vector<double> values = data[name].as_reals();
  return values.empty() ? std::string() : number(values.back());
}

/// How a run ended, or how many points of a sweep ended how.
std::string outcome_of(const Dataset& data) {
  if (const std::string status = data.attribute("status"); !status.empty()) {
    const std::string rule = data.attribute("rule");
    std::string text = status + (rule.empty() ? "" : " by " + rule);
    const std::string step = last_of(data, "step");
    const std::string time = last_of(data, "time");
    if (!step.empty() && !time.empty()) text += " at step " + step + ", t = " + time;
    return text;
  }
  if (!data.has("status") || !std::holds_alternative<std::vector<std::int64_t>>(data["status"].values)) return {};
  std::map<std::int64_t, std::size_t> count;
  for (const std::int64_t status : data["status"].integers()) ++count[status];
  std::string text = fmt::format("{} points", data["status"].integers().size());
  for (const auto& [status, points] : count) {
    text += fmt::format("{}{} {}", &status == &count.begin()->first ? ": " : ", ", points,
                        to_string(static_cast<Status>(status)));
  }
  return text;
}

std::string kind_of(const Dataset& data) {
  const std::string held = data.attribute("holds");
  if (held.empty()) {
    const std::string kind = data.attribute("kind");
    const std::string figure = data.attribute("figure");
    return (kind.empty() ? "data set" : kind) + (figure.empty() ? "" : ", drawn as " + figure);
  }
  const std::string form = data.attribute(held == "network" ? "form" : "network_form");
  if (held == "network") return "network, " + form;
  const bool on_its_way = data.attributes.contains("recorded_next");
  return fmt::format("checkpoint{} at step {}, t = {}, of {}", on_its_way ? " of an unfinished run" : "",
                     attribute_number(data, "step"), attribute_number(data, "time"), form);
}

/// "time = 0.2, mode = 3": where a value is.
std::string place_of(const Dataset& data, const std::vector<std::string>& dims, Index at) {
  std::string text;
  for (auto dimension = dims.rbegin(); dimension != dims.rend(); ++dimension) {
    const Index n = data.length(*dimension);
    const auto i = static_cast<std::size_t>(at % n);
    at /= n;
    std::string value = std::to_string(i + 1);
    if (data.has(*dimension)) {
      const auto* words = std::get_if<std::vector<std::string>>(&data[*dimension].values);
      value = words != nullptr ? "\"" + (*words)[i] + "\"" : number(data[*dimension].as_reals()[i]);
    }
    text = fmt::format("{} = {}{}{}", *dimension, value, text.empty() ? "" : ", ", text);
  }
  return text;
}

std::string best_of(const Dataset& data) {
  if (!data.attribute("best_test_error").empty()) {
    return fmt::format("test error {} at step {}, t = {}", attribute_number(data, "best_test_error"),
                       attribute_number(data, "best_step"), attribute_number(data, "best_time"));
  }
  if (!data.has("best_test_error")) return {};  // of a sweep
  const Variable& v = data["best_test_error"];
  const Summary s = summary_of(v.as_reals());
  if (std::isnan(s.least) || v.dims.empty()) return {};
  return fmt::format("test error {} at {}", number(s.least), place_of(data, v.dims, s.least_at));
}

/// Of a run from a light cone.
std::string cone_of(const Dataset& data) {
  if (!data.attributes.contains("estimate")) return {};
  std::string text = "order " + attribute_number(data, "order");
  if (const std::string estimate = attribute_number(data, "estimate"); !estimate.empty()) {
    text += ", estimated error of A " + estimate;
  }
  if (const std::string sizes = data.attribute("cone_sizes"); !sizes.empty()) text += ", sizes " + sizes;
  return text;
}

std::string machine_of(const Dataset& data) {
  std::string text;
  for (const char* name : {"backend", "vectors", "math_library"}) {
    if (const std::string part = data.attribute(name); !part.empty()) text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

/// What is told of the whole file, in order: a name and a text, some of them empty.
std::vector<std::pair<std::string, std::string>> facts_of(const Dataset& data) {
  const std::string configuration = data.attribute("configuration");
  std::string model;
  for (const char* section : {"task", "network", "solver"}) {
    const std::string kind = kind_in(configuration, section);
    if (!kind.empty()) model += fmt::format("{}{} {}", model.empty() ? "" : ", ", section, kind);
  }
  return {{"kind", kind_of(data)},
          {"outcome", outcome_of(data)},
          {"light cone", cone_of(data)},
          {"best", best_of(data)},
          {"warning", data.attribute("warning")},
          {"of", model},
          {"seed", data.attribute("seed")},
          {"threshold", attribute_number(data, "threshold")},
          {"step size", attribute_number(data, "step_size")},
          {"time t", data.attribute("time_convention")},
          {"cost", data.attribute("cost_normalisation")},
          {"linnet", data.attribute("linnet_version")},
          {"machine", machine_of(data)}};
}

/// "(time, mode)", or of a network "(30 x 5)".
std::string dimensions_of(const Dataset& data, const Variable& v) {
  std::string text;
  for (const std::string& dimension : v.dims) {
    text += is_of_network(data) ? (text.empty() ? "" : " x ") + std::to_string(data.length(dimension))
                                : (text.empty() ? "" : ", ") + dimension;
  }
  return text.empty() ? text : " (" + text + ")";
}

std::string listed(const std::vector<std::string>& texts) {
  std::string all;
  for (std::size_t i = 0; i < std::min(texts.size(), most_texts); ++i) all += (i == 0 ? "" : ", ") + texts[i];
  return all + (texts.size() > most_texts ? fmt::format(", … ({})", texts.size()) : "");
}

std::vector<std::string> without(std::vector<std::string> dims, const std::string& one) {
  std::erase(dims, one);
  return dims;
}

void print_curves(const Dataset& data, const Variable& v) {
  const bool over_time = std::ranges::find(v.dims, "time") != v.dims.end();
  if (is_of_network(data) || !(over_time || v.dims.size() == 1)) return;
  const std::string along = over_time ? "time" : v.dims.front();
  const std::vector<std::string> others = without(v.dims, along);
  const auto rows = rows_along(data, v, along);
  for (std::size_t i = 0; i < std::min(rows.size(), most_curves); ++i) {
    const Sparkline line = sparkline(rows[i], curve_width);
    if (line.text.empty()) continue;
    const std::string where = harmless(place_of(data, others, static_cast<Index>(i)));
    fmt::print("    {}  over {}{}{}{}\n", line.text, along, line.logarithmic ? ", logarithmic" : "",
               where.empty() ? "" : ", ", where);
  }
  if (rows.size() > most_curves) fmt::print("    … and {} more curves\n", rows.size() - most_curves);
}

/// "15 completed, 1 diverged" of whole numbers that stand for words; else empty.
std::string meanings_in(const Variable& v) {
  const auto* numbers = std::get_if<std::vector<std::int64_t>>(&v.values);
  std::istringstream stream(v.attribute("flag_meanings"));
  std::string text;
  std::int64_t flag = 0;
  for (std::string word; numbers != nullptr && stream >> word; ++flag) {
    const auto count = std::ranges::count(*numbers, flag);
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, word);
  }
  return text;
}

void print_variable(const Dataset& data, const Variable& v) {
  const std::string long_name = v.attribute("long_name");
  const std::string units = v.attribute("units");
  fmt::print("  {}\n", harmless(fmt::format("{}{}{}{}", v.name, dimensions_of(data, v),
                                            units.empty() || units == "1" ? "" : " [" + units + "]",
                                            long_name.empty() ? "" : "  " + long_name)));
  if (const auto* texts = std::get_if<std::vector<std::string>>(&v.values)) {
    fmt::print("    {}\n", harmless(listed(*texts)));
    return;
  }
  if (const std::string counted = meanings_in(v); !counted.empty()) {
    fmt::print("    {}\n", harmless(counted));
    return;
  }
  const Summary s = summary_of(v.as_reals());
  if (s.count == 0) {
    fmt::print("    no values\n");
    return;
  }
  if (s.count == 1 || (s.not_finite == 0 && s.least == s.most)) {
    fmt::print("    {}{}\n", s.count == 1 ? "" : "all ", number(s.first));
    return;
  }
  if (v.name != "step") print_curves(data, v);
  const auto at = [&](Index index) {
    return is_of_network(data) || v.dims.empty() ? "" : " at " + harmless(place_of(data, v.dims, index));
  };
  std::string text;
  if (v.dims.size() == 1) text = fmt::format("first {}, last {}, ", number(s.first), number(s.last));
  text += s.not_finite == s.count ? "none finite"
                                  : fmt::format("smallest {}{}, largest {}{}", number(s.least), at(s.least_at),
                                                number(s.most), at(s.most_at));
  if (s.not_finite > 0 && s.not_finite < s.count) text += fmt::format(", {} of {} not finite", s.not_finite, s.count);
  fmt::print("    {}\n", text);
}

void print_dimension(const Dataset& data, const std::string& name, Index length, std::size_t width) {
  std::string range;
  if (data.has(name)) {
    const Variable& v = data[name];
    if (const auto* texts = std::get_if<std::vector<std::string>>(&v.values)) {
      range = listed(*texts);
    } else if (length > 0) {
      const std::vector<double> values = v.as_reals();
      range = length == 1 ? number(values.front()) : number(values.front()) + " … " + number(values.back());
    }
    if (const std::string long_name = v.attribute("long_name"); !long_name.empty() && long_name != name) {
      range += (range.empty() ? "" : "  ") + long_name;
    }
  }
  fmt::print("  {:<{}}  {}{}{}\n", harmless(name), width, length, range.empty() ? "" : "  ", harmless(range));
}

void print_text(const Dataset& data, const std::filesystem::path& file) {
  const std::string title = data.attribute("title");
  fmt::print("{}{}\n", harmless(file.string()), title.empty() ? "" : ": " + harmless(title));
  for (const auto& [name, text] : facts_of(data)) {
    if (!text.empty()) fmt::print("  {:<9}  {}\n", name, harmless(text));
  }
  const auto is_coordinate = [&](const Variable& v) {
    return std::ranges::any_of(data.dimensions, [&](const auto& d) { return d.first == v.name; });
  };
  if (!is_of_network(data) && !data.dimensions.empty()) {
    std::size_t width = 0;
    for (const auto& dimension : data.dimensions) width = std::max(width, harmless(dimension.first).size());
    fmt::print("\ndimensions\n");
    for (const auto& [name, length] : data.dimensions) print_dimension(data, name, length, width);
  }
  fmt::print("\nvariables\n");
  for (const Variable& v : data.variables) {
    if (!is_coordinate(v)) print_variable(data, v);
  }
  if (data.attributes.contains("configuration")) {
    fmt::print("\n`linnet show {} --configuration` prints the configuration.\n", harmless(storage::file_word(file)));
  }
}

std::string json_of(const Variable& v) {
  std::vector<std::pair<std::string, std::string>> members{{"dimensions", json(v.dims)}};
  const auto* texts = std::get_if<std::vector<std::string>>(&v.values);
  const bool whole = std::holds_alternative<std::vector<std::int64_t>>(v.values);
  members.emplace_back("type", json(std::string(texts != nullptr ? "text" : whole ? "int64" : "float64")));
  for (const auto& [name, attribute] : v.attributes) members.emplace_back(name, json(attribute));
  if (texts != nullptr) {
    members.emplace_back("values", json(*texts));
  } else {
    const Summary s = summary_of(v.as_reals());
    members.emplace_back("count", json(static_cast<std::int64_t>(s.count)));
    members.emplace_back("not_finite", json(static_cast<std::int64_t>(s.not_finite)));
    members.emplace_back("first", json(s.first));
    members.emplace_back("last", json(s.last));
    members.emplace_back("smallest", json(s.least));
    members.emplace_back("largest", json(s.most));
  }
  // An attribute of a file may have the name of one of these.
  std::vector<std::pair<std::string, std::string>> once;
  for (auto& member : members) {
    std::erase_if(once, [&](const auto& other) { return other.first == member.first; });
    once.push_back(std::move(member));
  }
  return json_object(once, 4);
}

void print_json(const Dataset& data, const std::filesystem::path& file) {
  std::vector<std::pair<std::string, std::string>> dimensions;
  for (const auto& [name, length] : data.dimensions) {
    dimensions.emplace_back(name, json(static_cast<std::int64_t>(length)));
  }
  std::vector<std::pair<std::string, std::string>> variables;
  for (const Variable& v : data.variables) variables.emplace_back(v.name, json_of(v));
  std::vector<std::pair<std::string, std::string>> attributes;
  for (const auto& [name, attribute] : data.attributes) {
    if (name != "configuration") attributes.emplace_back(name, json(attribute));
  }
  const std::string held = data.attribute("holds");
  const bool configured = data.attributes.contains("configuration");
  fmt::print("{}\n", json_object({{"file", json(file.string())},
                                  {"kind", json(held.empty() ? data.attribute("kind") : held)},
                                  {"title", json(data.attribute("title"))},
                                  {"outcome", json(outcome_of(data))},
                                  {"attributes", json_object(attributes, 2)},
                                  {"dimensions", json_object(dimensions, 2)},
                                  {"variables", json_object(variables, 2)},
                                  {"configuration", configured ? json(data.attribute("configuration")) : "null"}},
                                 0));
}

void print_configuration(const Dataset& data, const std::filesystem::path& file) {
  const auto found = data.attributes.find("configuration");
  if (found == data.attributes.end()) {
    linnet::bad_input({.field = file.string(),
                       .expected = "a file with its configuration",
                       .got = is_of_network(data) ? "a " + data.attribute("holds") + " without" : "one without",
                       .hint = "linnet run, sweep and reproduce write it"});
  }
  const std::string text = found->second.text();
  fmt::print("{}", ::isatty(STDOUT_FILENO) == 1 ? harmless(text, true) : text);
}

}  // namespace

void add_show(CLI::App& app, int& exit) {
  CLI::App* sub = app.add_subcommand("show", "What a file of linnet holds, at a glance");
  auto a = std::make_shared<ShowArguments>();
  sub->add_option("FILE", a->file, "A result, a network or a checkpoint")->type_name("FILE.{nc,npz}")->required();
  sub->add_flag("--configuration", a->configuration, "Print the resolved configuration instead, as TOML");
  sub->add_flag("--json", a->json, "Print everything as JSON, for programs");
  sub->footer(
      "Examples:\n  linnet show phase.nc\n  linnet show run.nc --configuration > again.toml\n"
      "  linnet show run.nc --json");
  sub->callback([a, &exit] {
    if (a->configuration && a->json) {
      linnet::bad_input({.field = "--json", .expected = "no --configuration beside it", .got = "both"});
    }
    const Dataset data = read_any(a->file);
    if (a->configuration) {
      print_configuration(data, a->file);
    } else if (a->json) {
      print_json(data, a->file);
    } else {
      print_text(data, a->file);
    }
    exit = done;
  });
}

}  // namespace linnet::command
