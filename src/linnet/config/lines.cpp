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

std::string axis_text(const Axis& axis) {
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
}

std::string matrix_text(const MatrixInput& matrix) {
  if (!matrix.file.empty() || !matrix.values) return in_quotes(matrix.file);
  std::string rows;
  for (const auto& row : matrix.values->rowwise()) {
    std::string numbers;
    for (const double entry : row) numbers += (numbers.empty() ? "" : ", ") + number(entry);
    rows += (rows.empty() ? "[" : ", [") + numbers + "]";
  }
  return "[" + rows + "]";
}

/// The value of a field in TOML, and what it may be.
struct Line {
  std::string value;
  std::string type;
};

/// Of each type of value.
class LineOf {
 public:
  explicit LineOf(const FieldVisitor::Field& field) : field_(field) {}

  Line operator()(const std::string* value) const {
    if (field_.words.empty()) return {value->empty() ? "" : in_quotes(*value), "text"};
    return {in_quotes(*value), "one of " + list(field_.words)};
  }
  Line operator()(const std::vector<std::string>* value) const {
    return {list_of(*value, in_quotes), field_.words.empty() ? "list of names" : "any of " + list(field_.words)};
  }
  Line operator()(const bool* value) const { return {*value ? "true" : "false", "true or false"}; }
  Line operator()(const Index* value) const {
    return {std::to_string(*value), "a whole number >= " + std::to_string(field_.least)};
  }
  Line operator()(const std::uint64_t* value) const { return {seed_text(*value), seed_range}; }
  Line operator()(const double* value) const { return {number(*value), range_text(field_.range)}; }
  Line operator()(const std::vector<double>* value) const { return {list_of(*value, number), "list of numbers"}; }
  Line operator()(const std::vector<Index>* value) const {
    return {list_of(*value, [](Index one) { return std::to_string(one); }), "list of whole numbers"};
  }
  Line operator()(const LayerValue* value) const {
    const std::string type = layers_text(field_.words, field_.range);
    if (const auto* word = std::get_if<std::string>(value)) return {in_quotes(*word), type};
    const Layerwise& layers = std::get<Layerwise>(*value);
    return {layers.uniform() ? number(layers[0]) : list_of(layers.values(), number), type};
  }
  template <class T>
  Line operator()(const std::optional<T>* value) const {
    const T unset{};
    const Line line = (*this)(value->has_value() ? &**value : &unset);
    return {value->has_value() ? line.value : "", line.type};
  }
  Line operator()(const Shape* value) const {
    return {*value == Shape() ? "" : fmt::format("[{}, {}]", value->outputs, value->inputs), "two whole numbers"};
  }
  Line operator()(const MatrixInput* value) const {
    return {value->given() ? matrix_text(*value) : "", "file, or rows of numbers"};
  }
  Line operator()(const std::vector<MatrixInput>* value) const {
    return {list_of(*value, matrix_text), "list of files or of rows of numbers"};
  }
  Line operator()(const std::vector<Axis>* value) const { return {list_of(*value, axis_text), "list of tables"}; }

 private:
  const FieldVisitor::Field& field_;
};

}  // namespace

void Lines::field(const Field& field) {
  const Line written = std::visit(LineOf(field), field.value);
  line(field.key, written.value, written.type, field.doc);
}

}  // namespace linnet::config
