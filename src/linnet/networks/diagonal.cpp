#include "linnet/networks/diagonal.hpp"

#include "linnet/error.hpp"

namespace linnet {

Diagonal::Diagonal(Vector values, double threshold) : values_(std::move(values)), threshold_(threshold) {
  require_positive(threshold, "network.threshold");
  if (values_.size() == 0 || !values_.allFinite()) {
    bad_input({.field = "network.values",
               .expected = "finite numbers, one an input",
               .got = values_.size() == 0 ? "none" : "a nan or an infinity among them"});
  }
}

}  // namespace linnet
