#include "linnet/landscape/greedy.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "linnet/error.hpp"
#include "linnet/landscape/escape.hpp"
#include "linnet/landscape/hessian.hpp"
#include "linnet/landscape/newton.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::landscape {

namespace {

bool is_minimum(Point& point) {
  const Extremes e = extreme_eigenvalues(point, 1);
  return e.smallest(0) >= -1e-6 * std::abs(e.largest(0));
}

class GreedyDescent {
 public:
  GreedyDescent(const Cost& cost, const Greedy& options)
      : task_{.name = "greedy", .train = cost}, options_(options), depth_(static_cast<double>(options.depth)) {
    least_ = cost.evaluate(cost.target()).cost;
    const Shape shape = cost.shape();
    enough_ = options.cost_tolerance * (cost.evaluate(Matrix::Zero(shape.outputs, shape.inputs)).cost - least_);
  }

  [[nodiscard]] bool done(double at_cost) const { return at_cost - least_ <= enough_; }

  /// The critical point that training reaches from θ_k with one more neuron in each layer.
  GreedySaddle leave(const GreedySaddle& from) {
    const DeepLinear room = from.rank == 0 ? from.network : padded(from.network, 1);
    const EscapeDirection escape = escape_direction(room, task_.train);
    // The cost of the new mode a u vᵀ is −s a + h a²/2, minimal at a = s/h, where |θ| = L^{½} a^{1/L}.
    Matrix image;
    const linalg::Svd d = linalg::svd(task_.train.evaluate(from.end_to_end).gradient);
    const Matrix mode = d.u.col(0) * d.v.col(0).transpose();
    task_.train.curvature(mode, image);
    const double learned = std::sqrt(depth_) * std::pow(escape.strength / mode.cwiseProduct(image).sum(), 1 / depth_);
    const double size = options_.size * learned;
    const DeepLinear start = unflatten(flatten(room) + size * flatten(escape.direction), room.sizes());

    const std::unique_ptr<Dynamics> dynamics = make_dynamics(start, task_);
    // Far enough below the cost of the start that the escape is over.
    const double fallen = from.cost + 10 * escape.value * std::pow(size, depth_);
    const double time = escape_time(options_.depth, escape.strength, size, learned);
    Point point(start, task_.train);
    double largest = 0;
    Vector velocity(point.unknowns());
    const std::span<double> span{velocity.data(), static_cast<std::size_t>(velocity.size())};
    std::vector<GreedyStep> path;
    double earlier = 0;  // the time of the flows before this one
    for (double part = 1e-3; part > 1e-2 * options_.tolerance; part *= 1e-2) {
      const auto arrived = [&](const Progress& p) {
        stop_if_asked();
        if (options_.keep_paths) {
          dynamics->get(span);
          path.push_back(
              {.time = earlier + p.done, .cost = dynamics->cost(), .network = unflatten(velocity, room.sizes())});
        }
        dynamics->velocity(1.0, span);
        largest = std::max(largest, velocity.norm());
        return !(dynamics->cost() < fallen && velocity.norm() < part * largest);
      };
      flow(
          *dynamics,
          {.t_end = 1e4 * time,
           .rtol = options_.rtol,
           .method = GradientFlow::Method::bdf,
           .max_steps = options_.max_steps},
          {}, [](const Moment&) {}, arrived);
      if (!path.empty()) earlier = path.back().time;
      dynamics->get(span);
      point.move_to(velocity);
      const Vector arrived_at = point.theta();
      if (to_critical(point, options_.tolerance * largest, Far::refuse) && point.cost() < from.cost) {
        if (part <= 1e-7 || is_minimum(point)) return at(point, from.rank + 1, std::move(path));
      } else if (done(dynamics->cost())) {  // near a degenerate minimum the gradient vanishes slowly
        point.move_to(arrived_at);
        return at(point, from.rank + 1, std::move(path));
      }
    }
    numerical_failure({.field = "landscape.greedy",
                       .expected = "a critical point of rank " + std::to_string(from.rank + 1),
                       .got = "a gradient of " + format_number(point.gradient_norm()) +
                              " at |θ| = " + format_number(point.theta().norm()),
                       .hint = "a mask may have its infimum at infinity; a larger `tolerance` accepts less"});
  }

  [[nodiscard]] GreedySaddle at(Point& point, Index rank, std::vector<GreedyStep> path = {}) const {
    return {.rank = rank,
            .network = point.network(),
            .end_to_end = point.end_to_end(),
            .cost = point.cost(),
            .error = task_.train.error(point.end_to_end()),
            .gradient_norm = point.gradient_norm(),
            .escape_strength = linalg::operator_norm(point.residual()),
            .stable = rank == 0 || is_minimum(point),
            .path = std::move(path)};
  }

 private:
  Task task_;
  Greedy options_;
  double depth_;
  double least_;   // C_min
  double enough_;  // the largest C − C_min of the last point
};

}  // namespace

GreedyPath greedy_low_rank(const Cost& cost, const Greedy& o) {
  require_at_least(o.depth, 2, "network.depth");
  require_positive(o.size, "landscape.size");
  require_positive(o.tolerance, "landscape.tolerance");
  require_non_negative(o.cost_tolerance, "landscape.cost_tolerance");
  const Index ranks = std::min(o.max_rank.value_or(cost.shape().modes()), cost.shape().modes());
  require_at_least(ranks, 0, "landscape.max_rank");
  GreedyDescent descent(cost, o);
  Point origin(networks::gaussian_deep(networks::layer_sizes(cost.shape(), o.depth, 1), {.variance = 0.0}), cost);
  GreedyPath path;
  path.saddles.push_back(descent.at(origin, 0));
  const double enough = 1e-10 * path.saddles.front().escape_strength;
  while (true) {
    const GreedySaddle& last = path.saddles.back();
    if (descent.done(last.cost)) {
      path.ended = "the cost is least, within the tolerance";
    } else if (last.rank == ranks) {
      path.ended = "the largest rank";
    } else if (last.escape_strength <= enough) {
      path.ended = "nothing grows from here";
    } else {
      try {
        path.saddles.push_back(descent.leave(last));
      } catch (const Error& e) {  // the saddles found so far are kept
        if (e.kind() != Error::Kind::numerical) throw;
        path.completed = false;
        path.ended = "no critical point of rank " + std::to_string(last.rank + 1) + " was reached: " + e.what();
      }
    }
    if (!path.ended.empty()) return path;
  }
}

std::vector<Matrix> end_to_ends(const std::vector<GreedySaddle>& saddles) {
  std::vector<Matrix> result;
  for (const GreedySaddle& s : saddles) result.push_back(s.end_to_end);
  return result;
}

Near nearest(const std::vector<Matrix>& saddles, const Matrix& end_to_end) {
  Near best;
  for (std::size_t i = 0; i < saddles.size(); ++i) {
    if (shape_of(saddles[i]) != shape_of(end_to_end)) {
      bad_input({.field = "saddles",
                 .expected = format_shape(end_to_end.rows(), end_to_end.cols()) + ", the shape of A",
                 .got = format_shape(saddles[i].rows(), saddles[i].cols())});
    }
    const double distance = (saddles[i] - end_to_end).norm();
    if (distance < best.distance) best = {.index = static_cast<Index>(i), .distance = distance};
  }
  return best;
}

}  // namespace linnet::landscape
