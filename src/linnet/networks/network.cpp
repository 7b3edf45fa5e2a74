#include "linnet/networks/network.hpp"

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

[[noreturn]] Matrix end_to_end_of(const Perceptron& /*network*/) {
  bad_input(
      {.field = "network", .expected = "a linear network, which has an end-to-end matrix A", .got = "a perceptron"});
}

template <class State>
Matrix end_to_end_of(const State& state) {
  return state.end_to_end();
}

std::string words_for(const GramState& /*network*/) { return "a Gram state"; }
std::string words_for(const SelfConsistent& /*network*/) { return "a self-consistent network"; }
std::string words_for(const DeepLinear& network) {
  if (network.cone() != nullptr) return "a light cone of depth " + std::to_string(network.depth());
  return network.depth() == 2 ? "weights of two layers" : "weights of depth " + std::to_string(network.depth());
}
std::string words_for(const DeepLinearized& /*network*/) { return "a network linearized at its start"; }
std::string words_for(const DeepBalanced& /*network*/) { return "balanced deep weights"; }
std::string words_for(const Diagonal& /*network*/) { return "a diagonal network"; }
std::string words_for(const DeepDiagonal& network) {
  return "a diagonal network of depth " + std::to_string(network.depth());
}
std::string words_for(const Perceptron& network) {
  return "a perceptron of depth " + std::to_string(network.depth()) + " and " + std::to_string(network.outputs()) +
         (network.outputs() == 1 ? " output" : " outputs");
}

}  // namespace

std::string description_of(const Network& network) {
  return std::visit([](const auto& state) { return words_for(state); }, network);
}

bool is_linear(const Network& network) { return !std::holds_alternative<Perceptron>(network); }

Matrix end_to_end(const Network& network) {
  return std::visit([](const auto& state) { return end_to_end_of(state); }, network);
}

Shape shape_of(const Network& network) {
  return std::visit([](const auto& state) { return state.shape(); }, network);
}

double numbers_of(const Network& network) {
  const Shape shape = shape_of(network);
  const auto n0 = static_cast<double>(shape.inputs);
  const auto n2 = static_cast<double>(shape.outputs);
  if (const auto* perceptron = std::get_if<Perceptron>(&network)) return static_cast<double>(perceptron->parameters());
  if (const auto* diagonal = std::get_if<DeepDiagonal>(&network)) return static_cast<double>(diagonal->depth()) * n0;
  if (std::holds_alternative<GramState>(network)) return n0 * n0 + n0 * n2 + n2 * n2;
  double numbers = 0;
  if (const auto* deep = weights_of(network)) {
    for (const Matrix& w : deep->weights()) numbers += static_cast<double>(w.size());
    return numbers;
  }
  if (const auto* linearized = std::get_if<DeepLinearized>(&network)) {
    for (const DeepLinearized::LayerKernel& share : linearized->kernel()) {
      numbers += static_cast<double>(share.out.size() + share.in.size());
    }
  }
  return numbers + n0 * n2;
}

bool has_gram_state(const Network& network) {
  return std::holds_alternative<GramState>(network) || std::holds_alternative<SelfConsistent>(network) ||
         two_layers_of(network) != nullptr;
}

GramState gram_state(const Network& network) {
  if (const auto* gram = std::get_if<GramState>(&network)) return *gram;
  if (const auto* closed = std::get_if<SelfConsistent>(&network)) return closed->gram_state();
  if (const auto* weights = two_layers_of(network)) return GramState::from_weights(*weights);
  const auto* deep = weights_of(network);
  const bool diagonal = std::holds_alternative<Diagonal>(network) || std::holds_alternative<DeepDiagonal>(network);
  bad_input({.field = "network",
             .expected = "a network of two layers, which has a Gram state",
             .got = deep != nullptr      ? "one of depth " + std::to_string(deep->depth())
                    : diagonal           ? description_of(network)
                    : is_linear(network) ? "a limit of deep networks"
                                         : "a perceptron",
             .hint = "the Gram state, its closure and thresholds are of two layers"});
}

Network at_rates(const Network& network, const Layerwise& rates) {
  const auto* closed = std::get_if<SelfConsistent>(&network);
  if (closed == nullptr) return network;
  return SelfConsistent(closed->end_to_end(), closed->scales(), rates.pair("rates"));
}

namespace {

/// shift I + U diag(excess) Uᵀ.
Matrix representation(double shift, const Matrix& vectors, const Vector& excess) {
  Matrix c = linalg::self_product((vectors * excess.cwiseSqrt().asDiagonal()).eval());
  c.diagonal().array() += shift;
  return c;
}

}  // namespace

Matrix input_representation(const Network& network) {
  if (const auto* closed = std::get_if<SelfConsistent>(&network)) {
    const auto [vectors, inputs, outputs] = closed->representations();
    return representation(closed->scales()[0], vectors.v, inputs);
  }
  const DeepLinear* weights = two_layers_of(network);
  if (weights == nullptr) return gram_state(network).input_representation();
  const Matrix c1 = linalg::product(weights->w1().transpose(), weights->w1());
  return 0.5 * (c1 + c1.transpose());  // symmetric to the last bit, as in a Gram state
}

Matrix output_representation(const Network& network) {
  if (const auto* closed = std::get_if<SelfConsistent>(&network)) {
    const auto [vectors, inputs, outputs] = closed->representations();
    return representation(closed->scales()[1], vectors.u, outputs);
  }
  const DeepLinear* weights = two_layers_of(network);
  if (weights == nullptr) return gram_state(network).output_representation();
  const Matrix c2 = linalg::product(weights->w2(), weights->w2().transpose());
  return 0.5 * (c2 + c2.transpose());
}

const DeepLinear* weights_of(const Network& network) { return std::get_if<DeepLinear>(&network); }

const DeepLinear* two_layers_of(const Network& network) {
  const DeepLinear* weights = weights_of(network);
  return weights != nullptr && weights->depth() == 2 ? weights : nullptr;
}

std::optional<Perceptron> perceptron_of(const Network& network) {
  if (const auto* perceptron = std::get_if<Perceptron>(&network)) return *perceptron;
  const DeepLinear* weights = weights_of(network);
  if (weights == nullptr) return std::nullopt;
  return Perceptron(weights->weights(), {.slope = 1});
}

Closure fit_closure(const Network& network, const Layerwise& rates) {
  if (const auto* weights = two_layers_of(network)) return fit_closure(rescaled(*weights, rates));
  return fit_closure(rescaled(gram_state(network), rates));
}

double closure_residual(const Network& network, const Closure& closure, const Layerwise& rates) {
  const auto residual = [&](const auto& state) {
    return closure_residual(rescaled(state, rates), closure.balance, closure.scale2);
  };
  if (const auto* weights = two_layers_of(network)) return residual(*weights);
  return residual(gram_state(network));
}

}  // namespace linnet
