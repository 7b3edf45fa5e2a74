#include "linnet/sweeps/sweep.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/cores.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/sweeps/finished_points.hpp"
#include "linnet/sweeps/room.hpp"
#include "linnet/version.hpp"

namespace linnet::sweeps {

namespace {

namespace fs = std::filesystem;
using storage::FinishedPoint;
using storage::Journal;

/// Receives a batch of finished points, on one thread.
using Keep = std::function<void(const std::vector<FinishedPoint>&)>;

/// Receives finished points from any thread and has them kept in batches, on its own thread. Points are reported after
/// that.
class Committer {
 public:
  Committer(Keep keep, const Computing& computing, const Room& room, SweepProgress progress)
      : keep_(std::move(keep)), computing_(computing), room_(room), progress_(progress), thread_([this] { work(); }) {}

  ~Committer() { close(); }
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  void add(FinishedPoint point) {
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
    std::vector<FinishedPoint> batch;
    while (true) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
        batch.swap(waiting_);
      }
      if (batch.empty()) return;
      try {
        if (!failed_) keep_(batch);
        progress_.done += static_cast<Index>(batch.size());
        progress_.held_back = room_.held_back();
        if (computing_.report && !failed_) computing_.report(progress_);
      } catch (...) {
        failure_ = std::current_exception();
        failed_ = true;
      }
      batch.clear();
    }
  }

  Keep keep_;
  const Computing& computing_;
  const Room& room_;
  SweepProgress progress_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<FinishedPoint> waiting_;
  bool closing_ = false;
  std::atomic<bool> failed_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

/// Computes these points side by side. False if it was interrupted.
bool compute(PreparedSweep& sweep, std::vector<Index> points, const Computing& computing, Keep keep,
             SweepProgress progress) {
  points = sweep.make_tasks(std::move(points));
  const int jobs = computing.jobs > 0 ? computing.jobs : cores();
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(jobs));
  tbb::task_arena arena(jobs);
  const linalg::SerialBlas of_all(
      static_cast<int>(std::min<std::size_t>(points.size(), static_cast<std::size_t>(arena.max_concurrency()))));
  constexpr double share_of_points = 0.9;
  Room room(std::min(computing.memory, share_of_points * memory_left()));
  std::atomic<bool> stop = false;
  Committer committer(std::move(keep), computing, room, progress);
  const Observer observer = [&](const Progress&) {
    if (computing.keep_going && !computing.keep_going()) stop = true;
    return !stop && !committer.failed();
  };
  const KeepGoing keep_going = [&] { return observer({}); };
  const auto work = [&](Index point) {
    if (!keep_going()) return;
    std::vector<double> values;
    try {
      const Interruptible interruptible(keep_going);
      room.run([&] { values = sweep.compute(point, observer); }, keep_going);
    } catch (const Error& error) {
      if (is_interruption(error)) return;
      throw;
    }
    if (!values.empty()) committer.add({.index = point, .values = std::move(values)});
  };
  arena.execute([&] {
    tbb::parallel_for(
        std::size_t{0}, points.size(), [&](std::size_t k) { work(points[k]); }, tbb::simple_partitioner());
  });
  committer.finish();
  return !stop;
}

/// The journal of a sweep, or of a shard of it.
fs::path journal_of(const fs::path& journal, const std::optional<Shard>& shard) {
  return shard ? fs::path(journal.string() + "." + shard->name()) : journal;
}

/// Deals with the journals that are there and opens the one of this process. `own` are those that this process would
/// write to or replace: all of them, or those of its shard.
std::unique_ptr<Journal> open_journal(const PreparedSweep& sweep, const std::optional<Shard>& shard,
                                      const SweepOptions& options, FinishedPoints& finished) {
  const fs::path file = journal_of(options.journal, shard);
  const std::vector<fs::path> own = storage::journals_of(file);
  for (const fs::path& one : own) storage::require_free(one);
  if (options.earlier == Journals::refused && !own.empty()) {
    bad_input({.field = own.front().string(),
               .expected = "no journal of an earlier sweep",
               .got = "one that exists",
               .hint = "give --resume to go on with it, or --force to replace it"});
  }
  if (options.earlier == Journals::replaced) {
    for (const fs::path& one : own) storage::remove_journal(one);
  }
  const bool resumes = options.earlier == Journals::resumed || options.earlier == Journals::mixed;
  const std::vector<fs::path> all = storage::journals_of(options.journal);
  if (resumes) {
    for (const fs::path& one : all) finished.read(one);
  } else if (!all.empty()) {
    finished.read(all.front());  // of another shard: one shows whether they are of this sweep
  }
  return std::make_unique<Journal>(file, sweep.session());
}

