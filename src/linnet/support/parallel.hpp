#pragma once

#include <functional>

#include "linnet/linalg/matrix.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

/// Calls f(0), …, f(count − 1) on all `cores`, in any order, with BLAS on one thread each; in linnet::linnet only. Use
/// it for many times of an ExactFlow: no result depends on the number of cores. The first exception ends the loop and
/// is thrown. `keep_going` is called before each call, on the calling thread only; its answer false ends the loop by
/// Error (interrupted).
void parallel_for(Index count, const std::function<void(Index)>& f, const KeepGoing& keep_going = {});

}  // namespace linnet
