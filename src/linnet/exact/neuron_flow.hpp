#pragma once

#include <string>

#include "linnet/exact/seen_inputs.hpp"
#include "linnet/networks/gram_state.hpp"
#include "linnet/networks/neuron.hpp"

namespace linnet {

/// Gradient flow of one hidden neuron, f(x) = a wᵀx, in closed form (docs/theory.md, "One neuron"; Rich-Quick):
///
///     da/dt = −η_a wᵀΣ(β − β*),   dw/dt = −η_w a Σ(β − β*),   β = a w,
///
/// for inputs that are white on the space they span, Σ = σ²Π: whitened data of full rank, any single sample, a mask.
/// The weights themselves are exact, signs included, at any t in [0, inf], also where a passes 0: the direction of (w,
/// a) obeys a linear equation, and its length follows from δ. t is gradient-flow time. The part of w outside the span
/// of the inputs does not move. O(n_0) a time, relative errors near 1e-14 at any δ, size and time.
class NeuronFlow {
 public:
  /// `rates` are (η_w, η_a). Throws for more than one output, other shapes, inputs that are not white on their span.
  NeuronFlow(Neuron start, const Task& task, const Layerwise& rates = 1.0);

  [[nodiscard]] const Task& task() const { return task_; }
  [[nodiscard]] const Layerwise& rates() const { return rates_; }
  [[nodiscard]] double balance() const { return balance_; }  ///< δ = η_w a² − η_a|w|²
  [[nodiscard]] double threshold() const;                    ///< κ = |δ|/(2√(η_aη_w)), in the units of β

  // At t in [0, inf]:
  [[nodiscard]] Neuron at(double t) const;            ///< a(t), w(t)
  [[nodiscard]] Vector coefficients(double t) const;  ///< β(t)
  [[nodiscard]] double magnitude(double t) const;     ///< μ = a|w|
  [[nodiscard]] double alignment(
      double t) const;  ///< φ = cos∠(w, β*), of the part of w in the span of the inputs; nan where it is 0
  /// τ(t) = ∫σ²η_w a|β*|/|w| dt, the time by which φ moves as dφ/dτ = 1 − φ²: φ = tanh(τ + artanh φ_0). It runs
  /// backwards while a < 0; nan where φ_0 is, and from where a w along ±β* alone passes 0.
  [[nodiscard]] double warp(double t) const;
  [[nodiscard]] Matrix end_to_end(double t) const;  ///< A = βᵀ
  [[nodiscard]] GramState gram_state(double t) const;
  /// C(β(t)), and the train error 2C.
  [[nodiscard]] double cost(double t) const;
  [[nodiscard]] double train_error(double t) const;
  [[nodiscard]] double kernel_distance(double t) const;  ///< from the start, on the task's inputs

  /// The sign of a at t = inf: 0 where the start is on the boundary between both, up to rounding, and ends at the
  /// saddle (and for β* = 0 and δ <= 0, where a ends at 0).
  [[nodiscard]] int end_sign() const;
  /// The time at which a passes 0, which happens only for δ < 0, and once; inf for never.
  [[nodiscard]] double sign_change() const;
  /// The φ_0 at the boundary between the basins for this |β_0| and δ: below it a start with a_0 > 0 ends with a < 0. −1
  /// or less, so that no start does, for δ >= 0. For a_0 < 0 it applies to −φ_0.
  [[nodiscard]] double critical_alignment() const;

  /// Why late times may be wrong although the formula is right: the start is on or near the boundary. Empty otherwise.
  [[nodiscard]] const std::string& warning() const { return warning_; }
  [[nodiscard]] bool at_saddle() const { return at_saddle_; }  ///< on the boundary, up to rounding

 private:
  /// (w, a) times a common positive number, in the rescaled units: the component along β*, a, and the factor of the
  /// rest.
  struct Direction {
    double along;
    double a;
    double rest;  // of w within the range of Σ, orthogonal to β*
    double length;
  };
  [[nodiscard]] Direction direction(double t) const;
  [[nodiscard]] double clock(double t) const;
  void look_for_saddles();

  Task task_;
  Layerwise rates_;
  Neuron start_;
  double balance_ = 0;
  double size_ = 1;  // of (w, a): what follows is over it
  double along_ = 0;
  double across_ = 0;
  double a_ = 0;
  Vector axis_;    // β*/|β*|
  Vector rest_;    // the same, orthogonal to β*, of length `across`
  Vector unseen_;  // w outside the range of Σ, in its own units
  double y_ = 0;
  double kappa_ = 0;  // half the balance within the range of Σ, with its sign
  double r_ = 0;      // √(y² + κ²)
  double cos_ = 1;    // the growing direction (sin, cos) of (along, a)
  double sin_ = 0;
  double growing_ = 0;
  double decaying_ = 0;
  double speed_ = 1;  // of the rescaled clock
  std::string warning_;
  bool at_saddle_ = false;
};

}  // namespace linnet
