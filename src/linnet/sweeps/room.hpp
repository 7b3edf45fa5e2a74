#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "linnet/linalg/matrix.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::sweeps {

/// The memory for points that run side by side. A point that asks for more than the others leave (`require_memory`), or
/// gets none, ends by its Error, waits until one of the others has ended, and begins again. So as many points run at
/// once as there is memory for, and only a point that does not fit alone is refused.
class Room {
 public:
  /// `bytes`: what all points together may ask for.
  explicit Room(double bytes) : bytes_(bytes) {}

  /// Runs the point as often as that takes. `keep_going` is called while it waits; its answer false throws Error
  /// (interrupted).
  void run(const std::function<void()>& point, const KeepGoing& keep_going);

  /// How many points have waited for memory.
  [[nodiscard]] Index held_back() const;

 private:
  struct Try {
    double asked = 0;
    bool first = false;    // none ran when it began,
    Index number = 0;      // and this many had begun
    bool refused = false;  // and is to begin again
  };
  bool try_once(const std::function<void()>& point, const KeepGoing& keep_going);
  Try enter(const KeepGoing& keep_going);
  bool grant(double bytes, Try& own);
  void refuse(Try& own);
  void leave(const Try& own);
  [[nodiscard]] bool was_alone(const Try& own) const { return own.first && own.number == begun_; }

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  const double bytes_;
  double asked_ = 0;  // by the points that run
  Index running_ = 0;
  Index begun_ = 0;
  bool full_ = false;  // a point was refused, and none has come to its end since
  Index held_back_ = 0;
};

}  // namespace linnet::sweeps
