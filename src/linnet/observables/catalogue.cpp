#include "linnet/error.hpp"
#include "linnet/observables/neuron.hpp"
#include "linnet/observables/new_property.hpp"
#include "linnet/observables/noise.hpp"
#include "linnet/observables/observable.hpp"
#include "linnet/observables/perceptron.hpp"

namespace linnet::observables {

namespace {

const std::vector<Observable>& catalogue() {
  static const std::vector<Observable> all{cost(),
                                           gradient_norm(),
                                           train_error(),
                                           test_error(),
                                           end_to_end(),
                                           singular_values(),
                                           mode_strengths(),
                                           rank(),
                                           stable_rank(),
                                           effective_rank(),
                                           nuclear_norm(),
                                           alignment(),
                                           active(),
                                           imbalance_drift(),
                                           closure_residual(),
                                           kernel_distance(),
                                           input_representation(),
                                           output_representation(),
                                           tangent_kernel(),
                                           hidden_similarity(),
                                           output_similarity(),
                                           new_property(),
                                           new_property_all_layers(),
                                           input_noise_error(),
                                           parameter_noise_error(),
                                           balance(),
                                           balance_spread(),
                                           parameter_norm(),
                                           parameter_gradient_norm(),
                                           parameter_distance(),
                                           escape_alignment(),
                                           coefficients(),
                                           neuron_weights(),
                                           neuron_magnitude(),
                                           neuron_alignment(),
                                           mirror_potential(),
                                           train_accuracy(),
                                           test_accuracy(),
                                           hamming_distance(),
                                           neuron_balance(),
                                           neuron_path(),
                                           neuron_direction(),
                                           neuron_size(),
                                           neuron_readout(),
                                           neuron_drive(),
                                           neuron_growth(),
                                           neuron_turning()};
  return all;
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Observable& o : catalogue()) result.push_back(o.name);
  return result;
}

Observable by_name(std::string_view name) {
  for (const Observable& o : catalogue()) {
    if (o.name == name) return o;
  }
  bad_input({.field = "record.observables",
             .expected = "the name of an observable",
             .got = "\"" + std::string(name) + "\"",
             .hint = did_you_mean(name, names())});
}

std::vector<Observable> by_names(const std::vector<std::string>& wanted) {
  std::vector<Observable> result;
  for (const std::string& name : wanted) result.push_back(by_name(name));
  return result;
}

}  // namespace linnet::observables
