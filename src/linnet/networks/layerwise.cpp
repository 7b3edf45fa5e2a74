#include "linnet/networks/layerwise.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"

namespace linnet {

Layerwise::Layerwise(std::vector<double> layers) : values_(std::move(layers)) {
  if (values_.empty()) bad_input({.field = "layers", .expected = "one number, or one a layer", .got = "none"});
}

bool Layerwise::uniform() const {
  return std::all_of(values_.begin(), values_.end(), [&](double x) { return x == values_.front(); });
}

double Layerwise::geometric_mean() const {
  if (uniform()) return values_.front();
  if (values_.size() == 2) return std::sqrt(values_[0] * values_[1]);
  double logs = 0;
  for (const double x : values_) logs += std::log(x);
  return std::exp(logs / static_cast<double>(values_.size()));
}

Layerwise Layerwise::relative() const {
  const double mean = geometric_mean();
  std::vector<double> ratios = values_;
  for (double& ratio : ratios) ratio /= mean;
  return Layerwise(std::move(ratios));
}

Layerwise Layerwise::times(double factor) const {
  std::vector<double> scaled = values_;
  for (double& value : scaled) value *= factor;
  return Layerwise(std::move(scaled));
}

const Layerwise& Layerwise::pair(const char* field) const& {
  require_depth(2, field);
  return *this;
}

void Layerwise::require_depth(Index depth, const char* field) const {
  if (values_.size() == 1 || values_.size() == static_cast<std::size_t>(depth)) return;
  bad_input({.field = field,
             .expected = "one number, or one for each of the " + std::to_string(depth) + " layers",
             .got = std::to_string(values_.size()) + " numbers"});
}

void require_positive(const Layerwise& values, const char* field) {
  for (const double x : values.values()) require_positive(x, field);
}

void require_non_negative(const Layerwise& values, const char* field) {
  for (const double x : values.values()) require_non_negative(x, field);
}

}  // namespace linnet
