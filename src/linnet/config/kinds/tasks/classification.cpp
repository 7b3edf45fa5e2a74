#include "linnet/tasks/classification.hpp"

#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class Classification final : public KindOf<Classification, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "classification"; }
  [[nodiscard]] const char* meaning() const override {
    return "Samples and labels: logistic or softmax cross-entropy, mean over the samples.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Classification by cross-entropy, mean over samples; the error is the cost itself.

`inputs` is P x inputs, `labels` one whole number for each sample: 0 to K - 1, or -1 and 1. With two classes there is
one output, and C = sum_i ln(1 + exp(-y_i f(x_i))) / P with y_i = 1 or -1; with more, or with `classes`, there are K
outputs, and C = -sum_i ln softmax(f(x_i))[y_i] / P. Test samples give the test error; the observables train_accuracy and
test_accuracy are the fractions of samples whose class is right. With `weights` the terms are multiplied by w_i. For
linear networks. Data that a linear map separates have no least cost: C falls to 0 and A grows.
Source: docs/costs.md.

Raises:
    linnet.Error: for labels of another kind, fewer than two classes, sizes that do not match or numbers that are not
        finite.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    using Array = FieldVisitor::Argument::Array;
    v.as({.required = true, .positional = true, .array = Array::samples})
        .matrix("inputs", inputs_, "X, samples in rows");
    v.as({.required = true, .positional = true, .array = Array::samples})
        .matrix("labels", labels_, "one a sample: 0 to K - 1, or -1 and 1");
    v.as({.positional = true, .array = Array::samples})
        .matrix("test_inputs", test_inputs_, "test samples, for the test error");
    v.as({.positional = true, .array = Array::samples}).matrix("test_labels", test_labels_, "their labels");
    v.whole("classes", classes_, 2, "K outputs and softmax; if unset, as many as the labels, one output for two");
    v.as({.array = Array::samples}).matrix("weights", weights_, "a weight >= 0 of each training sample");
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    const auto& folder = setting.folder;
    return tasks::classification(
        {.inputs = read(inputs_, folder, "task.inputs", Rows::of_samples),
         .labels = read_vector(labels_, folder, "task.labels"),
         .test_inputs = read_if_given(test_inputs_, folder, "task.test_inputs", Rows::of_samples),
         .test_labels = read_vector_if_given(test_labels_, folder, "task.test_labels"),
         .classes = classes_,
         .weights = read_vector_if_given(weights_, folder, "task.weights")});
  }

  [[nodiscard]] std::string cost() const override {
    return weights_.given() ? "C = cross-entropy times w_i, sum over the samples / P; errors are C / (mean w_i)"
                            : "C = cross-entropy, mean over the samples; errors are C";
  }

 private:
  MatrixInput inputs_, labels_, test_inputs_, test_labels_, weights_;
  std::optional<Index> classes_;
};

}  // namespace

std::unique_ptr<TaskKind> task_classification() { return std::make_unique<Classification>(); }

}  // namespace linnet::config
