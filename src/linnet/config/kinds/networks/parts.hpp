#pragma once

#include <functional>

#include "linnet/config/kinds/network.hpp"

/// Options that several kinds of network share.
namespace linnet::config {

/// How a network is represented.
enum class State { automatic, gram, weights, self_consistent, linearized, balanced };

/// The arguments of Python that a configuration's other sections say: the first, outputs and inputs; what a flow has;
/// of random numbers.
void visit_shape(FieldVisitor& v, StartSetting& own);
void visit_rates(FieldVisitor& v, StartSetting& own, bool pair, const char* doc);
void visit_point(FieldVisitor& v, std::uint32_t& point);

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

/// σ², or its exponent γ_σ². Python's σ² is that of `networks::Gaussian` by default.
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
  std::optional<std::vector<Index>> widths = std::nullopt;

  void visit(FieldVisitor& v, bool exponent);
  /// Throws unless L is a whole number and this number of layers fits into the memory.
  [[nodiscard]] Index layers() const;

  struct Hidden {
    std::vector<Index> widths;
    std::optional<Index> given;  ///< the one width for all
  };
  [[nodiscard]] Hidden of(Shape shape) const;

 private:
  struct Argument {
    std::optional<Index> depth;
  };
  std::optional<Argument> argument_ = std::nullopt;  // of Python, where either depth and width or the widths are given
};

/// The order of the light cone that stands for wide layers (networks/light_cone.hpp).
struct ConeOption {
  std::optional<LayerValue> order = std::nullopt;
  std::optional<double> tolerance = std::nullopt;

  void visit(FieldVisitor& v, const char* doc);
  [[nodiscard]] bool given() const { return order.has_value(); }
  /// The tolerance of the flow mode by mode, which has an order for each mode. Throws for a number as the order.
  [[nodiscard]] double tolerance_of_modes() const;
  /// The cone that `at` makes of an order: of the given one, or to be raised by training from order 1.
  [[nodiscard]] DeepLinear make(const std::function<DeepLinear(Index order)>& at) const;
};

/// A(0), given by its singular values.
struct EndToEndStart {
  enum class How { random, semi_orthogonal, aligned };
  MatrixInput given = {};
  How how = How::random;
  double size = 0.01;

  void visit(FieldVisitor& v);
  [[nodiscard]] Matrix make(const StartSetting& setting, Index rank) const;
};

/// Throws unless exactly one of two keys is given.
void require_one(bool a, bool b, const char* field, const char* other);

/// "network.width" and "network.width_exponent", and so on: lists of keys of which only one can be given.
std::vector<std::vector<std::string>> width_alternatives();

/// W_1, …, W_L from files.
std::vector<Matrix> read_all(const std::vector<MatrixInput>& inputs, const StartSetting& setting);

}  // namespace linnet::config
