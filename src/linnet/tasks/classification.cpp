#include "linnet/tasks/classification.hpp"

#include <cmath>
#include <string>

#include "linnet/error.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/tasks/sample_cost.hpp"

namespace linnet::tasks {

namespace {

/// How labels become targets: ±1 of one output, or a 1 among K.
struct Coding {
  Index outputs;
  bool signs;  ///< the labels are −1 and 1
};

constexpr double most_classes = 1e6;

void require_labels(const Vector& labels, const Coding& coding, const char* field) {
  const double least = coding.signs ? -1 : 0;
  const double most = coding.outputs == 1 ? 1 : static_cast<double>(coding.outputs - 1);
  for (const double label : labels) {
    if (label >= least && label <= most && label == std::round(label) && !(coding.signs && label == 0)) continue;
    bad_input({.field = field,
               .expected = coding.signs ? "labels -1 and 1" : "whole numbers from 0 to " + format_number(most),
               .got = format_number(label)});
  }
}

Coding coding_of(const Classification& data) {
  if (data.classes) {
    require_at_least(*data.classes, 2, "task.classes");
    return {.outputs = *data.classes, .signs = false};
  }
  double least = data.labels.minCoeff();
  double most = data.labels.maxCoeff();
  if (data.test_labels && data.test_labels->size() > 0) {
    least = std::min(least, data.test_labels->minCoeff());
    most = std::max(most, data.test_labels->maxCoeff());
  }
  if (least == -1) return {.outputs = 1, .signs = true};
  if (!(most <= most_classes)) {
    bad_input({.field = "task.labels",
               .expected = "at most " + format_number(most_classes) + " classes",
               .got = "the label " + format_number(most)});
  }
  if (most < 1) {
    bad_input({.field = "task.labels",
               .expected = "labels of at least two classes: 0 and 1, -1 and 1, or 0 to K - 1",
               .got = "none above " + format_number(most)});
  }
  const auto classes = static_cast<Index>(most) + 1;
  return {.outputs = classes == 2 ? 1 : classes, .signs = false};
}

Cost cross_entropy(const Matrix& inputs, const Vector& labels, const Coding& coding, Vector weights,
                   const char* labels_field) {
  if (labels.size() != inputs.rows()) {
    bad_input({.field = labels_field,
               .expected = std::to_string(inputs.rows()) + " labels, one a sample as in the inputs",
               .got = std::to_string(labels.size()),
               .hint = "data sets are samples in rows"});
  }
  require_labels(labels, coding, labels_field);
  require_memory(4 * matrix_bytes(static_cast<double>(coding.outputs), static_cast<double>(labels.size())),
                 "task.classes", std::to_string(coding.outputs) + " outputs of each sample");
  Matrix targets = Matrix::Zero(coding.outputs, labels.size());
  for (Index i = 0; i < labels.size(); ++i) {
    if (coding.outputs == 1) {
      targets(0, i) = labels(i) > 0 ? 1 : -1;
    } else {
      targets(static_cast<Index>(labels(i)), i) = 1;
    }
  }
  return Cost(std::make_shared<SampleCost>(
      coding.outputs == 1 ? Loss::logistic() : Loss::softmax(),
      Samples{.inputs = inputs.transpose(), .targets = std::move(targets), .weights = std::move(weights)},
      SampleCost::Scale()));
}

}  // namespace

Task classification(const Classification& data) {
  require_entries(data.inputs, "task.inputs");
  require_entries(data.labels, "task.labels");
  if (data.test_inputs.has_value() != data.test_labels.has_value()) {
    bad_input({.field = "task.test_inputs",
               .expected = "test_inputs and test_labels together",
               .got = "one without the other"});
  }
  const Coding coding = coding_of(data);
  Task task{.name = "classification",
            .train = cross_entropy(data.inputs, data.labels, coding, data.weights.value_or(Vector()), "task.labels")};
  if (!data.test_inputs) return task;
  require_entries(*data.test_inputs, "task.test_inputs");
  if (data.test_inputs->cols() != data.inputs.cols()) {
    bad_input({.field = "task.test_inputs",
               .expected = std::to_string(data.inputs.cols()) + " columns, as in training",
               .got = std::to_string(data.test_inputs->cols())});
  }
  task.test = cross_entropy(*data.test_inputs, *data.test_labels, coding, {}, "task.test_labels");
  return task;
}

}  // namespace linnet::tasks
