#pragma once

#include "linnet/dynamics/keep_going.hpp"
#include "linnet/solvers/outcome.hpp"

namespace linnet {

// A measurement may take much longer than a step: who is asked between steps has to be asked within it too. It is
// known to the thread, so that no signature carries it down to where the time passes.

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

/// For long iterations: throws Error (interrupted) when whoever looks on wants to stop. It asks every few hundredths of
/// a second, however often it is called; a call costs a look at the clock, and next to nothing where nobody looks on.
void stop_if_asked();

/// An observer of a run, which is asked within measurements too, with the progress of the last step. A no is for good.
class Attentive {
 public:
  explicit Attentive(const Observer& observer);

  [[nodiscard]] Observer observer();  ///< for the solver; empty when the run has none

 private:
  bool ask(const Progress& progress);

  const Observer& observer_;
  Progress last_;
  bool keep_going_ = true;
  Interruptible within_;
};

}  // namespace linnet
