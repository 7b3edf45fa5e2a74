#pragma once

#include "linnet/observables/observable.hpp"

namespace linnet::observables {

// What a new property does to other items, at each record (docs/theory.md, "A new property"; Saxe et al. 2019,
// Lazy-to-Rich D.3). Item i is the i-th input alone, e_i, from 0. It is taught one property more, with the target 1:
// W_2 gets a row of zeros, which gradient flow trains to the end, on this item and property alone. The observable is
// what this output is then for each item: 1 for item i itself, 0 for all where the hidden layer does not answer to item
// i. The run goes on without the row. Needs the representation C_1 of two layers; O(n_0) besides it.

/// Only the new row is trained, W_1 is frozen: C_1[i, j]/C_1[i, i] for item j.
Observable new_property(Index item = 0);

/// Both layers are trained, at the ratio of their rates: for j ≠ i, with c = C_1[i, i] and ρ² = η_1/η_2,
/// C_1[i, j]/√c · √(2/(√(c² + 4ρ²) + c)).
Observable new_property_all_layers(Index item = 0);

}  // namespace linnet::observables
