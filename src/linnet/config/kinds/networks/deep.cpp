#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/config/kinds/networks/parts.hpp"
#include "linnet/error.hpp"
#include "linnet/networks/blocks.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/networks/light_cone.hpp"

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
    visit_state(v, state_, states());
  }
  [[nodiscard]] virtual std::vector<State> states() const {
    return {State::automatic, State::weights, State::linearized};
  }
  [[nodiscard]] virtual DeepLinear weights(const StartSetting& setting) const = 0;

  State state_ = State::automatic;
};

/// Deep networks that are drawn, with a depth and widths; not read from files.
class LayeredStart : public DeepStart {
 public:
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override { return width_alternatives(); }
  void visit(FieldVisitor& v) final {
    visit_deep_state(v);
    layers_.visit(v, true);
    visit_start(v);
    v.own_seed(own.seed);
  }

 protected:
  virtual void visit_start(FieldVisitor& v) = 0;
  [[nodiscard]] std::vector<Index> sizes(Shape shape) const {
    std::vector<Index> all{shape.inputs};
    for (const Index w : layers_.of(shape).widths) all.push_back(w);
    all.push_back(shape.outputs);
    return all;
  }

  HiddenLayers layers_;
};

/// σ_l², or σ² = w^−γ, or σ_l² = s_l²/w, or σ² = d^γ_σ².
struct DeepVariance {
  std::optional<LayerValue> variance = std::nullopt;
  std::optional<double> gamma = std::nullopt;
  std::optional<LayerValue> scales = std::nullopt;
  std::optional<double> exponent = std::nullopt;

  /// `none`: what no variance is where Python has no γ.
  void visit(FieldVisitor& v, std::optional<double> none = std::nullopt) {
    if (v.in_python() && none && !variance) variance = Layerwise(*none);
    v.layers("variance", variance, {}, Range::non_negative, "σ²: one number for all layers, or one for each layer");
    if (v.in_python() && none) return;
    v.as({.meaning = "instead of variance: variance = width^-gamma"})
        .real("gamma", gamma, Range::any, "instead of variance: σ² = w^−γ");
    v.layers("scales", scales, {}, Range::non_negative,
             "instead of variance: s_l = σ_l√w, one number for all layers, or one for each layer");
    v.not_in_python().real("variance_exponent", exponent, Range::any, "γ_σ², instead of variance: σ² = d^γ_σ²");
  }

  /// None if neither is given. One layer has no width of its own; if a width is given, the layer starts as the layers
  /// of deeper networks of this width do.
  [[nodiscard]] std::optional<Layerwise> make(const std::vector<Index>& hidden, std::optional<Index> width,
                                              Shape shape) const {
    if (variance.has_value() + gamma.has_value() + scales.has_value() + exponent.has_value() > 1) {
      bad_input(
          {.field = "network.variance", .expected = "exactly one of variance, gamma and scales", .got = "several"});
    }
    if (exponent) return std::pow(dimension(shape), *exponent);
    if (!hidden.empty()) width = *std::max_element(hidden.begin(), hidden.end());
    if ((gamma || scales) && !width) {
      bad_input({.field = gamma ? "network.gamma" : "network.scales",
                 .expected = "a width, for a network of depth 1",
                 .got = "none"});
    }
    if (gamma) return networks::saddle_variance(*width, *gamma);
    if (scales) {
      std::vector<double> variances;
      for (const double s : std::get<Layerwise>(*scales).values()) {
        variances.push_back(s * s / static_cast<double>(*width));
      }
      return Layerwise(std::move(variances));
    }
    if (!variance) return std::nullopt;
    return std::get<Layerwise>(*variance);
  }
};

std::vector<std::vector<std::string>> variance_alternatives() {
  std::vector<std::vector<std::string>> all = width_alternatives();
  all.push_back({"variance", "gamma", "scales", "variance_exponent"});
  return all;
}

class DeepGaussianStart final : public KindOf<DeepGaussianStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "gaussian"; }
  [[nodiscard]] const char* meaning() const override { return "Any depth, W_l iid N(0, σ_l²)."; }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"gaussian_deep", "DeepLinear",
             R"(A deep network with independent entries N(0, variance), or N(0, variance[l]) in layer l.

The hidden layers by `depth` and one `width`, or one by one by `widths`. Instead of a variance, `gamma` is that of
*Saddle-to-saddle*: variance = width^-gamma, the NTK regime below 1, small starts above; or `scales` keep s_l = sigma_l
sqrt(width), as `infinite_width` does, of the widest hidden layer. Two layers have the same bits as `gaussian_weights`.

With `order` it is the light cone of such a network, drawn in law without its width (up to 2^53): weights of a few
directions, which train to the same A(t) up to an error that falls exponentially with the order. `order="auto"` lets
`train` raise the order to the `tolerance`. A seed means the same network at every order, and another one than without
`order`.

