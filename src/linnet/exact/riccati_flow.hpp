#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "linnet/exact/growing_columns.hpp"
#include "linnet/networks/layerwise.hpp"

namespace linnet {

/// A factor Q(t) of the Riccati flow of `ExactFlow` in the singular bases of one target, for inputs of one variance:
///
///     Q(t)Q(t)ᵀ = Φ Q_0 (I + Q_0ᵀ K Q_0)^{-1} Q_0ᵀ Φ.
///
/// Built once, evaluated at any t. Layers are rescaled to W_l/√η_l here; t is gradient-flow time.
class RiccatiFlow {
 public:
  /// "Larger" is the side whose representation λ makes the larger one: outputs for λ >= 0, but for a start given by its
  /// smaller representation.
  struct Start {
    Matrix inputs;  ///< Q_0's rows of the two sides
    Matrix outputs;
    bool outputs_larger = true;
    double kappa = 0;
    Index neurons = 0;  ///< of the network, as many as there are columns at least
  };

  /// `clock` is η_1η_2 times the variance of the inputs, `root` is √(η_1η_2).
  RiccatiFlow(const Matrix& target, const Start& start, double root, double clock);

  using Rows = GrowingColumns::Rows;  ///< of Q(t), along the columns of u and v
  [[nodiscard]] Rows at(double t) const;

  [[nodiscard]] const Matrix& u() const { return u_; }  ///< the singular vectors of the target, square
  [[nodiscard]] const Matrix& v() const { return v_; }
  [[nodiscard]] const Vector& y() const { return y_; }  ///< its singular values, equal ones made equal
  [[nodiscard]] Index columns() const { return larger_.cols(); }

  /// A time before anything has moved, and one when everything has.
  [[nodiscard]] std::pair<double, double> ends() const;

  // As for `ExactFlow`, exact_flow_saddles.cpp:
  [[nodiscard]] std::vector<bool> learned() const;
  [[nodiscard]] const std::string& warning() const { return warning_; }
  [[nodiscard]] bool at_saddle() const { return at_saddle_; }

 private:
  [[nodiscard]] Rows first_order(double t) const;
  [[nodiscard]] Matrix growing_parts() const;
  [[nodiscard]] double rounding_of_part(Index mode) const;
  void look_for_saddles(Index neurons);

  Matrix u_;
  Matrix v_;
  Vector y_;
  double kappa_ = 0;
  Matrix larger_;  // Q_0's rows of the two sides in the singular bases
  Matrix smaller_;
  double size_ = 0;  // their norm; every entry computed from them is a sum with rounding errors of this size
  std::optional<GrowingColumns> growing_;
  Vector rescaled_y_;    // y_i/√(η_1η_2), then zeros up to the longer side
  double clock_ = 1;     // time of the rescaled flow per unit of t
  double earliest_ = 0;  // before this time the first order is exact to rounding
  double latest_ = 1;    // a finite time of the rescaled flow that represents t = inf
  std::string warning_;
  bool at_saddle_ = false;
};

/// η_1η_2 times the variance of the inputs, the time of the flow of rescaled layers per unit of t. Throws where that is
/// out of range.
double rescaled_clock(const Layerwise& rates, double variance);

}  // namespace linnet
