#include "linnet/config/configuration.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <span>
#include <sstream>

#include "linnet/config/fields.hpp"
#include "linnet/config/words.hpp"
#include "linnet/error.hpp"
#include "linnet/observables/observable.hpp"

namespace linnet::config {

namespace {

std::string describe(const toml::node& node) {
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  std::string one_line = text.str();
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  return one_line.size() > 60 ? one_line.substr(0, 57) + "..." : one_line;
}

std::string nearest_hint(const std::string& wrong, const std::vector<std::string>& known) {
  return known.empty() ? std::string() : "did you mean \"" + nearest_name(wrong, known) + "\"?";
}

bool in_range(double value, FieldVisitor::Range range) {
  return std::isfinite(value) &&
         (range == FieldVisitor::Range::any || value > 0 || (range == FieldVisitor::Range::non_negative && value == 0));
}

/// Fills a configuration from TOML, checking type and range of each field and that no key is left over.
class Reader final : public FieldVisitor {
 public:
  explicit Reader(const toml::table& root) : root_(root) {}

  void section(const std::string& name, const std::string& /*doc*/) override {
    finish_section();
    section_ = name;
    known_.clear();
    table_ = &root_;
    if (name.empty()) return;
    sections_.push_back(name);
    const toml::node* node = root_.get(name);
    if (node != nullptr && !node->is_table()) bad(name, "a table [" + name + "]", describe(*node));
    table_ = node == nullptr ? &none_ : node->as_table();
  }

  void text(const char* key, std::string& value, const char*) override {
    if (const toml::node* node = find(key)) {
      const auto given = node->value_exact<std::string>();
      if (!given) bad(full(key), "a text", describe(*node));
      value = *given;
    }
  }

  void choice(const char* key, std::string& value, const std::vector<std::string>& known, const char* doc) override {
    text(key, value, doc);
    require_known(key, value, known);
  }

  void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& known,
               const char*) override {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    value.clear();
    const toml::array* array = node->as_array();
    if (array == nullptr) bad(full(key), "a list of names", describe(*node));
    for (const toml::node& item : *array) {
      const auto word = item.value_exact<std::string>();
      if (!word) bad(full(key), "a list of names", describe(*node));
      if (!known.empty()) require_known(key, *word, known);
      value.push_back(*word);
    }
  }

  void flag(const char* key, bool& value, const char*) override {
    if (const toml::node* node = find(key)) {
      const auto given = node->value_exact<bool>();
      if (!given) bad(full(key), "true or false", describe(*node));
      value = *given;
    }
  }

  void whole(const char* key, Index& value, Index least, const char*) override {
    if (const toml::node* node = find(key)) value = whole_of(*node, key, least);
  }

  void whole(const char* key, std::optional<Index>& value, Index least, const char*) override {
    if (const toml::node* node = find(key)) value = whole_of(*node, key, least);
  }

  void real(const char* key, double& value, Range range, const char*) override {
    if (const toml::node* node = find(key)) value = real_of(*node, key, range);
  }

  void real(const char* key, std::optional<double>& value, Range range, const char*) override {
    if (const toml::node* node = find(key)) value = real_of(*node, key, range);
  }

  void reals(const char* key, std::vector<double>& value, const char*) override {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) bad(full(key), "a list of numbers", describe(*node));
    value.clear();
    for (const toml::node& item : *array) value.push_back(real_of(item, key, Range::any));
  }

  void layers(const char* key, LayerValue& value, const std::vector<std::string>& rules, Range range,
              const char*) override {
    if (const toml::node* node = find(key)) value = layers_of(*node, key, rules, range);
  }

  void layers(const char* key, std::optional<LayerValue>& value, const std::vector<std::string>& rules, Range range,
              const char*) override {
    if (const toml::node* node = find(key)) value = layers_of(*node, key, rules, range);
  }

