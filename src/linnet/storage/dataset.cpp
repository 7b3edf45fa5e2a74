#include "linnet/storage/dataset.hpp"

#include <algorithm>

#include "linnet/error.hpp"
#include "linnet/suggestion.hpp"

namespace linnet {

namespace {

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

std::string find_attribute(const std::map<std::string, std::string>& attributes, const std::string& name,
                           const std::string& otherwise) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? otherwise : found->second;
}

std::size_t size_of(const Variable& variable) {
  return std::visit([](const auto& values) { return values.size(); }, variable.values);
}

template <class Values>
const Values& held(const Variable& variable, const char* expected) {
  constexpr const char* kinds[] = {"real numbers", "whole numbers", "texts"};
  if (const auto* values = std::get_if<Values>(&variable.values)) return *values;
  bad_input(
      {.field = "variable " + in_quotes(variable.name), .expected = expected, .got = kinds[variable.values.index()]});
}

}  // namespace

const std::vector<double>& Variable::reals() const { return held<std::vector<double>>(*this, "real numbers"); }

const std::vector<std::int64_t>& Variable::integers() const {
  return held<std::vector<std::int64_t>>(*this, "whole numbers");
}

const std::vector<std::string>& Variable::texts() const { return held<std::vector<std::string>>(*this, "texts"); }

std::vector<double> Variable::as_reals() const {
  const auto* whole = std::get_if<std::vector<std::int64_t>>(&values);
  if (whole == nullptr) return held<std::vector<double>>(*this, "numbers");
  std::vector<double> result(whole->size());
  std::transform(whole->begin(), whole->end(), result.begin(), [](std::int64_t x) { return static_cast<double>(x); });
  return result;
}

std::string Variable::attribute(const std::string& key, const std::string& otherwise) const {
  return find_attribute(attributes, key, otherwise);
}

bool Dataset::has(const std::string& name) const {
  return std::any_of(variables.begin(), variables.end(), [&](const Variable& v) { return v.name == name; });
}

const Variable& Dataset::operator[](const std::string& name) const {
  for (const Variable& variable : variables) {
    if (variable.name == name) return variable;
  }
  std::vector<std::string> known;
  for (const Variable& variable : variables) known.push_back(variable.name);
  bad_input({.field = "variable",
             .expected = "one of the data set's",
             .got = in_quotes(name),
             .hint = known.empty() ? "it has none" : did_you_mean(name, known)});
}

Index Dataset::length(const std::string& dimension) const {
  for (const auto& [name, size] : dimensions) {
    if (name == dimension) return size;
  }
  std::vector<std::string> known;
  for (const auto& known_dimension : dimensions) known.push_back(known_dimension.first);
  bad_input({.field = "dimension",
             .expected = "one of the data set's",
             .got = in_quotes(dimension),
             .hint = known.empty() ? "it has none" : did_you_mean(dimension, known)});
}

std::string Dataset::attribute(const std::string& name, const std::string& otherwise) const {
  return find_attribute(attributes, name, otherwise);
}

void Dataset::add(Variable variable) {
  const std::string field = "variable " + in_quotes(variable.name);
  if (has(variable.name)) {
    bad_input({.field = field, .expected = "a name of its own", .got = "one that is taken"});
  }
  Index expected = 1;
  for (const std::string& dimension : variable.dims) expected *= length(dimension);
  const auto size = static_cast<Index>(size_of(variable));
  if (size != expected) {
    std::string shape;
    for (const std::string& dimension : variable.dims) shape += (shape.empty() ? "" : ", ") + dimension;
    bad_input({.field = field,
               .expected = std::to_string(expected) + " values over (" + shape + ")",
               .got = std::to_string(size)});
  }
  variables.push_back(std::move(variable));
}

void Dataset::add_dimension(const std::string& name, Index size) {
  const std::string field = "dimension " + in_quotes(name);
  for (const auto& dimension : dimensions) {
    if (dimension.first == name)
      bad_input({.field = field, .expected = "a name of its own", .got = "one that is taken"});
  }
  require_at_least(size, 0, field.c_str());
  dimensions.emplace_back(name, size);
}

}  // namespace linnet
