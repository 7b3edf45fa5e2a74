#pragma once

namespace linnet {

/// Where the test error of a closed form is smallest.
struct BestMoment {
  double time = 0;
  double test_error = 0;
};

}  // namespace linnet
