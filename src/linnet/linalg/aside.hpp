#pragma once

#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "linnet/support/interruption.hpp"

namespace linnet::linalg {

/// What was left to itself and still runs, on threads of this process. Memory that all threads share must not be taken
/// from it, as static objects are when a process exits.
int left_to_itself();

namespace detail {

void count_aside(int change);

template <class Work>
auto on_a_thread(Work work) -> decltype(work()) {
  struct Counted {
    Work work;
    auto operator()() {
      struct End {
        ~End() { count_aside(-1); }
      } const end;
      return work();
    }
  };
  std::packaged_task<decltype(work())()> task(Counted{std::move(work)});
  auto result = task.get_future();
  count_aside(1);
  std::thread(std::move(task)).detach();
  while (result.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) stop_if_asked();
  return result.get();
}

}  // namespace detail

/// Whether so many floating-point operations are worth a look at who may want to end them.
inline bool is_long(double operations) {
  constexpr double some = 2e8;  // a hundredth of a second or a few
  return operations > some && may_be_stopped();
}

/// The result of `work`, of about so many floating-point operations, that cannot be asked to stop on its way, as a call
/// of LAPACK cannot. Where it is long and somebody may want to end it, it is done on a thread of its own while this one
/// asks; on a no it is left to itself, to end in vain: it must own all that it touches.
template <class Work>
auto aside(double operations, Work work) -> decltype(work()) {
  if (!is_long(operations)) return work();
  return detail::on_a_thread(std::move(work));
}

}  // namespace linnet::linalg
