#include "watch.hpp"

#include <unistd.h>
#include <unwind.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>

#include "linnet/linalg/backend_kernel.hpp"
#include "linnet/linalg/run_abandonable.hpp"

namespace linnet::python {

namespace {

namespace py = pybind11;

std::mutex mutex;
std::condition_variable changed;
bool ending = false;
int asking = 0;     // threads that wait for the interpreter's lock
int computing = 0;  // threads that compute

void count(int& number, int change) {
  const std::scoped_lock lock(mutex);
  number += change;
  changed.notify_all();
}

[[noreturn]] void wait_for_ever() {
  while (true) pause();
}

/// `take` the interpreter's lock, unless the interpreter is ending.
template <class F>
void ask_for_lock(F take) {
  bool too_late = false;
  {
    const std::scoped_lock lock(mutex);
    too_late = ending;
    if (!too_late) ++asking;
  }
  if (too_late) {
    count(computing, -1);
    wait_for_ever();
  }
  take();
  count(asking, -1);
}

/// Called by Python, with its lock, before it ends. Afterwards no thread may take the lock.
void end() {
  py::gil_scoped_release release;
  std::unique_lock lock(mutex);
  ending = true;
  changed.wait(lock, [] { return asking == 0; });
  changed.wait_for(lock, std::chrono::seconds(1), [] { return computing == 0; });
}

/// Called by the C library, after Python has ended and before static objects are destroyed.
void leave(int status, void* /*unused*/) {
  bool busy = false;
  {
    const std::scoped_lock lock(mutex);
    busy = computing > 0 || linalg::left_to_itself() > 0;
  }
  if (!busy && !linalg::threads_may_starve()) return;
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

Computing::Computing() { count(computing, 1); }
Computing::~Computing() { count(computing, -1); }

bool is_ending() {
  const std::scoped_lock lock(mutex);
  return ending;
}

Unlocked::Unlocked() {
  count(computing, 1);
  state_ = PyEval_SaveThread();
}

Unlocked::~Unlocked() {
  ask_for_lock([this] { PyEval_RestoreThread(state_); });
  count(computing, -1);
}

Locked::Locked() {
  ask_for_lock([this] { lock_.emplace(); });
}

bool Watch::operator()(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  const bool over = progress.total > 0 && progress.done >= progress.total;  // the end is always told
  auto& next = progress.total > 0 ? next_report_ : next_question_;          // a question holds no report back
  if (!going_ || (now < next && !over)) return going_;
  next = now + std::chrono::milliseconds(50);
  std::optional<py::gil_scoped_acquire> locked;
  ask_for_lock([&] { locked.emplace(); });
  try {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    const bool tells = !progress_.is_none() && progress.total > 0;  // else it only asks whether to go on
    going_ = !tells || !progress_(progress.done, progress.total).is(py::bool_(false));
  } catch (const py::error_already_set& raised) {
    raised_ = raised.value();
    going_ = false;
  }
  return going_;
}

void end_with(py::module_& m) {
  ending = false;
  m.def("_end", &end);
  py::module_::import("atexit").attr("register")(m.attr("_end"));
  on_exit(leave, nullptr);
}

}  // namespace linnet::python

#ifdef __linux__

// Up to 3.13, Python ends a daemon thread that asks for its lock too late by pthread_exit, which on Linux runs the
// destructors of every C++ function on the way. Between them and Python they would release objects without the lock,
// while Python takes itself apart. So a thread that is ended so waits for ever before the first of these functions, as
// from Python 3.14 on.
//
// The personality routine is what the unwinder asks at each C++ function; the linker (--wrap) puts this one in its
// place.

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names
extern "C" _Unwind_Reason_Code __real___gxx_personality_v0(int version, _Unwind_Action actions,
                                                           _Unwind_Exception_Class kind, _Unwind_Exception* exception,
                                                           _Unwind_Context* context);

extern "C" _Unwind_Reason_Code __wrap___gxx_personality_v0(int version, _Unwind_Action actions,
                                                           _Unwind_Exception_Class kind, _Unwind_Exception* exception,
                                                           _Unwind_Context* context) {
  if ((actions & _UA_FORCE_UNWIND) != 0 && linnet::python::is_ending()) linnet::python::wait_for_ever();
  return __real___gxx_personality_v0(version, actions, kind, exception, context);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

#endif
