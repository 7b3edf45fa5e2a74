#include "linnet/sweeps/prepared_sweep.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_set>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/sweeps/designs.hpp"
#include "linnet/sweeps/shown_task.hpp"
#include "linnet/version.hpp"

namespace linnet::sweeps {

namespace {

using config::Axis;
using config::Configuration;
using config::Grid;

/// The most tasks that are kept for points that share them.
constexpr std::size_t most_tasks = 4096;

/// Listed values like 10, 32, 100 are shown on a logarithmic scale, and so are values of more than two decades, like 1,
/// 2, 3, 10, 1000.
bool is_geometric(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (values.size() < 3 || !(*least > 0)) return false;
  if (*most > 100 * *least) return true;
  if (!(values[1] > values[0])) return false;
  const double ratio = values[1] / values[0];
  for (std::size_t i = 2; i < values.size(); ++i) {
    if (!(std::abs(values[i] / values[i - 1] / ratio - 1) < 0.05)) return false;
  }
  return ratio > 1.1;
}

Variable coordinate(const Axis& axis) {
  Variable v{.name = axis.name(),
             .dims = {axis.name()},
             .values = {},
             .attributes = {{"long_name", axis.field}, {"scale", axis.scale}}};
  if (std::holds_alternative<std::string>(axis.values.front())) {
    std::vector<std::string> words;
    for (const auto& value : axis.values) {
      const auto* word = std::get_if<std::string>(&value);
      words.push_back(word != nullptr ? *word : fmt::format("{}", std::get<double>(value)));
    }
    v.values = std::move(words);
    return v;
  }
  std::vector<double> numbers;
  for (const auto& value : axis.values) {
    const auto* number = std::get_if<double>(&value);
    if (number == nullptr) {
      bad_input({.field = "sweep.axes.values", .expected = "all numbers or all words", .got = "a mixture"});
    }
    numbers.push_back(*number);
  }
  v.attributes["units"] = "1";
  if (is_geometric(numbers)) v.attributes["scale"] = "logarithmic";
  v.values = std::move(numbers);
  return v;
}

constexpr const char* status_comment =
    "masks the results of its point: of one that diverged or was interrupted they are those up to there, which "
    "pictures "
    "and means leave out and mark";

Dataset assemble(const Grid& grid, const PointLayout& layout, const Results& results) {
  Dataset data;
  std::vector<std::string> dims;
  for (const Axis& axis : grid.axes()) {
    data.add_dimension(axis.name(), static_cast<Index>(axis.values.size()));
    dims.push_back(axis.name());
  }
  for (const Axis& axis : grid.axes()) data.add(coordinate(axis));
  const auto has_field_over = [&](const std::string& dimension) {
    return std::any_of(layout.fields.begin(), layout.fields.end(), [&](const PointField& f) {
      return std::any_of(f.dimensions.begin(), f.dimensions.end(), [&](const auto& d) { return d.first == dimension; });
    });
  };
  if (has_field_over("method")) add_names(data, "method", "how the target is turned into A", design_methods());
  if (has_field_over("dynamics")) add_names(data, "dynamics", "dynamics", layout.dynamics);
  if (!layout.times.empty() && layout.clock == "time") add_time(data, layout.times);
  if (!layout.times.empty() && layout.clock == "steps") add_steps(data, layout.times);
  if (has_field_over("mode")) add_modes(data, layout.shape);
  if (has_field_over("task")) add_names(data, "task", "task, in the order of learning", task_names(grid.at(0)));
  std::size_t offset = 0;
  for (const PointField& field : layout.fields) {
    Variable v{
        .name = field.name, .dims = dims, .values = {}, .attributes = {{"long_name", field.long_name}, {"units", "1"}}};
    add_dimensions(data, field.dimensions);
    for (const auto& dimension : field.dimensions) v.dims.push_back(dimension.first);
    if (field.name != "status") v.attributes["ancillary_variables"] = "status";
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(grid.size()) * field.size());
    for (Index point = 0; point < grid.size(); ++point) {
      stop_if_asked(point);
      const std::span<const double> own = results.of(point).subspan(offset, field.size());
      values.insert(values.end(), own.begin(), own.end());
    }
    offset += field.size();
    if (field.whole) {
      std::vector<std::int64_t> numbers;
      for (const double value : values) numbers.push_back(static_cast<std::int64_t>(value));
      v.values = std::move(numbers);
      std::vector<std::size_t> flags(field.meanings.size());
      for (std::size_t i = 0; i < flags.size(); ++i) flags[i] = i;
      v.attributes["flag_values"] = fmt::format("{}", fmt::join(flags, " "));
      v.attributes["flag_meanings"] = fmt::format("{}", fmt::join(field.meanings, " "));
      if (field.name == "status") v.attributes["comment"] = status_comment;
    } else {
      v.values = std::move(values);
    }
    data.add(std::move(v));
  }
  for (auto& [name, text] : provenance(grid.base(), "sweep")) data.attributes[name] = text;
  if (!layout.task_starts.empty())
    data.attributes["tasks_start"] = fmt::format("{}", fmt::join(layout.task_starts, " "));
  return data;
}

/// Possible results of a point: status completed, and a number for each result.
std::vector<double> example_of(const PointLayout& layout) {
  std::vector<double> values;
  for (const PointField& field : layout.fields) values.insert(values.end(), field.size(), field.whole ? 0.0 : 1.0);
  return values;
}

/// The axes on which the task depends: all of the task's own keys and of the seed, even where a value of another axis
/// hides their effect, and those by which `task_key` is seen to change.
std::vector<std::size_t> task_axes_of(const Grid& grid) {
  const auto of_task = [](const std::string& key) {
    return key == "seed" || key == "task" || key.starts_with("task.");
  };
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < grid.axes().size(); ++axis) {
    const std::vector<std::string> keys = grid.axes()[axis].keys();
    if (std::any_of(keys.begin(), keys.end(), of_task) || grid.depends_on(axis, task_key)) axes.push_back(axis);
  }
  return axes;
}

}  // namespace

