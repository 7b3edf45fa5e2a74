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

/// Runs a sweep on a separate thread, while the calling thread, the only one that can receive Ctrl-C, waits, checks and
/// reports.
class WatchedSweep {
 public:
  WatchedSweep(const config::Source& source, sweeps::SweepOptions options) : options_(std::move(options)) {
    options_.keep_going = [this] { return !stop_ && !is_ending(); };
    options_.report = [this](const sweeps::SweepProgress& p) {
      const std::scoped_lock lock(mutex_);
      progress_ = p;
    };
    thread_ = std::thread([this, &source] { work(source); });
  }

  ~WatchedSweep() { thread_.join(); }
  WatchedSweep(const WatchedSweep&) = delete;
  WatchedSweep& operator=(const WatchedSweep&) = delete;

  /// Without the interpreter's lock.
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
  }

  [[nodiscard]] Dataset result() {
    if (failure_) std::rethrow_exception(failure_);
    return std::move(data_);
  }

 private:
  void work(const config::Source& source) {
    const Computing computing;
    const Interruptible interruptible(options_.keep_going);
    try {
      data_ = sweeps::sweep(source, options_);
    } catch (...) {
      failure_ = std::current_exception();
    }
    const std::scoped_lock lock(mutex_);
    done_ = true;
    wake_.notify_all();
  }

  sweeps::SweepOptions options_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  sweeps::SweepProgress progress_;
  bool done_ = false;
  Dataset data_;
  std::exception_ptr failure_;
  std::thread thread_;
};

py::object sweep(const config::Source& source, py::handle jobs, const std::string& target, bool resume, bool mixed,
                 bool force, py::object progress) {
  sweeps::SweepOptions options{.jobs = static_cast<int>(require_at_least(whole_number(jobs, "jobs"), 0, "jobs")),
                               .mode = mixed    ? storage::Journal::Mode::mixed
                                       : resume ? storage::Journal::Mode::resume
                                       : force  ? storage::Journal::Mode::force
                                                : storage::Journal::Mode::fresh};
  if (!target.empty()) {
    options.journal = target + ".journal";
    if (resume && !force && sweeps::earlier_result(source.resolve(), target) == sweeps::Earlier::complete) {
      storage::Journal::remove(options.journal);
      return py::make_tuple(dataset_object(storage::read_netcdf(target)), py::none());
    }
    storage::require_writable(target, force);
  }
  const std::filesystem::path journal = options.journal;
  Watch watch(std::move(progress));
  Dataset data;
  try {
    const Unlocked unlocked;
    WatchedSweep running(source, std::move(options));
    running.wait(watch);
    data = running.result();
    if (!target.empty()) {
      storage::write_netcdf(data, target);
      storage::Journal::remove(journal);  // all of it is in the result now
    }
  } catch (const Error&) {
    if (watch.raised().is_none()) throw;
    return py::make_tuple(py::none(), watch.raised());
  }
  return py::make_tuple(dataset_object(data), watch.raised());
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
      .def("to_toml", [](const config::Source& s) { return config::to_toml(s.resolve()); });
  m.def("run", &run);
  m.def("sweep", &sweep);
  m.def("configuration_reference", &config::reference);
}

}  // namespace linnet::python
