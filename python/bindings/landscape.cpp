#include <pybind11/stl.h>

#include "convert.hpp"
#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/landscape/decayed_minima.hpp"
#include "linnet/landscape/diagonal_saddles.hpp"
#include "linnet/landscape/distance_exponents.hpp"
#include "linnet/landscape/embedding.hpp"
#include "linnet/landscape/escape.hpp"
#include "linnet/landscape/first_path.hpp"
#include "linnet/landscape/hessian.hpp"
#include "linnet/landscape/nearest_saddle.hpp"
#include "linnet/landscape/plateaus.hpp"
#include "linnet/landscape/sharpness.hpp"
#include "linnet/landscape/slice.hpp"
#include "linnet/landscape/unimodal_phase.hpp"
#include "linnet/support/interruption.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

using namespace landscape;

std::vector<Matrix> matrices(py::handle values, const char* field) {
  std::vector<Matrix> result;
  for (const py::handle m : values) result.push_back(matrix(m, field));
  return result;
}

Vector as_theta(const Point& point, py::handle value) {
  Vector v = vector(value, "direction");
  if (v.size() != point.unknowns()) {
    bad_input({.field = "direction",
               .expected = std::to_string(point.unknowns()) + " numbers, one a weight",
               .got = std::to_string(v.size())});
  }
  return v;
}

py::tuple tuple_of(const EscapeDirection& e) { return py::make_tuple(e.direction, e.strength, e.value); }

}  // namespace

