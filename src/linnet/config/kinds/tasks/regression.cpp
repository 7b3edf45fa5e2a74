#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class Regression final : public KindOf<Regression, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "regression"; }
  [[nodiscard]] const char* meaning() const override {
    return "Data of your own, for linear networks and perceptrons.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Regression on data: C = sum over samples |f(x) - y|^2 / (2 P), with f(x) = A x for a linear network.

Samples are rows: `inputs` is P x inputs, `targets` P x outputs; a vector is one number for each sample. Test
samples give the test error. With `whiten` the inputs are replaced by Sigma_xx^(-1/2) x, so that the closed forms
are valid; `task.condition` is the condition number of Sigma_xx either way, inf where it is singular. Inputs that do
not span their space are whitened on their span, by the root of the pseudo-inverse (docs/exact.md, "Predict"). Takes
one SVD of the inputs for linear networks. `weights`, one for each training sample, and `huber`, a threshold of residuals, are those of
docs/costs.md, for linear networks and inputs that are not whitened.

Raises:
    linnet.Error: when the numbers of samples or columns do not match, an entry is not finite, or inputs that are
        all 0 are to be whitened; for weights that are negative or all 0.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    using Array = FieldVisitor::Argument::Array;
    v.as({.required = true, .positional = true, .array = Array::samples})
        .matrix("inputs", inputs_, "X, samples in rows");
    v.as({.required = true, .positional = true, .array = Array::samples})
        .matrix("targets", targets_, "T, samples in rows");
    v.as({.positional = true, .array = Array::samples})
        .matrix("test_inputs", test_inputs_, "test samples, for the test error");
    v.as({.positional = true, .array = Array::samples}).matrix("test_targets", test_targets_, "their targets");
    v.as({.positional = true}).flag("whiten", whiten_, "whiten the inputs, on their span: train on Σ_xx^{-1/2} x");
    visit_normalisation(v, normalisation_);
    v.as({.array = Array::samples}).matrix("weights", weights_, "a weight >= 0 of each training sample");
    v.real("huber", huber_, FieldVisitor::Range::positive,
           "threshold from which on residuals count linearly (Huber's cost); if unset, all count by their square");
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override { return tasks::regression(data(setting)); }

  [[nodiscard]] std::string cost() const override {
    const Matrix one = Matrix::Ones(1, 1);
    tasks::Regression small{.inputs = one, .targets = one, .normalisation = normalisation_, .huber = huber_};
    if (weights_.given()) small.weights = Vector::Ones(1);
    return tasks::regression(small).train.words();
  }

 private:
  [[nodiscard]] tasks::Regression data(const TaskSetting& setting) const {
    const auto& folder = setting.folder;
    return {.inputs = read(inputs_, folder, "task.inputs", Rows::of_samples),
            .targets = read(targets_, folder, "task.targets", Rows::of_samples),
            .test_inputs = read_if_given(test_inputs_, folder, "task.test_inputs", Rows::of_samples),
            .test_targets = read_if_given(test_targets_, folder, "task.test_targets", Rows::of_samples),
            .whiten = whiten_,
            .normalisation = normalisation_,
            .weights = read_vector_if_given(weights_, folder, "task.weights"),
            .huber = huber_};
  }

  MatrixInput inputs_, targets_, test_inputs_, test_targets_;
  bool whiten_ = tasks::Regression().whiten;
  Normalisation normalisation_;
  MatrixInput weights_;
  std::optional<double> huber_;
};

}  // namespace

std::unique_ptr<TaskKind> task_regression() { return std::make_unique<Regression>(); }

}  // namespace linnet::config
