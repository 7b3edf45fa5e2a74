#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <optional>

#include "linnet/solvers/outcome.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::python {

/// Releases the interpreter's lock of this thread during its lifetime.
///
/// A daemon thread may be computing when the interpreter ends. It must not take the lock afterwards, because Python
/// would then end the thread in the middle of C++ code. Such a thread waits for ever instead, at a place where nothing
/// is being computed.
class Unlocked {
 public:
  Unlocked();
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* state_;
};

/// Takes the interpreter's lock back during its lifetime, within what is `Unlocked`, to call Python on the way.
class Locked {
 public:
  Locked();

 private:
  std::optional<pybind11::gil_scoped_acquire> lock_;
};

/// Marks another thread of a computation that Python started as computing during its lifetime.
class Computing {
 public:
  Computing();
  ~Computing();
  Computing(const Computing&) = delete;
  Computing& operator=(const Computing&) = delete;
};

/// Whether the interpreter is ending, so that results are no longer needed.
bool is_ending();

/// After the end of the interpreter computations wait or end. A process that exits does not destroy the objects of
/// computations that are still running.
void end_with(pybind11::module_& m);

/// The observer of a run that Python started. From time to time it takes the interpreter's lock to check for Ctrl-C and
/// to report progress. An exception raised meanwhile stops the run and is kept, so that the trajectory so far can be
/// attached to it.
class Watch {
 public:
  explicit Watch(pybind11::object progress) : progress_(std::move(progress)) {}

  /// To be called without the lock; false to stop.
  bool operator()(const Progress& progress);

  [[nodiscard]] const pybind11::object& raised() const { return raised_; }  ///< None if no exception was raised

  /// Calls `compute` without the lock, with the function that it must call to be interruptible; `stop_if_asked` calls
  /// the same function. An exception raised meanwhile is thrown, since an interrupted computation has no result.
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

  /// The result of `compute`; if it was interrupted without a result, throws the exception raised meanwhile.
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
  bool going_ = true;  // once false, it remains false
  std::chrono::steady_clock::time_point next_report_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point next_question_ = next_report_;
};

/// The result of `f`, computed without the interpreter's lock; Ctrl-C ends the computation.
template <class F>
auto released(const F& f) {
  return Watch::over([&](const KeepGoing&) { return f(); });
}

}  // namespace linnet::python
