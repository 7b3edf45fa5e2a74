#pragma once

#include <functional>

#include "linnet/error.hpp"

namespace linnet {

// A computation may last long, in the midst of a step or a start as well: whoever wants to end it is asked there. It is
// known to the thread, so that no signature carries it down to where the time passes.

/// Asked between the evaluations of a long computation; false ends it. May be empty.
using KeepGoing = std::function<bool()>;

/// Throws Error (interrupted) when it says no. `what` is what there is none of then.
inline void require_going(const KeepGoing& keep_going, const char* what) {
  if (!keep_going || keep_going()) return;
  throw Error(Error::Kind::interrupted, {.field = what, .expected = "time to compute it", .got = "an interruption"});
}

inline bool is_interruption(const Error& error) { return error.kind() == Error::Kind::interrupted; }

/// While one lives, `stop_if_asked` on this thread asks it; the innermost, where there are several.
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

/// Whether somebody on this thread is to be asked.
bool may_be_stopped();

/// For long iterations: throws Error (interrupted) when whoever looks on wants to stop. It asks every few hundredths of
/// a second, however often it is called; a call costs a look at the clock, and next to nothing where nobody looks on.
void stop_if_asked();

}  // namespace linnet