void bind_landscape(py::module_& m) {
  py::class_<Point>(m, "LandscapePoint")
      .def(py::init([](py::handle network, const Task& task) {
        const DeepLinear at = deep_network(network);
        return released([&] { return Point(at, task.train); });
      }))
      .def("unknowns", &Point::unknowns)
      .def("cost", &Point::cost)
      .def("gradient_norm", &Point::gradient_norm)
      .def("network", &Point::network)
      .def("theta", [](const Point& p) { return array(Vector(p.theta())); })
      .def("gradient", [](const Point& p) { return array(Vector(p.gradient())); })
      .def("hessian_product", [](Point& p, py::handle direction) { return array(p.hessian(as_theta(p, direction))); })
      .def("hessian",
           [](Point& p) {
             Matrix h = released([&] { return dense_hessian(p); });
             return array(std::move(h));
           })
      .def("extremes",
           [](Point& p, py::handle count, py::handle tolerance, py::handle max_restarts) {
             const Index k = whole_number(count, "hessian.count");
             const Lanczos o{.tolerance = number(tolerance, "hessian.tolerance"),
                             .max_restarts = whole_number(max_restarts, "hessian.max_restarts")};
             Extremes e = released([&] { return extreme_eigenvalues(p, k, o); });
             return py::make_tuple(array(std::move(e.smallest)), array(std::move(e.smallest_vectors)),
                                   array(std::move(e.largest)), array(std::move(e.largest_vectors)));
           })
      .def("index", [](Point& p, py::handle tolerance, py::handle limit) {
        const IndexSearch o{.tolerance = number(tolerance, "hessian.tolerance"),
                            .limit = whole_number(limit, "hessian.limit")};
        const HessianIndex i = released([&] { return hessian_index(p, o); });
        return py::make_tuple(i.negative, i.exact);
      });

  m.def("nearest_minimum", [](py::handle network, const Task& task, py::handle tolerance, py::handle max_steps) {
    const DeepLinear start = deep_network(network);
    const MinimumSearch o{.tolerance = number(tolerance, "landscape.tolerance"),
                          .max_steps = whole_number(max_steps, "landscape.max_steps")};
    const MinimumDistance d = released([&] { return nearest_minimum(start, task.train, o); });
    return py::make_tuple(d.lower, d.upper, d.point, d.residual, d.stationarity, d.exact);
  });
  m.def("nearest_saddle", [](py::handle network, const Task& task, py::handle critical, py::handle tolerance) {
    const DeepLinear start = deep_network(network);
    const SaddleSearch o{.critical = matrices(critical, "landscape.critical"),
                         .tolerance = number(tolerance, "landscape.tolerance")};
    const SaddleDistance d = released([&] { return nearest_saddle(start, task.train, o); });
    return py::make_tuple(d.lower, d.upper, d.point, d.gradient_norm, d.rank, d.cost, d.exact);
  });
  m.def("saddle_bound", [](py::handle network) {
    const DeepLinear start = deep_network(network);
    return released([&] { return saddle_bound(start); });
  });

  m.def("distance_exponents", [](py::handle depth, py::handle gamma) {
    const DistanceExponents e = distance_exponents(number(depth, "network.depth"), number(gamma, "network.gamma"));
    return py::make_tuple(e.minimum, e.saddle);
  });

  m.def("decayed_minima", [](const Task& task, py::handle depth, py::handle weight_decay) {
    const double layers = number(depth, "depth");
    const double mu = number(weight_decay, "weight_decay");
    DecayedMinima all = released([&] { return decayed_minima(task, layers, mu); });
    const Index best = all.best_rank();
    return py::make_tuple(array(std::move(all.target)), array(std::move(all.minimum)), array(std::move(all.barrier)),
                          all.critical, all.least_rank, array(std::move(all.cost)), best, array(std::move(all.left)),
                          array(std::move(all.right)));
  });
  m.def("minimizer_sharpness", [](const Task& task, py::handle depth) {
    const Index layers = whole_number(depth, "depth");
    const MinimizerSharpness s = released([&] { return minimizer_sharpness(task, layers); });
    return py::make_tuple(s.least, s.balanced);
  });
  m.def("unimodal_phase", [](const Task& task, py::handle inputs) {
    UnimodalPhase p = unimodal_phase(task, whole_number(inputs, "inputs"));
    return py::make_tuple(p.first, p.strength, p.other, p.rest, array(std::move(p.end_to_end)), p.ratio);
  });
  m.def("edge_of_stability", [](py::handle step, py::handle momentum) {
    return edge_of_stability(number(step, "solver.step"), number(momentum, "solver.momentum"));
  });
  m.def("padded", [](py::handle network, py::handle extra) {
    return padded(deep_network(network), whole_number(extra, "landscape.extra"));
  });
  m.def("escape_direction", [](py::handle network, const Task& task, py::handle tolerance) {
    return tuple_of(escape_direction(deep_network(network), task.train, number(tolerance, "landscape.tolerance")));
  });
  m.def("find_escape_direction", [](py::handle network, const Task& task, py::handle seed, py::handle tolerance) {
    const DeepLinear at = deep_network(network);
    const EscapeSearch o{.seed = as_seed(seed, "landscape.seed"),
                         .tolerance = number(tolerance, "landscape.tolerance")};
    return tuple_of(released([&] { return find_escape_direction(at, task.train, o); }));
  });
  m.def("escape_time", [](py::handle depth, py::handle strength, py::handle r_0, py::handle r_1) {
    return escape_time(whole_number(depth, "network.depth"), number(strength, "escape.strength"),
                       number(r_0, "escape.r_0"), number(r_1, "escape.r_1"));
  });
  m.def("escape_radius", [](py::handle depth, py::handle strength, py::handle r_0, py::handle t) {
    return escape_radius(whole_number(depth, "network.depth"), number(strength, "escape.strength"),
                         number(r_0, "escape.r_0"), number(t, "escape.t"));
  });

  m.def("first_path", [](const Task& task, py::handle depth, py::handle level) {
    const Index layers = whole_number(depth, "network.depth");
    const double s = number(level, "landscape.level");
    return released([&] { return first_path(task.train, layers, s); });
  });
  m.def("nearest_embedding", [](py::handle narrow, py::handle whole) {
    const DeepLinear small = deep_network(narrow);
    const DeepLinear large = deep_network(whole);
    Embedding e = released([&] { return nearest_embedding(small, large); });
    py::list frames;
    for (Matrix& frame : e.frames) frames.append(array(std::move(frame)));
    return py::make_tuple(e.network, e.distance, frames);
  });

  m.def("greedy_low_rank", [](const Task& task, py::handle depth, py::handle max_rank, py::handle size,
                              py::handle cost_tolerance, py::handle tolerance, bool keep_paths) {
    Greedy o{.depth = whole_number(depth, "network.depth"),
             .size = number(size, "landscape.size"),
             .cost_tolerance = number(cost_tolerance, "landscape.cost_tolerance"),
             .tolerance = number(tolerance, "landscape.tolerance"),
             .keep_paths = keep_paths};
    if (!max_rank.is_none()) o.max_rank = whole_number(max_rank, "landscape.max_rank");
    GreedyPath path = released([&] { return greedy_low_rank(task.train, o); });
    py::list result;
    for (GreedySaddle& s : path.saddles) {
      py::list steps;
      for (const GreedyStep& step : s.path) steps.append(py::make_tuple(step.time, step.cost, step.network));
      result.append(py::make_tuple(s.rank, s.network, array(std::move(s.end_to_end)), s.cost, s.error, s.gradient_norm,
                                   s.escape_strength, s.stable, steps));
    }
    return py::make_tuple(result, path.completed, path.ended);
  });

  m.def("diagonal_saddles", [](const Task& task, bool positive) {
    py::list result;
    for (DiagonalSaddle& s : released([&] { return diagonal_saddles(task, positive); })) {
      result.append(py::make_tuple(s.time, array(std::move(s.values)), s.cost, std::move(s.reached)));
    }
    return result;
  });
  m.def("small_start", [](py::handle start) {
    const SmallStart small = small_start(network(start));
    return py::make_tuple(small.unit, small.positive);
  });

  m.def("find_plateaus", [](py::handle time, py::handle cost, py::handle gradient_norm, py::handle singular_values,
                            py::handle end_to_end, py::handle saddles, py::handle slope, py::handle floor,
                            py::handle shortest, py::handle step, py::handle rank_fraction) {
    const Vector times = vector(time, "records.time");
    Records r{.time = {times.begin(), times.end()}, .cost = vector(cost, "records.cost")};
    if (!gradient_norm.is_none()) r.gradient_norm = vector(gradient_norm, "records.gradient_norm");
    if (!singular_values.is_none()) r.singular_values = matrix(singular_values, "records.singular_values");
    r.end_to_end = matrices(end_to_end, "records.end_to_end");
    const PlateauSearch o{.slope = number(slope, "plateaus.slope"),
                          .floor = number(floor, "plateaus.floor"),
                          .shortest = number(shortest, "plateaus.shortest"),
                          .step = number(step, "plateaus.step"),
                          .rank_fraction = number(rank_fraction, "plateaus.rank_fraction")};
    py::list result;
    for (const Plateau& p : find_plateaus(r, matrices(saddles, "saddles"), o)) {
      result.append(py::make_tuple(p.entered, p.left, p.record, p.cost, p.gradient_norm, p.rank, p.saddle.index,
                                   p.saddle.distance));
    }
    return result;
  });

  m.def("nearest_of", [](py::handle saddles, py::handle end_to_end) {
    const Near near = nearest(matrices(saddles, "landscape.saddles"), matrix(end_to_end, "landscape.end_to_end"));
    return py::make_tuple(near.index, near.distance);
  });

  py::class_<Plane>(m, "LandscapePlane")
      .def(py::init([](py::handle first, py::handle second, py::handle third) {
        return Plane({deep_network(first), deep_network(second), deep_network(third)});
      }))
      .def("project",
           [](const Plane& p, py::handle network) { return array(Vector(p.project(deep_network(network)))); })
      .def("height", [](const Plane& p, py::handle network) { return p.height(deep_network(network)); })
      .def("at", [](const Plane& p, py::handle x, py::handle y) {
        return p.at({number(x, "slice.x"), number(y, "slice.y")});
      });
  m.def("slice", [](const Plane& plane, const Task& task, py::handle coordinates, py::handle count) {
    const Matrix points = matrix(coordinates, "slice.coordinates");
    const Index n = whole_number(count, "slice.count");
    Slice s = released([&] { return landscape::slice(plane, task.train, points, n); });
    return py::make_tuple(array(std::move(s.x)), array(std::move(s.y)), array(std::move(s.cost)));
  });
}

}  // namespace linnet::python
