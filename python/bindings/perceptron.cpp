#include <pybind11/stl.h>

#include "convert.hpp"
#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/perceptron/kernel.hpp"
#include "linnet/perceptron/linearized.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

Activation activation(py::handle value) {
  const std::string name = py::str(value);
  for (const Activation a : {Activation::relu, Activation::quadratic}) {
    if (name == to_string(a)) return a;
  }
  bad_input({.field = "network.activation", .expected = "\"relu\" or \"quadratic\"", .got = text(value)});
}

/// From samples in rows and back.
Matrix columns(py::handle rows, const char* field) { return matrix(rows, field).transpose(); }
py::array rows(const Matrix& columns) { return array(Matrix(columns.transpose())); }

void bind_network(py::module_& m) {
  py::class_<Perceptron>(m, "Perceptron", py::dynamic_attr(), R"(Perceptron(weights, activation=None, slope=None)

A fully connected network without biases, f(x) = W_L s(W_{L-1} ... s(W_1 x)), of any depth: a sequence of matrices, W_1
first, each outputs x inputs. s(h) is h for h > 0, else slope h ("relu": ReLU at slope 0, else leaky), or h^2 ("quadratic"); by default ReLU. The weights may also be an nn.Sequential of
PyTorch, whose ReLU or LeakyReLU is taken over unless given here, or its state_dict.
`net(x)` gives the outputs, samples in rows. Raises linnet.Error when sizes do not fit or an entry is not finite.
Source: docs/theory.md, "Perceptrons".)")
      .def(py::init([](py::handle given, py::handle kind, py::handle slope) {
             const py::object layers = py::module_::import("linnet.torch_weights").attr("layers_of")(given);
             std::vector<Matrix> all;
             for (const py::handle layer : layers.attr("weights")) all.push_back(matrix(layer, "network.weights"));
             HiddenUnit neuron;
             if (!kind.is_none()) neuron.activation = activation(kind);
             const py::object own = layers.attr("slope");
             if (!slope.is_none()) {
               neuron.slope = number(slope, "network.slope");
             } else if (!own.is_none() && neuron.activation == Activation::relu) {
               neuron.slope = number(own, "network.slope");
             }
             return Perceptron(std::move(all), neuron);
           }),
           py::arg("weights"), py::arg("activation") = py::none(), py::arg("slope") = py::none(),
           "Perceptron(weights, activation=None, slope=None)")
      .def_property_readonly(
          "weights",
          [](const py::object& self) {
            py::list layers;
            for (const Matrix& w : self.cast<const Perceptron&>().weights()) layers.append(view(w, self));
            return py::tuple(layers);
          },
          "W_1, ..., W_L (read-only views).")
      .def_property_readonly(
          "activation", [](const Perceptron& n) { return to_string(n.activation()); }, "\"relu\" or \"quadratic\".")
      .def_property_readonly("slope", &Perceptron::slope, "Of negative inputs of a neuron.")
      .def_property_readonly("depth", &Perceptron::depth, "L")
      .def_property_readonly(
          "sizes", [](const Perceptron& n) { return py::tuple(py::cast(n.sizes())); }, "n_0, ..., n_L")
      .def_property_readonly(
          "widths", [](const Perceptron& n) { return py::tuple(py::cast(n.widths())); }, "n_1, ..., n_{L-1}")
      .def_property_readonly("norm", &Perceptron::norm, "|theta|, the root of the sum of all weights squared.")
      .def_property_readonly(
          "shape", [](const Perceptron& n) { return pair(n.shape()); }, "(outputs, inputs)")
      .def(
          "__call__", [](const Perceptron& n, py::handle x) { return rows(n.at(columns(x, "inputs"))); },
          py::arg("inputs"), "net(inputs) -> outputs, samples in rows.")
      .def(
          "balances",
          [](const Perceptron& n, py::handle rates) {
            const Layerwise each = layerwise(rates, "rates");
            each.require_depth(n.depth(), "rates");
            py::list all;
            for (Vector& delta : neuron_balances(n, each.values())) all.append(array(std::move(delta)));
            return all;
          },
          py::arg("rates") = 1.0,
          "balances(rates=1.0)\n\nFor each hidden layer a number for each neuron, which gradient flow conserves: with "
          "W_{l+1}'s column k and W_l's row k,\nq eta_l |W_{l+1,.k}|^2 - eta_{l+1} |W_{l,k.}|^2, q = 1 (relu) or 2 "
          "(quadratic).");

  m.def("perceptron_kernel_distance",
        [](const Perceptron& first, const Perceptron& second, py::handle inputs, py::handle rates) {
          const Matrix x = columns(inputs, "inputs");
          const Layerwise each = layerwise(rates, "rates");
          require_positive(each, "rates");
          return released([&] { return kernel_distance(first, second, x, each); });
        });
  m.def("perceptron_kernel", [](const Perceptron& network, py::handle inputs, py::handle others, py::handle rates) {
    const Matrix x = columns(inputs, "inputs");
    const Matrix y = columns(others, "others");
    const Layerwise each = layerwise(rates, "rates");
    require_positive(each, "rates");
    return array(released([&] { return neural_tangent_kernel(network, x, y, each); }));
  });
}

