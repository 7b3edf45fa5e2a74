// linnet::core does not use the operating system, so that the amount of memory is unknown.

#include <limits>

#include "linnet/support/memory.hpp"

namespace linnet {

double memory_left() { return std::numeric_limits<double>::infinity(); }

}  // namespace linnet
