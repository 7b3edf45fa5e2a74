#include "linnet/observables/neuron.hpp"

#include <algorithm>

#include "linnet/exact/deep_bias.hpp"
#include "linnet/exact/mirror.hpp"
#include "linnet/exact/neuron_bias.hpp"
#include "linnet/networks/neuron.hpp"

namespace linnet::observables {

namespace {

Neuron neuron_at(const Snapshot& s) { return neuron_of(std::get<DeepLinear>(s.network())); }

}  // namespace

Observable coefficients() {
  return {
      .name = "coefficients",
      .long_name = "coefficients β",
      .units = "1",
      .over = Over::coefficients,
      .measure = [](const Snapshot& s,
                    std::span<double> out) { std::copy_n(s.end_to_end().data(), s.end_to_end().size(), out.data()); },
      .need = needs::one_output()};
}

Observable neuron_weights() {
  return {.name = "neuron_weights",
          .long_name = "weights (w, a) of the neuron",
          .units = "1",
          .over = Over::neuron_weights,
          .needs_state = true,
          .measure =
              [](const Snapshot& s, std::span<double> out) {
                const Neuron n = neuron_at(s);
                std::copy_n(n.w.data(), n.w.size(), out.data());
                out.back() = n.a;
              },
          .need = needs::one_neuron()};
}

Observable neuron_magnitude() {
  return {.name = "neuron_magnitude",
          .long_name = "magnitude μ = a|w|",
          .units = "1",
          .needs_state = true,
          .measure =
              [](const Snapshot& s, std::span<double> out) {
                const Neuron n = neuron_at(s);
                out[0] = n.a * n.w.norm();
              },
          .need = needs::one_neuron()};
}

Observable neuron_alignment() {
  return {.name = "neuron_alignment",
          .long_name = "alignment φ of w with β*",
          .units = "1",
          .needs_state = true,
          .measure =
              [](const Snapshot& s, std::span<double> out) {
                const Neuron n = neuron_at(s);
                const Vector target = s.task().target().row(0).transpose();
                out[0] = n.w.dot(target) / (n.w.norm() * target.norm());
              },
          .need = needs::one_neuron()};
}

Observable mirror_potential() {
  return {.name = "mirror_potential",
          .long_name = "potential Ψ(β) of the mirror flow",
          .units = "1",
          .needs_state = true,
          .measure =
              [](const Snapshot& s, std::span<double> out) {
                if (const auto* diagonal = std::get_if<Diagonal>(&s.network())) {
                  out[0] = linnet::mirror_potential(*diagonal);
                  return;
                }
                if (const auto* balanced = std::get_if<DeepBalanced>(&s.network())) {
                  out[0] = DeepPotential{.depth = balanced->depth()}.value(balanced->end_to_end().row(0).transpose());
                  return;
                }
                const Neuron n = neuron_at(s);
                const Layerwise& rates = s.reference().ratios().pair("rates");
                out[0] = NeuronPotential{.balance = balance_of(n, rates), .rates = rates}.value(n.coefficients());
              },
          .need = needs::potential()};
}

}  // namespace linnet::observables
