#pragma once

#include <optional>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/network.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// What observables compare with: the task and the start. Made once a run.
class Reference {
 public:
  /// `threshold` κ decides lazy and active; without one it is that of the start's best closure, nan for a network that
  /// has none, not being of two layers. Only the ratio of
  /// `rates` matters: conserved quantities and the closure are those of the rescaled layers W_l/√η_l.
  Reference(const Task& task, const Network& start, const Layerwise& rates, std::optional<double> threshold);

  [[nodiscard]] const Task& task() const { return *task_; }
  [[nodiscard]] const Network& start() const { return start_; }
  [[nodiscard]] const GramState& start_gram() const;         ///< made when first asked for
  [[nodiscard]] const Closure& start_closure() const;        ///< of the rescaled layers
  [[nodiscard]] const DeepLinearized& start_kernel() const;  ///< at the rates; of a start held by its weights
  [[nodiscard]] const linalg::Svd& task_svd() const;         ///< of Y
  /// The gradient at the origin of the weights, ∇C(0), and its largest singular value s_1: how fast one can leave.
  struct Origin {
    Matrix gradient;
    double strength = 0;
  };
  [[nodiscard]] const Origin& origin() const;
  [[nodiscard]] double threshold() const;
  [[nodiscard]] const Layerwise& rates() const { return rates_; }  ///< scaled to product 1
  [[nodiscard]] GramState rescaled(const GramState& g) const;      ///< the Gram state of the layers W_l/√η_l

 private:
  const Task* task_;
  Network start_;
  Layerwise rates_;
  std::optional<double> threshold_;
  mutable std::optional<GramState> gram_;
  mutable std::optional<Closure> closure_;
  mutable std::optional<DeepLinearized> kernel_;
  mutable std::optional<linalg::Svd> svd_;
  mutable std::optional<Origin> origin_;
};

/// A network at one instant, seen by observables. What several of them need is computed once, and only when asked for.
class Snapshot {
 public:
  /// What a solver has at hand already, so that it is not computed again.
  struct Known {
    const Residual* residual = nullptr;
    std::optional<double> test_error = std::nullopt;
  };

  /// `network` may be null where only A is known; observables of the representations then throw.
  Snapshot(const Reference& reference, const Matrix& end_to_end, const Network* network, double time, Known known);

  [[nodiscard]] const Reference& reference() const { return *reference_; }
  [[nodiscard]] const Task& task() const { return reference_->task(); }
  [[nodiscard]] double time() const { return time_; }
  [[nodiscard]] const Matrix& end_to_end() const { return *a_; }
  [[nodiscard]] bool has_network() const { return network_ != nullptr; }
  [[nodiscard]] const Network& network() const;
  [[nodiscard]] const Residual& residual() const;
  [[nodiscard]] double test_error() const;  ///< for tasks that have a test
  [[nodiscard]] const Vector& singular_values() const;
  [[nodiscard]] const linalg::Svd& svd() const;
  [[nodiscard]] const GramState& gram_state() const;

 private:
  const Reference* reference_;
  const Matrix* a_;
  const Network* network_;
  double time_;
  Known known_;
  mutable std::optional<Residual> residual_;
  mutable std::optional<Vector> s_;
  mutable std::optional<linalg::Svd> svd_;
  mutable std::optional<GramState> gram_;
};

}  // namespace linnet
