#include "linnet/solvers/attentive.hpp"

namespace linnet {

Attentive::Attentive(const Observer& observer) : observer_(observer), within_([this] { return ask(last_); }) {}

Observer Attentive::observer() {
  if (!observer_) return {};
  return [this](const Progress& progress) {
    last_ = progress;
    return ask(progress);
  };
}

bool Attentive::ask(const Progress& progress) {
  if (keep_going_ && observer_) keep_going_ = observer_(progress);
  return keep_going_;
}

}  // namespace linnet
