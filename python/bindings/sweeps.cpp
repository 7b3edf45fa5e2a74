#include <pybind11/stl.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "convert.hpp"
#include "dataset.hpp"
#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/sweeps/earlier.hpp"
#include "linnet/sweeps/run.hpp"
#include "linnet/sweeps/sweep.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

/// Computes points on a separate thread. Meanwhile the calling thread, the only one that can receive Ctrl-C, checks for
/// Ctrl-C and reports progress.
class Watched {
 public:
  using Work = std::function<void(const sweeps::Computing&)>;

  Watched(int jobs, Work work) : work_(std::move(work)) {
    computing_.jobs = jobs;
    computing_.keep_going = [this] { return !stop_ && !is_ending(); };
    computing_.report = [this](const sweeps::SweepProgress& p) {
      const std::scoped_lock lock(mutex_);
      progress_ = p;
    };
    thread_ = std::thread([this] { run(); });
  }

  ~Watched() { thread_.join(); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  /// Without the interpreter's lock. Rethrows what the work has thrown.
  void wait(Watch& watch) {
    std::unique_lock lock(mutex_);
    while (!done_) {
      wake_.wait_for(lock, std::chrono::milliseconds(50), [&] { return done_; });
      const Progress progress{.done = static_cast<double>(progress_.done),
                              .total = static_cast<double>(progress_.total)};
      lock.unlock();
      if (!watch(progress)) stop_ = true;
      lock.lock();
    }
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void run() {
    const Computing computing;
    const Interruptible interruptible(computing_.keep_going);
    try {
      work_(computing_);
    } catch (...) {
      failure_ = std::current_exception();
    }
    const std::scoped_lock lock(mutex_);
    done_ = true;
    wake_.notify_all();
  }

  Work work_;
  sweeps::Computing computing_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  sweeps::SweepProgress progress_;
  bool done_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

int jobs_of(py::handle jobs) { return static_cast<int>(require_at_least(whole_number(jobs, "jobs"), 0, "jobs")); }

sweeps::Journals earlier_journals(bool resume, bool mixed, bool force) {
  using sweeps::Journals;
  if (mixed) return Journals::mixed;
  if (resume) return Journals::resumed;
  return force ? Journals::replaced : Journals::refused;
}

/// The complete result of an earlier call, if there is one.
std::optional<Dataset> complete_result(const config::Source& source, const std::string& target, bool resume, bool force,
                                       bool any_machine = false) {
  if (target.empty()) return std::nullopt;
  if (resume && !force && sweeps::earlier_result(source.resolve(), target, any_machine) == sweeps::Earlier::complete) {
    sweeps::remove_journals(sweeps::journal_beside(target));
    return storage::read_netcdf(target);
  }
  storage::require_writable(target, force);
  return std::nullopt;
}

/// A whole sweep, or a shard of it, whose result is None.
py::object sweep(const config::Source& source, py::handle jobs, const std::string& target,
                 const std::optional<std::string>& shard, bool resume, bool mixed, bool force, py::object progress) {
  const int side_by_side = jobs_of(jobs);
  if (const std::optional<Dataset> complete = complete_result(source, target, resume, force, shard.has_value())) {
    return py::make_tuple(dataset_object(*complete), py::none());
  }
  sweeps::SweepOptions options{.earlier = earlier_journals(resume, mixed, force)};
  if (!target.empty()) options.journal = sweeps::journal_beside(target);
  const std::optional<sweeps::Shard> part = shard ? std::optional(sweeps::Shard::from_text(*shard)) : std::nullopt;
  Watch watch(std::move(progress));
  Dataset data;
  try {
    const Unlocked unlocked;
    Watched running(side_by_side, [&](const sweeps::Computing& computing) {
      options.computing = computing;
      if (part) {
        sweeps::sweep_shard(source, *part, options);
      } else {
        data = sweeps::sweep(source, options);
      }
    });
    running.wait(watch);
    if (!target.empty() && !part) {
      storage::write_netcdf(data, target);
      sweeps::remove_journals(options.journal);  // the result has all of its points
    }
  } catch (const Error&) {
    if (watch.raised().is_none()) throw;
    return py::make_tuple(py::none(), watch.raised());
  }
  return py::make_tuple(part ? py::object(py::none()) : py::object(dataset_object(data)), watch.raised());
}

/// A sweep whose points other processes compute.
class SweepJournal {
 public:
  SweepJournal(const config::Source& source, std::string target, bool resume, bool mixed, bool force)
      : target_(std::move(target)) {
    sweeps::SweepOptions options{.earlier = earlier_journals(resume, mixed, force)};
    if (!target_.empty()) options.journal = sweeps::journal_beside(target_);
    const Unlocked unlocked;
    collector_ = std::make_unique<sweeps::Collector>(source, std::nullopt, options);
  }

  [[nodiscard]] Index total() const { return collector_->total(); }
  [[nodiscard]] std::vector<Index> missing() const { return collector_->missing(); }

  void add(const std::string& blocks) {
    const Unlocked unlocked;
    collector_->add(blocks);
  }

  /// The data set; the target is written, and the journals are removed.
  [[nodiscard]] py::object finish() {
    Dataset data;
    {
      const Unlocked unlocked;
      data = collector_->dataset();
      if (!target_.empty()) storage::write_netcdf(data, target_);
      close();
      if (!target_.empty()) sweeps::remove_journals(sweeps::journal_beside(target_));
    }
    return dataset_object(data);
  }

  /// Lets go of the journal.
  void close() { collector_.reset(); }

 private:
  std::string target_;
  std::unique_ptr<sweeps::Collector> collector_;
};

py::bytes compute(sweeps::PreparedSweep& sweep, const std::vector<Index>& points, py::handle jobs,
                  py::object progress) {
  const int side_by_side = jobs_of(jobs);
  Watch watch(std::move(progress));
  std::string blocks;
  watch.raising([&] {
    const Unlocked unlocked;
    Watched running(side_by_side, [&](const sweeps::Computing& computing) {
      blocks = sweeps::computed_blocks(sweep, points, computing);
    });
    running.wait(watch);
  });
  return blocks;
}

py::object run(const config::Source& source, const std::string& target, bool force, py::object progress) {
  Watch watch(std::move(progress));
  const sweeps::RunResult result = watch.raising([&] {
    const Unlocked unlocked;
    const Interruptible interruptible([&watch] { return watch({}); });
    if (!target.empty()) storage::require_writable(target, force);
    sweeps::RunResult made = sweeps::run(source.resolve(), [&](const Progress& p) { return watch(p); });
    if (!target.empty()) storage::write_netcdf(made.data, target);
    return made;
  });
  return py::make_tuple(dataset_object(result.data), watch.raised());
}

}  // namespace

void bind_sweeps(py::module_& m) {
  py::class_<config::Source>(m, "Source")
      .def_static("from_file", [](const std::string& file) { return config::Source::from_file(file); })
      .def_static("from_text", [](const std::string& toml,
                                  const std::string& folder) { return config::Source::from_text(toml, folder); })
      .def("set", [](config::Source& s, const std::string& assignment) { s.set(assignment); })
      .def("attach", [](config::Source& s, const std::string& key,
                        py::handle values) { s.attach(key, samples(values, key.c_str())); })
      .def("to_toml", [](const config::Source& s) { return config::to_toml(s.resolve()); });
  py::class_<sweeps::PreparedSweep>(m, "PreparedSweep")
      .def(py::init<const config::Source&>(), py::call_guard<Unlocked>())
      .def("compute", &compute, py::arg("points"), py::arg("jobs") = 1, py::arg("progress") = py::none());
  py::class_<SweepJournal>(m, "SweepJournal")
      .def(py::init<const config::Source&, std::string, bool, bool, bool>())
      .def_property_readonly("total", &SweepJournal::total)
      .def("missing", &SweepJournal::missing)
      .def("add", &SweepJournal::add)
      .def("finish", &SweepJournal::finish)
      .def("close", &SweepJournal::close);
  m.def("merge", [](const std::string& target, bool keep, bool force) {
    storage::require_writable(target, force);
    const std::filesystem::path journal = sweeps::journal_beside(target);
    const sweeps::Merged merged = released([&] { return sweeps::merge(journal); });
    storage::write_netcdf(merged.data, target);
    if (!keep) sweeps::remove_journals(journal);
    return py::make_tuple(dataset_object(merged.data), merged.warning);
  });
  m.def("complete_result", [](const config::Source& source, const std::string& target, bool resume, bool force) {
    const std::optional<Dataset> found = complete_result(source, target, resume, force);
    return found ? py::object(dataset_object(*found)) : py::none();
  });
  m.def("run", &run);
  m.def("sweep", &sweep);
  m.def("configuration_reference", &config::reference);
}

}  // namespace linnet::python
