#include "linnet/networks/gaussian.hpp"

#include <cmath>

#include "linnet/config/kinds/networks/parts.hpp"
#include "linnet/error.hpp"
#include "linnet/networks/light_cone.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

double mean(const Layerwise& p) { return (p[0] + p[1]) / 2; }

/// A step of the weights takes 6 w n_0 n_2 operations. One of the Gram state takes 4 n_0 n_2 (n_0 + n_2), or half as
/// many again if both layers are updated at once.
bool weights_are_cheaper(const StartSetting& setting, Index width) {
  const double products = setting.sequential ? 4 : 6;
  return 6 * static_cast<double>(width) < products * static_cast<double>(setting.shape.sum());
}

class GaussianStart final : public KindOf<GaussianStart, NetworkKind> {
 public:
  [[nodiscard]] const char* word() const override { return "gaussian"; }
  [[nodiscard]] const char* meaning() const override { return "Two layers, W_l iid N(0, σ_l²)."; }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {
        {"gaussian_weights", "Weights",
         R"(Weights with independent entries N(0, variance), or N(0, variance[l]) in layer l.

`seed` and `point` (of a sweep) key the random numbers: the same key gives the same bits on every machine.
Memory and time O(width (inputs + outputs)).

Raises:
    linnet.Error: for a width below 1 or a variance that is negative or not finite.)",
         "weights"},
        {"gaussian_gram", "GramState", R"(The Gram state of a Gaussian network of this width, drawn without its weights.

For width >= n = inputs + outputs by Bartlett's factor of the Wishart distribution, below by the weights
themselves. Memory O(n^2), time O(n^3), whatever the width.
Source: docs/theory.md, "The width drops out".

Raises:
    linnet.Error: for a width below 1 or a variance that is negative or not finite.)",
         "gram"}};
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    visit_shape(v, own);
    visit_state(v, state_, {State::automatic, State::gram, State::weights, State::self_consistent});
    width_.visit(v);
    variance_.visit(v);
    v.not_in_python().layers("scale", scale_, {}, Range::non_negative,
                             "instead of variance: σ_l²w, one number for both layers or two");
    v.own_seed(own.seed);
    visit_point(v, own.point);
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override {
    return {{"width", "width_exponent"}, {"variance", "variance_exponent", "scale"}};
  }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    const RealWidth width = width_.of(setting.shape);
    const networks::Gaussian options{.width = width.whole,
                                     .variance = variance(setting.shape, width.whole),
                                     .seed = setting.seed,
                                     .point = setting.point};
    Start start;
    start.scales = networks::gaussian_scales(options);
    start.nominal = mean(options.variance) * width.real;
    start.expected = networks::expected_balance(setting.shape, width.whole, options.variance);
    if (state_ == State::weights || (state_ == State::automatic && weights_are_cheaper(setting, width.whole))) {
      start.network = networks::gaussian_weights(setting.shape, options);
    } else {
      start.network = networks::gaussian_gram(setting.shape, options);
      start.width = width.whole;
    }
    return start;
  }
  [[nodiscard]] bool is_gaussian() const override { return true; }
  [[nodiscard]] bool self_consistent() const override { return state_ == State::self_consistent; }

 private:
  [[nodiscard]] Layerwise variance(Shape shape, Index width) const {
    if (!scale_ || variance_.given()) return variance_.of(shape, width);
    const Layerwise& scale = std::get<Layerwise>(*scale_).pair("network.scale");
    return {scale[0] / static_cast<double>(width), scale[1] / static_cast<double>(width)};
  }

  State state_ = State::automatic;
  WidthOption width_;
  VarianceOption variance_;
  std::optional<LayerValue> scale_;
};

