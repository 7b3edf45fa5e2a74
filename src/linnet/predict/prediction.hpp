#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/observables/observable.hpp"
#include "linnet/perceptron/linearized.hpp"
#include "linnet/predict/flow_path.hpp"
#include "linnet/predict/regimes.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet {

/// How a prediction is computed (docs/exact.md, "Predict").
enum class PredictMethod {
  mode_by_mode,         ///< `ModeFlow`: infinite width, white or aligned inputs
  closed_form,          ///< `ExactFlow`: starts that satisfy the closure, white or aligned inputs
  nearest_closed_form,  ///< the closed form of the nearest such start, within the tolerance
  gram_flow,            ///< the flow of the Gram state: two layers of any width, any cost
  light_cone,           ///< the flow of the directions that signals reach: deep layers that are far wider
  flow,                 ///< the flow of the network as it is: all weights, or the state of another form
  self_consistent,      ///< the flow of A with the representations of the nearest closure, any cost
  linearized,           ///< the lazy limit of a perceptron
};

const char* to_string(PredictMethod method);
/// Throws, naming the field `method`, for an unknown word.
PredictMethod predict_method(const std::string& word);
std::vector<std::string> predict_methods();

struct PredictOptions {
  Layerwise rates = 1.0;  ///< η_l
  /// The largest error that is accepted, of A(t) relative to the largest |A| or |Y|. If not given 1e-6, and of a
  /// perceptron, whose flow has kinks, 1e-2.
  std::optional<double> tolerance = std::nullopt;
  std::optional<PredictMethod> method = std::nullopt;  ///< if not given: the cheapest within the tolerance
};

/// What gradient flow makes of a network, at any time t in [0, inf], before it is trained. Closed forms are evaluated
/// at t; flows are integrated until they settle, and t = inf is where they have settled.
class Prediction {
 public:
  using Method = PredictMethod;
  using Source = std::variant<ExactFlow, ModeFlow, FlowPath, PerceptronLinearized>;

  /// What is known of a source.
  struct Account {
    Method method = Method::flow;
    std::string reason;  ///< why this method: one sentence
    /// Estimate of the largest error over all times, relative to the largest |A| or |Y| (of a perceptron, of its
    /// outputs on the training samples); nan where it is unknown.
    double error = 0;
    double threshold = 0;  ///< κ, in the units of A; nan where there is none
    std::string warning = {};
  };

  Prediction(Network start, std::shared_ptr<const Task> task, const Layerwise& rates, Source source, Account account);

  [[nodiscard]] Method method() const { return parts_->account.method; }
  [[nodiscard]] const std::string& reason() const { return parts_->account.reason; }
  [[nodiscard]] double error() const { return parts_->account.error; }
  [[nodiscard]] double threshold() const { return parts_->account.threshold; }
  [[nodiscard]] std::string warning() const;  ///< what to know before trusting it; most often empty
  [[nodiscard]] const Task& task() const { return *parts_->task; }
  [[nodiscard]] const Network& start() const { return parts_->start; }
  [[nodiscard]] const Layerwise& rates() const { return parts_->rates; }
  [[nodiscard]] Shape shape() const { return parts_->task->shape(); }
  [[nodiscard]] const ExactFlow* closed_form() const { return std::get_if<ExactFlow>(&parts_->source); }  ///< or null
  /// Whether what it tends to is known: always, but for a flow that could not be integrated until it settled.
  [[nodiscard]] bool settled() const;

  /// The values of an observable, times x what it is over; nan where nothing is predicted: at inf of a flow that has
  /// not settled. One integration over all times. Throws for times that are negative or nan, and for an observable that
  /// network and task do not have. A linearized perceptron has the errors, and a
  /// kernel distance of 0.
  [[nodiscard]] Matrix values(const Observable& observable, const std::vector<double>& times) const;

  // At one time:
  [[nodiscard]] double train_error(double t) const;
  [[nodiscard]] double test_error(double t) const;  ///< throws for a task without one
  [[nodiscard]] double kernel_distance(double t) const;
  [[nodiscard]] Matrix end_to_end(double t) const;
  [[nodiscard]] Vector modes(double t) const;  ///< u_iᵀA(t)v_i along `mode_vectors`; throws without these
  [[nodiscard]] Vector singular_values(double t) const;
  /// The network; none where nothing is predicted, and of a linearized perceptron.
  [[nodiscard]] std::optional<Network> state(double t) const;

  /// The modes that are predicted: the singular vectors of Y with y_i, or, where a cost does not determine Y (masks,
  /// weights of 0, other losses), those of what the flow ends in. None for a perceptron, and for a flow that has
  /// neither.
  [[nodiscard]] const linalg::Svd& mode_vectors() const { return parts_->modes; }

  // Of each mode; nan or nothing where it is not predicted.
  /// The first times at which u_iᵀA(t)v_i passes fraction·y_i, 0 < fraction < 1; inf where it never does.
  [[nodiscard]] Vector learning_times(double fraction) const;
  /// The first times at which it passes κ: 0 where it starts there, inf where it never does.
  [[nodiscard]] Vector activation_times() const;
  /// By what the flow does to the kernel (`kernel_motion`). The nearest closed form replaces the kernel of the start,
  /// and leaves this to a flow of the start itself, integrated to some digits when this is first asked for.
  [[nodiscard]] std::vector<std::optional<Regime>> regimes() const;

  /// 0 and a hundred times, evenly spaced in the logarithm, from before the first change until everything is learned.
  [[nodiscard]] std::vector<double> default_times() const;
  [[nodiscard]] std::vector<double> times_until(double last) const;  ///< the same, up to this time > 0

  /// As a run: the same type as a trained one. `times` in any order, inf too; `record.schedule` is not used.
  [[nodiscard]] Trajectory trace(std::vector<double> times, const Record& record) const;

 private:
  struct Parts {
    Network start;
    std::shared_ptr<const Task> task;
    Layerwise rates;
    Source source;
    Account account;
    linalg::Svd modes;
  };
  using See = std::function<void(std::size_t, const Network*)>;  // of a time's index; null where nothing is predicted
  void visit(const std::vector<double>& times, const See& see) const;
  [[nodiscard]] Network own_start() const;  // of what is predicted, with which observables compare
  [[nodiscard]] double value(const Observable& observable, double t) const;
  [[nodiscard]] Matrix linearized(const Observable& observable, const std::vector<double>& times) const;
  [[nodiscard]] Vector passages(const FlowPath& path, const Vector& levels) const;
  [[nodiscard]] std::pair<double, double> span() const;
  [[nodiscard]] Trajectory trace(const FlowPath& path, const std::vector<double>& times, const Record& record) const;

  std::shared_ptr<const Parts> parts_;
};

/// Predicts the gradient flow of any network on any task by the cheapest method whose error is within the tolerance:
///
/// - infinite width on white or aligned inputs: mode by mode;
/// - a start that satisfies the closure on such inputs, or the nearest one that does, if its estimated error is within
///   the tolerance: the closed form;
/// - two layers otherwise, any cost: the flow of the Gram state, or of the weights where these are fewer;
/// - deeper layers: the flow of the light cone where layers are far wider than it, else of all weights;
/// - any other network: its own flow.
///
/// Errors of flows are estimated by integrating them again to a looser tolerance, that of a cone also by the next
/// lower order. Where the estimate stays above the tolerance, `warning` says so. Throws for bad options, a network that
/// does not fit the task, a start that training cannot leave, and a forced method that does not apply, saying why.
Prediction predict(const Network& network, const Task& task, const PredictOptions& options = {});

}  // namespace linnet
