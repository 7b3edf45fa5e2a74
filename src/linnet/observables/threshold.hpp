#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "linnet/networks/network.hpp"

namespace linnet {

/// κ, which tells lazy from active modes, as a number that is found when first asked for: of weights or a Gram state it
/// takes a fit of the closure, which a run that does not look at it need not wait for. Copies share what is found.
class Threshold {
 public:
  Threshold();              ///< nan: there is none
  Threshold(double value);  // NOLINT: a number is one; throws unless it is finite and >= 0

  /// That of the start: its own, where it is known by one; else that of its best closure, in the units of A; nan of a
  /// network that has none, not being of two layers. Of `rates` the ratios matter.
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

/// Whether it has a κ of its own: two layers have, and diagonal networks.
bool has_threshold(const Network& network);

}  // namespace linnet
