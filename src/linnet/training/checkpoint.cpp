#include "linnet/training/checkpoint.hpp"

#include "linnet/error.hpp"

namespace linnet {

namespace {

[[noreturn]] void refuse_checkpoint(const std::string& expected, const std::string& got) {
  bad_input({.field = "checkpoint", .expected = expected, .got = got});
}

const std::vector<Matrix>* layers_of(const Network& network) {
  if (const auto* weights = weights_of(network)) return &weights->weights();
  if (const auto* diagonal = std::get_if<DeepDiagonal>(&network)) return &diagonal->layers();
  if (const auto* perceptron = std::get_if<Perceptron>(&network)) return &perceptron->weights();
  return nullptr;
}

}  // namespace

void check(const Checkpoint& c) {
  const Continuation& rest = c.continuation;
  const Shape shape = shape_of(c.network);
  if (rest.start == nullptr || rest.start->index() != c.network.index() || shape_of(*rest.start) != shape) {
    refuse_checkpoint("a start like the network at the end, " + description_of(c.network),
                      rest.start == nullptr ? "none" : description_of(*rest.start) + " or another shape");
  }
  if (rest.carried.step < 0 || !(rest.carried.time >= 0)) refuse_checkpoint("a step and a time >= 0", "others");
  if (const std::vector<Matrix>& momentum = rest.carried.momentum; !momentum.empty()) {
    const std::vector<Matrix>* layers = layers_of(c.network);
    bool fits = layers != nullptr && layers->size() == momentum.size();
    for (std::size_t l = 0; fits && l < momentum.size(); ++l) {
      fits = shape_of((*layers)[l]) == shape_of(momentum[l]) && momentum[l].allFinite();
    }
    if (!fits) refuse_checkpoint("momentum of the sizes of the weights", "another");
  }
  if (rest.best_end_to_end.size() != 0 && shape_of(rest.best_end_to_end) != shape) {
    refuse_checkpoint("a best A of the network's shape", "another");
  }
  if (rest.best_network && (rest.best_network->index() != c.network.index() || shape_of(*rest.best_network) != shape)) {
    refuse_checkpoint("a best network like the network", description_of(*rest.best_network));
  }
}

}  // namespace linnet
