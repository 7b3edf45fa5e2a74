#include "linnet/observables/threshold.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include "linnet/error.hpp"

namespace linnet {

namespace {

double threshold_of(const Network& start, const Layerwise& ratios) {
  if (const auto* closed = std::get_if<SelfConsistent>(&start)) {
    return (closed->scales()[0] / ratios[0] + closed->scales()[1] / ratios[1]) / 2;
  }
  if (const auto* diagonal = std::get_if<Diagonal>(&start)) return diagonal->threshold();
  if (!has_threshold(start)) return std::nan("");
  return fit_closure(start, ratios.pair("rates")).threshold();
}

}  // namespace

bool has_threshold(const Network& network) {
  return has_gram_state(network) || std::holds_alternative<Diagonal>(network);
}

Threshold::Threshold() : known_(std::make_shared<Known>(Known{.start = nullptr, .value = std::nan("")})) {}

Threshold::Threshold(double value)
    : known_(
          std::make_shared<Known>(Known{.start = nullptr, .value = require_non_negative(value, "record.threshold")})) {}

Threshold::Threshold(std::shared_ptr<const Network> start, const Layerwise& rates)
    : known_(std::make_shared<Known>(Known{.start = std::move(start), .ratios = rates.relative()})) {}

Threshold::operator double() const {
  if (!known_->value) {
    known_->value = threshold_of(*known_->start, known_->ratios);
    known_->start.reset();
  }
  return *known_->value;
}

}  // namespace linnet
