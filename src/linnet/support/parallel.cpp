#include "linnet/support/parallel.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <thread>

#include "linnet/linalg/product.hpp"
#include "linnet/support/cores.hpp"

namespace linnet {

void parallel_for(Index count, const std::function<void(Index)>& f, const KeepGoing& keep_going) {
  const int threads = std::min(cores(), tbb::this_task_arena::max_concurrency());  // fewer within a sweep of few jobs
  const linalg::SerialBlas serial(static_cast<int>(std::min<Index>(count, threads)));
  const auto caller = std::this_thread::get_id();
  tbb::task_arena(threads).execute([&] {
    tbb::parallel_for(
        Index{0}, count,
        [&](Index i) {
          if (std::this_thread::get_id() == caller) require_going(keep_going, "values");
          f(i);
        },
        tbb::simple_partitioner());
  });
}

}  // namespace linnet
