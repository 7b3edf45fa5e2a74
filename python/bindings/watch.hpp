#pragma once

#include <pybind11/pybind11.h>

#include <chrono>

#include "linnet/dynamics/keep_going.hpp"
#include "linnet/solvers/outcome.hpp"

namespace linnet::python {

/// The observer of a run that Python started: now and then takes the interpreter's lock to see whether Ctrl-C was
/// pressed and to report progress. What is raised meanwhile stops the run and is kept, so that the part of the
/// trajectory that was computed can go with it.
class Watch {
 public:
  explicit Watch(pybind11::object progress) : progress_(std::move(progress)) {}

  /// To be called without the lock; false to stop.
  bool operator()(const Progress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return true;
    next_ = now + std::chrono::milliseconds(50);
    const pybind11::gil_scoped_acquire lock;
    try {
      if (PyErr_CheckSignals() != 0) throw pybind11::error_already_set();
      if (!progress_.is_none() && progress_(progress.done, progress.total).is(pybind11::bool_(false))) return false;
    } catch (const pybind11::error_already_set& raised) {
      raised_ = raised.value();
      return false;
    }
    return true;
  }

  [[nodiscard]] const pybind11::object& raised() const { return raised_; }  ///< None when nothing was

  /// `compute` without the lock, given what it is to ask; what was raised meanwhile is raised, as of a computation that
  /// is interrupted nothing is left.
  template <class F>
  static auto over(F compute) {
    Watch watch{pybind11::none()};
    try {
      const pybind11::gil_scoped_release release;
      return compute(KeepGoing([&watch] { return watch({}); }));
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::interrupted || watch.raised_.is_none()) throw;
    }
    PyErr_SetObject(pybind11::type::handle_of(watch.raised_).ptr(), watch.raised_.ptr());
    throw pybind11::error_already_set();
  }

 private:
  pybind11::object progress_;
  pybind11::object raised_ = pybind11::none();
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

}  // namespace linnet::python
