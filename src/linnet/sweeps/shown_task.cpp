#include "linnet/sweeps/shown_task.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "linnet/sweeps/labels.hpp"

namespace linnet::sweeps {

namespace {

std::string words(const Matrix& numbers) {
  return fmt::format("{}", fmt::join(numbers.reshaped<Eigen::RowMajor>(), " "));
}

/// Points and targets of tasks of two inputs and one output, if a picture can show so many.
void add_points(Dataset& data, const Task& task) {
  constexpr Index most = 1000;
  const Samples* samples = task.samples();
  if (samples == nullptr || task.shape() != Shape{.outputs = 1, .inputs = 2} || samples->inputs.cols() > most) return;
  add_dimensions(data, {{"sample", samples->inputs.cols()}, {"input", 2}});
  data.add({.name = "sample_point",
            .dims = {"sample", "input"},
            .values = std::vector<double>(samples->inputs.data(), samples->inputs.data() + samples->inputs.size()),
            .attributes = {{"long_name", "inputs of the training samples"}, {"units", "1"}}});
  data.add({.name = "sample_target",
            .dims = {"sample"},
            .values = std::vector<double>(samples->targets.data(), samples->targets.data() + samples->targets.size()),
            .attributes = {{"long_name", "targets of the training samples"}, {"units", "1"}}});
}

/// β* and Σ of C = ½(β − β*)ᵀΣ(β − β*) + C_min.
void add_quadratic_cost(Dataset& data, const Task& task) {
  if (task.shape() != Shape{.outputs = 1, .inputs = 2} || !task.train.has_target() || task.train.entry_weights())
    return;
  const std::optional<Matrix>& covariance = task.train.covariance();
  data.attributes["cost_target"] = words(task.train.target());
  data.attributes["cost_covariance"] = words(covariance ? *covariance : Matrix(Matrix::Identity(2, 2)));
}

}  // namespace

void add_task(Dataset& data, const Task& task) {
  add_points(data, task);
  if (!task.teacher) add_quadratic_cost(data, task);
  if (!task.teacher || task.teacher->depth() != 2 || task.teacher->outputs() != 1) return;
  const Matrix directions = task.teacher->weights()[0].transpose();  // stored column after column
  const Matrix& readouts = task.teacher->weights()[1];
  add_dimensions(data, {{"teacher_neuron", readouts.cols()}, {"input", directions.rows()}});
  data.add({.name = "teacher_direction",
            .dims = {"teacher_neuron", "input"},
            .values = std::vector<double>(directions.data(), directions.data() + directions.size()),
            .attributes = {{"long_name", "w of the teacher's neurons"}, {"units", "1"}}});
  data.add({.name = "teacher_readout",
            .dims = {"teacher_neuron"},
            .values = std::vector<double>(readouts.data(), readouts.data() + readouts.size()),
            .attributes = {{"long_name", "a of the teacher's neurons"}, {"units", "1"}}});
}

}  // namespace linnet::sweeps