With `blocks`, numbers of inputs, each block has a path of its own up to layer `fusion`, the first that sees all of them:
weights between the paths are 0, and a solver with `keep_zeros` keeps them 0.
Source: docs/theory.md, "Saddle to saddle" and "Any width at any depth".

Raises:
    linnet.Error: for a depth or width below 1, a variance that is negative, several or none of variance, gamma and
        scales, or a cone that does not fit into the memory.)"}};
  }
  void visit_start(FieldVisitor& v) override {
    visit_shape(v, own);
    variance_.visit(v);
    visit_point(v, own.point);
    v.wholes("blocks", blocks_, 1, "numbers of inputs, of blocks with separate paths up to the layer fusion");
    v.whole("fusion", fusion_, 1,
            "with blocks, the first layer that sees all of them: 1 early, L late; train with solver.keep_zeros, else "
            "the paths grow together");
    cone_.visit(v,
                "instead of all weights those of the light cone, of any width: the largest number of turns of its "
                "words, or auto, raised by training to the tolerance");
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override { return variance_alternatives(); }
  [[nodiscard]] InputBlocks blocks() const override {
    return {.inputs = blocks_.value_or(std::vector<Index>()), .fusion = fusion_};
  }
  [[nodiscard]] std::optional<landscape::DistanceExponents> distance_exponents() const override {
    if (!variance_.gamma) return std::nullopt;
    return landscape::distance_exponents(layers_.depth, *variance_.gamma);
  }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    const HiddenLayers::Hidden layers = layers_.of(setting.shape);
    const std::optional<Layerwise> variance = variance_.make(layers.widths, layers.given, setting.shape);
    if (!variance) {
      bad_input(
          {.field = "network.variance", .expected = "exactly one of variance, gamma and scales", .got = "neither"});
    }
    const networks::DeepGaussian options{.variance = *variance, .seed = setting.seed, .point = setting.point};
    const std::vector<Index> all = sizes(setting.shape);
    if (blocks_ && cone_.given()) {
      bad_input({.field = "network.blocks", .expected = "none, with network.order", .got = "both"});
    }
    if (!blocks_ && fusion_ != 1) {
      bad_input({.field = "network.fusion", .expected = "1, without network.blocks", .got = std::to_string(fusion_)});
    }
    if (blocks_) return networks::separate_blocks(networks::gaussian_deep(all, options), *blocks_, fusion_);
    if (!cone_.given()) return networks::gaussian_deep(all, options);
    return cone_.make([&](Index order) { return networks::gaussian_cone(all, options, order); });
  }

  DeepVariance variance_;
  std::optional<std::vector<Index>> blocks_;
  Index fusion_ = 1;
  ConeOption cone_;
};

class DeepBalancedStart final : public KindOf<DeepBalancedStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "balanced"; }
  [[nodiscard]] const char* meaning() const override {
    return "Any depth, balanced weights (W_{l+1}ᵀW_{l+1} = W_lW_lᵀ) with a given A(0).";
  }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"balanced_deep", "DeepLinear",
             R"(Balanced weights of any depth, W_{l+1}^T W_{l+1} = W_l W_l^T, with the end-to-end matrix given.

From A = U S V^T, W_l = O_l S^(1/L) O_{l-1}^T with O_0 = V, O_L = U and hidden frames drawn from `seed`.

Raises:
    linnet.Error: for a hidden layer narrower than the rank of the end-to-end matrix.)"}};
  }
  void visit_start(FieldVisitor& v) override { start_.visit(v); }

  [[nodiscard]] std::vector<State> states() const override {
    return {State::automatic, State::weights, State::linearized, State::balanced};
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
    return networks::balanced_deep(start_.make(setting, setting.shape.modes()), layers_.of(setting.shape).widths,
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
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {
        {"deep_unbalanced", "DeepLinear",
         R"(Weights of depth 2 or more where only the first or last `layer` is out of balance, with the end-to-end matrix given.

W_{l+1}^T W_{l+1} - W_l W_l^T is 0 for all neighbours except the first pair (or the last), where it is balance * I.
balance > 0 is upstream, with larger later layers; balance < 0 is downstream. Two layers are those of `balanced`.
With `rates` this holds for the layers W_l / sqrt(rates[l]), whose imbalance the flow with these rates conserves.
Source: docs/theory.md, "Layers out of balance".

Raises:
    linnet.Error: where no such weights exist. The larger layers have full rank, the width of the hidden layer
        beside the unbalanced one, so that no layer on their side, and neither inputs nor outputs there, may be
        smaller. No layer may be smaller than the rank of the end-to-end matrix.)"}};
  }
  void visit_start(FieldVisitor& v) override {
    v.as({.required = true}).real("balance", imbalance_.balance, Range::any, "λ; 0 is zero-balanced");
    v.as({.name = "layer", .field = "layer"})
        .word("unbalanced", imbalance_.layer, {{"first", UnbalancedLayer::first}, {"last", UnbalancedLayer::last}},
              "the layer out of balance: W_2ᵀW_2 − W_1W_1ᵀ = λI or W_LᵀW_L − W_{L−1}W_{L−1}ᵀ = λI");
    start_.visit(v);
    visit_rates(v, own, false, "of the flow that follows, one number or one a layer");
  }
  [[nodiscard]] std::optional<AlignedStart> aligned() const override {
    if (start_.how != EndToEndStart::How::aligned || layers_.depth != std::floor(layers_.depth)) return std::nullopt;
    return AlignedStart{.depth = static_cast<Index>(layers_.depth), .size = start_.size, .imbalance = imbalance_};
  }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    return networks::deep_unbalanced(
        start_.make(setting, setting.shape.modes()), layers_.of(setting.shape).widths,
        {.imbalance = imbalance_, .rates = setting.descent ? Layerwise(1.0) : setting.rates, .seed = setting.seed});
  }

  LayerImbalance imbalance_;
  EndToEndStart start_;
};