class InfiniteWidthStart final : public KindOf<InfiniteWidthStart, NetworkKind> {
 public:
  [[nodiscard]] const char* word() const override { return "infinite_width"; }
  [[nodiscard]] const char* meaning() const override {
    return "Infinite width: of two layers G = diag(aI, bI), a = σ_1²w, b = σ_2²w; of more the limit of the light cone.";
  }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {
        {"infinite_width", "Union[GramState, DeepLinear]",
         R"(The start of an infinitely wide Gaussian network.

Of two layers a GramState, C_1 = aI, C_2 = bI, A = 0, with scale = (a, b) or one number. With a = b the threshold kappa
is the scale: modes below it are lazy, above it active. With `scales`, s_l = sigma_l sqrt(width), one number or one a
layer, of `depth` layers: a DeepLinear, the limit of the light cone, deterministic weights of blocks s_l I. Two layers
have scale_l = scales_l^2. Finite widths approach it as 1/sqrt(width).
Source: docs/theory.md, "One exact solution for all of it" and "Any width at any depth".

Raises:
    linnet.Error: for a scale that is negative or not finite, for both or neither of scale and scales, or a cone that
        does not fit into the memory.)"},
        {"infinite_width_weights", "Weights",
         R"(Weights of width n_0 + n_2 in the state of `infinite_width`: W_1^T = [sqrt(a) I, 0], W_2 = [0, sqrt(b) I].

In training they behave as infinitely wide Gaussian weights.

Raises:
    linnet.Error: for a scale that is negative or not finite.)",
         "weights"}};
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    visit_shape(v, own);
    visit_state(v, state_, {State::automatic, State::gram, State::weights, State::self_consistent});
    v.as({.meaning = "(a, b), or one number for both: variance_1 width and variance_2 width of a wide network",
          .pair = true})
        .layers("scale", scale_, {}, Range::non_negative, "of two layers, a and b: one number for both, or [a, b]");
    v.whole("depth", depth_, 2, "L, the number of layers; more than two with scales");
    v.layers("scales", scales_, {}, Range::non_negative,
             "instead of scale, at any depth: s_l = σ_l√w, one number for all layers, or one a layer");
    cone_.visit(v, "of scales: the largest number of turns of the cone's words, or auto, raised by training");
    if (v.in_python()) return;
    v.real("scale_exponent", scale_exponent_, Range::any, "instead of scale: a = b = d^exponent");
    const char* given = scale_ ? "network.scale" : scales_ ? "network.scales" : "network.scale_exponent";
    Need no_scale = without(given, scale_ || scales_ || scale_exponent_);
    no_scale.text = "no network.scale, network.scales or network.scale_exponent";
    v.only_for({no_scale});
    width_.visit(v);
    v.only_for({});
    variance_.visit(v);
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override {
    return {{"width", "width_exponent"}, {"variance", "variance_exponent", "scale", "scale_exponent", "scales"}};
  }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    Start start;
    if (scales_ || depth_ > 2) {
      const Layerwise scales = deep_scales(setting.shape);
      if (setting.scales_alone) {
        start.wide = WideStart{.depth = depth_, .scales = scales, .tolerance = cone_.tolerance_of_modes()};
      } else {
        start.network = cone(scales, setting.shape);
      }
      return start;
    }
    if (!scale_ && !scale_exponent_ && !width_.given() && !variance_.given()) {
      bad_input({.field = "network.scale",
                 .expected = "(a, b) or one number for both, of two layers; or network.scales, at any depth",
                 .got = "neither"});
    }
    if (!scale_ && !scale_exponent_) {  // σ²w with the width before rounding
      const RealWidth width = width_.of(setting.shape);
      const Layerwise variance = variance_.of(setting.shape, width.whole);
      start.scales = Layerwise{variance[0] * width.real, variance[1] * width.real};
    } else {
      require_one(scale_.has_value(), scale_exponent_.has_value(), "network.scale", "network.scale_exponent");
      start.scales = scale_ ? std::get<Layerwise>(*scale_).pair("network.scale")
                            : Layerwise(std::pow(dimension(setting.shape), *scale_exponent_));
    }
    start.nominal = mean(*start.scales);
    if (setting.scales_alone) return start;
    if (state_ == State::weights) {
      start.network = networks::infinite_width_weights(setting.shape, *start.scales);
    } else {
      start.network = networks::infinite_width(setting.shape, *start.scales);
    }
    return start;
  }
  [[nodiscard]] bool mode_by_mode() const override { return true; }
  [[nodiscard]] bool self_consistent() const override { return state_ == State::self_consistent; }

 private:
  /// s_l, given or as σ_l√w with the width before rounding.
  [[nodiscard]] Layerwise deep_scales(Shape shape) const {
    if (state_ != State::automatic && state_ != State::weights) {
      bad_input({.field = "network.state",
                 .expected = "\"auto\" or \"weights\", with network.scales",
                 .got = "another state"});
    }
    const bool by_width = width_.given() && variance_.given();
    if (scale_ || scale_exponent_ || scales_.has_value() == by_width) {
      bad_input({.field = "network.scales",
                 .expected = "one number for all layers, or one a layer; or else a width and a variance",
                 .got = scale_ || scale_exponent_ ? "network.scale, which is of two layers"
                        : by_width                ? "both"
                                                  : "neither",
                 .hint = "s_l = σ_l√w; of two layers, scale_l = s_l²"});
    }
    if (scales_) return std::get<Layerwise>(*scales_);
    const double width = width_.of(shape).real;
    if (variance_.exponent) return std::sqrt(std::pow(dimension(shape), *variance_.exponent) * width);
    const auto* numbers = std::get_if<Layerwise>(&*variance_.variance);
    if (numbers == nullptr) {
      bad_input({.field = "network.variance",
                 .expected = "numbers, for more than two layers",
                 .got = std::get<std::string>(*variance_.variance)});
    }
    std::vector<double> scales;
    for (const double v : numbers->values()) scales.push_back(std::sqrt(v * width));
    return Layerwise(std::move(scales));
  }

  [[nodiscard]] DeepLinear cone(const Layerwise& scales, Shape shape) const {
    ConeOption order = cone_;
    if (!order.given()) order.order = "auto";
    return order.make([&](Index k) { return networks::infinite_width_cone(shape, depth_, scales, k); });
  }

  State state_ = State::automatic;
  WidthOption width_;
  VarianceOption variance_;
  std::optional<LayerValue> scale_;
  std::optional<double> scale_exponent_;
  Index depth_ = 2;
  std::optional<LayerValue> scales_;
  ConeOption cone_;
};

}  // namespace

std::unique_ptr<NetworkKind> network_gaussian() { return std::make_unique<GaussianStart>(); }
std::unique_ptr<NetworkKind> network_infinite_width() { return std::make_unique<InfiniteWidthStart>(); }

}  // namespace linnet::config
