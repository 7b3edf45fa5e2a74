#include <fmt/format.h>

#include "linnet/config/kinds/networks/parts.hpp"
#include "linnet/config/words.hpp"
#include "linnet/error.hpp"
#include "linnet/networks/perceptron_starts.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

class PerceptronStart : public NetworkKind {
 public:
  [[nodiscard]] const char* word() const override { return "perceptron"; }
  [[nodiscard]] bool is_perceptron() const override { return true; }
  [[nodiscard]] double slope() const override { return slope_; }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    Start start;
    require_samples(*setting.task);
    start.network = perceptron(setting);
    return start;
  }

 protected:
  [[nodiscard]] virtual Perceptron perceptron(const StartSetting& setting) const = 0;

  void visit_slope(FieldVisitor& v) {
    v.real("slope", slope_, Range::any,
           "slope of relu at negative inputs, from -1 to 1, also that of a teacher; 0 is ReLU, 1 is linear");
  }
  void visit_activation(FieldVisitor& v) {
    v.word("activation", activation_, {{"relu", Activation::relu}, {"quadratic", Activation::quadratic}},
           "activation function of the hidden layers");
    visit_slope(v);
  }

  Activation activation_ = Activation::relu;
  double slope_ = 0;
};

class PerceptronGaussianStart final : public KindOf<PerceptronGaussianStart, PerceptronStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "gaussian"; }
  [[nodiscard]] const char* meaning() const override { return "Not linear, any depth, W_l iid N(0, σ_l²)."; }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    layers_.visit(v, false);
    visit_activation(v);
    v.layers("variance", variance_, {"he"}, Range::non_negative,
             "σ²: one number for all layers, one for each layer, or he, the default");
    v.real("alpha", first_scale_, Range::positive, "factor of the first layer");
    v.real("last_scale", last_scale_, Range::positive, "factor of the last layer");
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override { return {{"width", "widths"}}; }
  [[nodiscard]] Index neurons() const override { return layers_.layers() > 1 ? hidden().front() : 0; }

 private:
  [[nodiscard]] std::vector<Index> hidden() const {
    const Index depth = layers_.layers();
    std::vector<Index> all;
    for (const double w : layers_.widths) all.push_back(whole(w, "network.widths"));
    if (layers_.widths.empty()) {
      if (!layers_.width.width && depth > 1) {
        bad_input({.field = "network.width", .expected = "a number of hidden neurons", .got = "none"});
      }
      all.assign(static_cast<std::size_t>(depth - 1), layers_.width.width.value_or(1));
    }
    if (static_cast<Index>(all.size()) != depth - 1) {
      bad_input({.field = "network.widths",
                 .expected = fmt::format("{} numbers, one a hidden layer", depth - 1),
                 .got = fmt::format("{}", all.size())});
    }
    return all;
  }

  [[nodiscard]] Perceptron perceptron(const StartSetting& setting) const override {
    std::vector<Index> sizes = hidden();
    sizes.insert(sizes.begin(), setting.shape.inputs);
    sizes.push_back(setting.shape.outputs);
    const auto* numbers = variance_ ? std::get_if<Layerwise>(&*variance_) : nullptr;
    return networks::gaussian_perceptron(sizes,
                                         {.variance = numbers == nullptr ? std::nullopt : std::optional(*numbers),
                                          .first_scale = first_scale_,
                                          .last_scale = last_scale_,
                                          .activation = activation_,
                                          .slope = slope_,
                                          .seed = setting.seed});
  }

  HiddenLayers layers_;
  std::optional<LayerValue> variance_;
  double first_scale_ = networks::GaussianPerceptron().first_scale;
  double last_scale_ = networks::GaussianPerceptron().last_scale;
};

class PerceptronPairsStart final : public KindOf<PerceptronPairsStart, PerceptronStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "pairs"; }
  [[nodiscard]] const char* meaning() const override {
    return "Two layers of ReLU and one output: w_k on the sphere of radius τα, a_k = ±τ/α.";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("width", options_.width, 1, "m, the number of hidden neurons");
    visit_slope(v);
    v.real("tau", options_.tau, Range::positive, "τ, the overall scale");
    v.real("alpha", options_.alpha, Range::positive, "α: the first layer has the scale ατ, the last layer τ/α");
    v.real("delta", options_.delta, Range::any, "instead of alpha: δ = a_k² − |w_k|² = τ²(1/α² − α²)");
    v.flag("antisymmetric", options_.antisymmetric, "pairs of neurons (w, a) and (w, −a), so that f = 0 at the start");
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override { return {{"alpha", "delta"}}; }
  [[nodiscard]] Index neurons() const override { return options_.width; }
  [[nodiscard]] std::optional<double> rich_quick_step() const override { return 5e-3 / (options_.tau * options_.tau); }

 private:
  [[nodiscard]] Perceptron perceptron(const StartSetting& setting) const override {
    if (setting.shape.outputs != 1) {
      bad_input({.field = "network.initialization",
                 .expected = "\"pairs\" for one output",
                 .got = fmt::format("{} outputs", setting.shape.outputs)});
    }
    networks::SphericalPairs o = options_;
    o.slope = slope_;
    o.seed = setting.seed;
    return networks::spherical_pairs(setting.shape.inputs, o);
  }

  networks::SphericalPairs options_;
};

class PerceptronWeightsStart final : public KindOf<PerceptronWeightsStart, PerceptronStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "weights"; }
  [[nodiscard]] const char* meaning() const override { return "Not linear, from files."; }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.matrices("weights", files_, "the files of W_1, …, W_L, each outputs x inputs");
    visit_activation(v);
  }

 private:
  [[nodiscard]] Perceptron perceptron(const StartSetting& setting) const override {
    return Perceptron(read_all(files_, setting), {.activation = activation_, .slope = slope_});
  }

  std::vector<MatrixInput> files_;
};

}  // namespace

std::unique_ptr<NetworkKind> network_perceptron_gaussian() { return std::make_unique<PerceptronGaussianStart>(); }
std::unique_ptr<NetworkKind> network_perceptron_pairs() { return std::make_unique<PerceptronPairsStart>(); }
std::unique_ptr<NetworkKind> network_perceptron_weights() { return std::make_unique<PerceptronWeightsStart>(); }

}  // namespace linnet::config
