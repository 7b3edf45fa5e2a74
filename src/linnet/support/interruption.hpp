#pragma once

#include <cstdint>
#include <functional>

#include "linnet/error.hpp"

namespace linnet {

// A long computation can be interrupted. The caller registers a function with its thread, and long loops call this
// function. So no signature needs to carry the function down to these loops, which may be inside a step or the making
// of a start.

/// Called between the evaluations of a long computation; its answer false ends the computation. May be empty.
using KeepGoing = std::function<bool()>;

/// Throws Error (interrupted) if `keep_going` answers false. `what` names the result that is missing then.
inline void require_going(const KeepGoing& keep_going, const char* what) {
  if (!keep_going || keep_going()) return;
  throw Error(Error::Kind::interrupted, {.field = what, .expected = "time to compute it", .got = "an interruption"});
}

/// Whether an Error comes from an interruption.
inline bool is_interruption(const Error& error) { return error.kind() == Error::Kind::interrupted; }

/// While an Interruptible exists, `stop_if_asked` on its thread calls its function; with several, that of the
/// innermost.
class Interruptible {
 public:
  explicit Interruptible(KeepGoing keep_going);
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  KeepGoing keep_going_;
  const KeepGoing* outer_;
};

/// Whether this thread has an Interruptible.
bool may_be_stopped();

/// For long iterations: throws Error (interrupted) if the thread's Interruptible answers false. The Interruptible is
/// called every few hundredths of a second, however often this function is called. A call reads the clock, and takes
/// hardly any time without an Interruptible.
void stop_if_asked();

/// The same for iterations so short that reading the clock counts: asks at each 4096th.
inline void stop_if_asked(std::uint64_t iteration) {
  if (iteration % 4096 == 0) stop_if_asked();
}

}  // namespace linnet
