#pragma once

namespace linnet {

// Refusals of starts that training does not leave.

[[noreturn]] void refuse_origin();  ///< all weights are 0
[[noreturn]] void refuse_saddle();  ///< every gradient is 0 and the cost is not minimal

}  // namespace linnet
