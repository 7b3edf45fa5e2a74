#pragma once

#include <memory>
#include <string>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// Value and gradient of a cost at one A. A loop reuses one object.
struct Residual {
  double cost = 0;         ///< C(A)
  Matrix gradient;         ///< R = ∇C(A), n_2 x n_0
  Matrix difference = {};  ///< A − Y of a regression; of a CostFunction what its curvature needs of A
  Matrix seen = {};        ///< (A − Y)Σ_xx^{½}, n_2 x rank, of a regression; room of a CostFunction
};

/// Room for intermediate results of a curvature. A loop reuses one object.
struct Room {
  Matrix first = {};
  Matrix second = {};
};

/// The data of a cost on samples, samples in columns; whitened where the cost is.
struct Samples {
  Matrix inputs;        ///< X, n_0 x P
  Matrix targets;       ///< T, n_2 x P
  Vector weights = {};  ///< w_i >= 0 of each sample; empty: all 1
};

/// A cost C(A) of the end-to-end matrix that is not among the quadratic ones of `Cost` itself. All methods are const
/// and may be called from several threads at once; those that a step needs allocate nothing once their outputs have
/// their sizes.
class CostFunction {
 public:
  virtual ~CostFunction() = default;

  [[nodiscard]] virtual std::string name() const = 0;   ///< as errors call it: "the Huber cost"
  [[nodiscard]] virtual std::string words() const = 0;  ///< what cost and error are, for files and plots
  [[nodiscard]] virtual Shape shape() const = 0;
  [[nodiscard]] virtual double count() const { return 2; }  ///< errors are 2C / count; by default the error is the cost

  /// C(a) and ∇C(a).
  virtual void evaluate(const Matrix& a, Residual& at) const = 0;

  /// The second derivative along d, at the A where `at` was evaluated.
  virtual void curvature(const Residual& at, const Matrix& d, Room& room, Matrix& out) const = 0;
  [[nodiscard]] virtual bool has_curvature() const { return true; }

  /// Those that the cost is a mean over, or null. The next two are of these alone.
  [[nodiscard]] virtual const Samples* samples() const { return nullptr; }
  virtual void gradient_on(const Samples& batch, const Matrix& a, Matrix& room, Matrix& out) const;
  [[nodiscard]] virtual double of_outputs(const Matrix& outputs) const;

  /// What it is made of, to store it and make the same again. Throws for one that is a user's own function.
  struct Parts {
    std::string kind;
    std::vector<Matrix> matrices;
    std::vector<double> numbers;
  };
  [[nodiscard]] virtual Parts parts() const = 0;
  static std::shared_ptr<const CostFunction> made_of(Parts parts);

 protected:
  CostFunction() = default;
  CostFunction(const CostFunction&) = default;
  CostFunction& operator=(const CostFunction&) = default;
};

/// Throws, naming the field, for a matrix without entries or with entries that are not finite.
void require_entries(const Matrix& m, const char* field);

/// Throws, naming the field, unless the matrix has this shape, that of the target.
void require_shape(const Matrix& m, Shape target, const char* field);

/// Throws unless these samples in rows are equally many.
void require_rows(const Matrix& inputs, const Matrix& targets);

/// Throws unless there are samples, all their numbers are finite, and the weights, if there are any, are one for each
/// sample, non-negative and not all 0.
void require_data(const Samples& samples);

/// The target with 0 for what has weight 0: the unobserved entries are often unknown and stored as nan. Throws unless
/// the weights have the shape of the target.
Matrix with_zeros_unseen(const Matrix& target, const Matrix& weights, const char* field);

/// Throws, naming `task.weights`, unless all are finite and non-negative, and not all 0.
void require_weights(const Matrix& weights);

}  // namespace linnet
