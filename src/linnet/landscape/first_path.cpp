#include "linnet/landscape/first_path.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/landscape/embedding.hpp"
#include "linnet/landscape/escape.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/training/train.hpp"

namespace linnet::landscape {

DeepLinear first_path(const Cost& cost, Index depth, double level) {
  require_at_least(depth, 2, "network.depth");
  require_positive(level, "landscape.level");
  require_memory(4.0 * sizeof(Matrix) * static_cast<double>(depth), "network.depth", std::to_string(depth) + " layers");
  const Shape shape = cost.shape();
  const Matrix gradient = cost.evaluate(Matrix::Zero(shape.outputs, shape.inputs)).gradient;
  const auto layers = static_cast<double>(depth);
  const auto size_at = [&](double s) { return std::sqrt(layers) * std::pow(s, 1 / layers); };
  const double from = size_at(1e-10 * level);
  const DeepLinear start =
      networks::escape_path(gradient, std::vector<Index>(static_cast<std::size_t>(depth - 1), 1), from);
  const double strength = linalg::operator_norm(gradient);
  const Trajectory run =
      train(start, {.name = "first path", .train = cost},
            GradientFlow{.t_end = 1e3 * escape_time(depth, strength, from, size_at(level)),
                         .rtol = 1e-12,
                         .atol = 1e-14 * from,
                         .events = {{.kind = FlowEvent::Kind::threshold_crossing, .value = level, .terminal = true},
                                    {.kind = FlowEvent::Kind::slope_below,
                                     .value = 1e-3 * strength * std::pow(from / std::sqrt(layers), layers - 1),
                                     .terminal = true}}},
            {.observables = {}, .schedule = Schedule::ends()});
  const DeepLinear end = std::get<DeepLinear>(*run.final);
  const double reached = linalg::operator_norm(end.end_to_end());
  if (!(std::abs(reached - level) <= 1e-6 * level)) {
    numerical_failure({.field = "landscape.level",
                       .expected = "a singular value that the first path passes",
                       .got = format_number(level) + ", where it ends at " + format_number(reached),
                       .hint = "the path ends at the critical point of rank 1"});
  }
  return end;
}

double first_path_distance(const DeepLinear& network, const Cost& cost) {
  const double level = linalg::operator_norm(network.end_to_end());
  return nearest_embedding(first_path(cost, network.depth(), level), network).distance;
}

double rank_one_rest(const DeepLinear& network) {
  double most = 0;
  for (const Matrix& w : network.weights()) {
    const Vector squares = linalg::singular_values(w).array().square();
    const double all = squares.sum();
    if (all > 0) most = std::max(most, squares.tail(squares.size() - 1).sum() / all);
  }
  return most;
}

}  // namespace linnet::landscape