class DeepOrthogonalStart final : public KindOf<DeepOrthogonalStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "orthogonal"; }
  [[nodiscard]] const char* meaning() const override { return "Any depth, `scale` times orthonormal layers."; }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"orthogonal_deep", "DeepLinear",
             R"(Every layer `scale` times a random matrix of orthonormal columns or rows.

Raises:
    linnet.Error: for a depth or width below 1, or a scale that is not finite.)"}};
  }
  void visit_start(FieldVisitor& v) override {
    visit_shape(v, own);
    v.real("scale", scale_, Range::non_negative, "factor of every layer");
    cone_.visit(v,
                "instead of all weights those of the light cone, for hidden layers of one width >= inputs + outputs: "
                "exact at every order, of any width");
  }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    const std::vector<Index> all = sizes(setting.shape);
    if (!cone_.given()) return networks::orthogonal_deep(all, scale_, setting.seed);
    return cone_.make([&](Index) { return networks::orthogonal_cone(all, scale_, setting.seed); });
  }

  double scale_ = 1;
  ConeOption cone_;
};

class DeepIdentityStart final : public KindOf<DeepIdentityStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "identity"; }
  [[nodiscard]] const char* meaning() const override {
    return "Any depth, `scale` on the diagonal, plus Gaussian entries.";
  }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"identity_deep", "DeepLinear", R"(Every layer `scale` on its diagonal, plus entries N(0, variance).

Raises:
    linnet.Error: for a depth or width below 1, a scale that is not finite, or a variance that is negative.)"}};
  }
  void visit_start(FieldVisitor& v) override {
    visit_shape(v, own);
    v.real("scale", scale_, Range::non_negative, "value on the diagonal");
    variance_.visit(v, no_noise);
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override { return variance_alternatives(); }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    const HiddenLayers::Hidden layers = layers_.of(setting.shape);
    return networks::identity_deep(
        sizes(setting.shape), scale_,
        {.variance = variance_.make(layers.widths, layers.given, setting.shape).value_or(no_noise),
         .seed = setting.seed,
         .point = setting.point});
  }

  static constexpr double no_noise = 0;

  double scale_ = 1;
  DeepVariance variance_;
};

class DeepEscapeStart final : public KindOf<DeepEscapeStart, LayeredStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "escape"; }
  [[nodiscard]] const char* meaning() const override {
    return "Any depth, a point on the path of the fastest escape from the origin.";
  }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"escape_path", "DeepLinear",
             R"(The point at |theta| = size along the direction of fastest escape from the origin of this task's cost.

With (s, u, v) the largest singular triple of dC/dA at 0: W_l = size L^(-1/2) z_l z_{l-1}^T, z_0 = v, z_L = -u,
hidden unit vectors z_l drawn from `seed`. `mode` > 0 takes a later triple. `linnet.landscape.escape_radius`
predicts |theta| of the flow from there.

Raises:
    linnet.Error: where the origin is a minimum.)"}};
  }
  void visit_start(FieldVisitor& v) override {
    v.as({.field = "task", .required = true, .positional = true}).object("task", &own.task, "whose cost it is");
    v.as({.name = "size", .required = true}).real("start_size", size_, Range::non_negative, "|θ|");
    v.whole("mode", mode_, 0, "which singular triple of ∇C(0), from the largest: 0 is the fastest way");
  }

 private:
  [[nodiscard]] DeepLinear weights(const StartSetting& setting) const override {
    const Shape shape = setting.task->shape();
    const Matrix origin = Matrix::Zero(shape.outputs, shape.inputs);
    return networks::escape_path(setting.task->train.evaluate(origin).gradient, layers_.of(shape).widths, size_, mode_,
                                 setting.seed);
  }

  double size_ = EndToEndStart().size;
  Index mode_ = 0;
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