void bind_linearized(py::module_& m) {
  using Lazy = PerceptronLinearized;
  const auto step = [](py::handle value) { return whole_number(value, "step"); };
  py::class_<Lazy>(m, "PerceptronLinearized", py::dynamic_attr(), R"(PerceptronLinearized(network, task, rates=1.0)

Lazy training in closed form: the network linearized in its parameters at its start, by the neural tangent kernel K of
the training inputs, f(t) = y + exp(-2 h K t / P)(f_0 - y), where h is that of the task's cost, 1/2 or 1. `rates`, one
number or one a layer, are the flow's, or the steps of descent for the methods that end in `_after`. t may be inf. Samples
are rows. Costs one eigendecomposition of P square.
Source: docs/theory.md, "Perceptrons".)")
      .def(py::init([](const Perceptron& start, const Task& task, py::handle rates) {
             const Layerwise each = layerwise(rates, "rates");
             return released([&] { return Lazy(start, task, each); });
           }),
           py::arg("network"), py::arg("task"), py::arg("rates") = 1.0,
           "PerceptronLinearized(network, task, rates=1.0)")
      .def_property_readonly(
          "kernel", [](const py::object& self) { return view(self.cast<const Lazy&>().kernel(), self); },
          "K, rates included; the outputs of a sample side by side (read-only view).")
      .def_property_readonly(
          "eigenvalues", [](const Lazy& l) { return array(Vector(l.eigenvalues())); }, "Of K, rising.")
      .def(
          "outputs", [](const Lazy& l, py::handle t) { return rows(l.outputs(number(t, "t"))); }, py::arg("t"),
          "outputs(t) -> P x outputs, of the training inputs.")
      .def(
          "test_outputs", [](const Lazy& l, py::handle t) { return rows(l.test_outputs(number(t, "t"))); },
          py::arg("t"), "test_outputs(t), of the test inputs.")
      .def(
          "train_error", [](const Lazy& l, py::handle t) { return l.train_error(number(t, "t")); }, py::arg("t"),
          "train_error(t), normalised as the task's.")
      .def(
          "test_error", [](const Lazy& l, py::handle t) { return l.test_error(number(t, "t")); }, py::arg("t"),
          "test_error(t), over the test samples.")
      .def(
          "outputs_after", [step](const Lazy& l, py::handle k) { return rows(l.outputs_after(step(k))); },
          py::arg("step"), "outputs_after(step), by descent.")
      .def(
          "test_outputs_after", [step](const Lazy& l, py::handle k) { return rows(l.test_outputs_after(step(k))); },
          py::arg("step"), "test_outputs_after(step), by descent.")
      .def(
          "train_error_after", [step](const Lazy& l, py::handle k) { return l.train_error_after(step(k)); },
          py::arg("step"), "train_error_after(step), by descent.")
      .def(
          "test_error_after", [step](const Lazy& l, py::handle k) { return l.test_error_after(step(k)); },
          py::arg("step"), "test_error_after(step), by descent.");
}

}  // namespace

void bind_perceptron(py::module_& m) {
  bind_network(m);
  bind_linearized(m);
}

}  // namespace linnet::python
