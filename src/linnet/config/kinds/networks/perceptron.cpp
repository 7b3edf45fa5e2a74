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
  [[nodiscard]] std::map<std::string, std::string> attributes() const override {
    return {{"activation", to_string(activation_)}, {"slope", fmt::format("{}", slope_)}};
  }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    Start start;
    if (setting.task != nullptr) require_samples(*setting.task);
    start.network = perceptron(setting);
    return start;
  }

 protected:
  [[nodiscard]] virtual Perceptron perceptron(const StartSetting& setting) const = 0;

  void visit_slope(FieldVisitor& v) {
    v.as({.meaning = "of leaky ReLU at negative inputs, in [-1, 1]; 0 is ReLU, 1 linear"})
        .real("slope", slope_, Range::any,
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
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"gaussian_perceptron", "Perceptron", R"(Gaussian weights of any depth.

Raises:
    linnet.Error: for fewer than two sizes, a size below 1, a negative variance, a scale that is not positive.)"}};
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    if (v.in_python()) {
      v.as({.required = true, .positional = true}).wholes("sizes", sizes_, 1, "n_0, ..., n_L");
    } else {
      layers_.visit(v, false);
    }
    visit_activation(v);
    v.layers("variance", variance_, {"he"}, Range::non_negative,
             "σ² of the entries: a number, one a layer, or he, 2/n_{l−1}, as without");
    v.real(
        "alpha", alpha_, Range::positive,
        "α: W_1 is divided by it, and W_L multiplied so that the function stays; above 1 upstream, below downstream");
    v.real("last_scale", last_scale_, Range::positive, "the last layer is multiplied by it, and so is the function");
    v.own_seed(own.seed);
    visit_point(v, own.point);
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override { return {{"width", "widths"}}; }
  [[nodiscard]] Index neurons() const override { return layers_.layers() > 1 ? hidden().front() : 0; }
  [[nodiscard]] std::optional<double> output_scale() const override { return last_scale_; }

 private:
  [[nodiscard]] std::vector<Index> hidden() const {
    if (layers_.layers() > 1 && !layers_.width.width && !layers_.widths) {
      bad_input({.field = "network.width", .expected = "a number of hidden neurons", .got = "none"});
    }
    return layers_.of({}).widths;
  }

  [[nodiscard]] Perceptron perceptron(const StartSetting& setting) const override {
    std::vector<Index> sizes = sizes_ ? *sizes_ : hidden();
    if (!sizes_) {
      sizes.insert(sizes.begin(), setting.shape.inputs);
      sizes.push_back(setting.shape.outputs);
    }
    const auto* numbers = variance_ ? std::get_if<Layerwise>(&*variance_) : nullptr;
    return networks::gaussian_perceptron(sizes,
                                         {.variance = numbers == nullptr ? std::nullopt : std::optional(*numbers),
                                          .alpha = alpha_,
                                          .last_scale = last_scale_,
                                          .activation = activation_,
                                          .slope = slope_,
                                          .seed = setting.seed,
                                          .point = setting.point});
  }

  HiddenLayers layers_;
  std::optional<std::vector<Index>> sizes_;  // of Python, instead of those of the task and the layers between
  std::optional<LayerValue> variance_;
  double alpha_ = networks::GaussianPerceptron().alpha;
  double last_scale_ = networks::GaussianPerceptron().last_scale;
};

class PerceptronPairsStart final : public KindOf<PerceptronPairsStart, PerceptronStart> {
 public:
  [[nodiscard]] const char* initialization() const override { return "pairs"; }
  [[nodiscard]] const char* meaning() const override {
    return "Two layers of ReLU and one output: w_k on the sphere of radius τ/α, a_k = ±ατ.";
  }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"spherical_pairs", "Perceptron",
             R"(The start of Get rich quick: w_k = tau / alpha times a point of the unit sphere, a_k = +-alpha tau.

Every neuron has the balance delta = a^2 - |w|^2 = tau^2 (alpha^2 - alpha^-2): above 0 upstream, below downstream.
This is the paper's text; the authors' code has 1/alpha in place of alpha.

Raises:
    linnet.Error: for an odd width in pairs, tau or alpha not positive, a slope beyond 1, both or none of alpha and
        delta.)"}};
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    if (v.in_python()) v.as({.required = true, .positional = true}).whole("inputs", inputs_, 1, "n_0");
    v.whole("width", options_.width, 1, "m, hidden neurons, an even number in pairs");
    visit_slope(v);
    v.real("tau", options_.tau, Range::positive, "τ, the overall scale");
    v.real("alpha", options_.alpha, Range::positive,
           "α: the first layer has the scale τ/α, the last layer ατ; above 1 upstream");
    v.real("delta", options_.delta, Range::any, "instead of alpha: δ = a_k² − |w_k|² = τ²(α² − 1/α²)");
    v.flag("antisymmetric", options_.antisymmetric,
           "neurons in pairs (w, a), (w, −a) side by side, so that f = 0 exactly; else signs are random");
    v.own_seed(own.seed);
    visit_point(v, own.point);
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override { return {{"alpha", "delta"}}; }
  [[nodiscard]] Index neurons() const override { return options_.width; }
  [[nodiscard]] std::optional<double> rich_quick_step() const override { return 5e-3 / (options_.tau * options_.tau); }

 private:
  [[nodiscard]] Perceptron perceptron(const StartSetting& setting) const override {
    if (!inputs_ && setting.shape.outputs != 1) {
      bad_input({.field = "network.initialization",
                 .expected = "\"pairs\" for one output",
                 .got = fmt::format("{} outputs", setting.shape.outputs)});
    }
    networks::SphericalPairs o = options_;
    o.slope = slope_;
    o.seed = setting.seed;
    o.point = setting.point;
    return networks::spherical_pairs(inputs_.value_or(setting.shape.inputs), o);
  }

  networks::SphericalPairs options_;
  std::optional<Index> inputs_;  // of Python, instead of the task's
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
