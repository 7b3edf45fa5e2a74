#pragma once

#include <functional>

#include "linnet/linalg/matrix.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

/// f(0), …, f(count − 1) on all cores, in any order, with BLAS on one thread each; in linnet::linnet only. The first
/// exception ends the loop and is thrown. For many times of an ExactFlow in one call: no result depends on the cores.
/// `keep_going` is asked before each, on the calling thread alone; its no ends the loop by Error (interrupted).
void parallel_for(Index count, const std::function<void(Index)>& f, const KeepGoing& keep_going = {});

}  // namespace linnet
