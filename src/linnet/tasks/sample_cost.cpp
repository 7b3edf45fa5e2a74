#include "linnet/tasks/sample_cost.hpp"

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

std::shared_ptr<const Loss> loss_of(const CostFunction::Parts& parts) {
  if (parts.kind == "logistic") return Loss::logistic();
  if (parts.kind == "softmax") return Loss::softmax();
  if (parts.kind == "huber") return Loss::huber(parts.numbers.at(2));
  bad_input({.field = "task", .expected = "a cost that this version knows", .got = "\"" + parts.kind + "\""});
}

}  // namespace

SampleCost::SampleCost(std::shared_ptr<const Loss> loss, Samples samples, Scale scale)
    : loss_(std::move(loss)), samples_(std::move(samples)), scale_(scale) {
  require_data(samples_);
}

SampleCost::SampleCost(Parts parts)
    : SampleCost(loss_of(parts),
                 {.inputs = std::move(parts.matrices.at(0)),
                  .targets = std::move(parts.matrices.at(1)),
                  .weights = parts.matrices.size() > 2 ? Vector(parts.matrices[2].reshaped()) : Vector()},
                 {.factor = parts.numbers.at(0), .count = parts.numbers.at(1)}) {}

CostFunction::Parts SampleCost::parts() const {
  Parts parts{.kind = loss_->kind(),
              .matrices = {samples_.inputs, samples_.targets},
              .numbers = {scale_.factor, scale_.count, loss_->parameter()}};
  if (samples_.weights.size() > 0) parts.matrices.emplace_back(samples_.weights);
  return parts;
}

Shape SampleCost::shape() const { return {.outputs = samples_.targets.rows(), .inputs = samples_.inputs.rows()}; }

double SampleCost::count() const {
  return samples_.weights.size() > 0 ? scale_.count * samples_.weights.mean() : scale_.count;
}

std::string SampleCost::words() const {
  const std::string weight = samples_.weights.size() > 0 ? "w_i " : "";
  const std::string factor = scale_.factor == 1 ? "" : format_number(scale_.factor) + " ";
  const double ratio = 2 / scale_.count;
  return "C = " + factor + "sum_i " + weight + loss_->words() + " / P; errors are " +
         (ratio == 1 ? "C" : format_number(ratio) + " C") + (weight.empty() ? "" : " / (mean w_i)");
}

void SampleCost::evaluate(const Matrix& a, Residual& at) const {
  linalg::multiply(a, samples_.inputs, at.difference);
  at.seen.resize(at.difference.rows(), at.difference.cols());
  const double scale = scale_.factor / static_cast<double>(samples_.inputs.cols());
  at.cost = scale * differentiate(*loss_, samples_, at.difference, at.seen);
  linalg::multiply(scale, at.seen, samples_.inputs.transpose(), 0.0, at.gradient);
}

void SampleCost::curvature(const Residual& at, const Matrix& d, Room& room, Matrix& out) const {
  linalg::multiply(d, samples_.inputs, room.first);
  differentiate_twice(*loss_, samples_, at.difference, room.first);
  const double scale = scale_.factor / static_cast<double>(samples_.inputs.cols());
  linalg::multiply(scale, room.first, samples_.inputs.transpose(), 0.0, out);
}

void SampleCost::gradient_on(const Samples& batch, const Matrix& a, Matrix& room, Matrix& out) const {
  linalg::multiply(a, batch.inputs, room);
  differentiate(*loss_, batch, room, room);
  const double scale = scale_.factor / static_cast<double>(batch.inputs.cols());
  linalg::multiply(scale, room, batch.inputs.transpose(), 0.0, out);
}

double SampleCost::of_outputs(const Matrix& outputs) const {
  Matrix gradient(outputs.rows(), outputs.cols());
  return scale_.factor * differentiate(*loss_, samples_, outputs, gradient) /
         static_cast<double>(samples_.inputs.cols());
}

}  // namespace linnet
