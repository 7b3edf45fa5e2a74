#include "linnet/networks/diagonal.hpp"

#include <cmath>
#include <limits>

#include "linnet/error.hpp"

namespace linnet {

namespace {

void require_numbers(const Vector& v, const char* field) {
  if (v.size() != 0 && v.allFinite()) return;
  bad_input({.field = field,
             .expected = "finite numbers, one an input",
             .got = v.size() == 0 ? "none" : "a nan or an infinity among them"});
}

void require_as_many(const Vector& v, Index inputs, const char* field) {
  if (v.size() == inputs) return;
  bad_input(
      {.field = field, .expected = std::to_string(inputs) + " numbers, one an input", .got = std::to_string(v.size())});
}

}  // namespace

Diagonal::Diagonal(const Vector& values, double threshold)
    : Diagonal(values, Vector::Constant(values.size(), 2 * require_positive(threshold, "network.threshold"))) {}

Diagonal::Diagonal(Vector values, Vector balances) : values_(std::move(values)), balances_(std::move(balances)) {
  require_numbers(values_, "network.values");
  require_numbers(balances_, "network.balances");
  require_as_many(balances_, values_.size(), "network.balances");
}

Diagonal Diagonal::from_weights(const Vector& w, const Vector& a, const Layerwise& rates) {
  require_positive(rates.pair("rates"), "rates");
  require_numbers(w, "network.w");
  require_numbers(a, "network.a");
  require_as_many(a, w.size(), "network.a");
  // √(η_1η_2)(a²/η_2 − w²/η_1), as a product of sums: exactly 0 where the two are the same.
  const double ratio = std::sqrt(std::sqrt(rates[0] / rates[1]));
  const Vector scaled_a = ratio * a;
  const Vector scaled_w = w / ratio;
  return {w.cwiseProduct(a), (scaled_a - scaled_w).cwiseProduct(scaled_a + scaled_w)};
}

double Diagonal::threshold() const {
  const Vector all = thresholds();
  return (all.array() == all(0)).all() ? all(0) : std::numeric_limits<double>::quiet_NaN();
}

Diagonal::Pair Diagonal::pair(Index input) const { return pair_of(values_(input), balances_(input)); }

Diagonal::Pair pair_of(double value, double balance) {
  // The larger square is √(κ² + s²) + κ. The other weight is s over the larger one, which avoids a difference.
  const double kappa = std::abs(balance) / 2;
  const double larger = std::sqrt(std::hypot(kappa, value) + kappa);
  const double smaller = larger == 0 ? 0 : value / larger;
  return balance < 0 ? Diagonal::Pair{.w = larger, .a = smaller} : Diagonal::Pair{.w = smaller, .a = larger};
}

}  // namespace linnet
