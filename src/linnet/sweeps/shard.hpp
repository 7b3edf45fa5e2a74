#pragma once

#include <string>

#include "linnet/linalg/matrix.hpp"

namespace linnet::sweeps {

/// A part of a sweep for a process of its own: every `count`-th point, from the `which`-th on.
struct Shard {
  Index which = 1;  ///< from 1
  Index count = 1;

  /// "3/200", or "slurm" for the place of a task in its job array (SLURM_ARRAY_TASK_ID, _MIN, _MAX, _COUNT, _STEP).
  /// Throws Error (input), naming --shard.
  static Shard from_text(const std::string& text);

  [[nodiscard]] bool has(Index point) const { return point % count == which - 1; }
  [[nodiscard]] std::string name() const;  ///< "3-of-200", in the name of its journal
};

}  // namespace linnet::sweeps
