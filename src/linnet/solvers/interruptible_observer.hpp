#pragma once

#include "linnet/solvers/outcome.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

/// An observer of a run that is also called within steps and measurements, with the progress of the last step. Once it
/// has answered false the answer remains false.
class InterruptibleObserver {
 public:
  explicit InterruptibleObserver(const Observer& observer);

  [[nodiscard]] Observer observer();  ///< for the solver; empty when the run has none

 private:
  bool ask(const Progress& progress);

  const Observer& observer_;
  Progress last_;
  bool keep_going_ = true;
  Interruptible within_;
};

}  // namespace linnet
