#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/config/kinds/networks/parts.hpp"
#include "linnet/error.hpp"
#include "linnet/networks/deep_starts.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

/// What all deep linear networks share: how they are represented.
class DeepStart : public NetworkKind {
 public:
  [[nodiscard]] const char* word() const override { return "deep"; }
  [[nodiscard]] bool is_deep() const override { return true; }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    Start start;
    if (state_ == State::linearized) {
      start.network = DeepLinearized(weights(setting));
    } else {
      start.network = weights(setting);
    }
    return start;
  }

 protected:
  void visit_deep_state(FieldVisitor& v) {
    v.only_for({});
    visit_state(v, state_, {State::automatic, State::weights, State::linearized});
  }
  [[nodiscard]] virtual DeepLinear weights(const StartSetting& setting) const = 0;

  State state_ = State::automatic;
};

/// Deep networks that are drawn, with a depth and widths; not read from files.
class LayeredStart : public DeepStart {
 public:
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override { return width_alternatives(); }

 protected:
  struct Hidden {
    std::vector<Index> widths;
    std::optional<Index> given;  ///< the width, if all layers have the same
  };

  [[nodiscard]] Hidden hidden(Shape shape) const {
    const Index depth = layers_.layers();
    Hidden hidden;
    if (layers_.widths.empty()) {
      if (depth != 1 || layers_.width.given()) hidden.given = layers_.width.of(shape).whole;
      hidden.widths.assign(static_cast<std::size_t>(depth - 1), hidden.given.value_or(1));
      return hidden;
    }
    for (const double w : layers_.widths) hidden.widths.push_back(whole(w, "network.widths"));
    if (static_cast<Index>(hidden.widths.size()) != depth - 1) {
      bad_input({.field = "network.widths",
                 .expected = fmt::format("{} numbers, one a hidden layer", depth - 1),
                 .got = fmt::format("{}", hidden.widths.size())});
    }
    return hidden;
  }

  [[nodiscard]] std::vector<Index> sizes(Shape shape) const {
    std::vector<Index> all{shape.inputs};
    for (const Index w : hidden(shape).widths) all.push_back(w);
    all.push_back(shape.outputs);
    return all;
  }

  HiddenLayers layers_;
};

/// σ_l², or σ² = w^−γ.
struct DeepVariance {
  std::optional<LayerValue> variance = std::nullopt;
  std::optional<double> gamma = std::nullopt;

  void visit(FieldVisitor& v) {
    v.layers("variance", variance, {}, Range::non_negative, "σ²: one number for all layers, or one for each layer");
    v.real("gamma", gamma, Range::any, "instead of variance: σ² = w^−γ");
  }

  /// None if neither is given. One layer has no width of its own; if a width is given, the layer starts as the layers
  /// of deeper networks of this width do.
  [[nodiscard]] std::optional<Layerwise> make(const std::vector<Index>& hidden, std::optional<Index> width) const {
    if (variance && gamma) {
      bad_input({.field = "network.variance", .expected = "one of network.variance and network.gamma", .got = "both"});
    }
    if (gamma) {
      if (!hidden.empty()) width = *std::max_element(hidden.begin(), hidden.end());
      if (!width) {
        bad_input({.field = "network.gamma", .expected = "a network.width, for a network of depth 1", .got = "none"});
      }
      return networks::saddle_variance(*width, *gamma);
    }
    if (!variance) return std::nullopt;
    return std::get<Layerwise>(*variance);
  }
};

std::vector<std::vector<std::string>> variance_alternatives() {
  std::vector<std::vector<std::string>> all = width_alternatives();
  all.push_back({"variance", "gamma"});
  return all;
}

class DeepGaussianStart final : public KindOf<DeepGaussianStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "gaussian"; }
  [[nodiscard]] const char* meaning() const override { return "Any depth, W_l iid N(0, σ_l²)."; }
  void visit(FieldVisitor& v) override {
    visit_deep_state(v);
    layers_.visit(v, true);
    variance_.visit(v);
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override { return variance_alternatives(); }
  [[nodiscard]] std::optional<landscape::DistanceExponents> distance_exponents() const override {
    if (!variance_.gamma) return std::nullopt;
    return landscape::distance_exponents(layers_.depth, *variance_.gamma);
  }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    const Hidden layers = hidden(setting.shape);
    const std::optional<Layerwise> variance = variance_.make(layers.widths, layers.given);
    if (!variance) {
      bad_input({.field = "network.variance",
                 .expected = "exactly one of network.variance and network.gamma",
                 .got = "neither"});
    }
    return networks::gaussian_deep(sizes(setting.shape),
                                   {.variance = *variance, .seed = setting.seed, .point = setting.point});
  }

  DeepVariance variance_;
};

class DeepBalancedStart final : public KindOf<DeepBalancedStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "balanced"; }
  [[nodiscard]] const char* meaning() const override {
    return "Any depth, balanced weights (W_{l+1}ᵀW_{l+1} = W_lW_lᵀ) with a given A(0).";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    visit_state(v, state_, {State::automatic, State::weights, State::linearized, State::balanced});
    layers_.visit(v, true);
    start_.visit(v);
  }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    if (state_ != State::balanced) return LayeredStart::make(setting);
    Start start;
    start.network = DeepBalanced(start_.make(setting, setting.shape.modes()), layers_.depth);
    return start;
  }
  [[nodiscard]] std::optional<AlignedStart> aligned() const override {
    if (start_.how != EndToEndStart::How::aligned || layers_.depth != std::floor(layers_.depth)) return std::nullopt;
    return AlignedStart{.depth = static_cast<Index>(layers_.depth), .size = start_.size};
  }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    return networks::balanced_deep(start_.make(setting, setting.shape.modes()), hidden(setting.shape).widths,
                                   setting.seed);
  }

  EndToEndStart start_;
};

