#include "linnet/sweeps/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "linnet/error.hpp"
#include "linnet/support/numbers.hpp"

namespace linnet::sweeps {

Dimensions dimensions_over(Over over, Shape shape, Index count) {
  switch (over) {
    case Over::nothing:
      return {};
    case Over::modes:
      return {{"mode", shape.modes()}};
    case Over::entries:
      return {{"output", shape.outputs}, {"input", shape.inputs}};
    case Over::inputs:
      return {{"input", shape.inputs}};
    case Over::input_pairs:
      return {{"input", shape.inputs}, {"input_2", shape.inputs}};
    case Over::output_pairs:
      return {{"output", shape.outputs}, {"output_2", shape.outputs}};
    case Over::entry_pairs:
      return {
          {"output", shape.outputs}, {"input", shape.inputs}, {"output_2", shape.outputs}, {"input_2", shape.inputs}};
    case Over::tasks:
      return {{"task", count}};
    case Over::neurons:
      return {{"neuron", count}};
    case Over::neuron_coordinates:
      return {{"neuron", count / shape.inputs}, {"input", shape.inputs}};
    case Over::coefficients:
      return {{"coefficient", shape.inputs}};
    case Over::neuron_weights:
      return {{"weight", shape.inputs + 1}};
    case Over::eigenvalues:
      return {{"eigenvalue", shape.inputs * shape.outputs}};
    case Over::own:
      return {};
  }
  return {};
}

void add_dimensions(Dataset& data, const Dimensions& dimensions) {
  for (const auto& dimension : dimensions) {
    const auto same = [&](const auto& other) { return other.first == dimension.first; };
    if (std::none_of(data.dimensions.begin(), data.dimensions.end(), same)) {
      data.add_dimension(dimension.first, dimension.second);
    }
  }
}

void add_time(Dataset& data, const std::vector<double>& times) {
  add_dimensions(data, {{"time", static_cast<Index>(times.size())}});
  data.add({.name = "time",
            .dims = {"time"},
            .values = times,
            .attributes = {{"long_name", "gradient-flow time t"}, {"units", "1"}}});
}

void add_steps(Dataset& data, const std::vector<double>& steps) {
  add_dimensions(data, {{"steps", static_cast<Index>(steps.size())}});
  data.add({.name = "steps",
            .dims = {"steps"},
            .values = steps,
            .attributes = {{"long_name", "steps of descent"}, {"units", "1"}}});
}

void add_modes(Dataset& data, Shape shape) {
  add_dimensions(data, {{"mode", shape.modes()}});
  std::vector<std::int64_t> modes(static_cast<std::size_t>(shape.modes()));
  for (std::size_t i = 0; i < modes.size(); ++i) modes[i] = static_cast<std::int64_t>(i + 1);
  data.add({.name = "mode",
            .dims = {"mode"},
            .values = modes,
            .attributes = {{"long_name", "singular mode, largest first"}, {"units", "1"}}});
}

void add_names(Dataset& data, const std::string& dimension, const std::string& long_name,
               const std::vector<std::string>& names) {
  add_dimensions(data, {{dimension, static_cast<Index>(names.size())}});
  data.add({.name = dimension, .dims = {dimension}, .values = names, .attributes = {{"long_name", long_name}}});
}

namespace {

std::pair<std::string, std::string> split(const char* field, const char* expected, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    bad_input({.field = field, .expected = expected, .got = "\"" + text + "\""});
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// Whether the text is linear, logarithmic, own, or two rising numbers.
bool is_scale(const std::string& text) {
  std::istringstream in(text);
  std::vector<double> limits;
  for (std::string word; in >> word;) {
    if (word == "linear" || word == "logarithmic" || word == "own") continue;
    const auto number = number_in<double>(word);
    if (!number) return false;
    limits.push_back(*number);
  }
  return limits.empty() || (limits.size() == 2 && limits[0] < limits[1]);
}

}  // namespace

Labels::Labels(const config::Configuration& c) {
  for (const std::string& text : c.figure.labels) labels_.push_back(split("figure.labels", "\"name=label\"", text));
  const char* expected =
      "\"name=linear\", \"name=logarithmic\", \"name=own\", with a least and a most value or without";
  for (const std::string& text : c.figure.scales) {
    scales_.push_back(split("figure.scales", expected, text));
    if (!is_scale(scales_.back().second)) {
      bad_input({.field = "figure.scales", .expected = expected, .got = "\"" + text + "\""});
    }
  }
}

void Labels::add_to(Dataset& data) const {
  const auto set = [&](const Pairs& pairs, const char* attribute) {
    for (const auto& [name, text] : pairs) {
      for (Variable& variable : data.variables) {
        if (variable.name == name) variable.attributes[attribute] = text;
      }
    }
  };
  set(labels_, "label");
  set(scales_, "axis_scale");
}

std::vector<std::string> task_names(const config::Configuration& c) {
  std::vector<std::string> names{"task 1"};
  for (const std::string& how : c.task.then) {
    std::string words = how;
    std::replace(words.begin(), words.end(), '_', ' ');
    names.push_back(fmt::format("task {}: {}", names.size() + 1, words));
  }
  return names;
}

}  // namespace linnet::sweeps
