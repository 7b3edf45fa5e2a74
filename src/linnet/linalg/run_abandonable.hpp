#pragma once

#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "linnet/support/interruption.hpp"

namespace linnet::linalg {

/// The number of abandoned computations that still run on threads of this process. Memory that all threads share must
/// outlive them; static objects, for instance, are destroyed when a process exits.
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

/// The result of `work`, which may wait for ever, such as for what comes through a pipe. An interruption abandons it,
/// as below.
template <class Work>
auto run_aside(Work work) -> decltype(work()) {
  if (!may_be_stopped()) return work();
  return detail::on_a_thread(std::move(work));
}

/// Whether this number of floating-point operations is large enough to be made interruptible.
inline bool is_long(double operations) {
  constexpr double some = 2e8;  // a few hundredths of a second
  return operations > some && may_be_stopped();
}

/// The result of `work`, a computation of about this many floating-point operations that cannot be interrupted itself,
/// such as a call of LAPACK. If it is long and an interruption is possible, it runs on a separate thread while this
/// thread calls `stop_if_asked`. An interruption abandons the computation: it runs to its end and its result is
/// dropped. So `work` must own everything that it uses.
template <class Work>
auto run_abandonable(double operations, Work work) -> decltype(work()) {
  if (!is_long(operations)) return work();
  return detail::on_a_thread(std::move(work));
}

}  // namespace linnet::linalg
