#include "linnet/config/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "linnet/config/grid.hpp"
#include "linnet/config/reader.hpp"
#include "linnet/config/sections.hpp"
#include "linnet/config/words.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/file_bytes.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::config {

std::string Axis::name() const {
  const auto dot = field.rfind('.');
  return dot == std::string::npos ? field : field.substr(dot + 1);
}

std::vector<std::string> Axis::keys() const {
  if (cases.empty()) return {field};
  std::vector<std::string> keys;
  for (const auto& assignments : cases) {
    for (const std::string& assignment : assignments) keys.push_back(assignment.substr(0, assignment.find('=')));
  }
  return keys;
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
  std::string text = storage::file_bytes(file, file.string());
  constexpr std::size_t most = std::size_t{1} << 24;
  if (text.size() > most) refuse(fmt::format("more than {} bytes", most));
  return text;
}

}  // namespace

struct Source::Impl {
  toml::table table;
  std::set<std::string> overrides;  // keys that were set over the file's
  std::set<std::string> added;      // overrides, and keys that were added as if part of the file
  Arrays arrays;
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
  try {
    return from_text(text_of(file), storage::is_stream(file) ? std::filesystem::path() : file.parent_path());
  } catch (const Error& error) {
    if (error.field() != "configuration") throw;
    bad_input({.field = file.string(), .expected = error.expected(), .got = error.got(), .hint = error.hint()});
  }
}

Source Source::from_text(const std::string& toml_text, const std::filesystem::path& folder) {
  Source source;
  source.impl_->folder = folder;
  source.impl_->table = parse(toml_text);
  return source;
}

void Source::attach(const std::string& key, Matrix values) {
  MatrixInput input = in_memory(std::move(values));
  const auto dot = key.find('.');
  if (dot == std::string::npos) bad_input({.field = key, .expected = "section.key, for an array", .got = key});
  impl_->table.insert(key.substr(0, dot), toml::table{});
  if (toml::table* section = impl_->table.get(key.substr(0, dot))->as_table(); section != nullptr) {
    section->insert(key.substr(dot + 1), input.file);
  }
  impl_->arrays.insert_or_assign(key, std::move(input));
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
  if (std::count(key.begin(), key.end(), '.') > deepest_key) {
    bad_input({.field = "--set", .expected = "section.key=value", .got = "a key of more parts"});
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
  toml::table value = parse_value(assignment.substr(equals + 1));
  table->insert_or_assign(key, std::move(*value.get("value")));
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

/// The first two alternatives that are both given and have an effect.
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

/// Throws unless the results of all points fit into the memory. The grid may have more points than Index can count.
void require_room_for_points(const SweepSection& sweep) {
  constexpr double least_of_a_point = 10 * sizeof(double);  // errors, steps and times
  auto points = static_cast<double>(sweep.seeds);
  std::string sizes = sweep.seeds > 1 ? fmt::format("{} seeds", sweep.seeds) : "";
  for (const Axis& axis : sweep.axes) {
    points *= static_cast<double>(axis.values.size());
    sizes += fmt::format("{}{} of {}", sizes.empty() ? "" : " x ", axis.values.size(), axis.name());
  }
  require_memory(points * least_of_a_point, sweep.axes.empty() ? "sweep.seeds" : "sweep.axes",
                 fmt::format("{:.6g} points, {}", points, sizes));
}

void erase(toml::table& table, const std::string& key) {
  const auto dot = key.find('.');
  table[key.substr(0, dot)].as_table()->erase(key.substr(dot + 1));
}

}  // namespace

Reading Source::read() const {
  Reading reading = read_table(impl_->table, impl_->folder, impl_->arrays);
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
    reading = read_table(table, impl_->folder, impl_->arrays);
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
  require_room_for_points(sweep);
  for (const Axis& axis : sweep.axes) {
    if (!axis.cases.empty() || !impl_->overrides.contains(axis.field)) continue;
    bad_input({.field = axis.field,
               .expected = "no override of what the sweep varies",
               .got = "one",
               .hint = "sweep.axes=[] makes it a single run"});
  }
  if (!sweep.active() && !reading.unused.empty()) refuse(reading.unused.front());
  if (!sweep.active() || impl_->overrides.empty()) return std::move(reading.configuration);
  // Removes keys of the file that, because of an override, have no effect at any point.
  const AxisProduct product(sweep.axes);
  const std::set<std::string> used = used_keys(*this, product);
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
