#include "linnet/sweeps/sweep.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/cores.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/sweeps/exponents.hpp"
#include "linnet/sweeps/point.hpp"
#include "linnet/sweeps/room.hpp"
#include "linnet/sweeps/teacher.hpp"

namespace linnet::sweeps {

namespace {

using config::Axis;
using config::Configuration;
using storage::Journal;

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

/// The grid: its axes and, for each point, its configuration. The last axis runs fastest.
class Grid {
 public:
  explicit Grid(const config::Source& source) : source_(source), base_(source.resolve()), axes_(base_.sweep.axes) {
    if (base_.sweep.seeds > 1) {
      axes_.push_back(seeds_from(base_.seed, static_cast<std::uint64_t>(base_.sweep.seeds)));
    }
    if (axes_.empty()) {
      bad_input({.field = "sweep.axes",
                 .expected = "at least one axis",
                 .got = "none",
                 .hint = "use linnet run for a single run"});
    }
    std::set<std::string> names;
    for (const Axis& axis : axes_) {
      if (axis.field.rfind("sweep", 0) == 0 || axis.field.rfind("figure", 0) == 0) {
        bad_input({.field = "sweep.axes", .expected = "a field of the run itself", .got = "\"" + axis.field + "\""});
      }
      if (!names.insert(axis.name()).second) {
        bad_input(
            {.field = "sweep.axes", .expected = "axes of different names", .got = "\"" + axis.name() + "\" twice"});
      }
      size_ *= static_cast<Index>(axis.values.size());
    }
  }

  [[nodiscard]] const Configuration& base() const { return base_; }
  [[nodiscard]] const std::vector<Axis>& axes() const { return axes_; }
  [[nodiscard]] Index size() const { return size_; }

  [[nodiscard]] Configuration at(Index index) const { return read(index).configuration; }

  /// The configurations of all points. Throws for a key that has no effect at any point at which it is given.
  [[nodiscard]] std::vector<Configuration> points() const {
    std::vector<Configuration> all;
    std::set<std::string> used;
    std::map<std::string, config::UnusedKey> unused;
    for (Index i = 0; i < size_; ++i) {
      config::Reading point = read(i);
      used.insert(point.used.begin(), point.used.end());
      for (config::UnusedKey& key : point.unused) unused.try_emplace(key.key, std::move(key));
      all.push_back(std::move(point.configuration));
    }
    for (const auto& [key, why] : unused) {
      if (!used.contains(key)) config::refuse(why);
    }
    return all;
  }

 private:
  [[nodiscard]] config::Reading read(Index index) const {
    config::Source source = source_;
    Index rest = index;
    for (auto axis = axes_.rbegin(); axis != axes_.rend(); ++axis) {
      const auto count = static_cast<Index>(axis->values.size());
      source.add(*axis, static_cast<std::size_t>(rest % count));
      rest /= count;
    }
    config::Reading point = source.read();
    if (!point.configuration.point) point.configuration.point = index;
    return point;
  }

  const config::Source& source_;
  Configuration base_;
  std::vector<Axis> axes_;
  Index size_ = 1;
};

/// Receives finished points from any thread and commits them to the journal in batches, on its own thread. Points are
/// reported after their commit.
class Committer {
 public:
  Committer(Journal* journal, const SweepOptions& options, const Room& room, SweepProgress progress)
      : journal_(journal), options_(options), room_(room), progress_(progress), thread_([this] { work(); }) {}

  ~Committer() { close(); }
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  void add(Journal::FinishedPoint point) {
    {
      const std::scoped_lock lock(mutex_);
      waiting_.push_back(std::move(point));
    }
    wake_.notify_one();
  }

  [[nodiscard]] bool failed() const { return failed_; }

