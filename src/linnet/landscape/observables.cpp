#include "linnet/landscape/observables.hpp"

#include <algorithm>

#include "linnet/dynamics/outer_spaces.hpp"
#include "linnet/error.hpp"
#include "linnet/landscape/first_path.hpp"
#include "linnet/landscape/hessian.hpp"
#include "linnet/landscape/nearest_saddle.hpp"
#include "linnet/landscape/preconditioner_range.hpp"

namespace linnet::landscape {

namespace {

const DeepLinear& weights_at(const Snapshot& s) { return *weights_of(s.network()); }

template <class F>
Observable of_snapshot(std::string name, std::string long_name, F f) {
  return {.name = std::move(name),
          .long_name = std::move(long_name),
          .units = "1",
          .needs_state = true,
          .measure = [f](const Snapshot& s, std::span<double> out) { out[0] = f(weights_at(s), s); },
          .need = needs::linear_weights()};
}

template <class F>
Observable of_weights(std::string name, std::string long_name, F f) {
  return of_snapshot(std::move(name), std::move(long_name),
                     [f](const DeepLinear& n, const Snapshot& s) { return f(n, s.task().train); });
}

/// An observable of the spectrum of M.
template <class F>
Observable of_preconditioner(std::string name, std::string long_name, F f) {
  return of_snapshot(std::move(name), std::move(long_name), [f](const DeepLinear& n, const Snapshot& s) {
    return f(preconditioner_range(Preconditioner(n, s.reference().rates())));
  });
}

Observable preconditioner_spectrum() {
  Observable o{.name = "preconditioner_spectrum",
               .long_name = "eigenvalues of M",
               .units = "1",
               .over = Over::eigenvalues,
               .needs_state = true,
               .measure = {},
               .need = needs::linear_weights()};
  o.measure = [](const Snapshot& s, std::span<double> out) {
    constexpr std::size_t most = 1024;
    if (out.size() > most) {
      bad_input({.field = "record.preconditioner_spectrum",
                 .expected = "at most " + std::to_string(most) + " eigenvalues, n_0n_L",
                 .got = std::to_string(out.size()),
                 .hint = "record preconditioner_largest and preconditioner_smallest"});
    }
    const Vector rising = Preconditioner(weights_at(s), s.reference().rates()).eigenvalues();
    // M is positive semidefinite: values below 0 are rounding.
    std::transform(rising.begin(), rising.end(), out.rbegin(), [](double x) { return std::max(x, 0.0); });
  };
  return o;
}

/// A point whose Hessian has the same eigenvalues, with other multiplicities, and as many negative ones.
Point hessian_point(const DeepLinear& network, const Cost& cost) {
  const OuterSpaces spaces(network, cost, true);
  return spaces.smaller() ? Point(spaces.inside(network), spaces.inside(cost)) : Point(network, cost);
}

HessianRange range_of_hessian(const DeepLinear& network, const Cost& cost) {
  Point point = hessian_point(network, cost);
  return hessian_range(point);
}

const std::vector<Observable>& catalogue() {
  static const std::vector<Observable> all{
      of_weights("minimum_distance", "distance to a global minimum",
                 [](const DeepLinear& n, const Cost& c) { return nearest_minimum(n, c).upper; }),
      of_weights("minimum_distance_bound", "no global minimum nearer than",
                 [](const DeepLinear& n, const Cost& c) { return nearest_minimum(n, c).lower; }),
      of_weights("saddle_distance", "distance to a saddle",
                 [](const DeepLinear& n, const Cost& c) { return nearest_saddle(n, c).upper; }),
      of_weights("saddle_distance_bound", "no saddle nearer than",
                 [](const DeepLinear& n, const Cost&) { return saddle_bound(n); }),
      of_weights("first_path_distance", "distance to the first path",
                 [](const DeepLinear& n, const Cost& c) { return first_path_distance(n, c); }),
      of_weights("rank_one_rest", "largest share of a layer beyond rank 1",
                 [](const DeepLinear& n, const Cost&) { return rank_one_rest(n); }),
      of_weights("hessian_smallest", "smallest eigenvalue of the Hessian",
                 [](const DeepLinear& n, const Cost& c) { return range_of_hessian(n, c).smallest; }),
      of_weights("hessian_largest", "largest eigenvalue of the Hessian",
                 [](const DeepLinear& n, const Cost& c) { return range_of_hessian(n, c).largest; }),
      of_weights("hessian_index",
                 "negative eigenvalues of the Hessian (of more than 6000 weights at least so many, up to 64)",
                 [](const DeepLinear& n, const Cost& c) {
                   if (n.cone() != nullptr) {
                     bad_input({.field = "record.hessian_index",
                                .expected = "all weights of a network: the index grows with the width",
                                .got = "a light cone",
                                .hint = "that of the cone is hessian_index of a DeepLinear of its weights"});
                   }
                   Point point = hessian_point(n, c);
                   return static_cast<double>(hessian_index(point).negative);
                 }),
      of_preconditioner("preconditioner_largest", "largest eigenvalue of M",
                        [](const PreconditionerRange& r) { return r.largest; }),
      of_preconditioner("preconditioner_smallest", "smallest eigenvalue of M",
                        [](const PreconditionerRange& r) { return r.smallest; }),
      of_preconditioner("preconditioner_condition", "condition number of M",
                        [](const PreconditionerRange& r) { return r.condition(); }),
      preconditioner_spectrum()};
  return all;
}

}  // namespace

Observable observable_by_name(std::string_view name) {
  for (const Observable& o : catalogue()) {
    if (o.name == name) return o;
  }
  return observables::by_name(name);
}

std::vector<std::string> observable_names() {
  std::vector<std::string> names = observables::names();
  for (const Observable& o : catalogue()) names.push_back(o.name);
  return names;
}

}  // namespace linnet::landscape
