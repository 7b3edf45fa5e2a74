#pragma once

namespace linnet {

// Starts that training does not leave, refused in one wording by all that would have to.

[[noreturn]] void refuse_origin();  ///< all weights are 0
[[noreturn]] void refuse_saddle();  ///< every gradient is 0 and the cost is not minimal

}  // namespace linnet
