// Motions in closed form of two layers: λ-balanced weights, and one neuron.

#include <cmath>

#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/neuron_flow.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/support/constants.hpp"
#include "motion.hpp"

namespace linnet::explorer {

namespace {

class ExactMotion final : public Motion {
 public:
  explicit ExactMotion(const Problem& p)
      : flow_(start_of(p), p.task, {.closure = closure_of(p.start)}),
        vectors_(flow_.target_vectors()),
        start_kernel_(flow_.gram_state(0)) {
    const Index n = p.task.shape().modes();
    vectors_ = {.u = vectors_.u.leftCols(n), .s = vectors_.s.head(n), .v = vectors_.v.leftCols(n)};
    if (p.task.test) signal_ = vectors_.u.cwiseProduct(p.task.test->target() * vectors_.v).colwise().sum();
  }

  [[nodiscard]] std::string method() const override {
    return "Closed form of λ-balanced weights of two layers, whose modes may mix.";
  }
  [[nodiscard]] double threshold() const override { return flow_.threshold(); }
  [[nodiscard]] const linalg::Svd& vectors() const override { return vectors_; }
  [[nodiscard]] Vector signal() const override { return signal_; }
  [[nodiscard]] std::string warning() const override { return flow_.warning(); }
  [[nodiscard]] Values at(double t) const override {
    const GramState state = flow_.gram_state(t);
    const Matrix& a = state.end_to_end();
    const Task& task = flow_.task();
    return {.modes = vectors_.u.cwiseProduct(a * vectors_.v).colwise().sum(),
            .loss = task.train.evaluate(a).cost,
            .test_error = task.test ? task.test->error_of(task.test->evaluate(a).cost) : nan,
            .kernel_distance = kernel_distance(start_kernel_, TangentKernel(state))};
  }
  [[nodiscard]] Picture picture(double t) const override {
    const GramState state = flow_.gram_state(t);
    return {state.end_to_end(), state.input_representation(), state.output_representation()};
  }

 private:
  /// That of balanced weights is known; of others it is fitted.
  static std::optional<Closure> closure_of(const Start& start) {
    if (start.width != "balanced") return std::nullopt;
    return Closure{.balance = start.balance};
  }

  ExactFlow flow_;
  linalg::Svd vectors_;
  TangentKernel start_kernel_;
  Vector signal_;
};

class NeuronMotion final : public Motion {
 public:
  explicit NeuronMotion(const Problem& p)
      : flow_(neuron_of(std::get<DeepLinear>(start_of(p))), p.task),
        threshold_(std::abs(p.start.balance) / 2),
        vectors_{.u = Matrix::Ones(1, 1), .s = Vector::Ones(1), .v = Matrix{{1.0}, {0.0}}} {}

  [[nodiscard]] std::string method() const override { return "Closed form of one hidden neuron f(x) = a wᵀx."; }
  [[nodiscard]] double threshold() const override { return threshold_; }
  [[nodiscard]] const linalg::Svd& vectors() const override { return vectors_; }
  [[nodiscard]] std::string warning() const override { return flow_.warning(); }
  [[nodiscard]] Values at(double t) const override {
    return {.modes = flow_.coefficients(t).head(1),
            .loss = flow_.cost(t),
            .test_error = nan,
            .kernel_distance = flow_.kernel_distance(t)};
  }
  [[nodiscard]] Picture picture(double t) const override {
    const Neuron now = flow_.at(t);
    return {flow_.end_to_end(t), now.w * now.w.transpose(), Matrix::Constant(1, 1, now.a * now.a)};
  }
  [[nodiscard]] Vector neuron(double t) const override {
    const Neuron now = flow_.at(t);
    return Vector{{now.w(0), now.w(1), now.a}};
  }

 private:
  NeuronFlow flow_;
  double threshold_;  // |δ|/2 as it was asked for, not as the weights have it
  linalg::Svd vectors_;
};

}  // namespace

std::unique_ptr<Motion> exact_motion(const Problem& p) { return std::make_unique<ExactMotion>(p); }
std::unique_ptr<Motion> neuron_motion(const Problem& p) { return std::make_unique<NeuronMotion>(p); }

}  // namespace linnet::explorer