PreparedSweep::PreparedSweep(const config::Source& source)
    : grid_(source),
      task_axes_(task_axes_of(grid_)),
      layout_(common_layout()),
      exponents_(grid_, layout_),
      labels_(grid_.base()) {
  require_memory(2 * matrix_bytes(static_cast<double>(size()), static_cast<double>(layout_.size())),
                 layout_.times.empty() ? "record.observables" : "sweep.curves",
                 fmt::format("{} points of {} numbers", size(), layout_.size()));
}

/// The number of the point's task: points with the same number have the same task.
Index PreparedSweep::task_of(Index point) const {
  Index number = 0;
  for (const std::size_t axis : task_axes_) {
    number = number * static_cast<Index>(grid_.axes()[axis].values.size()) +
             static_cast<Index>(grid_.product().value_at(point, axis));
  }
  return number;
}

/// A point for each task, or as many as representatives show.
std::vector<Index> PreparedSweep::points_with_different_tasks() const {
  const config::AxisProduct& product = grid_.product();
  std::vector<Index> points{0};
  for (const std::size_t axis : task_axes_) {
    if (points.size() * grid_.axes()[axis].values.size() > most_tasks) return product.representatives();
    std::vector<Index> more;
    for (const Index point : points) {
      for (std::size_t i = 0; i < grid_.axes()[axis].values.size(); ++i) more.push_back(product.moved(point, axis, i));
    }
    points = std::move(more);
  }
  return points;
}

std::vector<Index> PreparedSweep::make_tasks(std::vector<Index> points) {
  std::unordered_set<Index> wanted;
  for (const Index point : points) wanted.insert(task_of(point));
  if (wanted.size() > most_tasks) {
    std::stable_sort(points.begin(), points.end(), [&](Index a, Index b) { return task_of(a) < task_of(b); });
    return points;
  }
  const linalg::SerialBlas serial;
  for (const Index point : points) {
    if (wanted.erase(task_of(point)) == 0 || task_by_number_.contains(task_of(point))) continue;
    const Configuration c = grid_.at(point);
    SharedTask& task = tasks_[task_key(c)];
    if (!task) task = std::make_shared<const PreparedTask>(prepare_task(c));
    task_by_number_[task_of(point)] = task;
  }
  return points;
}

