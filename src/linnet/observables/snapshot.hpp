#pragma once

#include <memory>
#include <optional>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/networks/network.hpp"
#include "linnet/observables/threshold.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// What observables compare with: the task and the start. Made once a run.
class Reference {
 public:
  /// `rates` are those of dW_l/dt = −η_l ∂C/∂W_l in the time of the records: of descent, whose step k is t = kη, the
  /// steps over their geometric mean. `threshold` κ decides lazy and active; without one it is that of the start.
  Reference(const Task& task, const Network& start, const Layerwise& rates,
            const std::optional<Threshold>& threshold = std::nullopt);

  [[nodiscard]] const Task& task() const { return *task_; }
  [[nodiscard]] const Network& start() const { return *start_; }
  // Made when first asked for:
  [[nodiscard]] const GramState& start_gram() const;
  [[nodiscard]] const Closure& start_closure() const;       ///< of the layers W_l/√η_l, at the ratios of the rates
  [[nodiscard]] const TangentKernel& start_kernel() const;  ///< of `kernel_of`
  [[nodiscard]] const linalg::Svd& task_svd() const;        ///< of Y
  /// Σ_xx^{½} of the task's inputs where they are not white: `Cost::input_root`.
  [[nodiscard]] const std::optional<Matrix>& input_root() const;
  /// The gradient at the origin of the weights, ∇C(0), and its largest singular value s_1: how fast one can leave.
  struct Origin {
    Matrix gradient;
    double strength = 0;
  };
  [[nodiscard]] const Origin& origin() const;
  [[nodiscard]] const Threshold& threshold() const { return threshold_; }
  [[nodiscard]] const Layerwise& rates() const { return rates_; }
  [[nodiscard]] const Layerwise& ratios() const { return ratios_; }  ///< the rates over their geometric mean
  /// The tangent kernel at the rates, as the task's inputs see it.
  [[nodiscard]] TangentKernel kernel_of(const Network& network) const;

 private:
  const Task* task_;
  std::shared_ptr<const Network> start_;
  Layerwise rates_;
  Layerwise ratios_;
  Threshold threshold_;
  mutable std::optional<GramState> gram_;
  mutable std::optional<Closure> closure_;
  mutable std::optional<TangentKernel> kernel_;
  mutable std::optional<std::optional<Matrix>> input_root_;
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
