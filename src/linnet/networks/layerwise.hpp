#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// One number for each layer of a network of any depth: rates, steps, variances. A single number is that of all layers.
class Layerwise {
 public:
  Layerwise(double all) : values_{all} {}  // NOLINT: one number for all layers
  Layerwise(std::initializer_list<double> layers) : Layerwise(std::vector(layers)) {}  // NOLINT: written as a list
  explicit Layerwise(std::vector<double> layers);                                      ///< throws for none

  [[nodiscard]] const std::vector<double>& values() const { return values_; }
  /// Of layer l, from 0.
  [[nodiscard]] double operator[](std::size_t l) const { return values_.size() == 1 ? values_.front() : values_[l]; }
  /// Whether all layers have the same.
  [[nodiscard]] bool uniform() const;
  /// (Π η_l)^{1/L}; of two layers √(η_1η_2).
  [[nodiscard]] double geometric_mean() const;
  /// The numbers divided by their geometric mean.
  [[nodiscard]] Layerwise relative() const;
  /// All numbers times a factor.
  [[nodiscard]] Layerwise times(double factor) const;
  /// The numbers of two layers. Throws, naming `field`, when there are more.
  [[nodiscard]] const Layerwise& pair(const char* field) const&;
  void pair(const char* field) && = delete;  // of a temporary nothing would be left
  /// Throws, naming `field`, unless there is one number or `depth` of them.
  void require_depth(Index depth, const char* field) const;

  friend bool operator==(const Layerwise&, const Layerwise&) = default;

 private:
  std::vector<double> values_;
};

/// Throw, naming the field, unless every number is finite and positive, or >= 0 for the second function.
void require_positive(const Layerwise& values, const char* field);
void require_non_negative(const Layerwise& values, const char* field);

}  // namespace linnet
