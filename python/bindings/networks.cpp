#include "arguments.hpp"
#include "convert.hpp"
#include "floors.hpp"
#include "linnet/config/kinds/network.hpp"
#include "linnet/config/kinds/networks/parts.hpp"
#include "linnet/error.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/networks/network.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

/// The common members of all networks.
template <class N>
void bind_common(py::class_<N>& c) {
  c.def_property_readonly(
      "shape", [](const N& n) { return pair(n.shape()); }, "(outputs, inputs).");
  if constexpr (!std::is_same_v<N, GramState>) {
    c.def_property_readonly(
        "input_representation", [](const N& n) { return array(input_representation(n)); },
        "C_1 = W_1^T W_1, inputs x inputs.");
    c.def_property_readonly(
        "output_representation", [](const N& n) { return array(output_representation(n)); },
        "C_2 = W_2 W_2^T, outputs x outputs.");
  }
  c.def_property_readonly(
      "gram", [](const N& n) { return array(gram_state(n).gram()); },
      "G = [[C_1, A^T], [A, C_2]], square of inputs + outputs, inputs first.");
}

/// The function of Python of this name, and the kind that it makes.
py::object make_network(const std::string& name, const py::kwargs& given) {
  for (const auto& kind : config::kinds<config::NetworkKind>()) {
    for (const config::PythonFunction& function : kind->python()) {
      if (function.name != name) continue;
      if (!function.state.empty()) given["state"] = function.state;
      const auto start = kind->clone();
      Arguments arguments("network", given);
      start->visit(arguments);
      return network_object(released([&] { return *start->make(start->own).network; }));
    }
  }
  bad_input({.field = "network", .expected = "the name of a function that makes one", .got = name});
}

}  // namespace