class DeepUnbalancedStart final : public KindOf<DeepUnbalancedStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "unbalanced"; }
  [[nodiscard]] const char* meaning() const override {
    return "Any depth, weights that are balanced except for the first or the last layer, with a given A(0).";
  }
  void visit(FieldVisitor& v) override {
    visit_deep_state(v);
    layers_.visit(v, true);
    v.real("balance", imbalance_.balance, Range::any, "λ; 0 is zero-balanced");
    v.word("unbalanced", imbalance_.layer, {{"first", UnbalancedLayer::first}, {"last", UnbalancedLayer::last}},
           "the layer out of balance: W_2ᵀW_2 − W_1W_1ᵀ = λI or W_LᵀW_L − W_{L−1}W_{L−1}ᵀ = λI");
    start_.visit(v);
  }
  [[nodiscard]] std::optional<AlignedStart> aligned() const override {
    if (start_.how != EndToEndStart::How::aligned || layers_.depth != std::floor(layers_.depth)) return std::nullopt;
    return AlignedStart{.depth = static_cast<Index>(layers_.depth), .size = start_.size, .imbalance = imbalance_};
  }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    return networks::deep_unbalanced(start_.make(setting, setting.shape.modes()), hidden(setting.shape).widths,
                                     {.imbalance = imbalance_, .seed = setting.seed});
  }

  LayerImbalance imbalance_;
  EndToEndStart start_;
};

class DeepOrthogonalStart final : public KindOf<DeepOrthogonalStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "orthogonal"; }
  [[nodiscard]] const char* meaning() const override { return "Any depth, `scale` times orthonormal layers."; }
  void visit(FieldVisitor& v) override {
    visit_deep_state(v);
    layers_.visit(v, true);
    v.real("scale", scale_, Range::non_negative, "factor of every layer");
  }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    return networks::orthogonal_deep(sizes(setting.shape), scale_, setting.seed);
  }

  double scale_ = 1;
};

class DeepIdentityStart final : public KindOf<DeepIdentityStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "identity"; }
  [[nodiscard]] const char* meaning() const override {
    return "Any depth, `scale` on the diagonal, plus Gaussian entries.";
  }
  void visit(FieldVisitor& v) override {
    visit_deep_state(v);
    layers_.visit(v, true);
    v.real("scale", scale_, Range::non_negative, "value on the diagonal");
    variance_.visit(v);
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override { return variance_alternatives(); }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    const Hidden layers = hidden(setting.shape);
    return networks::identity_deep(sizes(setting.shape), scale_,
                                   {.variance = variance_.make(layers.widths, layers.given).value_or(0.0),
                                    .seed = setting.seed,
                                    .point = setting.point});
  }

  double scale_ = 1;
  DeepVariance variance_;
};

class DeepEscapeStart final : public KindOf<DeepEscapeStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "escape"; }
  [[nodiscard]] const char* meaning() const override {
    return "Any depth, a point on the path of the fastest escape from the origin.";
  }
  void visit(FieldVisitor& v) override {
    visit_deep_state(v);
    layers_.visit(v, true);
    v.real("start_size", size_, Range::non_negative, "|θ|");
  }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    const Matrix origin = Matrix::Zero(setting.shape.outputs, setting.shape.inputs);
    return networks::escape_path(setting.task->train.evaluate(origin).gradient, hidden(setting.shape).widths, size_, 0,
                                 setting.seed);
  }

  double size_ = EndToEndStart().size;
};

class DeepWeightsStart final : public KindOf<DeepWeightsStart, DeepStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "weights"; }
  [[nodiscard]] const char* meaning() const override { return "Any depth, from files."; }
  void visit(FieldVisitor& v) override {
    visit_deep_state(v);
    v.matrices("weights", files_, "the files of W_1, …, W_L, each outputs x inputs");
  }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    return DeepLinear(read_all(files_, setting));
  }

  std::vector<MatrixInput> files_;
};

}  // namespace

std::unique_ptr<NetworkKind> network_deep_gaussian() { return std::make_unique<DeepGaussianStart>(); }
std::unique_ptr<NetworkKind> network_deep_balanced() { return std::make_unique<DeepBalancedStart>(); }
std::unique_ptr<NetworkKind> network_deep_unbalanced() { return std::make_unique<DeepUnbalancedStart>(); }
std::unique_ptr<NetworkKind> network_deep_orthogonal() { return std::make_unique<DeepOrthogonalStart>(); }
std::unique_ptr<NetworkKind> network_deep_identity() { return std::make_unique<DeepIdentityStart>(); }
std::unique_ptr<NetworkKind> network_deep_escape() { return std::make_unique<DeepEscapeStart>(); }
std::unique_ptr<NetworkKind> network_deep_weights() { return std::make_unique<DeepWeightsStart>(); }

}  // namespace linnet::config
