#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/observables/snapshot.hpp"

namespace linnet {

/// A number, or a number per singular mode, computed from a network at the instants that are recorded, and only then.
struct Observable {
  std::string name;       ///< as in files and Python: "test_error"
  std::string long_name;  ///< for axes: "test error"
  std::string units;      ///< "1" when it has none
  bool per_mode = false;
  bool needs_state = false;  ///< looks at more than A
  std::function<void(const Snapshot&, std::span<double>)> measure;
};

namespace observables {

Observable cost();           ///< C(A)
Observable gradient_norm();  ///< ‖∇C(A)‖_F
Observable train_error();    ///< mean squared error: 2C / entries
Observable test_error();
Observable singular_values();            ///< s_i(A), falling
Observable rank(double fraction = 0.2);  ///< singular values above `fraction` of the largest
Observable stable_rank();                ///< ‖A‖²_F / ‖A‖²_op
Observable effective_rank();             ///< exp of the entropy of s/Σs
Observable nuclear_norm();               ///< Σs
Observable alignment();                  ///< per mode |⟨u_i(A), u_i(Y)⟩|
Observable active();                     ///< per mode 1 when s_i(A) > κ (active), else 0 (lazy)
Observable imbalance_drift();   ///< how far the conserved Δ = W_2ᵀW_2 − W_1W_1ᵀ has moved, relative to tr G_0
Observable closure_residual();  ///< ‖GJG + λG − c²J‖/‖G²‖ at the start's λ, c²
Observable kernel_distance();   ///< 1 − ⟨K_0, K_t⟩/(‖K_0‖‖K_t‖) on whitened inputs

/// By its name; throws naming the nearest one.
Observable by_name(std::string_view name);
std::vector<Observable> by_names(const std::vector<std::string>& names);
std::vector<std::string> names();

}  // namespace observables

/// The name among `known` that `wrong` most likely meant, by edit distance.
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace linnet