void bind_networks(py::module_& m) {
  py::class_<GramState> gram(m, "GramState", py::dynamic_attr(),
                             R"(GramState(input_representation, end_to_end, output_representation)

The Gram state G = [[C_1, A^T], [A, C_2]] of a two-layer network of any width: gradient flow and gradient descent
close on it exactly, so that a network of width 3 million trains in the memory and time of its inputs and outputs.
C_1 = W_1^T W_1 is inputs x inputs, A outputs x inputs, C_2 = W_2 W_2^T outputs x outputs. Training keeps the rank of G:
where that is below inputs + outputs, as for a narrower network, what moves is `factor`.
Source: docs/theory.md, "The width drops out". Also `GramState.from_weights` and `GramState.from_gram`.
Raises linnet.Error when shapes do not fit, an entry is not finite, C_1, C_2 are not symmetric, or G is clearly not
positive semidefinite.)");
  gram.def(py::init([](py::handle c1, py::handle a, py::handle c2) {
             GramState g(matrix(c1, "network.input_representation"), matrix(a, "network.end_to_end"),
                         matrix(c2, "network.output_representation"));
             require_semidefinite(g);
             return g;
           }),
           py::arg("input_representation"), py::arg("end_to_end"), py::arg("output_representation"),
           "GramState(input_representation, end_to_end, output_representation)")
      .def_static(
          "from_weights",
          [](py::handle w1, py::handle w2) {
            const DeepLinear w(matrix(w1, "network.w1"), matrix(w2, "network.w2"));
            return released([&] { return GramState::from_weights(w); });
          },
          py::arg("w1"), py::arg("w2"),
          "from_weights(w1, w2) -> GramState\n\nThe Gram state of these weights, w1 width x inputs, w2 outputs x "
          "width; O(width n^2).")
      .def_static(
          "from_gram",
          [](py::handle g, py::handle outputs, py::handle inputs) {
            GramState state =
                GramState::from_gram(matrix(g, "network.gram"), {.outputs = whole_number(outputs, "network.outputs"),
                                                                 .inputs = whole_number(inputs, "network.inputs")});
            require_semidefinite(state);
            return state;
          },
          py::arg("gram"), py::arg("outputs"), py::arg("inputs"),
          "from_gram(gram, outputs, inputs) -> GramState\n\nFrom G itself, (inputs + outputs) square, inputs first.")
      .def_property_readonly(
          "input_representation",
          [](const py::object& self) { return view(self.cast<const GramState&>().input_representation(), self); },
          "C_1 = W_1^T W_1, inputs x inputs (read-only view).")
      .def_property_readonly(
          "end_to_end", [](const py::object& self) { return view(self.cast<const GramState&>().end_to_end(), self); },
          "A, outputs x inputs (read-only view).")
      .def_property_readonly(
          "output_representation",
          [](const py::object& self) { return view(self.cast<const GramState&>().output_representation(), self); },
          "C_2 = W_2 W_2^T, outputs x outputs (read-only view).")
      .def_property_readonly(
          "factor",
          [](const GramState& g) -> py::object {
            std::optional<Matrix> q = narrow_factor(g);
            return q ? py::object(array(*std::move(q))) : py::none();
          },
          "Q = [W_1^T; W_2] of as many columns as G has rank, inputs first, G = Q Q^T: what training moves. None for a "
          "G "
          "of full rank, inputs + outputs. Weights that are narrower are their own factor; else that of an elimination "
          "in which less than 32 eps sqrt(inputs + outputs) of a diagonal entry counts as rounding. O((inputs + "
          "outputs)^3).");
  bind_common(gram);

  py::class_<SelfConsistent> closed(m, "SelfConsistent", py::dynamic_attr(),
                                    R"(SelfConsistent(end_to_end, scales, rates=1.0)

A network known by A alone; the representations follow from it by the closure,
C_1 = -lambda/2 + (kappa^2 + A^T A)^(1/2), C_2 = lambda/2 + (kappa^2 + A A^T)^(1/2).
`scales` = (a, b), or one number for both, are the representations at A = 0, C_1 = aI and C_2 = bI: lambda = b - a,
kappa = (a + b)/2; a wide Gaussian network has sigma_l^2 w. Exact if the closure is satisfied, else an approximation.
kappa = 0 is a balanced network, whose training keeps the rank of A. At `rates` that differ the closure is that of the
layers W_l/sqrt(eta_l); training takes the network at the rates of the solver, and its `final` has them.
Source: docs/theory.md, "Self-consistent dynamics".)");
  closed
      .def(py::init([](py::handle a, py::handle scales, py::handle rates) {
             return SelfConsistent(matrix(a, "network.end_to_end"), per_layer(scales, "network.scale"),
                                   per_layer(rates, "network.rates"));
           }),
           py::arg("end_to_end"), py::arg("scales"), py::arg("rates") = 1.0,
           "SelfConsistent(end_to_end, scales, rates=1.0)")
      .def_property_readonly(
          "end_to_end",
          [](const py::object& self) { return view(self.cast<const SelfConsistent&>().end_to_end(), self); },
          "A, outputs x inputs (read-only view).")
      .def_property_readonly(
          "scales", [](const SelfConsistent& n) { return pair(n.scales()); }, "(a, b), the representations at A = 0.")
      .def_property_readonly(
          "rates", [](const SelfConsistent& n) { return pair(n.rates()); },
          "The learning rates of the closure, of which only the ratio counts: the second one is 1.")
      .def_property_readonly("balance", &SelfConsistent::balance,
                             "lambda = b - a; at other rates rho b - a/rho, rho^2 = eta_1/eta_2.")
      .def_property_readonly("threshold", &SelfConsistent::threshold,
                             "kappa = (a + b)/2; at other rates (a/rho + rho b)/2.");
  bind_common(closed);

  py::class_<DeepLinear> deep(m, "DeepLinear", py::dynamic_attr(),
                              R"(DeepLinear(weights), or DeepLinear(w1, w2) of two layers

Explicit weights of a linear network of any depth, A = W_L ... W_1: a sequence of matrices, W_1 first, each outputs x
inputs; or the two of a network of two layers, w1 width x inputs and w2 outputs x width; or an nn.Sequential of PyTorch
(Linear layers without bias) or its state_dict. `Weights` is another name of this class. What is of two layers, as w1, w2, width and the representations, raises linnet.Error for any other depth.
Source: docs/theory.md, "Saddle to saddle". Raises linnet.Error when the layers do not fit one another, a size is 0 or an
entry is not finite.)");
  deep.def(py::init([](py::handle layers) {
             std::vector<Matrix> all;
             for (const py::handle layer :
                  py::module_::import("linnet.torch_weights").attr("linear_layers_of")(layers)) {
               all.push_back(matrix(layer, "network.weights"));
             }
             return DeepLinear(std::move(all));
           }),
           py::arg("weights"), "DeepLinear(weights)")
      .def(py::init([](py::handle w1, py::handle w2) {
             return DeepLinear(matrix(w1, "network.w1"), matrix(w2, "network.w2"));
           }),
           py::arg("w1"), py::arg("w2"), "DeepLinear(w1, w2)")
      .def_property_readonly(
          "weights",
          [](const py::object& self) {
            py::list layers;
            for (const Matrix& w : self.cast<const DeepLinear&>().weights()) layers.append(view(w, self));
            return py::tuple(layers);
          },
          "W_1, ..., W_L (read-only views).")
      .def_property_readonly(
          "w1", [](const py::object& self) { return view(self.cast<const DeepLinear&>().w1(), self); },
          "W_1 of two layers, width x inputs (read-only view).")
      .def_property_readonly(
          "w2", [](const py::object& self) { return view(self.cast<const DeepLinear&>().w2(), self); },
          "W_2 of two layers, outputs x width (read-only view).")
      .def_property_readonly("width", &DeepLinear::width, "w, the number of hidden units of two layers.")
      .def_property_readonly("depth", &DeepLinear::depth, "L")
      .def_property_readonly(
          "sizes", [](const DeepLinear& n) { return py::tuple(py::cast(n.sizes())); }, "n_0, ..., n_L")
      .def_property_readonly("norm", &whole_norm,
                             "|theta|, the root of the sum of all weights squared; of a light cone that of the whole "
                             "network.")
      .def_property_readonly(
          "cone",
          [](const DeepLinear& n) -> py::object {
            const LightCone* cone = n.cone();
            if (cone == nullptr) return py::none();
            return py::module_::import("linnet.networks")
                .attr("LightCone")(py::tuple(py::cast(cone->widths)), cone->order, cone->complete,
                                   py::tuple(py::cast(cone->outside)), cone->tolerance);
          },
          "What these weights stand for, a `LightCone`, if they are those of a wide network's light cone; else None.")
      .def_property_readonly(
          "end_to_end", [](const DeepLinear& n) { return array(n.end_to_end()); }, "A = W_L ... W_1")
      .def(
          "imbalances",
          [](const DeepLinear& n, py::handle rates) {
            py::list all;
            for (Matrix& delta : imbalances(n, layerwise(rates, "rates"))) all.append(array(std::move(delta)));
            return all;
          },
          py::arg("rates") = 1.0,
          "imbalances(rates=1.0)\n\nW_{l+1}^T W_{l+1} / eta_{l+1} - W_l W_l^T / eta_l for l = 1 ... L - 1: what "
          "gradient flow "
          "conserves.");
  bind_common(deep);
  m.attr("Weights") = deep;  // an alias, for two layers
  py::class_<DeepLinearized>(m, "DeepLinearized", R"(DeepLinearized(start)

A deep network that stays at its start's tangent plane: the lazy (NTK) reference, whatever the width.)")
      .def(py::init([](const DeepLinear& start) { return DeepLinearized(start); }), py::arg("start"),
           "DeepLinearized(start)")
      .def_property_readonly("depth", &DeepLinearized::depth, "L")
      .def_property_readonly(
          "shape", [](const DeepLinearized& n) { return pair(n.shape()); }, "(outputs, inputs)")
      .def_property_readonly(
          "end_to_end", [](const DeepLinearized& n) { return array(Matrix(n.end_to_end())); }, "A");
  py::class_<DeepBalanced>(m, "DeepBalanced", R"(DeepBalanced(end_to_end, depth)

A deep network with balanced weights, known by A alone; the depth may be any number >= 1. From a depth of 2 on training
keeps the rank of A, as it does that of the weights.)")
      .def(py::init([](py::handle a, py::handle depth) {
             return DeepBalanced(matrix(a, "network.end_to_end"), number(depth, "network.depth"));
           }),
           py::arg("end_to_end"), py::arg("depth"), "DeepBalanced(end_to_end, depth)")
      .def_property_readonly("depth", &DeepBalanced::depth, "L")
      .def_property_readonly(
          "shape", [](const DeepBalanced& n) { return pair(n.shape()); }, "(outputs, inputs)")
      .def_property_readonly(
          "end_to_end", [](const DeepBalanced& n) { return array(Matrix(n.end_to_end())); }, "A");

  m.def("make_network", make_network);
  m.def("compress", [](const DeepLinear& whole, py::handle order, py::handle tolerance) {
    config::ConeOption option;
    if (py::isinstance<py::str>(order)) {
      if (std::string(py::str(order)) != "auto") {
        bad_input({.field = "order", .expected = "a whole number >= 0, or \"auto\"", .got = text(order)});
      }
      option.order = std::string("auto");
    } else {
      option.order = Layerwise(static_cast<double>(require_at_least(whole_number(order, "order"), 0, "order")));
    }
    if (!tolerance.is_none()) option.tolerance = number(tolerance, "tolerance");
    return released([&] { return option.make([&](Index k) { return networks::compress(whole, k); }); });
  });
  m.def("expand", [](const DeepLinear& compressed) { return released([&] { return networks::expand(compressed); }); });
  m.def("saddle_variance", [](py::handle width, py::handle gamma) {
    return networks::saddle_variance(whole_number(width, "network.width"), number(gamma, "network.gamma"));
  });
  m.def("gaussian_scales", [](py::handle width, py::handle variance) {
    return pair(networks::gaussian_scales(
        {.width = whole_number(width, "network.width"), .variance = per_layer(variance, "network.variance")}));
  });
  m.def("self_consistent", [](py::handle start, py::handle scales) {
    const Network n = network(start);
    return SelfConsistent(end_to_end(n),
                          scales.is_none() ? fit_closure(n).scales() : per_layer(scales, "network.scale"));
  });
  m.def("lecun_variance", [](py::handle shape, py::handle width) {
    return pair(networks::lecun_variance(shape_like(shape), whole_number(width, "network.width")));
  });
  m.def("he_variance", [](py::handle shape, py::handle width) {
    return pair(networks::he_variance(shape_like(shape), whole_number(width, "network.width")));
  });
  m.def("glorot_variance", [](py::handle shape, py::handle width) {
    return pair(networks::glorot_variance(shape_like(shape), whole_number(width, "network.width")));
  });
  m.def("fit_closure", [](py::handle n) {
    const Network start = network(n);
    const Closure c = released([&] { return fit_closure(start); });
    return py::make_tuple(c.balance, c.scale2, c.residual, c.threshold(), pair(c.scales()));
  });

  const auto start = [](Matrix (*make)(Shape, Index, double, std::uint64_t)) {
    return [make](py::handle shape, py::handle rank, py::handle scale, py::handle seed) {
      return array(make(shape_like(shape), whole_number(rank, "network.rank"), number(scale, "network.scale"),
                        as_seed(seed, "network.seed")));
    };
  };
  m.def("semi_orthogonal", start(&networks::semi_orthogonal));
  m.def("random_end_to_end", start(&networks::random_end_to_end));
  m.def("effective_balance", [](const DeepLinear& w, py::handle rates) {
    const auto found = networks::effective_balance(w, per_layer(rates, "rates"));
    return py::make_tuple(found.balance, found.distance);
  });
  m.def("expected_balance", [](py::handle shape, py::handle width, py::handle variance) {
    const auto found = networks::expected_balance(shape_like(shape), whole_number(width, "network.width"),
                                                  per_layer(variance, "network.variance"));
    return py::make_tuple(found.balance, found.distance);
  });
  m.def("tilt", [](py::handle tau, py::handle alpha) {
    const auto t = networks::tilt(number(tau, "network.tau"), number(alpha, "network.alpha"));
    return py::make_tuple(t.first, t.second);
  });
  m.def("tilt_of_delta", [](py::handle tau, py::handle delta) {
    const auto t = networks::tilt_of_delta(number(tau, "network.tau"), number(delta, "network.delta"));
    return py::make_tuple(t.first, t.second);
  });
  m.def("neural_tangent_kernel", [](py::handle n, py::handle inputs, py::handle rates) {
    const Network of = network(n);
    const Matrix x = matrix(inputs, "inputs");
    const Layerwise each = layerwise(rates, "rates");
    require_positive(each, "rates");
    return array(neural_tangent_kernel(of, x, each));
  });
  m.def("kernel_distance", [](py::handle a, py::handle b, py::handle inputs, py::handle rates) {
    const Network first = network(a, "first");
    const Network second = network(b, "second");
    const Layerwise each = layerwise(rates, "rates");
    require_positive(each, "rates");
    if (inputs.is_none()) return kernel_distance(first, second, each);
    return kernel_distance(first, second, matrix(inputs, "inputs"), each);
  });
}

}  // namespace linnet::python
