#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "linnet/exact/best_moment.hpp"
#include "linnet/exact/riccati_flow.hpp"
#include "linnet/networks/network.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

class Reach;

/// Gradient flow of a two-layer network in closed form (docs/exact.md), on whitened inputs exact for every start that
/// satisfies the closure G J G = −λG + c²J: λ-balanced and zero-balanced weights of any width, one hidden neuron,
/// infinite width with equal or unequal layer variances, and any state that training of such a network has reached.
///
///     G(t) = aJ + Φ Q_0 (I + Q_0ᵀ K Q_0)^{-1} Q_0ᵀ Φ,    G_0 = aJ + Q_0Q_0ᵀ,
///
/// with Φ(t) and K(t) made of one 2 x 2 block for each singular value of Y, and a = 0 for c = 0 (−b for λ < 0). Only
/// positive terms are added in the products and no matrix is inverted: each block of G has a relative error near 1e-14
/// at any time, for any λ, c² and size of the start, and the rank of the start is kept. t is gradient-flow time. A
/// start with c > 0 that satisfies the closure only within the tolerance is replaced by its A and its larger
/// representation.
///
/// On correlated inputs that share the eigenvectors of their covariance with Y, the same holds for each group of inputs
/// of one variance d, in the time d t, if the start mixes no groups: `InputsApart`.
///
/// Weights and self-consistent networks of many more outputs than inputs and neurons, or inputs than outputs and
/// neurons, are reduced to the directions that they and Y reach (`Reach`); n below counts these.
///
/// Setting up takes an SVD of Y and a factor of the start. Then each t, whatever its size, takes a few products and
/// either one or two Cholesky factorizations (`GrowingColumns`: as many columns as the larger side has rows) or a QR
/// factorization of an (n + r) x r matrix, n = n_0 + n_2, r the rank of a start with c = 0 and the larger side's
/// dimension for c > 0.
class ExactFlow {
 public:
  struct Options {
    Layerwise rates = 1.0;    ///< η_l
    double tolerance = 1e-8;  ///< largest closure residual, and distance from aligned inputs, that counts as none
    std::optional<Closure> closure = std::nullopt;  ///< λ and c² to take instead of the best fit, whatever the residual
    bool from_smaller = false;                      ///< for c > 0 take the start as A and its smaller representation
  };

  /// λ and c² are known for a self-consistent network, and fitted by least squares for weights and Gram states. Throws
  /// for a mask, and where the residual of the closure, or the distance of correlated inputs from aligned ones, exceeds
  /// the tolerance.
  ExactFlow(const Network& start, const Task& task, const Options& options);
  ExactFlow(const Network& start, const Task& task);

  /// λ, c² and the residual at the start, of the rescaled layers W_l/√η_l.
  [[nodiscard]] const Closure& closure() const { return closure_; }
  [[nodiscard]] const Layerwise& rates() const { return rates_; }
  [[nodiscard]] double threshold() const;                    ///< κ, in the units of A
  [[nodiscard]] Index columns() const;                       ///< of factor(t): the rank of the start, or its width
  [[nodiscard]] const Vector& target() const { return y_; }  ///< y_i, the singular values of Y, falling
  [[nodiscard]] const Task& task() const { return task_; }
  /// Y = U diag(y) Vᵀ along which `modes` are taken: the columns of U and V that belong to `target()`.
  [[nodiscard]] linalg::Svd target_vectors() const;

  /// Why late times may be wrong although the formula is right: a start without a component in a growing direction
  /// stays at a saddle, but its rounding does not; a start with a small component comes close to the saddle. Empty when
  /// there is no such problem.
  [[nodiscard]] const std::string& warning() const;

  /// Whether the start has, up to rounding, no component in some learned direction, so that it ends at a saddle.
  [[nodiscard]] bool at_saddle() const;

