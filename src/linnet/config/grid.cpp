#include "linnet/config/grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "linnet/config/reader.hpp"
#include "linnet/error.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::config {

namespace {

/// The axis of seeds: as numbers, or as words if doubles do not represent all of them.
Axis seeds_from(std::uint64_t first, std::uint64_t count) {
  constexpr std::uint64_t exact = std::uint64_t{1} << 53U;
  if (count - 1 > std::numeric_limits<std::uint64_t>::max() - first) {
    bad_input({.field = "sweep.seeds",
               .expected = "seeds up to 2^64 - 1",
               .got = fmt::format("{} from {} on", count, first)});
  }
  Axis seeds{.field = "seed", .scale = "list", .values = {}};
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t seed = first + i;
    if (first + (count - 1) <= exact) {
      seeds.values.emplace_back(static_cast<double>(seed));
    } else {
      seeds.values.emplace_back(std::to_string(seed));
    }
  }
  return seeds;
}

std::vector<Axis> axes_of(const Configuration& base) {
  std::vector<Axis> axes = base.sweep.axes;
  if (base.sweep.seeds > 1) axes.push_back(seeds_from(base.seed, static_cast<std::uint64_t>(base.sweep.seeds)));
  if (axes.empty()) {
    bad_input({.field = "sweep.axes",
               .expected = "at least one axis",
               .got = "none",
               .hint = "use linnet run for a single run"});
  }
  std::set<std::string> names;
  const auto in = [](const std::string& key, const char* section) {
    return key == section || key.starts_with(std::string(section) + ".");
  };
  for (const Axis& axis : axes) {
    for (const std::string& key : axis.keys()) {
      if (!in(key, "sweep") && !in(key, "figure")) continue;
      bad_input({.field = "sweep.axes", .expected = "a field of the run itself", .got = "\"" + key + "\""});
    }
    const auto is_word = [](const AxisValue& value) { return std::holds_alternative<std::string>(value); };
    if (!is_word(axis.values.front()) && std::any_of(axis.values.begin(), axis.values.end(), is_word)) {
      bad_input({.field = "sweep.axes.values", .expected = "all numbers or all words", .got = "a mixture"});
    }
    if (!names.insert(axis.name()).second) {
      bad_input({.field = "sweep.axes", .expected = "axes of different names", .got = "\"" + axis.name() + "\" twice"});
    }
  }
  return axes;
}

/// The most configurations that are kept.
constexpr std::size_t most_of_words = 4096;

/// Whether an axis sets a key that another one, of numbers, sets too: what holds then depends on their order.
bool set_a_key_twice(const std::vector<Axis>& axes) {
  for (const Axis& one : axes) {
    for (const Axis& other : axes) {
      if (&one == &other) continue;
      for (const std::string& key : one.keys()) {
        if (key == other.field || other.field.starts_with(key + ".")) return true;
      }
    }
  }
  return false;
}

/// Everything that decides what a point computes, as text.
std::string text_of(Configuration c) {
  c.of_other_kinds.clear();
  return to_toml(c);
}

}  // namespace

AxisProduct::AxisProduct(std::vector<Axis> axes) : axes_(std::move(axes)), strides_(axes_.size()) {
  for (std::size_t i = axes_.size(); i-- > 0;) {
    strides_[i] = size_;
    size_ *= static_cast<Index>(axes_[i].values.size());
  }
}

std::size_t AxisProduct::value_at(Index combination, std::size_t axis) const {
  return static_cast<std::size_t>(combination / strides_[axis]) % axes_[axis].values.size();
}

Index AxisProduct::moved(Index combination, std::size_t axis, std::size_t to) const {
  return combination + strides_[axis] * (static_cast<Index>(to) - static_cast<Index>(value_at(combination, axis)));
}

Source AxisProduct::at(const Source& source, Index combination) const {
  Source there = source;
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) there.add(axes_[axis], value_at(combination, axis));
  return there;
}

bool AxisProduct::has_numbers(std::size_t axis) const {
  return axes_[axis].cases.empty() && std::holds_alternative<double>(axes_[axis].values.front());
}

Index AxisProduct::first_of_words(Index combination) const {
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    if (has_numbers(axis)) combination = moved(combination, axis, 0);
  }
  return combination;
}

std::vector<Index> AxisProduct::of_words() const {
  std::vector<Index> all{0};
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    if (has_numbers(axis)) continue;
    std::vector<Index> longer;
    for (const Index begin : all) {
      for (std::size_t i = 0; i < axes_[axis].values.size(); ++i) longer.push_back(moved(begin, axis, i));
    }
    all = std::move(longer);
  }
  return all;
}

std::vector<Index> AxisProduct::along(std::size_t axis, Index combination, std::size_t most) const {
  const std::vector<AxisValue>& values = axes_[axis].values;
  const std::size_t count = std::min(values.size(), most);
  std::set<std::size_t> which;
  for (std::size_t i = 0; i < count; ++i) which.insert(count == 1 ? 0 : i * (values.size() - 1) / (count - 1));
  if (const auto zero = std::find(values.begin(), values.end(), AxisValue(0.0)); zero != values.end())
    which.insert(static_cast<std::size_t>(zero - values.begin()));
  std::vector<Index> found;
  for (const std::size_t i : which) found.push_back(moved(combination, axis, i));
  return found;
}

