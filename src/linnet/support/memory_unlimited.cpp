// linnet::core looks at no system: what memory there is nobody tells.

#include <limits>

#include "linnet/support/memory.hpp"

namespace linnet {

double memory_left() { return std::numeric_limits<double>::infinity(); }

}  // namespace linnet