  // At t in [0, inf]:
  [[nodiscard]] GramState gram_state(double t) const;
  [[nodiscard]] Matrix end_to_end(double t) const;  ///< A(t)
  /// A factor Q(t) of G(t) = QQᵀ, inputs first, with as many columns as the factor of the start. With c = 0 its rows
  /// are weights W_1ᵀ and W_2, those of the flow up to one rotation of the hidden neurons.
  [[nodiscard]] Matrix factor(double t) const;
  /// The state from which to continue on another task: with c = 0 weights, of the factor's width, so that the rank is
  /// kept to the last bit; otherwise, or for a network of zeros, the Gram state, or the self-consistent network that
  /// the start was where outputs or inputs are out of its reach and the rates are equal.
  [[nodiscard]] Network network(double t) const;
  /// The Gram state, or for a start whose many outputs or inputs are mostly out of its reach `network(t)`.
  [[nodiscard]] Network state(double t) const;
  [[nodiscard]] Vector modes(double t) const;            ///< u_iᵀA(t)v_i along the singular vectors of Y
  [[nodiscard]] Vector singular_values(double t) const;  ///< of A(t), falling
  /// C(A(t)) and the mean squared errors of A(t).
  [[nodiscard]] double cost(double t) const;
  [[nodiscard]] double train_error(double t) const;
  [[nodiscard]] double test_error(double t) const;       ///< throws for a task without one
  [[nodiscard]] double kernel_distance(double t) const;  ///< of the NTK on the task's inputs from its start

  /// Which modes of Y are learned: those in whose growing direction the start has a component, above rounding, that
  /// faster modes have not used up. If equal y_i outnumber the remaining columns, all of them count as learned, since
  /// any combination may be. O(n r²).
  [[nodiscard]] std::vector<bool> learned() const;
  /// The first times at which u_iᵀA(t)v_i passes fraction·y_i, 0 < fraction < 1, however late: inf where it never does,
  /// and for y_i = 0, where there is nothing to learn. Time is divided into intervals, which are halved until no mode
  /// changes over one by more than a quarter of its size, nor could, extrapolated from before, reach its level there. A
  /// passage and return inside an interval would have to leave all modes nearly unchanged. Takes some six evaluations a
  /// mode, and as many for each common wait of all modes. `keep_going` is called before each evaluation, here and
  /// below; its answer false throws Error (interrupted).
  [[nodiscard]] Vector learning_times(double fraction, const KeepGoing& keep_going = {}) const;
  /// The first times at which u_iᵀA(t)v_i passes κ, where a lazy mode becomes active: 0 where it starts there, inf
  /// where it never does and for modes that are never learned.
  [[nodiscard]] Vector activation_times(const KeepGoing& keep_going = {}) const;

  /// The time of the smallest test error over all t in [0, inf]. It uses the same intervals, which are also halved
  /// while the error changes over one by more than a quarter of itself, or could fall below the least so far by 1e-8 of
  /// it (extrapolated, or with A moving straight from end to end). Golden-section search, to about 1e-8 of the time,
  /// then follows in every minimum that may be the deepest. The result is not proven, unlike that of `ModeFlow`: a
  /// minimum inside an interval is missed if modes and error at the ends do not indicate it. inf when the error falls
  /// for ever. Throws for a task without a test.
  [[nodiscard]] BestMoment best(const KeepGoing& keep_going = {}) const;

 private:
  using Blocks = RiccatiFlow::Rows;  // Q(t) in the singular bases of Y
  void take_apart(const Matrix& target, const Reach& reach, const RiccatiFlow::Start& start, double tolerance);
  [[nodiscard]] Blocks evaluate(double t) const;
  [[nodiscard]] GramState gram_of(const Matrix& inputs, const Matrix& outputs) const;
  [[nodiscard]] Matrix rotated_end_to_end(const Blocks& at) const;
  [[nodiscard]] Vector modes_of(const Blocks& at) const;
  [[nodiscard]] std::pair<double, double> ends() const;
  [[nodiscard]] Vector first_passage(const Vector& levels, const KeepGoing& keep_going) const;
  [[nodiscard]] Index columns_inside() const;
  [[nodiscard]] Index columns_outside() const;

  Task task_;
  Layerwise rates_;
  Closure closure_;
  Matrix u_;  // the singular bases of Y: of all outputs, or of those in reach
  Matrix v_;
  Vector y_;                        // singular values of Y
  bool reduced_ = false;            // to the reach of the start and Y
  Layerwise outside_ = 0.0;         // the eigenvalues of C_1 and C_2 of the rescaled layers outside of it
  std::optional<GramState> start_;  // unless reduced
  double shift_ = 0;  // G of the rescaled layers is QQᵀ + shift J, or − shift J where the inputs are larger
  bool outputs_larger_ = true;  // see RiccatiFlow::Start

  // One flow for white inputs; otherwise one for each variance, and the rows of each in the bases of all.
  struct Placed {
    std::vector<Index> inputs;
    std::vector<Index> outputs;
  };
  std::vector<RiccatiFlow> parts_;
  std::vector<Placed> places_;  // empty for white inputs
  RiccatiFlow::Rows still_;     // of Q, what does not move, and its place
  Placed place_of_still_;
};

}  // namespace linnet