/// Shards of any machines are merged, but of one version only.
FinishedPoints::Accept accepted(const SweepOptions& options, const std::optional<Shard>& shard) {
  using Accept = FinishedPoints::Accept;
  if (shard) return Accept::same_version;
  return options.earlier == Journals::mixed ? Accept::all : Accept::alike;
}

std::string warning_of(Index damaged) {
  if (damaged == 0) return {};
  return fmt::format("journal: {} bytes were cut off or are damaged; their points are computed again", damaged);
}

/// Computes what is missing. Throws (interrupted) with what there is.
void complete(Collector& collector, const SweepOptions& options) {
  const std::vector<Index> missing = collector.missing();
  const Index total = collector.total();
  const Index resumed = total - static_cast<Index>(missing.size());
  const auto keep = [&](const std::vector<FinishedPoint>& batch) { collector.add(batch); };
  const SweepProgress begin{.done = resumed, .total = total, .resumed = resumed};
  if (compute(collector.sweep(), missing, options.computing, keep, begin)) return;
  throw Error(Error::Kind::interrupted,
              {.field = "sweep",
               .expected = fmt::format("{} points", total),
               .got = fmt::format("{} before the interruption", total - std::ssize(collector.missing())),
               .hint = options.journal.empty() ? "" : "go on with --resume"});
}

/// "5, 8, 12 to 14": at most so many of them.
std::string ranges(const std::vector<Index>& points, std::size_t most) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < points.size();) {
    std::size_t end = i;
    while (end + 1 < points.size() && points[end + 1] == points[end] + 1) ++end;
    texts.push_back(end == i ? fmt::format("{}", points[i]) : fmt::format("{} to {}", points[i], points[end]));
    i = end + 1;
  }
  if (texts.size() > most) {
    texts.resize(most);
    texts.emplace_back("…");
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// How many shards the names of the journals tell of, if all tell of the same number; else 1.
Index shards_of(const std::vector<fs::path>& journals, const fs::path& journal) {
  std::set<Index> counts;
  for (const fs::path& one : journals) {
    const std::string name = one.filename().string();
    const auto of = name.find("-of-", journal.filename().string().size());
    if (of != std::string::npos) counts.insert(std::atoll(name.c_str() + of + 4));
  }
  return counts.size() == 1 ? *counts.begin() : 1;
}

void require_all(const FinishedPoints& finished, const std::vector<fs::path>& journals, const fs::path& journal) {
  constexpr std::size_t most = 10;
  const Results& results = finished.results();
  std::vector<Index> missing;
  const Index count = std::max<Index>(shards_of(journals, journal), 1);
  std::set<Index> shards;
  for (Index point = 0; point < results.points(); ++point) {
    if (results.has(point)) continue;
    missing.push_back(point);
    shards.insert(point % count + 1);
  }
  if (missing.empty()) return;
  const std::string damaged =
      finished.damaged() == 0 ? "" : fmt::format("; {} bytes are damaged or cut off", finished.damaged());
  const std::string of_shards =
      count == 1 ? "" : fmt::format(" (of {} shards: {})", count, ranges({shards.begin(), shards.end()}, most));
  bad_input(
      {.field = journal.string(),
       .expected = fmt::format("all {} points", results.points()),
       .got = fmt::format("{}; {} missing: {}{}{}", finished.count(), missing.size(), ranges(missing, most), of_shards,
                          damaged),
       .hint = "linnet sweep CONFIG --out ... --resume computes what is missing, with --shard K/N on N machines"});
}

}  // namespace

Dataset sweep(const config::Source& source, const SweepOptions& options) {
  Collector collector(source, std::nullopt, options);
  complete(collector, options);
  return collector.dataset();
}

