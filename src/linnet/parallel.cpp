#include "linnet/parallel.hpp"

#include <tbb/parallel_for.h>

#include "linnet/linalg/product.hpp"

namespace linnet {

void parallel_for(Index count, const std::function<void(Index)>& f) {
  const linalg::SerialBlas serial;
  tbb::parallel_for(
      Index{0}, count, [&](Index i) { f(i); }, tbb::simple_partitioner());
}

}  // namespace linnet
