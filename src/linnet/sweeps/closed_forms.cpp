#include "linnet/sweeps/closed_forms.hpp"

#include <fmt/format.h>

namespace linnet::sweeps {

Observable warp_of(const NeuronFlow& exact) {
  return {.name = "neuron_warp",
          .long_name = "time warp τ of one neuron, φ = tanh(τ + artanh φ_0)",
          .units = "1",
          .measure = [&exact](const Snapshot& s, std::span<double> out) { out[0] = exact.warp(s.time()); }};
}

void tell(const NeuronFlow& exact, std::map<std::string, std::string>& attributes) {
  attributes["balance"] = fmt::format("{}", exact.balance());
  attributes["end_sign"] = fmt::format("{}", exact.end_sign());
  attributes["sign_change"] = fmt::format("{}", exact.sign_change());
  attributes["critical_alignment"] = fmt::format("{}", exact.critical_alignment());
}

void tell(const ExactFlow& exact, std::map<std::string, std::string>& attributes) {
  const Closure& closure = exact.closure();
  attributes["balance"] = fmt::format("{}", closure.balance);
  attributes["scale2"] = fmt::format("{}", closure.scale2);
  attributes["closure_residual"] = fmt::format("{}", closure.residual);
  if (!exact.warning().empty()) attributes["warning"] = exact.warning();
}

}  // namespace linnet::sweeps