Index sweep_shard(const config::Source& source, const Shard& shard, const SweepOptions& options) {
  Collector collector(source, shard, options);
  complete(collector, options);
  return collector.total();
}

Collector::Collector(const config::Source& source, const std::optional<Shard>& shard, const SweepOptions& options)
    : shard_(shard.value_or(Shard())),
      sweep_(std::make_unique<PreparedSweep>(source)),
      finished_(*sweep_, accepted(options, shard)),
      total_(shard_.which > sweep_->size() ? 0 : (sweep_->size() - shard_.which) / shard_.count + 1) {
  if (options.preview) options.preview(sweep_->preview());
  if (!options.journal.empty()) journal_ = open_journal(*sweep_, shard, options, finished_);
  if (options.warn && finished_.damaged() > 0) options.warn(warning_of(finished_.damaged()));
}

std::vector<Index> Collector::missing() const {
  std::vector<Index> points;
  for (Index point = 0; point < sweep_->size(); ++point) {
    if (shard_.has(point) && !finished_.results().has(point)) points.push_back(point);
  }
  return points;
}

void Collector::add(const std::vector<FinishedPoint>& points) {
  if (journal_) journal_->commit(points);
  for (const FinishedPoint& point : points) finished_.set(point);
}

void Collector::add(std::string_view blocks) {
  finished_.take(blocks);
  if (journal_) journal_->append(blocks);
}

Dataset Collector::dataset() const {
  if (const std::vector<Index> left = missing(); !left.empty()) {
    numerical_failure({.field = "sweep",
                       .expected = fmt::format("all {} points", total_),
                       .got = fmt::format("{} missing: {}", left.size(), ranges(left, 10)),
                       .hint = "whoever computed them has sent fewer than were asked for"});
  }
  Dataset data = sweep_->dataset(finished_.results());
  finished_.tell_machines(data);
  return data;
}

std::string computed_blocks(PreparedSweep& sweep, const std::vector<Index>& points, const Computing& computing) {
  const storage::Session session = sweep.session();
  std::string blocks = session_block(session);
  const auto keep = [&](const std::vector<FinishedPoint>& batch) { blocks += points_block(session, batch); };
  if (compute(sweep, points, computing, keep, {.total = static_cast<Index>(points.size())})) return blocks;
  throw Error(Error::Kind::interrupted,
              {.field = "sweep", .expected = fmt::format("{} points", points.size()), .got = "an interruption"});
}

Merged merge(const fs::path& journal) {
  Merged merged{.data = {}, .journals = storage::journals_of(journal)};
  std::vector<storage::Session> sessions;
  for (const fs::path& one : merged.journals) {
    storage::require_free(one);
    if (sessions.empty())
      (void)storage::read_journal(
          one, [](const auto&, Index, auto) {}, &sessions);
  }
  if (sessions.empty()) {
    bad_input({.field = journal.string(),
               .expected = "journals of shards",
               .got = "none",
               .hint = "linnet sweep CONFIG --out ... --shard K/N writes them, for K from 1 to N"});
  }
  const storage::Session& first = sessions.front();
  if (first.version != version) {
    bad_input({.field = merged.journals.front().string(),
               .expected = fmt::format("points computed with linnet {}, as here", version),
               .got = "linnet " + first.version,
               .hint = "merge them with that version, or go on with linnet sweep CONFIG --resume --mixed"});
  }
  PreparedSweep prepared(config::Source::from_text(first.configuration, first.folder));
  FinishedPoints finished(prepared, FinishedPoints::Accept::same_version);
  for (const fs::path& one : merged.journals) finished.read(one);
  require_all(finished, merged.journals, journal);
  merged.data = prepared.dataset(finished.results());
  finished.tell_machines(merged.data);
  merged.machines = finished.machines();
  merged.warning = warning_of(finished.damaged());
  return merged;
}

void remove_journals(const fs::path& journal) {
  for (const fs::path& one : storage::journals_of(journal)) {
    if (!storage::is_in_use(one)) storage::remove_journal(one);
  }
}

fs::path journal_beside(const fs::path& result) { return result.string() + ".journal"; }

}  // namespace linnet::sweeps
