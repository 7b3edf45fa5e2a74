#include "linnet/config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <sstream>
#include <string_view>

#include "linnet/config/sections.hpp"
#include "linnet/config/words.hpp"
#include "linnet/error.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::config {

namespace {

std::string describe(const toml::node& node) {
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  std::string one_line = text.str();
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  return one_line.size() > 60 ? one_line.substr(0, 57) + "..." : one_line;
}

bool in_range(double value, FieldVisitor::Range range) {
  return std::isfinite(value) &&
         (range == FieldVisitor::Range::any || value > 0 || (range == FieldVisitor::Range::non_negative && value == 0));
}

/// Converts what stands in TOML into the value of a field; checks its type and range.
class FieldReader : public FieldVisitor {
 protected:
  explicit FieldReader(const Arrays& arrays, std::string section = {})
      : arrays_(arrays), section_(std::move(section)) {}

  void read(const toml::node& node, const Field& field) const {
    std::visit([&](auto* value) { read(node, field, *value); }, field.value);
  }

  [[nodiscard]] std::string full(const std::string& key) const { return section_.empty() ? key : section_ + "." + key; }

  [[noreturn]] static void bad(const std::string& field, const std::string& expected, const std::string& got,
                               const std::string& hint = {}) {
    bad_input({.field = field, .expected = expected, .got = got, .hint = hint});
  }

  [[noreturn]] static void unknown(const std::string& field, const std::vector<std::string>& known) {
    const auto dot = field.rfind('.');
    bad(field, "a known key", "an unknown one",
        did_you_mean(dot == std::string::npos ? field : field.substr(dot + 1), known));
  }

 private:
  [[nodiscard]] const toml::array& array_of(const toml::node& node, const Field& field, const char* expected) const {
    const toml::array* array = node.as_array();
    if (array == nullptr) bad(full(field.key), expected, describe(node));
    return *array;
  }

  void require_known(const Field& field, const std::string& word) const {
    if (field.words.empty() || std::find(field.words.begin(), field.words.end(), word) != field.words.end()) return;
    bad(full(field.key), "one of " + list(field.words), "\"" + word + "\"", did_you_mean(word, field.words));
  }

  void read(const toml::node& node, const Field& field, std::string& value) const {
    const auto given = node.value_exact<std::string>();
    if (!given) bad(full(field.key), "a text", describe(node));
    require_known(field, *given);
    value = *given;
  }

  void read(const toml::node& node, const Field& field, std::vector<std::string>& value) const {
    value.clear();
    for (const toml::node& item : array_of(node, field, "a list of names")) {
      const auto word = item.value_exact<std::string>();
      if (!word) bad(full(field.key), "a list of names", describe(node));
      require_known(field, *word);
      value.push_back(*word);
    }
  }

  void read(const toml::node& node, const Field& field, bool& value) const {
    const auto given = node.value_exact<bool>();
    if (!given) bad(full(field.key), "true or false", describe(node));
    value = *given;
  }

  void read(const toml::node& node, const Field& field, Index& value) const {
    value = whole_of(node, field.key, field.least);
  }

  void read(const toml::node& node, const Field& field, std::uint64_t& value) const {
    value = seed_of(node, field.key);
  }

  void read(const toml::node& node, const Field& field, double& value) const {
    value = real_of(node, field.key, field.range);
  }

  void read(const toml::node& node, const Field& field, std::vector<double>& value) const {
    value.clear();
    for (const toml::node& item : array_of(node, field, "a list of numbers")) {
      value.push_back(real_of(item, field.key, Range::any));
    }
  }

  void read(const toml::node& node, const Field& field, std::vector<Index>& value) const {
    value.clear();
    for (const toml::node& item : array_of(node, field, "a list of whole numbers")) {
      value.push_back(whole_of(item, field.key, field.least));
    }
  }

  void read(const toml::node& node, const Field& field, LayerValue& value) const {
    value = layers_of(node, field.key, field.words, field.range);
  }

  template <class T>
  void read(const toml::node& node, const Field& field, std::optional<T>& value) const {
    T given{};
    read(node, field, given);
    value = std::move(given);
  }

  void read(const toml::node& node, const Field& field, Shape& value) const {
    const toml::array* array = node.as_array();
    if (array == nullptr || array->size() != 2) bad(full(field.key), "[n_2, n_0], outputs and inputs", describe(node));
    value = {.outputs = whole_of(*array->get(0), field.key, 1), .inputs = whole_of(*array->get(1), field.key, 1)};
  }

