#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "linnet/observables/observable.hpp"

namespace linnet::landscape {

/// Properties of the landscape around a network as observables of a run. They need its weights.
///
///     minimum_distance          |θ* − θ| of the nearest global minimum found, an upper bound
///     minimum_distance_bound    no global minimum is nearer
///     saddle_distance           |θ^s − θ| of the nearest saddle found, an upper bound
///     saddle_distance_bound     no saddle is nearer
///     first_path_distance       |θ − θ¹| from the first path where it has the same s_1(A), over rotations
///     rank_one_rest             the largest share of a layer beyond rank 1
///     hessian_smallest          the smallest eigenvalue of the Hessian ∂²C/∂θ²
///     hessian_largest           the largest
///     hessian_index             how many of its eigenvalues are negative: exact up to 6000 weights, a lower bound
///                               beyond, where no more than 64 are looked for
///     preconditioner_largest    the largest eigenvalue of M, dvec(A)/dt = −M vec(∇C(A)), in the time of the records
///     preconditioner_smallest   the smallest
///     preconditioner_condition  largest over smallest; inf when the smallest is 0 to rounding
///     preconditioner_spectrum   all n_0n_L eigenvalues, falling; throws above 1024
///
/// Each costs much more than a step, so that they should be recorded at few instants. Where one cannot be computed, for
/// example because an iteration does not converge, that record is nan, with a warning of the trajectory.
///
/// One of these observables or of those of the core; throws for other names.
Observable observable_by_name(std::string_view name);
std::vector<std::string> observable_names();  ///< the core's, then these

}  // namespace linnet::landscape
