#include "arguments.hpp"
#include "convert.hpp"
#include "floors.hpp"
#include "linnet/config/kinds/task.hpp"
#include "linnet/error.hpp"
#include "linnet/tasks/custom.hpp"
#include "linnet/tasks/structured.hpp"
#include "own_cost.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

const Cost& test_of(const Task& task) {
  if (!task.test) {
    bad_input({.field = "task.test_error",
               .expected = "a task with a signal or held-out data",
               .got = "a task without: " + task.name});
  }
  return *task.test;
}

py::object rows_of(const Samples* samples, Matrix Samples::*part) {
  return samples == nullptr ? py::none() : py::object(array(Matrix((samples->*part).transpose())));
}

}  // namespace

void bind_tasks(py::module_& m) {
  py::class_<Task>(m, "Task", py::dynamic_attr(),
                   R"(What is learned: the cost, and a test of how well a network generalizes.

For linear networks the cost is C(A), of the end-to-end matrix A; a task with samples (`inputs` is not None) is for
perceptrons too. Made by the functions of `linnet.tasks`. Matrices are outputs x inputs, as in the formulas. Immutable.
Source: docs/theory.md, "Network, cost, training".)")
      .def_property_readonly(
          "name", [](const Task& t) { return t.name; }, "Which kind of task, as a word.")
      .def_property_readonly(
          "shape", [](const Task& t) { return pair(t.shape()); }, "(outputs, inputs), the shape of A.")
      .def_property_readonly(
          "target",
          [](const py::object& self) -> py::object {
            const Task& t = self.cast<const Task&>();
            if (!t.train.has_target()) return py::none();
            return view(t.target(), self);
          },
          "Y, outputs x inputs: where the cost is least (read-only view); None for a cost that is no sum of squares of "
          "entries or samples.")
      .def_property_readonly(
          "signal",
          [](const py::object& self) -> py::object {
            const Task& t = self.cast<const Task&>();
            if (!t.test || !t.test->is_full_matrix()) return py::none();
            return view(t.test->target(), self);
          },
          "A*, what the test error compares A with (read-only view); None where there is none.")
      .def_property_readonly(
          "mask",
          [](const py::object& self) -> py::object {
            const Task& t = self.cast<const Task&>();
            if (!t.train.mask()) return py::none();
            return view(*t.train.mask(), self);
          },
          "1 where an entry of the target is observed, 0 elsewhere (completion); else None.")
      .def_property_readonly(
          "weights",
          [](const py::object& self) -> py::object {
            const Task& t = self.cast<const Task&>();
            if (t.train.is_weighted()) return view(*t.train.entry_weights(), self);
            const Samples* samples = t.train.samples();
            if (samples == nullptr || samples->weights.size() == 0) return py::none();
            return array(Vector(samples->weights));
          },
          "Those of the entries or of the samples in a sum of squares, of the samples in other costs; None without.")
      .def_property_readonly(
          "covariance",
          [](const py::object& self) -> py::object {
            const Task& t = self.cast<const Task&>();
            if (!t.train.covariance()) return py::none();
            return view(*t.train.covariance(), self);
          },
          "Sigma_xx, inputs x inputs, of regression on inputs that were not whitened, 2 Sigma_xx for a cost without "
          "1/2; "
          "else None.")
      .def_property_readonly(
          "samples",
          [](const Task& t) -> py::object {
            if (t.train.samples() == nullptr) return py::none();
            return py::cast(t.train.samples()->inputs.cols());
          },
          "P, the number of samples of regression; else None.")
      .def_property_readonly(
          "inputs", [](const Task& t) { return rows_of(t.samples(), &Samples::inputs); },
          "P x inputs, what is trained on, whitened where the cost is; None without samples.")
      .def_property_readonly(
          "targets", [](const Task& t) { return rows_of(t.samples(), &Samples::targets); },
          "P x outputs; None without samples.")
      .def_property_readonly(
          "test_inputs", [](const Task& t) { return rows_of(t.test_samples(), &Samples::inputs); },
          "The test samples, or None.")
      .def_property_readonly(
          "test_targets", [](const Task& t) { return rows_of(t.test_samples(), &Samples::targets); },
          "The test samples, or None.")
      .def_property_readonly(
          "teacher", [](const Task& t) { return t.teacher ? py::cast(*t.teacher) : py::none(); },
          "The network whose outputs the targets are, or None.")
      .def_property_readonly(
          "cost_normalisation", [](const Task& t) { return t.train.words(); }, "What cost and errors are, in words.")
      .def_property_readonly(
          "condition", [](const Task& t) { return t.train.has_target() ? py::cast(t.train.condition()) : py::none(); },
          "Largest over smallest eigenvalue of Sigma_xx before any whitening; 1 without data, None where `target` is.")
      .def_property_readonly(
          "is_white", [](const Task& t) { return t.train.is_white(); },
          "True when the cost is white_variance times that of the full matrix, so that the closed forms are valid.")
      .def_property_readonly(
          "white_variance", [](const Task& t) { return t.train.white_variance(); },
          "sigma^2 where Sigma_xx = sigma^2 I up to rounding, 1 for the full-matrix cost; else None. Flow is then that "
          "of the full matrix in the time sigma^2 t.")
      .def_property_readonly(
          "has_test", [](const Task& t) { return t.test.has_value(); }, "True when a test error is defined.")
      .def(
          "cost", [](const Task& t, py::handle a) { return t.train.evaluate(matrix_of_shape(a, t.shape(), "a")).cost; },
          py::arg("a"), "cost(a) -> float\n\nC(A).")
      .def(
          "gradient",
          [](const Task& t, py::handle a) {
            return array(std::move(t.train.evaluate(matrix_of_shape(a, t.shape(), "a")).gradient));
          },
          py::arg("a"), "gradient(a) -> ndarray\n\nThe gradient R of C at A, outputs x inputs.")
      .def(
          "train_error", [](const Task& t, py::handle a) { return t.train.error(matrix_of_shape(a, t.shape(), "a")); },
          py::arg("a"),
          "train_error(a) -> float\n\nMean squared error over the entries that are trained on, 2 C(A) / entries; of "
          "other "
          "costs as `cost_normalisation` says.")
      .def(
          "curvature",
          [](const Task& t, py::handle a, py::handle d) {
            Residual at = t.train.evaluate(matrix_of_shape(a, t.shape(), "a"));
            Room room;
            Matrix out;
            t.train.curvature(at, matrix_of_shape(d, t.shape(), "d"), room, out);
            return array(std::move(out));
          },
          py::arg("a"), py::arg("d"),
          "curvature(a, d) -> ndarray\n\nThe second derivative of C at A along D, outputs x inputs. Raises "
          "linnet.Error "
          "for a custom cost without.")
      .def(
          "test_error",
          [](const Task& t, py::handle a) { return test_of(t).error(matrix_of_shape(a, t.shape(), "a")); },
          py::arg("a"),
          "test_error(a) -> float\n\nMean squared error against the signal, or on the test data; of other costs their "
          "own. "
          "Raises linnet.Error without one.");

  // For the functions of `linnet.tasks`, one for each kind of task that is made from options.
  m.def("make_task", [](const std::string& kind, const py::kwargs& given) {
    config::Chosen<config::TaskKind> task;
    task.choose(kind, "");
    Arguments arguments("task", given);
    task->visit(arguments);
    return released([&] { return task->make(task->own); });
  });
  m.def("custom_task", [](py::handle shape, const py::object& f, const py::object& test, const py::object& curvature,
                          py::handle check_at) {
    tasks::Custom o{.shape = shape_like(shape), .f = ValueAndGradient(f, "task.f")};
    if (!test.is_none()) o.test = ValueAndGradient(test, "task.test");
    if (!curvature.is_none()) o.curvature = SecondDerivative(curvature);
    if (!check_at.is_none()) o.check_at = matrix(check_at, "task.check_at");
    return released([&] { return tasks::custom(o); });
  });
  m.def("reversed", &tasks::reversed);
  m.def("with_new_outputs",
        [](const Task& task, py::handle seed) { return tasks::with_new_outputs(task, as_seed(seed, "task.seed")); });
  m.def("with_low_rank_change", [](const Task& task, py::handle rank, py::handle size, py::handle seed) {
    return tasks::with_low_rank_change(task, {.rank = whole_number(rank, "task.change_rank"),
                                              .size = number(size, "task.change_size"),
                                              .seed = as_seed(seed, "task.seed")});
  });
}

}  // namespace linnet::python