  void axes(const char* key, std::vector<Axis>& value, const char*) override {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) bad(full(key), "a list of tables, [[sweep.axes]]", describe(*node));
    value.clear();
    for (const toml::node& item : *array) {
      if (!item.is_table()) bad(full(key), "a list of tables, [[sweep.axes]]", describe(*node));
      value.push_back(axis_of(*item.as_table()));
    }
  }

  /// After the last field: whatever was not asked for is unknown.
  void finish() {
    finish_section();
    for (const auto& [key, node] : root_) {
      const std::string name(key.str());
      const std::vector<std::string>& known = node.is_table() ? sections_ : top_;
      if (std::find(known.begin(), known.end(), name) == known.end()) unknown(name, known);
    }
  }

  /// Known once the fields are visited with all values in place.
  [[nodiscard]] const std::vector<std::string>& used() const { return used_; }
  [[nodiscard]] const std::vector<UnusedKey>& unused() const { return unused_; }

 private:
  [[nodiscard]] std::string full(const std::string& key) const { return section_.empty() ? key : section_ + "." + key; }

  [[noreturn]] static void bad(const std::string& field, const std::string& expected, const std::string& got,
                               const std::string& hint = {}) {
    bad_input({.field = field, .expected = expected, .got = got, .hint = hint});
  }

  [[noreturn]] static void unknown(const std::string& field, const std::vector<std::string>& known) {
    const auto dot = field.rfind('.');
    bad(field, "a known key", "an unknown one",
        nearest_hint(dot == std::string::npos ? field : field.substr(dot + 1), known));
  }

  void finish_section() {
    if (section_.empty()) {  // the sections beside these keys are not known yet
      top_ = known_;
      return;
    }
    for (const auto& [key, node] : *table_) {
      const std::string name(key.str());
      if (std::find(known_.begin(), known_.end(), name) == known_.end()) unknown(full(name), known_);
    }
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

  void require_known(const char* key, const std::string& word, const std::vector<std::string>& known) const {
    if (std::find(known.begin(), known.end(), word) == known.end()) {
      bad(full(key), "one of " + list(known), "\"" + word + "\"", nearest_hint(word, known));
    }
  }

  [[nodiscard]] Index whole_of(const toml::node& node, const char* key, Index least) const {
    const std::string expected = "a whole number >= " + std::to_string(least);
    const auto given = node.value_exact<std::int64_t>();
    if (!given) {
      const auto number = node.value_exact<double>();  // an axis may carry 4096 as 4096.0
      if (!number || *number != std::floor(*number) || std::abs(*number) > 9e15)
        bad(full(key), expected, describe(node));
      if (*number < static_cast<double>(least)) bad(full(key), expected, describe(node));
      return static_cast<Index>(*number);
    }
    if (*given < least) bad(full(key), expected, std::to_string(*given));
    return *given;
  }

  [[nodiscard]] double real_of(const toml::node& node, const char* key, Range range) const {
    const auto number = node.is_number() ? node.value<double>() : std::nullopt;
    if (!number || !in_range(*number, range)) bad(full(key), range_text(range), describe(node));
    return *number;
  }

  [[nodiscard]] LayerValue layers_of(const toml::node& node, const char* key, const std::vector<std::string>& rules,
                                     Range range) const {
    if (const auto word = node.value_exact<std::string>()) {
      require_known(key, *word, rules);
      return *word;
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
    axis.range = {first, last, static_cast<double>(count)};
    for (Index i = 0; i < count; ++i) {
      const double x = count == 1 ? 0.0 : static_cast<double>(i) / static_cast<double>(count - 1);
      double value = logarithmic ? first * std::pow(last / first, x) : first + (last - first) * x;
      if (i == count - 1 && count > 1) value = last;
      // [32, 256, 4] means widths: whole numbers that only rounding keeps from being so.
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

  const toml::table& root_;
  const toml::table none_;
  const toml::table* table_ = &none_;
  std::string section_;
  std::vector<std::string> known_;
  std::vector<std::string> top_;
  std::vector<std::string> sections_;
  std::vector<std::string> used_;
  std::vector<UnusedKey> unused_;
};

}  // namespace

std::string Axis::name() const {
  const auto dot = field.rfind('.');
  return dot == std::string::npos ? field : field.substr(dot + 1);
}

namespace {

std::string text_of(const std::filesystem::path& file) {
  const auto refuse = [&](const std::string& got, const std::string& hint = {}) {
    bad_input({.field = file.string(), .expected = "a configuration file", .got = got, .hint = hint});
  };
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  const bool home = file.string().starts_with('~');
  if (!exists(status)) refuse("no such file", home ? "only a shell expands ~, and only where a word begins" : "");
  if (is_directory(status)) refuse("a folder");
  if (is_character_file(status) || is_block_file(status)) refuse("a device");
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse("one that cannot be read");
  constexpr std::size_t most = std::size_t{1} << 24;
  std::string text(most + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) refuse("one that cannot be read");
  if (text.size() > most) refuse(fmt::format("more than {} bytes", most));
  return text;
}

}  // namespace

struct Source::Impl {
  toml::table table;
  std::set<std::string> overrides;  // keys that were set over the file's
  std::set<std::string> added;      // these, and those that were laid over it as if they stood there
  std::filesystem::path folder;
};

Source::Source() : impl_(std::make_unique<Impl>()) {}
Source::Source(const Source& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
Source::Source(Source&&) noexcept = default;
Source& Source::operator=(Source other) noexcept {
  impl_.swap(other.impl_);
  return *this;
}
Source::~Source() = default;

Source Source::from_file(const std::filesystem::path& file) {
  // What comes through a pipe has no folder: files are named from the working directory then.
  std::error_code ignored;
  const bool has_folder = std::filesystem::is_regular_file(file, ignored) && file != "/dev/stdin";
  try {
    return from_text(text_of(file), has_folder ? file.parent_path() : std::filesystem::path());
  } catch (const Error& error) {
    if (error.field() != "configuration") throw;
    bad_input({.field = file.string(), .expected = error.expected(), .got = error.got(), .hint = error.hint()});
  }
}

Source Source::from_text(const std::string& toml_text, const std::filesystem::path& folder) {
  Source source;
  source.impl_->folder = folder;
  try {
    source.impl_->table = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    bad_input({.field = "configuration",
               .expected = "TOML",
               .got = fmt::format("line {}, column {}: {}", error.source().begin.line, error.source().begin.column,
                                  error.description())});
  }
  return source;
}

void Source::set(const std::string& assignment) {
  add(assignment);
  impl_->overrides.insert(assignment.substr(0, assignment.find('=')));
}

void Source::add(const std::string& assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    bad_input({.field = "--set",
               .expected = "key=value",
               .got = "\"" + assignment + "\"",
               .hint = "for example --set network.width=4096"});
  }
  std::string key = assignment.substr(0, equals);
  const std::string value = assignment.substr(equals + 1);
  toml::table parsed;
  try {
    parsed = toml::parse("value = " + value);
  } catch (const toml::parse_error&) {  // a bare word
    parsed.insert("value", value);
  }
  toml::table* table = &impl_->table;
  for (auto dot = key.find('.'); dot != std::string::npos; dot = key.find('.')) {
    const std::string section = key.substr(0, dot);
    key = key.substr(dot + 1);
    table->insert(section, toml::table{});
    toml::node* node = table->get(section);
    if (!node->is_table()) {
      bad_input({.field = "--set", .expected = "a known section", .got = "\"" + section + "\", which is a value"});
    }
    table = node->as_table();
  }
  table->insert_or_assign(key, std::move(*parsed.get("value")));
  impl_->added.insert(assignment.substr(0, equals));
}

void Source::add(const std::string& field, const AxisValue& value) {
  const auto* word = std::get_if<std::string>(&value);
  add(field + "=" + (word != nullptr ? in_quotes(*word) : number(std::get<double>(value))));
}

void Source::add(const Axis& axis, std::size_t which) {
  if (axis.cases.empty()) {
    add(axis.field, axis.values[which]);
  } else {
    for (const std::string& assignment : axis.cases[which]) add(assignment);
  }
}

void refuse(const UnusedKey& unused) {
  bad_input({.field = unused.key,
             .expected = unused.expected,
             .got = unused.got,
             .hint = "leave it out: it would have no effect"});
}

namespace {

Reading read_table(const toml::table& table, const std::filesystem::path& folder) {
  Configuration c;
  c.folder = folder;
  Reader reader(table);
  visit_fields(c, reader);
  reader.finish();
  Reader again(table);
  visit_fields(c, again);
  return {.configuration = std::move(c), .used = again.used(), .unused = again.unused()};
}

/// The first two alternatives that have an effect side by side.
std::optional<std::pair<std::string, std::string>> side_by_side(const toml::table& table, const Reading& reading) {
  const auto says_nothing = [&](const std::string& key) {
    const toml::array* list = table.at_path(key).as_array();
    return list != nullptr && list->empty();
  };
  for (const std::vector<std::string>& keys : alternatives(reading.configuration)) {
    std::vector<std::string> given;
    for (const std::string& key : keys) {
      const bool used = std::find(reading.used.begin(), reading.used.end(), key) != reading.used.end();
      if (used && !says_nothing(key)) given.push_back(key);
    }
    if (given.size() > 1) return std::pair(given[0], given[1]);
  }
  return std::nullopt;
}

void erase(toml::table& table, const std::string& key) {
  const auto dot = key.find('.');
  table[key.substr(0, dot)].as_table()->erase(key.substr(dot + 1));
}

/// Keys that have an effect at some point of these axes.
void add_used(const Source& source, std::span<const Axis> axes, std::set<std::string>& used) {
  if (axes.empty()) {
    const Reading point = source.read();
    used.insert(point.used.begin(), point.used.end());
    return;
  }
  for (std::size_t i = 0; i < axes.front().values.size(); ++i) {
    Source there = source;
    there.add(axes.front(), i);
    add_used(there, axes.subspan(1), used);
  }
}

}  // namespace

Reading Source::read() const {
  Reading reading = read_table(impl_->table, impl_->folder);
  std::vector<UnusedKey> replaced;
  toml::table table = impl_->table;
  while (const auto both = side_by_side(table, reading)) {
    auto [one, other] = *both;
    if (impl_->added.contains(one)) std::swap(one, other);
    if (impl_->added.contains(one) || !impl_->added.contains(other)) {
      bad_input({.field = both->first,
                 .expected = "one of " + both->first + " and " + both->second,
                 .got = "both",
                 .hint = "leave one out"});
    }
    erase(table, one);
    replaced.push_back({.key = one, .expected = "no " + other + ", for this key", .got = other + " beside it"});
    reading = read_table(table, impl_->folder);
  }
  std::vector<UnusedKey> unused = std::move(reading.unused);
  unused.insert(unused.end(), replaced.begin(), replaced.end());
  const std::set<std::string>& overrides = impl_->overrides;
  if (!overrides.empty()) std::erase_if(unused, [&](const UnusedKey& u) { return !overrides.contains(u.key); });
  reading.unused = std::move(unused);
  return reading;
}

Configuration Source::resolve() const {
  Reading reading = read();
  const SweepSection& sweep = reading.configuration.sweep;
  for (const Axis& axis : sweep.axes) {
    if (!axis.cases.empty() || !impl_->overrides.contains(axis.field)) continue;
    bad_input({.field = axis.field,
               .expected = "no override of what the sweep varies",
               .got = "one",
               .hint = "sweep.axes=[] makes it a single run"});
  }
  if (!sweep.active() && !reading.unused.empty()) refuse(reading.unused.front());
  if (!sweep.active() || impl_->overrides.empty()) return std::move(reading.configuration);
  // What an override has left without effect at every point is not part of the sweep.
  std::set<std::string> used;
  add_used(*this, sweep.axes, used);
  Source left = *this;
  for (const auto& [name, section] : impl_->table) {
    if (!section.is_table()) continue;
    for (const auto& [key, value] : *section.as_table()) {
      const std::string full = std::string(name) + "." + std::string(key);
      if (!used.contains(full) && !impl_->overrides.contains(full)) erase(left.impl_->table, full);
    }
  }
  return left.read().configuration;
}

}  // namespace linnet::config
