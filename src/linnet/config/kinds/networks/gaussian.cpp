#include "linnet/networks/gaussian.hpp"

#include <cmath>

#include "linnet/config/kinds/networks/parts.hpp"
#include "linnet/error.hpp"

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
  void visit(FieldVisitor& v) override {
    v.only_for({});
    visit_state(v, state_, {State::automatic, State::gram, State::weights, State::self_consistent});
    width_.visit(v);
    variance_.visit(v);
    v.layers("scale", scale_, {}, Range::non_negative, "instead of variance: σ_l²w, one number for both layers or two");
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
    return "Two layers of infinite width: G = diag(aI, bI), a = σ_1²w, b = σ_2²w.";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    visit_state(v, state_, {State::automatic, State::gram, State::weights, State::self_consistent});
    v.layers("scale", scale_, {}, Range::non_negative, "a and b: one number for both, or [a, b]");
    v.real("scale_exponent", scale_exponent_, Range::any, "instead of scale: a = b = d^exponent");
    Need no_scale = without(scale_ ? "network.scale" : "network.scale_exponent", scale_ || scale_exponent_);
    no_scale.text = "no network.scale or network.scale_exponent";
    v.only_for({no_scale});
    width_.visit(v);
    v.only_for({});
    variance_.visit(v);
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override {
    return {{"width", "width_exponent"}, {"variance", "variance_exponent", "scale", "scale_exponent"}};
  }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    Start start;
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
  State state_ = State::automatic;
  WidthOption width_;
  VarianceOption variance_;
  std::optional<LayerValue> scale_;
  std::optional<double> scale_exponent_;
};

}  // namespace

std::unique_ptr<NetworkKind> network_gaussian() { return std::make_unique<GaussianStart>(); }
std::unique_ptr<NetworkKind> network_infinite_width() { return std::make_unique<InfiniteWidthStart>(); }

}  // namespace linnet::config