std::vector<Index> AxisProduct::representatives_along(std::size_t axis, Index combination) const {
  std::size_t of_words = 1;
  for (std::size_t i = 0; i < axes_.size(); ++i) of_words *= has_numbers(i) ? 1 : axes_[i].values.size();
  const std::size_t most =
      has_numbers(axis) ? std::clamp<std::size_t>(4096 / of_words, 3, 64) : axes_[axis].values.size();
  return along(axis, combination, most);
}

std::vector<Index> AxisProduct::representatives() const {
  std::set<Index> found;
  for (const Index words : of_words()) {
    found.insert(words);
    for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
      if (!has_numbers(axis)) continue;
      const std::vector<Index> there = representatives_along(axis, words);
      found.insert(there.begin(), there.end());
    }
  }
  return {found.begin(), found.end()};
}

std::set<std::string> used_keys(const Source& source, const AxisProduct& product) {
  constexpr Index most = 65536;
  std::set<std::string> used;
  std::set<std::string> unused;
  const auto look_at = [&](Index point) {
    stop_if_asked();
    const Reading reading = product.at(source, point).read();
    used.insert(reading.used.begin(), reading.used.end());
    for (const UnusedKey& key : reading.unused) unused.insert(key.key);
  };
  for (const Index i : product.representatives()) look_at(i);
  // A key may have an effect only where several numbers together allow it.
  const auto has_effect = [&](const std::string& key) { return used.contains(key); };
  for (Index i = 0; i < std::min(product.size(), most); ++i) {
    if (std::all_of(unused.begin(), unused.end(), has_effect)) break;
    look_at(i);
  }
  return used;
}

Grid::Grid(const Source& source) : source_(source), base_(source.resolve()), product_(axes_of(base_)) {
  require_effects();
  const std::vector<Index> words = product_.of_words();
  if (words.size() > most_of_words || set_a_key_twice(axes())) return;
  const std::size_t most = std::max<std::size_t>(64, 65536 / words.size());
  for (const Index i : words) {
    const Configuration& c = of_words_.emplace(i, read(i).configuration).first->second;
    for (std::size_t axis = 0; axis < axes().size(); ++axis) {
      if (!product_.has_numbers(axis)) continue;
      for (const Index there : product_.along(axis, i, most)) (void)with_numbers(c, there);
    }
  }
  if (!sets_numbers_as_they_are_read()) of_words_.clear();
}

Configuration Grid::at(Index point) const {
  if (of_words_.empty()) return read(point).configuration;
  return with_numbers(of_words_.at(product_.first_of_words(point)), point);
}

/// A number without a key to take it belongs to a kind that is chosen at other points.
Configuration Grid::with_numbers(const Configuration& words, Index point) const {
  Configuration c = words;
  if (!base_.point) c.point = point;
  for (std::size_t axis = 0; axis < axes().size(); ++axis) {
    if (!product_.has_numbers(axis)) continue;
    const AxisValue& value = axes()[axis].values[product_.value_at(point, axis)];
    set_number(c, axes()[axis].field, std::get<double>(value));
    if (axis < c.sweep.axes.size()) c.sweep.axes[axis].values.front() = value;
  }
  return c;
}

Reading Grid::read(Index point) const {
  stop_if_asked();
  Reading reading = product_.at(source_, point).read();
  Configuration& c = reading.configuration;
  if (!c.point) c.point = point;
  for (std::size_t axis = 0; axis < c.sweep.axes.size(); ++axis) {
    Axis& own = c.sweep.axes[axis];
    const std::size_t which = product_.value_at(point, axis);
    own.values = {AxisValue(own.values[which])};
    if (!own.cases.empty()) own.cases = {std::vector<std::string>(own.cases[which])};
    if (!own.range.empty()) own.scale = "list";
    own.range.clear();
  }
  return reading;
}

/// Whether numbers that are set give what a reading of the point gives: at the last and at a middle value of all axes
/// together. A key whose meaning depended on another number would show here.
bool Grid::sets_numbers_as_they_are_read() const {
  constexpr std::size_t most = 64;
  std::size_t left = most;
  for (const auto& [first, c] : of_words_) {
    if (left-- == 0) break;
    for (const std::size_t part : {1, 2}) {
      Index point = first;
      for (std::size_t axis = 0; axis < axes().size(); ++axis) {
        if (!product_.has_numbers(axis)) continue;
        point = product_.moved(point, axis, (axes()[axis].values.size() - 1) / part);
      }
      if (text_of(with_numbers(c, point)) != text_of(read(point).configuration)) return false;
    }
  }
  return true;
}

void Grid::require_effects() const {
  std::map<std::string, UnusedKey> unused;
  for (const Index i : product_.representatives()) {
    for (UnusedKey& key : read(i).unused) unused.try_emplace(key.key, std::move(key));
  }
  if (unused.empty()) return;
  const std::set<std::string> used = used_keys(source_, product_);
  for (const auto& [key, why] : unused) {
    if (!used.contains(key)) refuse(why);
  }
}

bool Grid::depends_on(std::size_t axis, const std::function<std::string(const Configuration&)>& property) const {
  for (const Index words : product_.of_words()) {
    if (product_.value_at(words, axis) != 0) continue;
    const std::string first = property(at(words));
    const std::vector<Index> there = product_.representatives_along(axis, words);
    if (std::any_of(there.begin(), there.end(), [&](Index i) { return property(at(i)) != first; })) return true;
  }
  return false;
}

}  // namespace linnet::config
