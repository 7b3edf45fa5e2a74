#include "linnet/dynamics/critical_start.hpp"

#include "linnet/error.hpp"

namespace linnet {

void refuse_origin() {
  bad_input({.field = "network.weights",
             .expected = "weights that are not all 0",
             .got = "the origin, a critical point: training does not leave it",
             .hint = "start near it: a small variance, or initialization = \"escape\""});
}

void refuse_saddle() {
  bad_input({.field = "network.weights",
             .expected = "a start that is no critical point",
             .got = "a saddle: every gradient is 0 and the cost is not minimal",
             .hint = "start near it instead: a small variance added to the weights"});
}

}  // namespace linnet
