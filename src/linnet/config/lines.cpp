#include "linnet/config/lines.hpp"

#include <fmt/format.h>

#include "linnet/config/words.hpp"

namespace linnet::config {

namespace {

template <class T, class F>
std::string list_of(const std::vector<T>& values, F text) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) out += (i == 0 ? "" : ", ") + text(values[i]);
  return out + "]";
}

std::string layer_text(const LayerValue& value) {
  if (const auto* word = std::get_if<std::string>(&value)) return in_quotes(*word);
  const Layerwise& layers = std::get<Layerwise>(value);
  return layers.uniform() ? number(layers[0]) : list_of(layers.values(), number);
}

}  // namespace

void Lines::text(const char* key, std::string& value, const char* doc) {
  line(key, value.empty() ? "" : in_quotes(value), "text", doc);
}

void Lines::choice(const char* key, std::string& value, const std::vector<std::string>& known, const char* doc) {
  line(key, in_quotes(value), "one of " + list(known), doc);
}

void Lines::choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& known,
                    const char* doc) {
  line(key, list_of(value, in_quotes), known.empty() ? "list of names" : "any of " + list(known), doc);
}

void Lines::flag(const char* key, bool& value, const char* doc) {
  line(key, value ? "true" : "false", "true or false", doc);
}

void Lines::whole(const char* key, Index& value, Index least, const char* doc) {
  line(key, std::to_string(value), "a whole number >= " + std::to_string(least), doc);
}

void Lines::whole(const char* key, std::optional<Index>& value, Index least, const char* doc) {
  line(key, value ? std::to_string(*value) : "", "a whole number >= " + std::to_string(least), doc);
}

void Lines::seed(const char* key, std::uint64_t& value, const char* doc) {
  line(key, seed_text(value), seed_range, doc);
}

void Lines::seed(const char* key, std::optional<std::uint64_t>& value, const char* doc) {
  line(key, value ? seed_text(*value) : "", seed_range, doc);
}

void Lines::real(const char* key, double& value, Range range, const char* doc) {
  line(key, number(value), range_text(range), doc);
}

void Lines::real(const char* key, std::optional<double>& value, Range range, const char* doc) {
  line(key, value ? number(*value) : "", range_text(range), doc);
}

void Lines::reals(const char* key, std::vector<double>& value, const char* doc) {
  line(key, list_of(value, number), "list of numbers", doc);
}

void Lines::layers(const char* key, LayerValue& value, const std::vector<std::string>& rules, Range range,
                   const char* doc) {
  line(key, layer_text(value), layers_text(rules, range), doc);
}

void Lines::layers(const char* key, std::optional<LayerValue>& value, const std::vector<std::string>& rules,
                   Range range, const char* doc) {
  line(key, value ? layer_text(*value) : "", layers_text(rules, range), doc);
}

void Lines::shape(const char* key, Shape& value, const char* doc) {
  line(key, value == Shape() ? "" : fmt::format("[{}, {}]", value.outputs, value.inputs), "two whole numbers", doc);
}

void Lines::matrix(const char* key, MatrixInput& value, const char* doc) {
  line(key, value.file.empty() ? "" : in_quotes(value.file), "file", doc);
}

void Lines::matrices(const char* key, std::vector<MatrixInput>& value, const char* doc) {
  line(key, list_of(value, [](const MatrixInput& one) { return in_quotes(one.file); }), "list of files", doc);
}

void Lines::axes(const char* key, std::vector<Axis>& value, const char* doc) {
  const auto axis_text = [](const Axis& axis) {
    if (!axis.cases.empty()) {
      std::string cases;
      for (std::size_t i = 0; i < axis.cases.size(); ++i) {
        cases += (i == 0 ? "" : ", ") + ("{label = " + in_quotes(std::get<std::string>(axis.values[i]))) +
                 ", set = " + list_of(axis.cases[i], in_quotes) + "}";
      }
      return "{field = " + in_quotes(axis.field) + ", cases = [" + cases + "]}";
    }
    if (!axis.range.empty()) {
      return fmt::format("{{field = {}, {} = [{}, {}, {:.0f}]}}", in_quotes(axis.field), axis.scale,
                         number(axis.range[0]), number(axis.range[1]), axis.range[2]);
    }
    return "{field = " + in_quotes(axis.field) + ", values = " +
           list_of(axis.values,
                   [](const AxisValue& v) {
                     const auto* word = std::get_if<std::string>(&v);
                     return word != nullptr ? in_quotes(*word) : number(std::get<double>(v));
                   }) +
           "}";
  };
  line(key, list_of(value, axis_text), "list of tables", doc);
}

}  // namespace linnet::config
