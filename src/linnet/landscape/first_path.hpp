#pragma once

#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet::landscape {

/// The first path of *Saddle-to-saddle* (its main theorem): gradient flow of a network of one neuron a hidden layer
/// that leaves the origin at t = −∞ along the fastest escape. Networks of any width from αθ_0 follow it as α → 0, in
/// hidden layers rotated and in shifted time.
///
/// Its point where s_1(A) is `level`. It is found by gradient flow from the escape at s_1 = 1e-10 of the level. Throws
/// for a level that is not positive, and a numerical Error for one that the path does not reach, beyond its end at a
/// critical point of rank 1.
DeepLinear first_path(const Cost& cost, Index depth, double level);

/// |θ − θ'| of a network from the point of the first path with the same s_1(A), over all rotations of hidden layers.
double first_path_distance(const DeepLinear& network, const Cost& cost);

/// The largest share of a layer beyond rank 1, max_l Σ_{i>1} s_i(W_l)²/‖W_l‖²_F: 0 on the first path.
double rank_one_rest(const DeepLinear& network);

}  // namespace linnet::landscape
