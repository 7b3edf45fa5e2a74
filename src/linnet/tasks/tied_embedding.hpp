#pragma once

#include "linnet/tasks/task.hpp"

namespace linnet {

/// C(W) = ¼‖WᵀW − M‖²_F of tied embeddings W ∈ R^{w x n}, a column for each of n words, and a symmetric M: the two
/// layers of a factorization W_2W_1 with W_2 = W_1ᵀ, kept equal by construction. W is the network, of one layer. The
/// factor ¼ makes the flow dW/dt = −W(WᵀW − M) that of two layers with C = ½‖A − M‖² and a tied start. Errors are mean
/// squares of the entries of WᵀW − M. A gradient takes two products, 4n²w operations; a curvature three.
class TiedEmbedding final : public CostFunction {
 public:
  static constexpr const char* kind = "tied embedding";

  /// Throws unless M is square and symmetric up to rounding, and finite.
  TiedEmbedding(Matrix target, Index width);
  explicit TiedEmbedding(Parts parts);

  [[nodiscard]] const Matrix& target() const { return target_; }  ///< M

  [[nodiscard]] std::string name() const override { return "the cost of tied embeddings"; }
  [[nodiscard]] std::string words() const override {
    return "C = |W^T W - M|^2 / 4; errors are mean squares over the entries, 4C / n^2";
  }
  [[nodiscard]] Shape shape() const override { return {.outputs = width_, .inputs = target_.cols()}; }
  [[nodiscard]] double count() const override { return static_cast<double>(target_.size()) / 2; }
  void evaluate(const Matrix& a, Residual& at) const override;
  void curvature(const Residual& at, const Matrix& d, Room& room, Matrix& out) const override;
  [[nodiscard]] Parts parts() const override;

 private:
  Matrix target_;
  Index width_;
};

namespace tasks {

/// Tied embeddings of `width` dimensions for a symmetric matrix M: `TiedEmbedding`.
Task tied(const Matrix& target, Index width);

}  // namespace tasks

}  // namespace linnet
