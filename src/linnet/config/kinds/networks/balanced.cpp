#include "linnet/networks/balanced.hpp"

#include <algorithm>

#include "linnet/config/kinds/networks/parts.hpp"

namespace linnet::config {

namespace {

class BalancedStart final : public KindOf<BalancedStart, NetworkKind> {
 public:
  [[nodiscard]] const char* word() const override { return "balanced"; }
  [[nodiscard]] const char* meaning() const override { return "Two layers with W_2ᵀW_2 − W_1W_1ᵀ = λI."; }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"balanced", "Weights",
             R"(lambda-balanced weights, W_2^T W_2 - W_1 W_1^T = lambda I, with the end-to-end matrix given.

balance = 0 is zero-balanced. The rotation of the hidden neurons is drawn from `seed`. Use `random_end_to_end` or
`semi_orthogonal` for a start that does not depend on the task, the task's own singular vectors for an aligned one.
With `rates` the balance is that of the layers W_l / sqrt(rates[l]), which the flow with these rates conserves.
Source: docs/exact.md, "Starts".

Raises:
    linnet.Error: where no such weights exist: a width below the rank of the end-to-end matrix, above the outputs
        for balance > 0 or above the inputs for balance < 0.)"}};
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    visit_state(v, state_, {State::automatic, State::gram, State::weights, State::self_consistent});
    width_.visit(v);
    v.real("balance", balance_, FieldVisitor::Range::any, "λ; 0 is zero-balanced");
    start_.visit(v);
    v.own_seed(own.seed);
    visit_rates(v, own, true, "of the flow that follows, one number or one a layer");
  }
  [[nodiscard]] std::vector<std::vector<std::string>> alternatives() const override {
    return {{"width", "width_exponent"}};
  }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    const Index width = width_.of(setting.shape).whole;
    const Matrix a = start_.make(setting, std::min(width, setting.shape.modes()));
    const Layerwise rates = setting.descent ? Layerwise(1.0) : setting.rates.pair("solver.rates");
    Start start;
    start.network = networks::balanced(a, balance_, width, setting.seed, rates);
    if (state_ == State::gram) start.network = gram_state(*start.network);
    start.scales = Layerwise{std::max(0.0, -balance_) * rates[0], std::max(0.0, balance_) * rates[1]};
    return start;
  }
  [[nodiscard]] bool self_consistent() const override { return state_ == State::self_consistent; }

 private:
  State state_ = State::automatic;
  WidthOption width_;
  double balance_ = 0;
  EndToEndStart start_;
};

class WeightsStart final : public KindOf<WeightsStart, NetworkKind> {
 public:
  [[nodiscard]] const char* word() const override { return "weights"; }
  [[nodiscard]] const char* meaning() const override { return "Two layers from files."; }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    visit_state(v, state_, {State::automatic, State::gram, State::weights, State::self_consistent});
    v.matrix("w1", w1_, "W_1, width x inputs, .npy or .csv");
    v.matrix("w2", w2_, "W_2, outputs x width");
  }

  [[nodiscard]] Start make(const StartSetting& setting) const override {
    Start start;
    start.network = DeepLinear(read(w1_, setting.folder, "network.w1"), read(w2_, setting.folder, "network.w2"));
    if (state_ == State::gram) start.network = gram_state(*start.network);
    return start;
  }
  [[nodiscard]] bool self_consistent() const override { return state_ == State::self_consistent; }

 private:
  State state_ = State::automatic;
  MatrixInput w1_, w2_;
};

}  // namespace

std::unique_ptr<NetworkKind> network_balanced() { return std::make_unique<BalancedStart>(); }
std::unique_ptr<NetworkKind> network_weights() { return std::make_unique<WeightsStart>(); }

}  // namespace linnet::config
