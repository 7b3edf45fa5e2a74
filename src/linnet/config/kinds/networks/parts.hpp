#pragma once

#include "linnet/config/kinds/network.hpp"

/// Options that several kinds of network share.
namespace linnet::config {

/// How a network is represented.
enum class State { automatic, gram, weights, self_consistent, linearized, balanced };

/// The key "state", whose words are `known`.
void visit_state(FieldVisitor& v, State& state, const std::vector<State>& known);

struct RealWidth {
  Index whole = 1;
  double real = 1;
};

/// w, or its exponent γ_w, w = ⌊d^γ_w⌋.
struct WidthOption {
  std::optional<Index> width = std::nullopt;
  std::optional<double> exponent = std::nullopt;

  void visit(FieldVisitor& v);
  [[nodiscard]] bool given() const { return width || exponent; }
  [[nodiscard]] RealWidth of(Shape shape) const;
};

/// σ², or its exponent γ_σ².
struct VarianceOption {
  std::optional<LayerValue> variance = std::nullopt;
  std::optional<double> exponent = std::nullopt;

  void visit(FieldVisitor& v);
  [[nodiscard]] bool given() const { return variance || exponent; }
  [[nodiscard]] Layerwise of(Shape shape, Index width) const;
};

/// L and the widths of the hidden layers.
struct HiddenLayers {
  double depth = 2;
  WidthOption width = {};
  std::vector<double> widths = {};

  void visit(FieldVisitor& v, bool exponent);
  /// Throws unless L is a whole number and this number of layers fits into the memory.
  [[nodiscard]] Index layers() const;
};

/// A(0), given by its singular values.
struct EndToEndStart {
  enum class How { random, semi_orthogonal, aligned };
  How how = How::random;
  double size = 0.01;

  void visit(FieldVisitor& v);
  [[nodiscard]] Matrix make(const StartSetting& setting, Index rank) const;
};

/// Throws, naming the field, unless the value is a whole number.
Index whole(double value, const char* field);

/// Throws unless exactly one of two keys is given.
void require_one(bool a, bool b, const char* field, const char* other);

/// "network.width" and "network.width_exponent", and so on: lists of keys of which only one can be given.
std::vector<std::vector<std::string>> width_alternatives();

/// W_1, …, W_L from files.
std::vector<Matrix> read_all(const std::vector<MatrixInput>& inputs, const StartSetting& setting);

}  // namespace linnet::config
