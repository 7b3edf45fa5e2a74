#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet::landscape {

/// An instant of the flow from one critical point to the next.
struct GreedyStep {
  double time = 0;  ///< since the escape
  double cost = 0;
  DeepLinear network;
};

/// A critical point of the greedy low-rank algorithm.
struct GreedySaddle {
  Index rank = 0;      ///< k, the number of neurons in use in every hidden layer
  DeepLinear network;  ///< θ_k of k neurons a hidden layer; one unused neuron for k = 0
  Matrix end_to_end;   ///< A_k
  double cost = 0;
  double error = 0;            ///< Cost::error
  double gradient_norm = 0;    ///< ‖∂C/∂θ‖
  double escape_strength = 0;  ///< ‖∇C(A_k)‖_op: the rate s of the escape from this point, see `EscapeDirection`
  bool stable = true;          ///< a local minimum among networks of k neurons a layer
  std::vector<GreedyStep> path = {};  ///< the flow that came here, step by step, if `Greedy::keep_paths`
};

/// Options of `greedy_low_rank`.
struct Greedy {
  Index depth = 2;
  std::optional<Index> max_rank = std::nullopt;  ///< without one, the smaller dimension of A
  double size = 1e-3;  ///< ε of the start along the escape direction, relative to |θ| of the mode that is learned
  double cost_tolerance = 1e-9;  ///< ends when C(A_k) − C_min is below this fraction of C(0) − C_min
  double tolerance =
      1e-9;  ///< of ‖∂C/∂θ‖, relative to its largest value on the path; not required below the cost tolerance
  double rtol = 1e-7;        ///< of the flow
  Index max_steps = 10'000;  ///< internal steps of each flow; the run of a rank consists of a few flows
  bool keep_paths = false;   ///< whether saddles have the flows that came to them
};

/// The critical points in the order of their ranks, from 0, and the reason for the end.
struct GreedyPath {
  std::vector<GreedySaddle> saddles;
  bool completed = true;  ///< false if no critical point of the next rank was reached
  std::string ended;      ///< in words
};

/// The greedy low-rank algorithm (*Saddle-to-saddle*): the critical points of rank 0, 1, 2, … that gradient flow from
/// vanishing weights visits. From θ_k each hidden layer gets one more neuron, along the fastest escape and of size ε.
/// Gradient flow of this network of k + 1 neurons a layer runs until the gradient is small. Newton's method with
/// minimal residuals then finds the critical point; it refuses steps that are large compared with |θ|, which might lead
/// to another critical point. If the point is still a saddle, the flow continues.
///
/// Ends at the cost tolerance, at the largest rank, or if ∇C(A_k) = 0. Ends without completion if no critical point is
/// reached: the infimum of a masked cost may lie at infinity. Throws for one layer.
GreedyPath greedy_low_rank(const Cost& cost, const Greedy& options = {});

/// A_0, A_1, … of these saddles, as `nearest`, `find_plateaus` and `SaddleSearch` take them.
std::vector<Matrix> end_to_ends(const std::vector<GreedySaddle>& saddles);

/// The nearest of some end-to-end matrices to another one.
struct Near {
  Index index = -1;                                           ///< −1 for an empty list
  double distance = std::numeric_limits<double>::infinity();  ///< ‖A − A_k‖_F
};

/// Throws if the shapes differ.
Near nearest(const std::vector<Matrix>& saddles, const Matrix& end_to_end);

}  // namespace linnet::landscape
