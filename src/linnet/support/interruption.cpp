#include "linnet/support/interruption.hpp"

#include <chrono>
#include <utility>

namespace linnet {

namespace {

using Clock = std::chrono::steady_clock;

thread_local const KeepGoing* innermost = nullptr;
thread_local Clock::time_point next;

}  // namespace

Interruptible::Interruptible(KeepGoing keep_going)
    : keep_going_(std::move(keep_going)), outer_(std::exchange(innermost, &keep_going_)) {
  next = Clock::time_point();
}

Interruptible::~Interruptible() {
  innermost = outer_;
  next = Clock::time_point();
}

bool may_be_stopped() { return innermost != nullptr; }

void stop_if_asked() {
  if (innermost == nullptr) return;
  const Clock::time_point now = Clock::now();
  if (now < next) return;
  next = Clock::time_point();  // later calls are interrupted again
  require_going(*innermost, "measurement");
  next = now + std::chrono::milliseconds(20);
}

}  // namespace linnet
