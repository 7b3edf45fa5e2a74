#include "linnet/networks/network.hpp"

namespace linnet {

Matrix end_to_end(const Network& network) {
  return std::visit([](const auto& state) -> Matrix { return state.end_to_end(); }, network);
}

GramState gram_state(const Network& network) {
  if (const auto* weights = std::get_if<Weights>(&network)) return GramState::from_weights(*weights);
  if (const auto* gram = std::get_if<GramState>(&network)) return *gram;
  return std::get<SelfConsistent>(network).gram_state();
}

}  // namespace linnet
