#include "linnet/networks/preconditioner.hpp"

#include "convert.hpp"
#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/landscape/preconditioner_range.hpp"
#include "watch.hpp"

namespace linnet::python {

void bind_preconditioner(py::module_& m) {
  py::class_<Preconditioner>(m, "Preconditioner", py::dynamic_attr(), R"(Made by `linnet.preconditioner`.

M of dvec(A)/dt = -M vec(grad C(A)), the motion of the end-to-end matrix under gradient flow; vec stacks columns.)")
      .def_property_readonly(
          "shape", [](const Preconditioner& p) { return pair(p.shape()); }, "(outputs, inputs)")
      .def_property_readonly("depth", &Preconditioner::depth, "L")
      .def(
          "apply",
          [](const Preconditioner& p, py::handle gradient) { return array(p.apply(matrix(gradient, "gradient"))); },
          py::arg("gradient"),
          "apply(gradient)\n\nM vec(gradient) as a matrix, outputs x inputs: A moves by minus this; M is not formed.")
      .def(
          "dense", [](const Preconditioner& p) { return array(p.dense()); },
          "dense()\n\nM itself, square of outputs x inputs; up to 4096 unknowns.")
      .def(
          "eigenvalues", [](const Preconditioner& p) { return array(released([&] { return p.eigenvalues(); })); },
          "eigenvalues()\n\nAll of them, rising; from three layers on up to 4096 unknowns.")
      .def(
          "range",
          [](const Preconditioner& p) {
            const auto range = released([&] { return landscape::preconditioner_range(p); });
            return py::make_tuple(range.smallest, range.largest);
          },
          "range()\n\n(smallest, largest) eigenvalue at any size; from three layers and 1000 unknowns on to 1e-6 of "
          "the largest. A smallest below the error is 0.")
      .def("__repr__", [](const Preconditioner& p) {
        return "<linnet.Preconditioner, " + format_shape(p.shape().outputs, p.shape().inputs) + ">";
      });
  m.def("preconditioner", [](py::handle network, py::handle rates) {
    return Preconditioner(deep_network(network), layerwise(rates, "rates"));
  });
  m.def("preconditioner_modes", [](py::handle a, py::handle depth, py::handle balance, py::handle layer,
                                   py::handle width, py::handle rates) {
    PreconditionerModes modes = preconditioner_modes(
        matrix(a, "network.end_to_end"),
        {.depth = whole_number(depth, "network.depth"),
         .imbalance = {.balance = number(balance, "network.balance"), .layer = unbalanced_layer(layer)},
         .width = whole_number(width, "network.width"),
         .rates = layerwise(rates, "rates")});
    return py::make_tuple(array(std::move(modes.u)), array(std::move(modes.eigenvalues)), array(std::move(modes.v)));
  });
}

}  // namespace linnet::python
