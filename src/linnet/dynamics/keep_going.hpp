#pragma once

#include <functional>

#include "linnet/error.hpp"

namespace linnet {

/// Asked between the evaluations of a long computation; false ends it. May be empty.
using KeepGoing = std::function<bool()>;

/// Throws Error (interrupted) when it says no. `what` is what there is none of then.
inline void require_going(const KeepGoing& keep_going, const char* what) {
  if (!keep_going || keep_going()) return;
  throw Error(Error::Kind::interrupted, {.field = what, .expected = "time to compute it", .got = "an interruption"});
}

}  // namespace linnet
