#include "linnet/sweeps/teacher.hpp"

#include "linnet/sweeps/labels.hpp"

namespace linnet::sweeps {

void add_teacher(Dataset& data, const Task& task) {
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
