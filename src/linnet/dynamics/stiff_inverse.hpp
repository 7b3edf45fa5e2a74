#pragma once

#include <vector>

#include "linnet/dynamics/tangent_inverse.hpp"
#include "linnet/networks/layerwise.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

/// An approximation of (I − γJ)^{-1} from the singular vectors of A, where J is the derivative of the velocity of a
/// deep network's gradient flow. The approximation is the preconditioner of an implicit integrator's Newton iteration,
/// which makes steps near saddles fast (docs/theory.md, "Small starts"). It is exact where W_l = O_l diag(t_l) O_{l−1}ᵀ
/// with orthonormal O_l and where R is diagonal between O_L and O_0, a form that small starts approach.
///
/// In these bases the Hessian couples only the entries (i, j) and (j, i) of all layers. So for the k singular vectors
/// of A it is inverted in blocks (as one block if k is small). Outside these vectors a learned mode i has two further
/// couplings: W_1 with W_L by R, and two neighbouring layers at their common hidden layer by r_i. A mask or inputs that
/// are not white couple all entries; `TangentInverse` inverts these together. γ magnifies errors in stiff directions.
/// Therefore the stiff directions are computed to first order in the deviation of the weights from this form.
class StiffInverse {
 public:
  struct ExpansionPoint {
    const std::vector<Matrix>& weights;
    const Matrix& end_to_end;
    const Cost& cost;
    const Residual& residual;  ///< R and the terms that it is made of
    double weight_decay = 0;   ///< μ
  };

  /// At γ > 0, for dW_l/dt = −η_l(∂C/∂W_l + μW_l). With D_l = 1 + γη_lμ the inverse is that without decay at the rates
  /// η_l/D_l, after a division by D_l. Takes two SVDs of the size of A, 2L products, and one eigenproblem of Lk²
  /// unknowns or k²/2 eigenproblems of 2L unknowns.
  void prepare(const ExpansionPoint& at, const Layerwise& rates, double gamma);

  /// Whether `apply` does nothing but this division, because γJ is small or the weights are far from the structure
  /// above.
  [[nodiscard]] bool idle() const { return rank_ == 0; }

  /// Right singular vectors of A of the modes at rest, n_0 x m: those that relax in much less than γ. At the end of an
  /// implicit step R has no component along them, but a predicted state within the tolerance has one. Multiplied by γ,
  /// this component would make Newton's iteration diverge along directions that leave A unchanged. So it is left out of
  /// J. With weight decay a mode at rest has R ≠ 0, and none is left out.
  [[nodiscard]] const Matrix& settled() const { return settled_inputs_; }

  /// An upper bound of the growth rate of modes that are not learned yet: (L − 1) r t^{L−2} for a mode of strength t in
  /// each layer and residual r. At least 1e-15 of the fastest decay rate, and 0 where the growth is much slower than
  /// that. L products.
  [[nodiscard]] double growth(const std::vector<Matrix>& weights) const;

  /// v_l ← the inverse times v: six products of a layer with k vectors. Allocates only in the first call.
  void apply(std::vector<Matrix>& v);

 private:
  struct Entry {
    std::size_t layer;
    Index i;
    Index j;
  };
  struct Block {
    std::vector<Entry> entries;
    Matrix change;  // the inverse minus 1
  };

  /// L s^{2−2/L}, the relaxation rate of the strongest mode s.
  [[nodiscard]] double fastest() const;
  [[nodiscard]] std::size_t depth() const { return roots_.size(); }
  /// Computes frames and strengths; false where the weights are far from the structure above.
  bool align(const ExpansionPoint& at, double gamma);
  void multiply_strengths(const std::vector<Matrix>& weights);
  [[nodiscard]] Matrix curvature(const std::vector<Entry>& unknowns,
                                 const std::vector<std::pair<Index, Index>>& seen) const;
  [[nodiscard]] double second(const Entry& low, const Entry& high) const;
  /// Inverts blocks and ends as one matrix; false where the cost does not couple them, or where they are too many.
  bool prepare_together(const Cost& cost, const Matrix& u, const Matrix& v, double gamma);
  void prepare_blocks(double gamma);
  void invert(const std::vector<Entry>& entries, const Matrix& curvature, double gamma);
  void prepare_hidden(double gamma);
  void prepare_ends(double gamma);
  void prepare_reach(const std::vector<Matrix>& weights);
  void project(const std::vector<Matrix>& v);
  void solve_blocks();
  void gather_ends();
  void solve_ends();
  void spread_ends();
  void solve_hidden();

  Index rank_ = 0;              // k
  double strongest_ = 0;        // the largest singular value of A
  std::vector<double> roots_;   // √η_l
  std::vector<double> decays_;  // D_l, without decay empty
  double floor_ = 0;            // of 1 + γ × a curvature
  /// O_{l−1} of layer l, computed from the inputs on: W_l right_l = right_{l+1} × triangular.
  std::vector<Matrix> right_;
  /// O_l of layer l, computed from the outputs back; for balanced weights equal to right_{l+1}.
  std::vector<Matrix> left_;
  Matrix inputs_;                             // directions outside O_0, n_0 x (n_0 − k): singular vectors of R there
  Matrix outputs_;                            // directions outside O_L
  Matrix settled_inputs_;                     // right singular vectors of A of the modes at rest
  Vector residual_;                           // R along all these directions, first those of A
  Matrix residual_inner_;                     // O_LᵀR O_0
  Matrix cost_curvature_;                     // ⟨u_i v_jᵀ, 𝓜 u_i v_jᵀ⟩
  std::vector<Matrix> strengths_;             // left_lᵀ W_l right_l
  std::vector<std::vector<Matrix>> between_;  // products of strengths_ from one layer up to, but without, another
  std::vector<Matrix> above_;                 // dA = Σ above_l left_lᵀ V_l right_l below_l between the learned modes
  std::vector<Matrix> below_;
  TangentInverse together_;  // replaces blocks_ and ends_ where the cost couples all entries
  bool coupled_ = false;
  std::vector<Block> blocks_;
  Matrix hidden_;                  // γ × the Hessian between layers l and l + 1 outside the frames, (L − 1) x k
  Matrix ends_in_;                 // the inverse minus 1 between W_1 and W_L outside the frames, k x (n_0 − k)
  Matrix ends_out_;                // k x (n_L − k)
  Matrix ends_cross_;              // k x min
  std::vector<Matrix> reach_in_;   // W_{l−1}⋯W_1 inputs_: layers after W_1 move A along inputs_ too, by a little
  std::vector<Matrix> reach_out_;  // outputs_ᵀ W_L⋯W_{l+1}, transposed
  std::vector<Matrix> lift_in_;    // from the rows of layer l to those rows of W_1 that move A equally
  std::vector<Matrix> lift_out_;
  std::vector<Matrix> inner_;    // k x k part of v_l
  std::vector<Matrix> rows_;     // k x n_{l−1}, outside the frames
  std::vector<Matrix> columns_;  // n_l x k
  std::vector<Matrix> row_changes_;
  std::vector<Matrix> column_changes_;
  Vector entries_;  // of one block
  Vector entry_changes_;
  Matrix in_;  // of W_1 outside the frames, k x (n_0 − k), including what other layers contribute
  Matrix out_;
  Matrix to_in_;
  Matrix to_out_;
  Matrix turns_;
};

}  // namespace linnet
