#include "linnet/observables/need.hpp"

namespace linnet {

namespace {

bool has_weights(const Network& network) { return weights_of(network) != nullptr; }

bool is_perceptron(const Network& network) { return std::holds_alternative<Perceptron>(network); }

/// Whether hidden neurons are known one by one: those of a light cone are directions of the hidden layer.
bool has_neurons(const Network& network) {
  const DeepLinear* weights = weights_of(network);
  return is_perceptron(network) || (weights != nullptr && weights->cone() == nullptr);
}

bool has_two_layers(const Network& network) { return two_layers_of(network) != nullptr && has_neurons(network); }

bool is_one_neuron(const Network& network) {
  const auto* weights = two_layers_of(network);
  return weights != nullptr && has_neurons(network) && weights->width() == 1 && weights->shape().outputs == 1;
}

}  // namespace

namespace needs {

NetworkNeed anything() { return {}; }

NetworkNeed end_to_end() { return {.what = "an end-to-end matrix A", .networks = "linear networks", .met = is_linear}; }

NetworkNeed one_output() {
  return {.what = "an end-to-end matrix A of one output",
          .networks = "linear networks of one output",
          .met = [](const Network& n) { return is_linear(n) && shape_of(n).outputs == 1; }};
}

NetworkNeed gram_state() {
  return {
      .what = "a Gram state", .networks = "DeepLinear of two layers, GramState, SelfConsistent", .met = has_gram_state};
}

NetworkNeed tangent_kernel() {
  return {.what = "a tangent kernel",
          .networks = "weights of any depth, GramState, SelfConsistent, DeepLinearized, Perceptron",
          .met = [](const Network& n) {
            return has_weights(n) || is_perceptron(n) || has_gram_state(n) || std::holds_alternative<DeepLinearized>(n);
          }};
}

NetworkNeed linear_weights() {
  return {.what = "the weights of a linear network", .networks = "DeepLinear", .met = has_weights};
}

NetworkNeed two_layers() {
  return {.what = "the weights of a linear network of two layers",
          .networks = "DeepLinear of two layers",
          .met = has_two_layers};
}

NetworkNeed weights() {
  return {.what = "its weights", .networks = "DeepLinear, Perceptron", .met = [](const Network& n) {
            return has_weights(n) || is_perceptron(n);
          }};
}

NetworkNeed neurons() {
  return {.what = "its neurons one by one", .networks = "DeepLinear, Perceptron", .met = has_neurons};
}

NetworkNeed conserved() {
  return {.what = "weights or a Gram state",
          .networks = "DeepLinear, GramState, SelfConsistent, Perceptron",
          .met = [](const Network& n) { return has_weights(n) || is_perceptron(n) || has_gram_state(n); }};
}

NetworkNeed hidden_neurons() {
  return {.what = "two layers with one output, by their weights",
          .networks = "DeepLinear and Perceptron of two layers and one output",
          .met = [](const Network& n) {
            const auto* perceptron = std::get_if<Perceptron>(&n);
            const bool two = perceptron != nullptr ? perceptron->depth() == 2 : has_two_layers(n);
            return two && shape_of(n).outputs == 1;
          }};
}

NetworkNeed one_neuron() {
  return {.what = "one hidden neuron, by its weights",
          .networks = "DeepLinear of two layers, width 1 and one output",
          .met = is_one_neuron};
}

NetworkNeed potential() {
  return {.what = "a mirror potential",
          .networks = "DeepLinear of two layers, width 1 and one output, Diagonal, DeepBalanced of one output",
          .met = [](const Network& n) {
            const auto* balanced = std::get_if<DeepBalanced>(&n);
            return is_one_neuron(n) || std::holds_alternative<Diagonal>(n) ||
                   (balanced != nullptr && balanced->shape().outputs == 1);
          }};
}

}  // namespace needs

Index hidden_neurons(const Network& network) {
  if (!has_neurons(network)) return 0;
  if (const auto* deep = std::get_if<DeepLinear>(&network)) return deep->depth() < 2 ? 0 : deep->weights()[0].rows();
  if (const auto* perceptron = std::get_if<Perceptron>(&network)) {
    return perceptron->depth() < 2 ? 0 : perceptron->weights()[0].rows();
  }
  return 0;
}

}  // namespace linnet
