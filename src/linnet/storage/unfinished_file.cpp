#include "linnet/storage/unfinished_file.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "linnet/error.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/storage/difference.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/storage/network_file.hpp"
#include "linnet/support/fnv1a.hpp"

namespace linnet::storage {

namespace {

constexpr const char* checksum_name = "checksum";
constexpr const char* next_name = "recorded_next";

/// FNV-1a of all variables and attributes but itself.
class Checksum {
 public:
  void add(std::uint64_t bits) { hash_ = fnv1a({reinterpret_cast<const char*>(&bits), sizeof bits}, hash_); }
  void add(double x) { add(std::bit_cast<std::uint64_t>(x)); }
  void add(std::int64_t x) { add(static_cast<std::uint64_t>(x)); }
  void add(const std::string& text) {
    hash_ = fnv1a(text, hash_);
    add(static_cast<std::uint64_t>(text.size()));
  }
  template <class T>
  void add(const std::vector<T>& all) {
    for (const T& one : all) add(one);
  }
  [[nodiscard]] std::int64_t value() const { return std::bit_cast<std::int64_t>(hash_); }

 private:
  std::uint64_t hash_ = fnv1a({});
};

std::int64_t checksum_of(const Dataset& data) {
  Checksum sum;
  for (const auto& [name, attribute] : data.attributes) {
    if (name == checksum_name || name == "variables") continue;  // the latter is the writer's
    sum.add(name);
    std::visit([&](const auto& value) { sum.add(value); }, attribute.value());
  }
  std::vector<const Variable*> variables;
  for (const Variable& v : data.variables) variables.push_back(&v);
  std::ranges::sort(variables, {}, [](const Variable* v) { return v->name; });
  for (const Variable* v : variables) {
    sum.add(v->name);
    std::visit([&](const auto& values) { sum.add(values); }, v->values);
  }
  return sum.value();
}

template <class Values>
void add_list(Dataset& data, const std::string& name, const std::string& dimension, Values values) {
  const bool known = std::ranges::any_of(data.dimensions, [&](const auto& d) { return d.first == dimension; });
  if (!known) data.add_dimension(dimension, static_cast<Index>(values.size()));
  data.add({.name = name, .dims = {dimension}, .values = std::move(values)});
}

/// One list of a member of each.
template <class Result, class Item, class F>
std::vector<Result> each(const std::vector<Item>& items, F member) {
  std::vector<Result> all;
  all.reserve(items.size());
  for (const Item& item : items) all.push_back(member(item));
  return all;
}

std::string column_name(std::size_t i) { return "recorded_" + std::to_string(i + 1); }

void add_records(Dataset& data, const Recorded& r) {
  add_list(data, "recorded_step", "record", std::vector<std::int64_t>(r.step.begin(), r.step.end()));
  add_list(data, "recorded_time", "record", r.time);
  for (std::size_t i = 0; i < r.columns.size(); ++i) add_list(data, column_name(i), column_name(i), r.columns[i]);
  using Failures = Recorded::Failures;
  const auto failing = [&](const char* name, auto values) { add_list(data, name, "observable", std::move(values)); };
  failing("failures", each<std::int64_t>(r.failures, [](const Failures& f) { return f.count; }));
  failing("failures_first", each<double>(r.failures, [](const Failures& f) { return f.first; }));
  failing("failures_why", each<std::string>(r.failures, [](const Failures& f) { return f.why; }));
  const auto event = [&](const char* name, auto values) { add_list(data, name, "event", std::move(values)); };
  event("event_name", each<std::string>(r.events, [](const EventHit& e) { return e.name; }));
  event("event_mode", each<std::int64_t>(r.events, [](const EventHit& e) { return e.mode; }));
  event("event_time", each<double>(r.events, [](const EventHit& e) { return e.time; }));
  event("event_direction", each<std::int64_t>(r.events, [](const EventHit& e) { return e.direction; }));
  data.attributes[next_name] = std::vector<std::int64_t>{r.next};
}

Recorded records_in(const Dataset& data) {
  Recorded r;
  const auto& steps = data["recorded_step"].integers();
  r.step.assign(steps.begin(), steps.end());
  r.time = data["recorded_time"].reals();
  while (data.has(column_name(r.columns.size()))) r.columns.push_back(data[column_name(r.columns.size())].reals());
  const auto& count = data["failures"].integers();
  for (std::size_t i = 0; i < count.size(); ++i) {
    r.failures.push_back(
        {.count = count[i], .first = data["failures_first"].reals()[i], .why = data["failures_why"].texts()[i]});
  }
  const auto& names = data["event_name"].texts();
  for (std::size_t i = 0; i < names.size(); ++i) {
    r.events.push_back({.name = names[i],
                        .mode = data["event_mode"].integers()[i],
                        .time = data["event_time"].reals()[i],
                        .direction = static_cast<int>(data["event_direction"].integers()[i])});
  }
  const auto next = data.attributes.find(next_name);
  const auto* number =
      next == data.attributes.end() ? nullptr : std::get_if<std::vector<std::int64_t>>(&next->second.value());
  if (number == nullptr || number->empty()) throw Error(Error::Kind::input, {.field = next_name});
  r.next = number->front();
  return r;
}

constexpr const char* begin_again = "give --force to begin again";

}  // namespace

void write_unfinished(const Unfinished& run, const Identity& identity, const std::filesystem::path& file) {
  Dataset data = to_dataset(run.checkpoint);
  add_records(data, run.recorded);
  for (const auto& [name, text] : identity) data.attributes[name] = text;
  data.attributes[checksum_name] = std::vector<std::int64_t>{checksum_of(data)};
  write_netcdf(data, file);
}

Unfinished read_unfinished(const std::filesystem::path& file, const Identity& identity) {
  const Dataset data = read_netcdf(file);
  if (!data.attributes.contains(next_name)) {
    bad_input({.field = file.string(),
               .expected = "a run that was saved on its way",
               .got = "another NetCDF file",
               .hint = "give another output"});
  }
  const auto sum = data.attributes.find(checksum_name);
  if (sum == data.attributes.end() || sum->second != Attribute(std::vector<std::int64_t>{checksum_of(data)})) {
    bad_input({.field = file.string(),
               .expected = "a saved run as it was written",
               .got = "other bits",
               .hint = std::string("the file is damaged: ") + begin_again});
  }
  for (const auto& [name, ours] : identity) {
    const std::string theirs = data.attribute(name);
    if (ours == theirs) continue;
    const Difference d = first_difference(ours, theirs);
    bad_input({.field = file.string(),
               .expected = "a run saved with the same " + name + ", " + d.ours,
               .got = d.theirs,
               .hint = std::string("go on as it began, give another output, or ") + "--force to begin again"});
  }
  auto held = held_by(data);
  auto* checkpoint = std::get_if<Checkpoint>(&held);
  if (checkpoint == nullptr) {
    bad_input({.field = file.string(), .expected = "the checkpoint of a run", .got = "a network"});
  }
  return {.checkpoint = std::move(*checkpoint), .recorded = records_in(data)};
}

}  // namespace linnet::storage
