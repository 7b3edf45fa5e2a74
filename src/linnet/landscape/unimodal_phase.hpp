#pragma once

#include "linnet/tasks/task.hpp"

namespace linnet::landscape {

/// The phase in which a network with one output has learned one of two blocks of inputs and not yet the other
/// (docs/theory.md, "Blocks of inputs"; Zhang, Latham and Saxe 2023). With Σ the covariance of the inputs and c = Σ_yx
/// in blocks a (learned first) and b:
struct UnimodalPhase {
  Index first = 0;      ///< the block that is learned first, 0 or 1: that of the larger |c|
  double strength = 0;  ///< |c_a|, the rate of its escape from the origin
  double other = 0;     ///< |c_b|
  double rest = 0;      ///< |c_b − c_aΣ_a^{-1}Σ_ab|, the rate of the other's escape from the saddle
  Matrix end_to_end;    ///< A at the saddle, 1 x n_0: c_aΣ_a^{-1}, and 0 for the other block
  double ratio = 1;     ///< t_b/t_a of late fusion from vanishing weights, 1 + (|c_a| ∓ |c_b|)/rest, + where b
                        ///< turns to the opposite of c_b; inf for rest = 0
};

/// `inputs` is the number of inputs of the first block. Throws for costs other than squares on samples or white inputs,
/// several outputs, no input in a block, or a block whose covariance is singular.
UnimodalPhase unimodal_phase(const Task& task, Index inputs);

}  // namespace linnet::landscape
