#include "linnet/observables/new_property.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet::observables {

namespace {

/// C_1e_i, without C_1 where weights are at hand.
Vector column_of_representation(const Network& network, Index item) {
  const DeepLinear* weights = two_layers_of(network);
  if (weights == nullptr) return input_representation(network).col(item);
  const Matrix own = weights->w1().col(item);
  return linalg::product(weights->w1().transpose(), own);
}

/// `factor` of C_1[i, i] and the ratio of the rates makes C_1[i, j] the answer to item j.
template <class Factor>
Observable taught(const char* name, const char* how, Index item, Factor factor) {
  if (item < 0) bad_input({.field = "record.item", .expected = "an item from 0 on", .got = std::to_string(item)});
  return {.name = name,
          .long_name = "new property of item " + std::to_string(item) + " in each item, " + how,
          .units = "1",
          .over = Over::inputs,
          .needs_state = true,
          .measure =
              [item, factor](const Snapshot& s, std::span<double> out) {
                const Index items = shape_of(s.network()).inputs;
                if (item >= items) {
                  bad_input({.field = "record.item",
                             .expected = "an item from 0 to " + std::to_string(items - 1),
                             .got = std::to_string(item)});
                }
                const Vector c1 = column_of_representation(s.network(), item);
                const Layerwise& rates = s.reference().ratios().pair("rates");
                const double own = c1(item);
                const double each = own > 0 ? factor(own, rates[0] / rates[1]) : 0.0;
                for (Index j = 0; j < items; ++j) out[static_cast<std::size_t>(j)] = each * c1(j);
                if (own > 0) out[static_cast<std::size_t>(item)] = 1;
              },
          .need = needs::gram_state()};
}

}  // namespace

Observable new_property(Index item) {
  return taught("new_property", "W_1 frozen", item, [](double own, double /*ratio*/) { return 1 / own; });
}

Observable new_property_all_layers(Index item) {
  // The new row w and h_i = W_1e_i obey dw/dt = −η_2 r h_i, dh_i/dt = −η_1 r w, r = wᵀh_i − 1: w stays along h_i, and
  // |h_i|² − (η_1/η_2)|w|² = c. At r = 0 this is a quadratic equation for |w|². The other h_j do not move.
  return taught("new_property_all_layers", "all layers trained", item, [](double own, double ratio) {
    return std::sqrt(2 / (std::hypot(own, 2 * std::sqrt(ratio)) + own) / own);
  });
}

}  // namespace linnet::observables
