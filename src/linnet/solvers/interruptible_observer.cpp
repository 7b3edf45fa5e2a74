#include "linnet/solvers/interruptible_observer.hpp"

namespace linnet {

InterruptibleObserver::InterruptibleObserver(const Observer& observer)
    : observer_(observer), within_([this] { return ask(last_); }) {}

Observer InterruptibleObserver::observer() {
  if (!observer_) return {};
  return [this](const Progress& progress) {
    last_ = progress;
    return ask(progress);
  };
}

bool InterruptibleObserver::ask(const Progress& progress) {
  if (keep_going_ && observer_) keep_going_ = observer_(progress);
  return keep_going_;
}

}  // namespace linnet
