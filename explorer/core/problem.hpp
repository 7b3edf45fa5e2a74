#pragma once

#include <optional>
#include <string>
#include <vector>

#include "linnet/networks/layerwise.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet::explorer {

/// How the weights start; the words and their meaning are those of `Start` in explorer/src/core/types.ts.
struct Start {
  std::string width = "infinite";
  Index neurons = 1;
  Index depth = 2;
  double scale = 1;    ///< c, or the size of A(0)
  double balance = 0;  ///< λ
  std::uint64_t seed = 0;
  std::vector<Matrix> weights = {};           ///< given, from the first layer
  std::optional<Matrix> gram = std::nullopt;  ///< given, of two layers

  /// (a, b) of the closure of scale c and balance λ: κ ∓ λ/2, κ² = λ²/4 + c².
  [[nodiscard]] Layerwise scales() const;
  /// The same of L layers: a, c, …, c, b.
  [[nodiscard]] std::vector<double> deep_scales() const;
  /// Their roots s_l, as those of infinitely wide layers are given.
  [[nodiscard]] Layerwise deep_roots() const;
};

/// What is learned, from which start.
struct Problem {
  Task task;
  std::optional<double> angle = std::nullopt;  ///< one neuron: between w(0) and β*, in radians
  bool reversed = false;                       ///< the network has learned −Y of this task, and now learns Y
  Start start;
};

/// One neuron of two inputs learns β* = (1, 0).
Task neuron_task();

}  // namespace linnet::explorer
