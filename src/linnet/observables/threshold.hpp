#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "linnet/networks/network.hpp"

namespace linnet {

/// κ, which separates lazy from active modes, as a number that is computed on first use. For weights or a Gram state
/// the computation fits the closure, and a run that does not use κ does not take this time. Copies share the computed
/// value.
class Threshold {
 public:
  Threshold();              ///< nan: no threshold
  Threshold(double value);  // NOLINT: a number is one; throws unless it is finite and >= 0

  /// The κ of the start: the one that the network defines; else that of its best closure, in the units of A; nan for a
  /// network without κ, which has other than two layers. Only the ratios of `rates` matter.
  Threshold(std::shared_ptr<const Network> start, const Layerwise& rates);

  operator double() const;  // NOLINT: it is a number

  /// The number, or what it is found from.
  struct Known {
    std::shared_ptr<const Network> start = nullptr;
    Layerwise ratios = 1.0;
    std::optional<double> value = std::nullopt;
  };
  [[nodiscard]] const Known& known() const { return *known_; }
  explicit Threshold(Known known) : known_(std::make_shared<Known>(std::move(known))) {}

 private:
  std::shared_ptr<Known> known_;
};

/// Whether the network has a κ: networks of two layers and diagonal networks do.
bool has_threshold(const Network& network);

}  // namespace linnet
