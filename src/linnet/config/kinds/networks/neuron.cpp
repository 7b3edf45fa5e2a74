#include "linnet/networks/neuron.hpp"

#include "linnet/config/kinds/networks/parts.hpp"
#include "linnet/error.hpp"
#include "linnet/networks/deep_diagonal.hpp"
#include "linnet/networks/diagonal.hpp"

namespace linnet::config {

namespace {

/// β_0, one number for each input.
struct CoefficientsStart {
  Vector coefficients = {};
  EndToEndStart start = {};

  void visit(FieldVisitor& v) {
    const Need none = without("network.coefficients", coefficients.size() > 0);
    v.only_for({});
    v.as({.meaning = "beta, one an input", .required = true})
        .vector("coefficients", coefficients,
                "β_0, one number for each input; if unset, 0, or with start = \"aligned\" of size start_size along β*");
    v.only_for({none});
    if (!v.in_python()) start.visit(v);
    v.only_for({});
  }
  [[nodiscard]] Vector make(const StartSetting& setting) const {
    if (coefficients.size() > 0) return coefficients;
    if (start.how == EndToEndStart::How::aligned) {
      return start.size * setting.task->target().row(0).normalized().transpose();
    }
    return Vector::Zero(setting.shape.inputs);
  }
};

class NeuronStart final : public KindOf<NeuronStart, NetworkKind> {
 public:
  [[nodiscard]] const char* word() const override { return "neuron"; }
  [[nodiscard]] const char* meaning() const override { return "One hidden neuron, f(x) = a wᵀx."; }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"neuron", "Weights",
             R"(The neuron of this beta = a w and this delta = eta_w a^2 - eta_a |w|^2, as `Weights` of width 1.

At beta = 0 there is one for balance > 0 only.
Source: docs/theory.md, "One neuron".

Raises:
    linnet.Error: at beta = 0 unless balance > 0, for numbers that are not finite and rates that are not positive.)"}};
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    visit_state(v, state_, {State::automatic, State::weights, State::self_consistent});
    start_.visit(v);
    v.as({.name = "balance",
          .meaning = "delta = eta_w a^2 - eta_a |w|^2: above 0 upstream, below 0 downstream",
          .required = true})
        .real("delta", delta_, FieldVisitor::Range::any, "δ = η_w a² − η_a|w|², 0 if unset; rates are (η_w, η_a)");
    visit_rates(v, own, true, "(eta_w, eta_a), the first layer's first, or one number for both");
    v.flag("negative", negative_, "the neuron with a < 0");
  }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    Start start;
    start.network = networks::neuron({.coefficients = start_.make(setting),
                                      .balance = delta_.value_or(0),
                                      .rates = setting.rates.pair("solver.rates"),
                                      .negative = negative_})
                        .weights();
    return start;
  }
  [[nodiscard]] bool is_neuron() const override { return true; }
  [[nodiscard]] Index neurons() const override { return 1; }
  [[nodiscard]] bool uses_rates() const override { return true; }
  [[nodiscard]] bool self_consistent() const override { return state_ == State::self_consistent; }

 private:
  State state_ = State::automatic;
  CoefficientsStart start_;
  std::optional<double> delta_;
  bool negative_ = false;
};

class DiagonalStart final : public KindOf<DiagonalStart, NetworkKind> {
 public:
  [[nodiscard]] const char* word() const override { return "diagonal"; }
  [[nodiscard]] const char* meaning() const override {
    return "A diagonal network, f(x) = Σ s_i x_i with s_i = a_i w_i, all pairs with the same threshold κ.";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    visit_state(v, state_, {State::automatic});
    start_.visit(v);
    v.real("kappa", kappa_, FieldVisitor::Range::positive, "κ");
  }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    Start start;
    start.network = Diagonal(start_.make(setting), kappa_);
    return start;
  }
  [[nodiscard]] bool uses_rates() const override { return true; }

 private:
  State state_ = State::automatic;
  CoefficientsStart start_;
  double kappa_ = 1;
};

class DeepDiagonalStart final : public KindOf<DeepDiagonalStart, NetworkKind> {
 public:
  [[nodiscard]] const char* word() const override { return "deep_diagonal"; }
  [[nodiscard]] const char* meaning() const override {
    return "A diagonal network of any depth by its weights, f(x) = Σ s_i x_i with s_i = Π_l w_li.";
  }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {
        {"deep_diagonal", "DeepDiagonal",
         R"(A diagonal network of one output and any depth, f(x) = sum_i s_i x_i with s_i = prod_l w_li, w_li = scales[l].

One number is the scale of all layers; then s_i = scale^depth at the start, and gradient flow at equal rates keeps its
sign. Scales of 0 in one layer start at s = 0, from where both signs are reached. `DeepDiagonal(weights)` takes any
weights.
Source: docs/theory.md, "Mirror flows".

Raises:
    linnet.Error: for a depth below 2, as many scales as neither 1 nor depth, scales that are negative or not finite,
        and for more than one output.)"}};
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    visit_shape(v, own);
    visit_state(v, state_, {State::automatic});
    v.whole("depth", depth_, 2, "L, the number of layers");
    v.layers("scales", scales_, FieldVisitor::Range::non_negative,
             "the weights at the start: one number for all layers, or one for each layer");
  }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    if (setting.shape.outputs != 1) {
      bad_input({.field = "task",
                 .expected = "one output, for a diagonal network",
                 .got = std::to_string(setting.shape.outputs)});
    }
    Start start;
    start.network = DeepDiagonal(depth_, setting.shape.inputs, scales_);
    return start;
  }

 private:
  State state_ = State::automatic;
  Index depth_ = 3;
  Layerwise scales_ = 0.1;
};

}  // namespace

std::unique_ptr<NetworkKind> network_neuron() { return std::make_unique<NeuronStart>(); }
std::unique_ptr<NetworkKind> network_diagonal() { return std::make_unique<DiagonalStart>(); }
std::unique_ptr<NetworkKind> network_deep_diagonal() { return std::make_unique<DeepDiagonalStart>(); }

}  // namespace linnet::config