  void read(const toml::node& node, const Field& field, MatrixInput& value) const {
    if (const auto array = arrays_.find(full(field.key)); array != arrays_.end()) {
      value = array->second;
    } else {
      value = matrix_of(node, field);
    }
  }

  void read(const toml::node& node, const Field& field, std::vector<MatrixInput>& value) const {
    value.clear();
    for (const toml::node& item : array_of(node, field, "a list of files or of rows of numbers")) {
      value.push_back(matrix_of(item, field));
    }
  }

  [[nodiscard]] MatrixInput matrix_of(const toml::node& node, const Field& field) const {
    if (const auto file = node.value_exact<std::string>()) return {.file = *file};
    const char* expected = "a file, or rows of numbers as [[1, 2], [3, 4]]";
    const toml::array& rows = array_of(node, field, expected);
    const toml::array* first = rows.empty() ? nullptr : rows.get(0)->as_array();
    if (first == nullptr || first->empty()) bad(full(field.key), expected, describe(node));
    Matrix values(static_cast<Index>(rows.size()), static_cast<Index>(first->size()));
    for (Index i = 0; i < values.rows(); ++i) {
      const toml::array* row = rows.get(static_cast<std::size_t>(i))->as_array();
      if (row == nullptr) bad(full(field.key), expected, describe(node));
      if (row->size() != first->size()) {
        bad(full(field.key), fmt::format("rows of {} numbers, as the first", first->size()),
            fmt::format("{} in row {}", row->size(), i + 1));
      }
      for (Index j = 0; j < values.cols(); ++j) {
        const toml::node& entry = *row->get(static_cast<std::size_t>(j));
        if (!entry.is_number()) bad(full(field.key), expected, describe(entry));
        values(i, j) = *entry.value<double>();  // also nan, as in a file: some tasks take it
      }
    }
    return {.values = std::make_shared<const Matrix>(std::move(values))};
  }

  void read(const toml::node& node, const Field& field, std::vector<Axis>& value) const {
    const char* expected = "a list of tables, [[sweep.axes]]";
    value.clear();
    for (const toml::node& item : array_of(node, field, expected)) {
      if (!item.is_table()) bad(full(field.key), expected, describe(node));
      value.push_back(axis_of(*item.as_table()));
    }
  }

  [[nodiscard]] Index whole_of(const toml::node& node, const char* key, Index least) const {
    const std::string expected = "a whole number >= " + std::to_string(least);
    const auto given = node.value_exact<std::int64_t>();
    if (!given) {
      const auto number = node.value_exact<double>();  // 4096 as a value of an axis may be 4096.0
      if (!number || *number != std::floor(*number) || std::abs(*number) > 0x1p53)
        bad(full(key), expected, describe(node));
      if (*number < static_cast<double>(least)) bad(full(key), expected, describe(node));
      return static_cast<Index>(*number);
    }
    if (*given < least) bad(full(key), expected, std::to_string(*given));
    return *given;
  }

  [[nodiscard]] std::uint64_t seed_of(const toml::node& node, const char* key) const {
    if (const auto digits = node.value_exact<std::string>()) {
      std::uint64_t seed = 0;
      const auto [end, failure] = std::from_chars(digits->data(), digits->data() + digits->size(), seed);
      if (failure == std::errc() && end == digits->data() + digits->size()) return seed;
      bad(full(key), seed_range, describe(node));
    }
    if (!node.is_number()) bad(full(key), seed_range, describe(node));
    return static_cast<std::uint64_t>(whole_of(node, key, 0));
  }

  static std::optional<double> exact(std::int64_t whole) {
    const auto number = static_cast<double>(whole);
    const bool same = number < 0x1p63 && static_cast<std::int64_t>(number) == whole;
    return same ? std::optional(number) : std::nullopt;
  }

  [[nodiscard]] double real_of(const toml::node& node, const char* key, Range range) const {
    const auto number = node.is_integer() ? exact(*node.value_exact<std::int64_t>()) : node.value_exact<double>();
    if (node.is_integer() && !number) bad(full(key), "a number that doubles represent", describe(node));
    if (!number || !in_range(*number, range)) bad(full(key), range_text(range), describe(node));
    return *number;
  }