PreparedSweep::SharedTask PreparedSweep::task_for(Index point, const Configuration& c) const {
  const Index number = task_of(point);
  if (const auto found = task_by_number_.find(number); found != task_by_number_.end()) return found->second;
  constexpr std::size_t most_lately = 64;  // more than there are threads, each of which is at one task
  const auto latest = [&]() -> SharedTask {
    const auto found =
        std::find_if(latest_tasks_.begin(), latest_tasks_.end(), [&](const auto& t) { return t.first == number; });
    return found == latest_tasks_.end() ? nullptr : found->second;
  };
  {
    const std::scoped_lock lock(lately_made_);
    if (SharedTask task = latest()) return task;
  }
  auto task = std::make_shared<const PreparedTask>(prepare_task(c));
  const std::scoped_lock lock(lately_made_);
  if (latest_tasks_.size() == most_lately) latest_tasks_.pop_front();
  latest_tasks_.emplace_back(number, task);
  return task;
}

/// What all points have in common. For curves it knows the instants and the number of modes of the largest task, which
/// must be made for it.
PointLayout PreparedSweep::common_layout() {
  const std::vector<Index> points = grid_.product().representatives();
  if (needs_shape(grid_.at(0))) make_tasks(points_with_different_tasks());
  Shape largest;
  bool same = true;
  for (const auto& [key, task] : tasks_) {
    same = same && (largest == Shape() || largest == task->shape);
    largest.outputs = std::max(largest.outputs, task->shape.outputs);
    largest.inputs = std::max(largest.inputs, task->shape.inputs);
  }
  PointLayout layout = point_layout(grid_.at(0), largest);
  const auto no_common = [](const char* what) {
    bad_input({.field = "sweep.axes",
               .expected = fmt::format("axes that leave {} alone", what),
               .got = "points that differ in it"});
  };
  for (const Index point : points) {
    const PointLayout own = point_layout(grid_.at(point), largest);
    if (own.times != layout.times) no_common("the instants of the record");
    if (own.size() != layout.size() || own.dynamics != layout.dynamics) no_common("what is recorded");
  }
  for (const PointField& field : layout.fields) {
    const auto pairs = [](const auto& d) { return d.first == "input_2" || d.first == "output_2"; };
    if (!same && std::any_of(field.dimensions.begin(), field.dimensions.end(), pairs)) no_common("the task's shape");
  }
  return layout;
}

storage::Session PreparedSweep::session() const {
  const std::filesystem::path& folder = grid_.base().folder;
  const std::filesystem::path whole = folder.empty() ? std::filesystem::current_path() : absolute(folder);
  return {.configuration = to_toml(grid_.base()),
          .files = file_digests(grid_.base()),
          .folder = whole.lexically_normal().string(),
          .points = size(),
          .values_per_point = static_cast<Index>(values_per_point()),
          .version = version,
          .machine = machine()};
}

std::vector<double> PreparedSweep::compute(Index point, const Observer& observer) const {
  const Configuration c = grid_.at(point);
  std::vector<double> values = run_point(c, *task_for(point, c), layout_, observer);
  return was_interrupted(values) ? std::vector<double>() : values;
}

Dataset PreparedSweep::dataset(const Results& results) const {
  Dataset data = assemble(grid_, layout_, results);
  exponents_.add_to(data);
  // If there are curves, all tasks are made.
  const bool one_task = !layout_.times.empty() && tasks_.size() == 1 && tasks_.begin()->second->task;
  if (one_task) add_task(data, *tasks_.begin()->second->task);
  labels_.add_to(data);
  return data;
}

Dataset PreparedSweep::preview() const {
  Results results = no_results();
  const std::vector<double> example = example_of(layout_);
  for (Index point = 0; point < size(); ++point) {
    stop_if_asked(point);
    results.set(point, example);
  }
  return dataset(results);
}

}  // namespace linnet::sweeps
