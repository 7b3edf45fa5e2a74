#include "linnet/sweeps/room.hpp"

#include <chrono>
#include <new>

#include "linnet/support/memory.hpp"

namespace linnet::sweeps {

void Room::run(const std::function<void()>& point, const KeepGoing& keep_going) {
  if (try_once(point, keep_going)) return;
  {
    const std::scoped_lock lock(mutex_);
    ++held_back_;
  }
  while (!try_once(point, keep_going)) {
  }
}

Index Room::held_back() const {
  const std::scoped_lock lock(mutex_);
  return held_back_;
}

bool Room::try_once(const std::function<void()>& point, const KeepGoing& keep_going) {
  Try own = enter(keep_going);
  try {
    const MemoryCount count([&](double bytes) { return grant(bytes, own); });
    point();
  } catch (const std::bad_alloc&) {
    refuse(own);
    leave(own);
    if (!own.refused) throw;
    return false;
  } catch (...) {
    leave(own);
    if (!own.refused) throw;
    return false;
  }
  own.refused = false;
  leave(own);
  return true;
}

Room::Try Room::enter(const KeepGoing& keep_going) {
  constexpr std::chrono::milliseconds look{50};
  std::unique_lock lock(mutex_);
  // After a refusal the next point begins when none runs, and alone until it has ended: otherwise two that do not fit
  // together would refuse each other again and again.
  while (full_ && running_ > 0) {
    ended_.wait_for(lock, look);
    lock.unlock();
    require_going(keep_going, "sweep");
    lock.lock();
  }
  return {.first = running_++ == 0, .number = ++begun_};
}

bool Room::grant(double bytes, Try& own) {
  const bool there = fits_into_memory(bytes);
  {
    const std::scoped_lock lock(mutex_);
    const bool beside_others = running_ == 1 || asked_ + bytes <= bytes_;
    if (beside_others && (there || was_alone(own))) {
      if (there) {
        asked_ += bytes;
        own.asked += bytes;
      }
      return true;  // or refused by `require_memory` itself, as of no use to try again
    }
  }
  refuse(own);
  return false;
}

void Room::refuse(Try& own) {
  const std::scoped_lock lock(mutex_);
  own.refused = !was_alone(own);
  full_ = full_ || own.refused;
}

void Room::leave(const Try& own) {
  {
    const std::scoped_lock lock(mutex_);
    asked_ -= own.asked;
    --running_;
    if (!own.refused) full_ = false;
  }
  ended_.notify_all();
}

}  // namespace linnet::sweeps