  [[nodiscard]] LayerValue layers_of(const toml::node& node, const char* key, const std::vector<std::string>& rules,
                                     Range range) const {
    if (const auto word = node.value_exact<std::string>()) {
      if (std::find(rules.begin(), rules.end(), *word) != rules.end()) return *word;
      bad(full(key), layers_text(rules, range), in_quotes(*word), did_you_mean(*word, rules));
    }
    if (const toml::array* layers = node.as_array()) {
      if (layers->empty()) bad(full(key), "a number, or a list of one a layer", describe(node));
      std::vector<double> values;
      for (const toml::node& item : *layers) values.push_back(real_of(item, key, range));
      return Layerwise(std::move(values));
    }
    return Layerwise(real_of(node, key, range));
  }

  [[nodiscard]] Axis axis_of(const toml::table& table) const {
    Axis axis;
    const std::vector<std::string> known{"field", "values", "linear", "logarithmic", "symmetric", "cases"};
    int ways = 0;
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (std::find(known.begin(), known.end(), name) == known.end()) unknown("sweep.axes." + name, known);
      if (name == "field") {
        axis.field = node.value_or(std::string());
        continue;
      }
      ++ways;
      const toml::array* array = node.as_array();
      if (array == nullptr || array->empty()) bad("sweep.axes." + name, "a list with entries", describe(node));
      axis.scale = name == "values" || name == "cases" ? "list" : name;
      if (name == "cases") {
        for (const toml::node& item : *array) append_case(axis, item);
      } else if (name == "values") {
        for (const toml::node& item : *array) {
          if (const auto word = item.value_exact<std::string>()) {
            axis.values.emplace_back(*word);
          } else {
            axis.values.emplace_back(real_of(item, "axes.values", Range::any));
          }
        }
      } else {
        append_grid(axis, *array, name);
      }
    }
    if (axis.field.empty() || ways != 1) {
      bad("sweep.axes", "a field and one of values, linear, logarithmic, symmetric, cases", describe(table));
    }
    return axis;
  }

  static void append_case(Axis& axis, const toml::node& item) {
    const toml::table* table = item.as_table();
    const toml::array* assignments = table == nullptr ? nullptr : (*table)["set"].as_array();
    const auto label = table == nullptr ? std::nullopt : (*table)["label"].value_exact<std::string>();
    const auto is_text = [](const toml::node& one) { return one.is_string(); };
    if (!label || assignments == nullptr || table->size() != 2 ||
        !std::all_of(assignments->begin(), assignments->end(), is_text)) {
      bad("sweep.axes.cases", "{label = \"...\", set = [\"key=value\", ...]}", describe(item));
    }
    axis.values.emplace_back(*label);
    auto& settings = axis.cases.emplace_back();
    for (const toml::node& one : *assignments) settings.push_back(*one.value_exact<std::string>());
  }

  void append_grid(Axis& axis, const toml::array& array, const std::string& name) const {
    const std::string key = "axes." + name;
    if (array.size() != 3) bad("sweep." + key, "[first, last, count]", describe(array));
    const bool symmetric = name == "symmetric";
    const bool logarithmic = symmetric || name == "logarithmic";
    const Range range = logarithmic ? Range::positive : Range::any;
    const double first = real_of(*array.get(0), key.c_str(), range);
    const double last = real_of(*array.get(1), key.c_str(), range);
    const Index count = whole_of(*array.get(2), key.c_str(), 1);
    const double values = static_cast<double>(count) * (symmetric ? 2 : 1);
    require_memory(values * sizeof(AxisValue), "sweep." + key, fmt::format("{} values", count));
    axis.range = {first, last, static_cast<double>(count)};
    for (Index i = 0; i < count; ++i) {
      const double x = count == 1 ? 0.0 : static_cast<double>(i) / static_cast<double>(count - 1);
      double value = logarithmic ? first * std::pow(last / first, x) : first + (last - first) * x;
      if (i == count - 1 && count > 1) value = last;
      // A range [32, 256, 4] of widths means whole numbers, which rounding may miss.
      if (const double whole = std::round(value); std::abs(value - whole) <= 1e-14 * std::abs(value)) value = whole;
      axis.values.emplace_back(value);
    }
    if (!symmetric) return;
    std::vector<AxisValue> both;
    for (auto value = axis.values.rbegin(); value != axis.values.rend(); ++value) {
      both.emplace_back(-std::get<double>(*value));
    }
    both.emplace_back(0.0);
    both.insert(both.end(), axis.values.begin(), axis.values.end());
    axis.values = std::move(both);
  }