  /// Commits the remaining points; rethrows an exception of an earlier commit.
  void finish() {
    close();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void close() {
    {
      const std::scoped_lock lock(mutex_);
      closing_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void work() {
    std::vector<Journal::FinishedPoint> batch;
    while (true) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
        batch.swap(waiting_);
      }
      if (batch.empty()) return;
      try {
        if (journal_ != nullptr && !failed_) journal_->commit(batch);
        progress_.done += static_cast<Index>(batch.size());
        progress_.held_back = room_.held_back();
        if (options_.report && !failed_) options_.report(progress_);
      } catch (...) {
        failure_ = std::current_exception();
        failed_ = true;
      }
      batch.clear();
    }
  }

  Journal* journal_;
  const SweepOptions& options_;
  const Room& room_;
  SweepProgress progress_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Journal::FinishedPoint> waiting_;
  bool closing_ = false;
  std::atomic<bool> failed_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

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

Dataset assemble(const Grid& grid, const PointLayout& layout, const std::vector<std::vector<double>>& results) {
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
  if (has_field_over("dynamics")) add_names(data, "dynamics", "dynamics", layout.dynamics);
  if (!layout.times.empty()) add_time(data, layout.times);
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
    for (const auto& point : results) {
      const auto begin = point.begin() + static_cast<std::ptrdiff_t>(offset);
      values.insert(values.end(), begin, begin + static_cast<std::ptrdiff_t>(field.size()));
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

void add_machines(Dataset& data, const std::vector<std::pair<std::string, Index>>& machines) {
  if (machines.size() < 2) return;
  std::string text;
  for (const auto& [description, count] : machines) text += fmt::format("{} points by\n{}", count, description);
  data.attributes["machines"] = text;
}

/// The distinct tasks of the grid, made one after another before any point runs, and the index of each point's task.
struct Tasks {
  std::map<std::string, PreparedTask> distinct;
  std::map<Index, const PreparedTask*> of_point;
};

void prepare_tasks(Tasks& tasks, const std::vector<Configuration>& points, const std::vector<Index>& wanted) {
  for (const Index i : wanted) {
    const Configuration& c = points[static_cast<std::size_t>(i)];
    std::string key = task_key(c);
    auto found = tasks.distinct.find(key);
    if (found == tasks.distinct.end()) found = tasks.distinct.emplace(std::move(key), prepare_task(c)).first;
    tasks.of_point[i] = &found->second;
  }
}

/// What the curves of all points have in common: the instants, and the number of modes of the largest task.
PointLayout common_layout(const std::vector<Configuration>& points, const Tasks& tasks) {
  Shape largest;
  bool same = true;
  for (const auto& [key, task] : tasks.distinct) {
    same = same && (largest == Shape() || largest == task.shape);
    largest.outputs = std::max(largest.outputs, task.shape.outputs);
    largest.inputs = std::max(largest.inputs, task.shape.inputs);
  }
  PointLayout layout = point_layout(points.front(), largest);
  const auto no_common = [](const char* what) {
    bad_input({.field = "sweep.axes",
               .expected = fmt::format("axes that leave {} alone", what),
               .got = "points that differ in it"});
  };
  for (const Configuration& c : points) {
    const PointLayout own = point_layout(c, largest);
    if (own.times != layout.times) no_common("the instants of the record");
    if (own.size() != layout.size() || own.dynamics != layout.dynamics) no_common("what is recorded");
  }
  for (const PointField& field : layout.fields) {
    const auto pairs = [](const auto& d) { return d.first == "input_2"; };
    if (!same && std::any_of(field.dimensions.begin(), field.dimensions.end(), pairs)) no_common("the task's shape");
  }
  return layout;
}

}  // namespace

Dataset sweep(const config::Source& source, const SweepOptions& options) {
  const linalg::SerialBlas serial;
  const Grid grid(source);
  const std::vector<Configuration> points = grid.points();
  std::vector<Index> every;
  for (Index i = 0; i < grid.size(); ++i) every.push_back(i);
  Tasks tasks;
  if (needs_shape(points.front())) prepare_tasks(tasks, points, every);
  const PointLayout layout = common_layout(points, tasks);
  require_memory(2 * matrix_bytes(static_cast<double>(grid.size()), static_cast<double>(layout.size())),
                 layout.times.empty() ? "record.observables" : "sweep.curves",
                 fmt::format("{} points of {} numbers", grid.size(), layout.size()));
  const Exponents exponents(grid.axes(), points, layout);
  const Labels labels(grid.base());

  const auto made_of = [&](const std::vector<std::vector<double>>& results) {
    Dataset data = assemble(grid, layout, results);
    exponents.add_to(data);
    // If there are curves, the layout that all points share.
    const auto& distinct = tasks.distinct;
    const bool common = !layout.times.empty() && distinct.size() == 1 && distinct.begin()->second.task;
    if (common) add_teacher(data, *distinct.begin()->second.task);
    labels.add_to(data);
    return data;
  };
  if (options.preview) options.preview(made_of(std::vector(static_cast<std::size_t>(grid.size()), example_of(layout))));

  std::optional<Journal> journal;
  std::vector<std::vector<double>> results(static_cast<std::size_t>(grid.size()));
  if (!options.journal.empty()) {
    const std::string identity = to_toml(grid.base()) + file_digests(grid.base());
    journal.emplace(options.journal, identity, grid.size(), static_cast<Index>(layout.size()), options.mode, machine());
    for (Journal::FinishedPoint& point : journal->finished())
      results[static_cast<std::size_t>(point.index)] = std::move(point.values);
  }
  std::vector<Index> pending;
  for (Index i = 0; i < grid.size(); ++i) {
    if (results[static_cast<std::size_t>(i)].empty()) pending.push_back(i);
  }
  const Index resumed = grid.size() - static_cast<Index>(pending.size());
  prepare_tasks(tasks, points, pending);

  const int jobs = options.jobs > 0 ? options.jobs : cores();
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(jobs));
  tbb::task_arena arena(jobs);
  const linalg::SerialBlas of_all(
      static_cast<int>(std::min<std::size_t>(pending.size(), static_cast<std::size_t>(arena.max_concurrency()))));
  constexpr double share_of_points = 0.9;
  Room room(std::min(options.memory, share_of_points * memory_left()));
  std::atomic<bool> stop = false;
  Committer committer(journal ? &*journal : nullptr, options, room,
                      {.done = resumed, .total = grid.size(), .resumed = resumed});
  const Observer observer = [&](const Progress&) {
    if (options.keep_going && !options.keep_going()) stop = true;
    return !stop && !committer.failed();
  };
  const auto work = [&](Index i) {
    if (!observer({})) return;
    const Configuration& c = points[static_cast<std::size_t>(i)];
    std::vector<double> values;
    try {
      const KeepGoing keep_going = [&] { return observer({}); };
      const Interruptible interruptible(keep_going);
      room.run([&] { values = run_point(c, *tasks.of_point.at(i), layout, observer); }, keep_going);
    } catch (const Error& error) {
      if (is_interruption(error)) return;
      throw;
    }
    if (was_interrupted(values)) return;
    results[static_cast<std::size_t>(i)] = values;
    committer.add({.index = i, .values = std::move(values)});
  };
  arena.execute([&] {
    tbb::parallel_for(
        std::size_t{0}, pending.size(), [&](std::size_t k) { work(pending[k]); }, tbb::simple_partitioner());
  });
  committer.finish();
  if (stop) {
    Index done = 0;
    for (const auto& values : results) done += values.empty() ? 0 : 1;
    throw Error(Error::Kind::interrupted, {.field = "sweep",
                                           .expected = fmt::format("{} points", grid.size()),
                                           .got = fmt::format("{} before the interruption", done),
                                           .hint = options.journal.empty() ? "" : "go on with --resume"});
  }
  Dataset data = made_of(results);
  if (journal) add_machines(data, journal->machines());
  return data;
}

}  // namespace linnet::sweeps
