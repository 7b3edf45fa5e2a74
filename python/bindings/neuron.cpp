#include "convert.hpp"
#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/deep_bias.hpp"
#include "linnet/exact/interpolator.hpp"
#include "linnet/exact/mirror.hpp"
#include "linnet/exact/neuron_bias.hpp"
#include "linnet/exact/neuron_flow.hpp"
#include "over.hpp"

namespace linnet::python {

namespace {

Neuron neuron(py::handle start) {
  const Network any = network(start);
  if (const auto* weights = two_layers_of(any)) return neuron_of(*weights);
  bad_input({.field = "network", .expected = "Weights of one hidden neuron", .got = text(start)});
}

std::optional<int> sign_of(py::handle sign) {
  if (sign.is_none()) return std::nullopt;
  return static_cast<int>(whole_number(sign, "sign"));
}

/// The weights at each of several times.
auto over_time_vector(Vector (NeuronFlow::*of)(double) const) {
  return [of](const NeuronFlow& f, py::handle t) {
    return rows_over(vector(t, "t"), f.task().shape().inputs, [&](double x) { return (f.*of)(x); });
  };
}

}  // namespace

void bind_neuron(py::module_& m) {
  py::class_<NeuronFlow>(m, "NeuronFlow")
      .def(py::init([](py::handle start, const Task& task, py::handle rates) {
        return NeuronFlow(neuron(start), task, per_layer(rates, "solver.rates"));
      }))
      .def("balance", &NeuronFlow::balance)
      .def("threshold", &NeuronFlow::threshold)
      .def("rates", [](const NeuronFlow& f) { return pair(f.rates()); })
      .def("a", [](const NeuronFlow& f,
                   py::handle t) { return numbers_over(vector(t, "t"), [&](double x) { return f.at(x).a; }); })
      .def("w",
           [](const NeuronFlow& f, py::handle t) {
             return rows_over(vector(t, "t"), f.task().shape().inputs, [&](double x) { return f.at(x).w; });
           })
      .def("network", [](const NeuronFlow& f, py::handle t) { return f.at(number(t, "t")).weights(); })
      .def("coefficients", over_time_vector(&NeuronFlow::coefficients))
      .def("magnitude", over_time(&NeuronFlow::magnitude))
      .def("alignment", over_time(&NeuronFlow::alignment))
      .def("warp", over_time(&NeuronFlow::warp))
      .def("cost", over_time(&NeuronFlow::cost))
      .def("train_error", over_time(&NeuronFlow::train_error))
      .def("kernel_distance", over_time(&NeuronFlow::kernel_distance))
      .def("end_sign", &NeuronFlow::end_sign)
      .def("sign_change", &NeuronFlow::sign_change)
      .def("critical_alignment", &NeuronFlow::critical_alignment)
      .def("warning", &NeuronFlow::warning);

  py::class_<Diagonal>(m, "Diagonal", R"(Diagonal(values, threshold)

A diagonal linear network of one output, f(x) = sum_i s_i x_i, s_i = sum_k a_ik w_ik, known by s and the threshold kappa
that its pairs of weights have in common: |a_i^2 - w_i^2|/2 for one pair an input. Its values obey the equation of
singular values, so that it also describes a wide network all of whose measurements commute with A.
Gradient flow keeps kappa; gradient descent steps the weights, and each input's kappa goes along with them.
Diagonal.from_weights(w, a) makes it of weights whose kappa differ from the start.
Source: docs/theory.md, "Mirror flows".)")
      .def(py::init([](py::handle values, py::handle threshold) {
             return Diagonal(vector(values, "network.values"), number(threshold, "network.threshold"));
           }),
           py::arg("values"), py::arg("threshold"), "Diagonal(values, threshold)")
      .def_property_readonly(
          "values", [](const Diagonal& n) { return array(Vector(n.values())); }, "s")
      .def_static(
          "from_weights",
          [](py::handle w, py::handle a, py::handle rates) {
            return Diagonal::from_weights(vector(w, "network.w"), vector(a, "network.a"), per_layer(rates, "rates"));
          },
          py::arg("w"), py::arg("a"), py::arg("rates") = 1.0,
          R"(from_weights(w, a, rates=1.0)

One pair of weights an input: s_i = a_i w_i and, at these learning rates of w and a, kappa_i = sqrt(rate_1 rate_2)
|a_i^2/rate_2 - w_i^2/rate_1|/2, which the flow conserves. Raises linnet.Error for vectors of different lengths and numbers
that are not finite.)")
      .def_property_readonly(
          "threshold", [](const Diagonal& n) { return n.threshold(); }, "kappa; nan where inputs have different ones")
      .def_property_readonly(
          "thresholds", [](const Diagonal& n) { return array(n.thresholds()); }, "kappa of each input")
      .def_property_readonly(
          "weights",
          [](const Diagonal& n) {
            Vector w(n.values().size());
            Vector a(n.values().size());
            for (Index i = 0; i < w.size(); ++i) {
              const Diagonal::Pair pair = n.pair(i);
              w(i) = pair.w;
              a(i) = pair.a;
            }
            return py::make_tuple(array(std::move(w)), array(std::move(a)));
          },
          "(w, a): one pair of weights an input, at equal rates; the larger one of each pair is positive")
      .def_property_readonly(
          "shape", [](const Diagonal& n) { return pair(n.shape()); }, "(outputs, inputs)")
      .def_property_readonly(
          "end_to_end", [](const Diagonal& n) { return array(n.end_to_end()); }, "A = s^T");

  py::class_<DeepDiagonal>(m, "DeepDiagonal", R"(DeepDiagonal(weights)

A diagonal linear network of one output and any depth L >= 2, f(x) = sum_i s_i x_i with s_i = prod_l w_li, by its weights:
an L x n_0 array, layer 1 in the first row. Gradient descent steps the weights, with momentum too; gradient flow at equal
rates conserves w_li^2 - w_mi^2, for each input by itself. `deep_diagonal` starts one by a scale for each layer.
What is of two layers by its thresholds (mirror_potential, interpolator) takes `Diagonal`.
Source: docs/theory.md, "Mirror flows".

Raises:
    linnet.Error: for fewer than two layers, no inputs, and numbers that are not finite.)")
      .def(py::init([](py::handle weights) { return DeepDiagonal(matrix(weights, "network.weights")); }),
           py::arg("weights"), "DeepDiagonal(weights)")
      .def_property_readonly(
          "weights", [](const DeepDiagonal& n) { return array(n.weights()); }, "L x n_0")
      .def_property_readonly("depth", &DeepDiagonal::depth, "L")
      .def_property_readonly(
          "shape", [](const DeepDiagonal& n) { return pair(n.shape()); }, "(outputs, inputs)")
      .def_property_readonly(
          "end_to_end", [](const DeepDiagonal& n) { return array(n.end_to_end()); }, "A = s^T");

  py::class_<NeuronPotential>(m, "NeuronPotential")
      .def(py::init([](py::handle balance, py::handle rates) {
        const NeuronPotential psi{.balance = number(balance, "balance"), .rates = per_layer(rates, "rates")};
        require_finite(psi.balance, "balance");
        require_positive(psi.rates, "rates");
        return psi;
      }))
      .def("value", [](const NeuronPotential& p, py::handle beta) { return p.value(vector(beta, "beta")); })
      .def("gradient",
           [](const NeuronPotential& p, py::handle beta) { return array(p.gradient(vector(beta, "beta"))); })
      .def("hessian", [](const NeuronPotential& p, py::handle beta) { return array(p.hessian(vector(beta, "beta"))); })
      .def("from_gradient",
           [](const NeuronPotential& p, py::handle w) { return array(p.from_gradient(vector(w, "gradient"))); });

  py::class_<DeepPotential>(m, "DeepPotential")
      .def(py::init([](py::handle depth) {
        const DeepPotential psi{.depth = number(depth, "depth")};
        (void)psi.value(Vector::Zero(1));  // throws for a depth below 1
        return psi;
      }))
      .def("value", [](const DeepPotential& p, py::handle beta) { return p.value(vector(beta, "beta")); })
      .def("gradient", [](const DeepPotential& p, py::handle beta) { return array(p.gradient(vector(beta, "beta"))); })
      .def("hessian", [](const DeepPotential& p, py::handle beta) { return array(p.hessian(vector(beta, "beta"))); })
      .def("from_gradient",
           [](const DeepPotential& p, py::handle w) { return array(p.from_gradient(vector(w, "gradient"))); });

  py::class_<HyperbolicEntropy>(m, "HyperbolicEntropy")
      .def(py::init([](py::handle threshold) {
        return HyperbolicEntropy{.threshold = require_positive(number(threshold, "threshold"), "threshold")};
      }))
      .def("value", [](const HyperbolicEntropy& p, py::handle s) { return p.value(vector(s, "s")); })
      .def("gradient", [](const HyperbolicEntropy& p, py::handle s) { return array(p.gradient(vector(s, "s"))); })
      .def("curvature", [](const HyperbolicEntropy& p, py::handle s) { return array(p.curvature(vector(s, "s"))); })
      .def("from_gradient",
           [](const HyperbolicEntropy& p, py::handle g) { return array(p.from_gradient(vector(g, "gradient"))); });

  m.def("interpolator", [](py::handle start, const Task& task, py::handle rates, py::handle sign) {
    return array(interpolator(network(start), task, layerwise(rates, "solver.rates"), sign_of(sign)));
  });
  m.def("end_sign", [](py::handle start, const Task& task, py::handle rates) {
    return end_sign(neuron(start), task, per_layer(rates, "solver.rates"));
  });
}

}  // namespace linnet::python
