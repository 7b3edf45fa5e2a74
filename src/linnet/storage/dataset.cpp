#include "linnet/storage/dataset.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "linnet/error.hpp"

namespace linnet {

namespace {

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

std::string find_attribute(const Attributes& attributes, const std::string& name, const std::string& otherwise) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? otherwise : found->second.text();
}

std::string in_words(const std::string& text) { return text; }
std::string in_words(double number) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}
std::string in_words(std::int64_t number) { return std::to_string(number); }

template <class Number>
std::string in_words(const std::vector<Number>& numbers) {
  std::string text;
  for (const Number number : numbers) text += (text.empty() ? "" : " ") + in_words(number);
  return text;
}

std::string listed(const std::vector<std::string>& dims) {
  std::string text;
  for (const std::string& dimension : dims) text += (text.empty() ? "" : ", ") + dimension;
  return "(" + text + ")";
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

std::string Attribute::text() const {
  return std::visit([](const auto& value) { return in_words(value); }, value_);
}

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

Index Dataset::size_over(const std::vector<std::string>& dims) const {
  Index size = 1;
  for (const std::string& dimension : dims) {
    if (__builtin_mul_overflow(size, length(dimension), &size)) {
      bad_input({.field = "dimensions", .expected = "a product below 2^63", .got = "a larger one of " + listed(dims)});
    }
  }
  return size;
}

void Dataset::require_room(const std::string& name, const std::vector<std::string>& dims) const {
  const std::string field = "variable " + in_quotes(name);
  if (has(name)) bad_input({.field = field, .expected = "a name of its own", .got = "one that is taken"});
  const bool coordinate =
      std::any_of(dimensions.begin(), dimensions.end(), [&](const auto& d) { return d.first == name; });
  if (coordinate && dims != std::vector<std::string>{name}) {
    bad_input({.field = field,
               .expected = "the coordinate of the dimension of its name, over (" + name + ")",
               .got = "one over " + listed(dims)});
  }
  if (std::set<std::string>(dims.begin(), dims.end()).size() < dims.size()) {
    bad_input({.field = field, .expected = "each dimension once", .got = listed(dims)});
  }
  (void)size_over(dims);
}

void Dataset::add(Variable variable) {
  require_room(variable.name, variable.dims);
  const Index expected = size_over(variable.dims);
  const auto size = static_cast<Index>(size_of(variable));
  if (size != expected) {
    bad_input({.field = "variable " + in_quotes(variable.name),
               .expected = std::to_string(expected) + " values over " + listed(variable.dims),
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
