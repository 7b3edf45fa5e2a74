#pragma once

#include <pybind11/pybind11.h>

#include <chrono>

#include "linnet/solvers/outcome.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::python {

/// While one lives, this thread is without the interpreter's lock.
///
/// A daemon thread may be computing when the interpreter ends. It must not ask for the lock any more, as Python would
/// then end it in the midst of C++; so whoever would ask waits for ever, at a place where nothing is being computed.
class Unlocked {
 public:
  Unlocked();
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* state_;
};

/// Another thread of a computation that Python started: it counts as computing while one lives.
class Computing {
 public:
  Computing();
  ~Computing();
  Computing(const Computing&) = delete;
  Computing& operator=(const Computing&) = delete;
};

/// Whether the interpreter is ending, so that nobody needs what is computed.
bool is_ending();

/// From the end of the interpreter on, computations wait or end; a process that exits does not take from those that
/// have not heard of it what they use.
void end_with(pybind11::module_& m);

/// The observer of a run that Python started: now and then takes the interpreter's lock to see whether Ctrl-C was
/// pressed and to report progress. What is raised meanwhile stops the run and is kept, so that the part of the
/// trajectory that was computed can go with it.
class Watch {
 public:
  explicit Watch(pybind11::object progress) : progress_(std::move(progress)) {}

  /// To be called without the lock; false to stop.
  bool operator()(const Progress& progress);

  [[nodiscard]] const pybind11::object& raised() const { return raised_; }  ///< None when nothing was

  /// `compute` without the lock, given what it is to ask, which it is asked on its way too; what was raised meanwhile
  /// is raised, as of a computation that is interrupted nothing is left.
  template <class F>
  static auto over(F compute) {
    Watch watch{pybind11::none()};
    return watch.raising([&] {
      const Unlocked unlocked;
      const KeepGoing keep_going = [&watch] { return watch({}); };
      const Interruptible interruptible(keep_going);
      return compute(keep_going);
    });
  }

  /// What `compute` gives; where it was interrupted and nothing is left, what was raised is raised.
  template <class F>
  auto raising(F compute) {
    try {
      return compute();
    } catch (const Error& error) {
      if (!is_interruption(error) || raised_.is_none()) throw;
    }
    PyErr_SetObject(pybind11::type::handle_of(raised_).ptr(), raised_.ptr());
    throw pybind11::error_already_set();
  }

 private:
  pybind11::object progress_;
  pybind11::object raised_ = pybind11::none();
  bool going_ = true;  // a no is for good
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

/// What `f` makes, computed without the interpreter's lock; Ctrl-C ends it.
template <class F>
auto released(const F& f) {
  return Watch::over([&](const KeepGoing&) { return f(); });
}

}  // namespace linnet::python