  const Arrays& arrays_;

 protected:
  std::string section_;
};

/// Fills a configuration from TOML; checks type and range of each field, and that no unknown key is left.
class Reader final : public FieldReader {
 public:
  Reader(const toml::table& root, const Arrays& arrays) : FieldReader(arrays), root_(root) {}

  void section(const std::string& name, const std::string& /*doc*/) override {
    finish_section();
    section_ = name;
    known_.clear();
    elsewhere_.clear();
    table_ = &root_;
    if (name.empty()) return;
    sections_.push_back(name);
    const toml::node* node = root_.get(name);
    if (node != nullptr && !node->is_table()) bad(name, "a table [" + name + "]", describe(*node));
    table_ = node == nullptr ? &none_ : node->as_table();
  }

  void field(const Field& field) override {
    if (const toml::node* node = find(field.key)) read(*node, field);
  }

  void renamed(const char* key, const char* now) override {
    if (!table_->contains(key)) return;
    bad(full(key), now, "a key of earlier versions");
  }

  void all_kinds(const std::string& chosen, const std::vector<KindKeys>& all) override {
    std::map<std::string, std::string>& others = of_other_kinds_[section_];
    others.clear();
    for (const auto& [toml_key, node] : *table_) {
      const std::string key(toml_key.str());
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      const std::string owners = kinds_with(key, all);
      if (owners.empty()) continue;
      elsewhere_.push_back(key);
      std::ostringstream text;
      node.visit([&](const auto& value) { text << value; });
      others[key] = text.str();
      unused_.push_back({.key = full(key),
                         .expected = section_ + ".kind = " + owners + ", for this key",
                         .got = section_ + ".kind = " + chosen});
    }
  }

  [[nodiscard]] std::map<std::string, std::map<std::string, std::string>> of_other_kinds() const {
    return of_other_kinds_;
  }

  /// After the last field: keys that were not visited are unknown.
  void finish() {
    finish_section();
    for (const auto& [key, node] : root_) {
      const std::string name(key.str());
      const std::vector<std::string>& known = node.is_table() ? sections_ : top_;
      if (std::find(known.begin(), known.end(), name) == known.end()) unknown(name, known);
    }
  }

  /// Complete when the fields have been visited with all values set.
  [[nodiscard]] const std::vector<std::string>& used() const { return used_; }
  [[nodiscard]] const std::vector<UnusedKey>& unused() const { return unused_; }

 private:
  void finish_section() {
    if (section_.empty()) {  // the names of the sections are not known yet
      top_ = known_;
      return;
    }
    for (const auto& [key, node] : *table_) {
      const std::string name(key.str());
      const auto is_in = [&](const std::vector<std::string>& keys) {
        return std::find(keys.begin(), keys.end(), name) != keys.end();
      };
      if (!is_in(known_) && !is_in(elsewhere_)) unknown(full(name), known_);
    }
  }

  /// "gaussian, balanced or deep (initialization = gaussian or identity)"; empty if no kind has this key.
  static std::string kinds_with(const std::string& key, const std::vector<KindKeys>& all) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < all.size();) {
      std::vector<std::string> with;
      std::size_t of_word = 0;
      bool found = false;
      const std::string& word = all[i].kind;
      for (; i < all.size() && all[i].kind == word; ++i, ++of_word) {
        if (std::find(all[i].keys.begin(), all[i].keys.end(), key) == all[i].keys.end()) continue;
        found = true;
        with.push_back(all[i].initialization);
      }
      if (!found) continue;
      words.push_back(with.size() == of_word ? word : word + " (initialization = " + list(with, "or") + ")");
    }
    return list(words, "or");
  }

  const toml::node* find(const char* key) {
    known_.emplace_back(key);
    const toml::node* node = table_->get(key);
    if (node == nullptr) return node;
    const auto unmet = std::find_if(needs_.begin(), needs_.end(), [](const Need& need) { return !need.met; });
    if (unmet == needs_.end()) {
      used_.push_back(full(key));
    } else {
      unused_.push_back({.key = full(key), .expected = unmet->text + ", for this key", .got = unmet->got});
    }
    return node;
  }

  const toml::table& root_;
  const toml::table none_;
  const toml::table* table_ = &none_;
  std::vector<std::string> known_;
  std::vector<std::string> top_;
  std::vector<std::string> sections_;
  std::vector<std::string> used_;
  std::vector<UnusedKey> unused_;
  std::vector<std::string> elsewhere_;  // keys of this section that other kinds have
  std::map<std::string, std::map<std::string, std::string>> of_other_kinds_;
};

