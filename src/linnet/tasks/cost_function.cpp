#include "linnet/tasks/cost_function.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/tasks/huber_entries.hpp"
#include "linnet/tasks/measurements.hpp"
#include "linnet/tasks/sample_cost.hpp"
#include "linnet/tasks/tied_embedding.hpp"

namespace linnet {

namespace {

[[noreturn]] void without_samples(const CostFunction& cost) {
  bad_input({.field = "task", .expected = "a task with samples", .got = cost.name() + ", which has none"});
}

}  // namespace

void CostFunction::gradient_on(const Samples& /*batch*/, const Matrix& /*a*/, Matrix& /*room*/, Matrix& /*out*/) const {
  without_samples(*this);
}

double CostFunction::of_outputs(const Matrix& /*outputs*/) const { without_samples(*this); }

std::shared_ptr<const CostFunction> CostFunction::made_of(Parts parts) {
  if (parts.kind == HuberEntries::kind) return std::make_shared<HuberEntries>(std::move(parts));
  if (parts.kind == Measurements::kind) return std::make_shared<Measurements>(std::move(parts));
  if (parts.kind == TiedEmbedding::kind) return std::make_shared<TiedEmbedding>(std::move(parts));
  return std::make_shared<SampleCost>(std::move(parts));
}

void require_entries(const Matrix& m, const char* field) {
  if (m.size() == 0) {
    bad_input({.field = field, .expected = "a matrix with entries", .got = format_shape(m.rows(), m.cols())});
  }
  if (!m.allFinite()) {
    bad_input({.field = field, .expected = "finite numbers", .got = "a nan or an infinity among the entries"});
  }
}

void require_shape(const Matrix& m, Shape target, const char* field) {
  if (shape_of(m) == target) return;
  bad_input({.field = field,
             .expected = format_shape(target.outputs, target.inputs) + ", the shape of the target",
             .got = format_shape(m.rows(), m.cols())});
}

Matrix with_zeros_unseen(const Matrix& target, const Matrix& weights, const char* field) {
  require_shape(weights, shape_of(target), field);
  return (weights.array() == 0.0).select(target.unaryExpr([](double y) { return std::isfinite(y) ? y : 0.0; }), target);
}

void require_rows(const Matrix& inputs, const Matrix& targets) {
  if (inputs.rows() == targets.rows()) return;
  bad_input({.field = "task.targets",
             .expected = std::to_string(inputs.rows()) + " rows, one a sample as in the inputs",
             .got = std::to_string(targets.rows()),
             .hint = "data sets are samples in rows"});
}

void require_weights(const Matrix& weights) {
  require_entries(weights, "task.weights");
  if (weights.minCoeff() < 0) {
    bad_input({.field = "task.weights", .expected = "numbers >= 0", .got = format_number(weights.minCoeff())});
  }
  if (weights.maxCoeff() == 0) {
    bad_input({.field = "task.weights", .expected = "at least one weight above 0", .got = "zeros alone"});
  }
}

void require_data(const Samples& samples) {
  require_entries(samples.inputs, "task.inputs");
  require_entries(samples.targets, "task.targets");
  if (samples.weights.size() == 0) return;
  if (samples.weights.size() != samples.inputs.cols()) {
    bad_input({.field = "task.weights",
               .expected = std::to_string(samples.inputs.cols()) + " numbers, one a sample",
               .got = std::to_string(samples.weights.size())});
  }
  require_weights(samples.weights);
}

}  // namespace linnet
