#include "linnet/networks/neuron.hpp"

#include "linnet/config/kinds/networks/parts.hpp"
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

}  // namespace

std::unique_ptr<NetworkKind> network_neuron() { return std::make_unique<NeuronStart>(); }
std::unique_ptr<NetworkKind> network_diagonal() { return std::make_unique<DiagonalStart>(); }

}  // namespace linnet::config