/// The end of the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const bool is_long = text.substr(at, 3) == std::string(3, quote);
  const std::string end(is_long ? 3 : 1, quote);
  for (std::size_t i = at + end.size(); i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text.substr(i, end.size()) == end) {
      return i + end.size();
    } else if (text[i] == '\n' && !is_long) {
      return i;
    }
  }
  return text.size();
}

/// The parser limits nested brackets in values, but not dots in keys.
void require_shallow_keys(std::string_view text) {
  const auto goes_on = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == ' ' || c == '\t';
  };
  int dots = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (text[i] == '"' || text[i] == '\'') {
      i = end_of_string(text, i);
    } else {
      dots = text[i] == '.' ? dots + 1 : goes_on(text[i]) ? dots : 0;
      if (dots > deepest_key) {
        const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i), '\n');
        bad_input({.field = "configuration",
                   .expected = "keys of a section and a name",
                   .got = fmt::format("line {}: a key of more than {} parts", line, deepest_key)});
      }
      ++i;
    }
  }
}

/// Sets the field of one key to a number.
class NumberSetter final : public FieldReader {
 public:
  NumberSetter(const std::string& section, std::string key, double number)
      : FieldReader(no_arrays, section), key_(std::move(key)), number_(number) {}

  void field(const Field& field) override {
    if (found_ || key_ != field.key) return;
    std::visit(
        [&]<class T>(T* /*value*/) {
          found_ = is_one_of<T, Index, std::optional<Index>, double, std::optional<double>, std::uint64_t,
                             std::optional<std::uint64_t>, LayerValue, std::optional<LayerValue>>;
        },
        field.value);
    if (found_) read(number_, field);
  }

  [[nodiscard]] bool found() const { return found_; }

 private:
  template <class T, class... Types>
  static constexpr bool is_one_of = (std::is_same_v<T, Types> || ...);
  static inline const Arrays no_arrays;

  std::string key_;
  toml::value<double> number_;
  bool found_ = false;
};

}  // namespace

toml::table parse(const std::string& text) {
  require_shallow_keys(text);
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const bool too_large = error.description().find("64 bits") != std::string_view::npos;
    bad_input(
        {.field = "configuration",
         .expected = "TOML",
         .got = fmt::format("line {}, column {}: {}", error.source().begin.line, error.source().begin.column,
                            error.description()),
         .hint = too_large ? "a seed of 2^63 or more is written in quotes: seed = \"18446744073709551615\"" : ""});
  }
}

toml::table parse_value(const std::string& text) {
  require_shallow_keys(text);
  try {
    toml::table parsed = toml::parse("value = " + text);
    if (parsed.size() == 1) return parsed;
  } catch (const toml::parse_error&) {  // a word without quotes
  }
  toml::table word;
  word.insert("value", text);
  return word;
}

Reading read_table(const toml::table& table, const std::filesystem::path& folder, const Arrays& arrays) {
  Configuration c;
  c.folder = folder;
  Reader reader(table, arrays);
  visit_fields(c, reader);
  reader.finish();
  Reader again(table, arrays);
  visit_fields(c, again);
  if (c.sweep.active()) c.of_other_kinds = again.of_other_kinds();
  return {.configuration = std::move(c), .used = again.used(), .unused = again.unused()};
}

bool set_number(Configuration& c, const std::string& key, double number) {
  const auto dot = key.find('.');
  const std::string section = dot == std::string::npos ? "" : key.substr(0, dot);
  NumberSetter setter(section, dot == std::string::npos ? key : key.substr(dot + 1), number);
  visit_options(c, section, setter);  // which is cheaper than the whole section
  if (!setter.found()) visit_section(c, section, setter);
  return setter.found();
}

}  // namespace linnet::config
