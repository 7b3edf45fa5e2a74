#include <pybind11/stl.h>

#include "convert.hpp"
#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/solvers/stop_rule.hpp"
#include "linnet/tasks/custom.hpp"
#include "linnet/training/trajectory.hpp"
#include "own_cost.hpp"

namespace pybind11::detail {

/// Arrays to matrices and back, in copies, also within the tuples and lists below.
template <>
struct type_caster<linnet::Matrix> {
  PYBIND11_TYPE_CASTER(linnet::Matrix, const_name("numpy.ndarray"));
  bool load(handle from, bool /*convert*/) {
    value = linnet::python::matrix(from, "pickle");
    return true;
  }
  static handle cast(const linnet::Matrix& m, return_value_policy /*policy*/, handle /*parent*/) {
    return linnet::python::array(linnet::Matrix(m)).release();
  }
};

template <>
struct type_caster<linnet::Vector> {
  PYBIND11_TYPE_CASTER(linnet::Vector, const_name("numpy.ndarray"));
  bool load(handle from, bool /*convert*/) {
    value = linnet::python::vector(from, "pickle");
    return true;
  }
  static handle cast(const linnet::Vector& v, return_value_policy /*policy*/, handle /*parent*/) {
    return linnet::python::array(linnet::Vector(v)).release();
  }
};

}  // namespace pybind11::detail

/// What each class of values is made of, `_parts`, and how the same is made again, `_made_of`. The package pickles and
/// copies by these two (linnet/_pickle.py). Parts are numbers, texts, arrays, tuples of them and other such objects.
namespace linnet::python {

namespace {

template <class To, class From>
void made_of_parts(const py::module_& m, const char* name, To to, From from) {
  const py::object cls = m.attr(name);
  cls.attr("_parts") = py::cpp_function(to, py::name("_parts"), py::is_method(cls));
  cls.attr("_made_of") = py::staticmethod(py::cpp_function(from, py::name("_made_of")));
}

/// Python's own functions are pickled as such; pickle itself refuses those that it cannot find again, naming them.
py::tuple parts_of(const CostFunction& function) {
  if (const auto* custom = dynamic_cast<const CustomCost*>(&function)) {
    const auto* f = custom->f().target<ValueAndGradient>();
    const auto* curvature = custom->curvature_function().target<SecondDerivative>();
    if (f != nullptr) {
      return py::make_tuple("custom", custom->shape().outputs, custom->shape().inputs, f->function(), f->field(),
                            curvature != nullptr ? curvature->function() : py::none());
    }
  }
  const CostFunction::Parts p = function.parts();
  return py::make_tuple(p.kind, p.matrices, p.numbers);
}

std::shared_ptr<const CostFunction> function_of(const py::tuple& t) {
  const auto kind = t[0].cast<std::string>();
  if (kind != "custom") {
    return CostFunction::made_of(
        {.kind = kind, .matrices = t[1].cast<std::vector<Matrix>>(), .numbers = t[2].cast<std::vector<double>>()});
  }
  const ValueAndGradient f(t[3], t[4].cast<std::string>());
  CustomCost::Curvature curvature;
  if (!t[5].is_none()) curvature = SecondDerivative(t[5]);
  return std::make_shared<CustomCost>(Shape{.outputs = t[1].cast<Index>(), .inputs = t[2].cast<Index>()}, f,
                                      std::move(curvature), f.field());
}

py::object parts_of(const Cost& cost) {
  const Cost::Parts p = cost.parts();
  if (p.function) return parts_of(*p.function);
  py::object samples = py::none();
  if (p.samples) samples = py::make_tuple(p.samples->inputs, p.samples->targets, p.samples->weights);
  return py::make_tuple(p.shape.outputs, p.shape.inputs, p.mask, samples, p.normalisation.half,
                        p.normalisation.mean_over_outputs, p.count, p.least, p.target, p.covariance, p.root,
                        p.condition, p.white_variance, p.weights);
}

Cost cost_of(const py::tuple& t) {
  if (py::isinstance<py::str>(t[0])) return Cost(function_of(t));
  Cost::Parts p{.shape = {.outputs = t[0].cast<Index>(), .inputs = t[1].cast<Index>()},
                .mask = t[2].cast<std::optional<Matrix>>(),
                .normalisation = {.half = t[4].cast<bool>(), .mean_over_outputs = t[5].cast<bool>()},
                .count = t[6].cast<double>(),
                .least = t[7].cast<std::optional<double>>(),
                .target = t[8].cast<Matrix>(),
                .covariance = t[9].cast<std::optional<Matrix>>(),
                .root = t[10].cast<Matrix>(),
                .condition = t[11].cast<double>(),
                .white_variance = t[12].cast<std::optional<double>>()};
  p.weights = t[13].cast<std::optional<Matrix>>();
  if (!t[3].is_none()) {
    const auto samples = t[3].cast<py::tuple>();
    p.samples = Samples{.inputs = samples[0].cast<Matrix>(),
                        .targets = samples[1].cast<Matrix>(),
                        .weights = samples[2].cast<Vector>()};
  }
  return Cost(std::move(p));
}

py::object optional_network(const std::optional<Network>& n) { return n ? network_object(*n) : py::none(); }

std::optional<Network> optional_network(py::handle n) {
  if (n.is_none()) return std::nullopt;
  return network(n);
}

py::object parts_of(const Threshold& threshold) {
  const Threshold::Known& known = threshold.known();
  const bool is_known = known.value.has_value();
  return py::make_tuple(is_known ? py::none() : network_object(*known.start), known.ratios.values(), known.value);
}

Threshold threshold_of(const py::tuple& t) {
  Threshold::Known known{.ratios = Layerwise(t[1].cast<std::vector<double>>()),
                         .value = t[2].cast<std::optional<double>>()};
  if (!t[0].is_none()) known.start = std::make_shared<const Network>(network(t[0]));
  return Threshold(std::move(known));
}

py::object parts_of(const std::optional<Best>& best) {
  if (!best) return py::none();
  return py::make_tuple(best->step, best->time, best->train_error, best->test_error, best->values);
}

std::optional<Best> best_of(py::handle object) {
  if (object.is_none()) return std::nullopt;
  const auto t = object.cast<py::tuple>();
  return Best{.step = t[0].cast<Index>(),
              .time = t[1].cast<double>(),
              .train_error = t[2].cast<double>(),
              .test_error = t[3].cast<double>(),
              .values = t[4].cast<std::map<std::string, double>>()};
}

py::object parts_of(const Carried& c) {
  py::object errors = py::none();
  if (const auto& h = c.errors) {
    errors = py::make_tuple(h->step, h->train, h->train_before, h->train_start, h->test, h->test_rises, h->cost);
  }
  return py::make_tuple(c.step, c.time, c.first_cost, c.momentum, errors);
}

Carried carried_of(const py::tuple& t) {
  Carried c{.step = t[0].cast<Index>(),
            .time = t[1].cast<double>(),
            .first_cost = t[2].cast<double>(),
            .momentum = t[3].cast<std::vector<Matrix>>()};
  if (t[4].is_none()) return c;
  const auto h = t[4].cast<py::tuple>();
  c.errors = ErrorHistory{.step = h[0].cast<Index>(),
                          .train = h[1].cast<double>(),
                          .train_before = h[2].cast<double>(),
                          .train_start = h[3].cast<double>(),
                          .test = h[4].cast<double>(),
                          .test_rises = h[5].cast<Index>(),
                          .cost = h[6].cast<double>()};
  return c;
}

py::tuple parts_of(const Continuation& c) {
  return py::make_tuple(network_object(*c.start), parts_of(c.threshold), parts_of(c.carried), parts_of(c.best),
                        c.best_end_to_end, optional_network(c.best_network));
}

Continuation continuation_of(const py::tuple& t) {
  return {.start = std::make_shared<const Network>(network(t[0])),
          .threshold = threshold_of(t[1]),
          .carried = carried_of(t[2]),
          .best = best_of(t[3]),
          .best_end_to_end = t[4].cast<Matrix>(),
          .best_network = optional_network(t[5])};
}

using Dimensions = std::vector<std::pair<std::string, Index>>;

py::object parts_of(const std::optional<ConeAccuracy>& cone) {
  if (!cone) return py::none();
  return py::make_tuple(cone->order, cone->sizes, cone->estimate);
}

py::tuple parts_of(const Trajectory& run) {
  py::list series;
  for (const Series& s : run.series) {
    series.append(py::make_tuple(s.name, s.long_name, s.units, static_cast<int>(s.over), s.values, s.dimensions));
  }
  py::list events;
  for (const EventHit& e : run.outcome.events) events.append(py::make_tuple(e.name, e.mode, e.time, e.direction));
  const Outcome& o = run.outcome;
  const py::tuple outcome =
      py::make_tuple(static_cast<int>(o.status), o.rule, o.step, o.time, o.within_step, events, o.statistics.steps,
                     o.statistics.velocity_evaluations, o.statistics.error_test_failures, o.statistics.seconds);
  py::list networks;
  for (const Network& n : run.networks) networks.append(network_object(n));
  const py::object continuation = run.continuation ? py::object(parts_of(*run.continuation)) : py::none();
  return py::make_tuple(run.step, run.time, series, outcome, run.shape.outputs, run.shape.inputs,
                        parts_of(run.threshold), run.warning, parts_of(run.best), networks, optional_network(run.final),
                        continuation, parts_of(run.cone));
}

Outcome outcome_of(const py::tuple& t) {
  Outcome o{.status = static_cast<Status>(t[0].cast<int>()),
            .rule = t[1].cast<std::string>(),
            .step = t[2].cast<Index>(),
            .time = t[3].cast<double>(),
            .within_step = t[4].cast<bool>(),
            .statistics = {.steps = t[6].cast<Index>(),
                           .velocity_evaluations = t[7].cast<Index>(),
                           .error_test_failures = t[8].cast<Index>(),
                           .seconds = t[9].cast<double>()}};
  for (const py::handle event : t[5]) {
    const auto e = event.cast<py::tuple>();
    o.events.push_back({.name = e[0].cast<std::string>(),
                        .mode = e[1].cast<Index>(),
                        .time = e[2].cast<double>(),
                        .direction = e[3].cast<int>()});
  }
  return o;
}

Trajectory trajectory_of(const py::args& t) {
  constexpr std::size_t parts = 13;
  if (t.size() != parts) {
    bad_input({.field = "pickle", .expected = "the 13 parts of a run", .got = std::to_string(t.size())});
  }
  Trajectory run{.step = t[0].cast<std::vector<Index>>(),
                 .time = t[1].cast<std::vector<double>>(),
                 .outcome = outcome_of(t[3]),
                 .shape = {.outputs = t[4].cast<Index>(), .inputs = t[5].cast<Index>()},
                 .threshold = threshold_of(t[6]),
                 .warning = t[7].cast<std::string>(),
                 .best = best_of(t[8]),
                 .final = optional_network(t[10])};
  for (const py::handle entry : t[2]) {
    const auto s = entry.cast<py::tuple>();
    run.series.push_back({.name = s[0].cast<std::string>(),
                          .long_name = s[1].cast<std::string>(),
                          .units = s[2].cast<std::string>(),
                          .over = static_cast<Over>(s[3].cast<int>()),
                          .values = s[4].cast<Matrix>(),
                          .dimensions = s[5].cast<Dimensions>()});
  }
  for (const py::handle n : t[9]) run.networks.push_back(network(n));
  if (!t[12].is_none()) {
    const auto cone = t[12].cast<py::tuple>();
    run.cone = ConeAccuracy{.order = cone[0].cast<Index>(),
                            .sizes = cone[1].cast<std::vector<Index>>(),
                            .estimate = cone[2].cast<double>()};
  }
  if (!t[11].is_none()) run.continuation = std::make_shared<const Continuation>(continuation_of(t[11]));
  return run;
}

py::tuple tuple_of_layers(const std::vector<Matrix>& layers) { return py::tuple(py::cast(layers)); }

py::object parts_of(const LightCone::Source& source) {
  if (const auto* s = std::get_if<LightCone::Gaussian>(&source)) {
    return py::make_tuple("gaussian", s->sizes, s->options.variance.values(), s->options.seed, s->options.point);
  }
  if (const auto* s = std::get_if<LightCone::Limit>(&source)) {
    return py::make_tuple("infinite_width", s->shape.outputs, s->shape.inputs, s->depth, s->scales.values());
  }
  if (const auto* s = std::get_if<LightCone::Orthogonal>(&source)) {
    return py::make_tuple("orthogonal", s->sizes, s->scale, s->seed);
  }
  if (std::holds_alternative<LightCone::Compressed>(source)) return py::make_tuple("compressed");
  return py::none();
}

LightCone::Source source_of(py::handle object) {
  if (object.is_none()) return {};
  const auto t = object.cast<py::tuple>();
  const auto kind = t[0].cast<std::string>();
  if (kind == "gaussian") {
    return LightCone::Gaussian{.sizes = t[1].cast<std::vector<Index>>(),
                               .options = {.variance = Layerwise(t[2].cast<std::vector<double>>()),
                                           .seed = t[3].cast<std::uint64_t>(),
                                           .point = t[4].cast<std::uint32_t>()}};
  }
  if (kind == "infinite_width") {
    return LightCone::Limit{.shape = {.outputs = t[1].cast<Index>(), .inputs = t[2].cast<Index>()},
                            .depth = t[3].cast<Index>(),
                            .scales = Layerwise(t[4].cast<std::vector<double>>())};
  }
  if (kind == "orthogonal") {
    return LightCone::Orthogonal{
        .sizes = t[1].cast<std::vector<Index>>(), .scale = t[2].cast<double>(), .seed = t[3].cast<std::uint64_t>()};
  }
  return LightCone::Compressed{};
}

py::object parts_of(const LightCone* cone) {
  if (cone == nullptr) return py::none();
  py::object origin = py::none();
  if (cone->origin) origin = py::make_tuple(tuple_of_layers(cone->origin->whole.weights()), cone->origin->bases);
  return py::make_tuple(cone->widths, cone->order, cone->complete, cone->outside, cone->tolerance,
                        parts_of(cone->source), origin);
}

std::shared_ptr<const LightCone> cone_of(py::handle object) {
  if (object.is_none()) return nullptr;
  const auto t = object.cast<py::tuple>();
  LightCone cone{.widths = t[0].cast<std::vector<double>>(),
                 .order = t[1].cast<Index>(),
                 .complete = t[2].cast<bool>(),
                 .outside = t[3].cast<std::vector<double>>(),
                 .source = source_of(t[5]),
                 .tolerance = t[4].cast<std::optional<double>>()};
  if (!t[6].is_none()) {
    const auto origin = t[6].cast<py::tuple>();
    cone.origin = std::make_shared<const LightCone::Origin>(LightCone::Origin{
        .whole = DeepLinear(origin[0].cast<std::vector<Matrix>>()), .bases = origin[1].cast<std::vector<Matrix>>()});
  }
  return std::make_shared<const LightCone>(std::move(cone));
}

}  // namespace

void bind_pickle(py::module_& m) {
  made_of_parts(
      m, "Task",
      [](const Task& t) {
        const py::object test = t.test ? parts_of(*t.test) : py::none();
        const py::object teacher = t.teacher ? py::cast(*t.teacher) : py::none();
        return py::make_tuple(t.name, parts_of(t.train), test, teacher);
      },
      [](std::string name, const py::tuple& train, py::handle test, py::handle teacher) {
        Task t{.name = std::move(name), .train = cost_of(train)};
        if (!test.is_none()) t.test = cost_of(test.cast<py::tuple>());
        if (!teacher.is_none()) t.teacher = teacher.cast<const Perceptron&>();
        return t;
      });
  made_of_parts(
      m, "GramState",
      [](const GramState& n) {
        return py::make_tuple(n.input_representation(), n.end_to_end(), n.output_representation(), n.factor(),
                              n.rank_is_known());
      },
      [](const Matrix& c1, Matrix a, const Matrix& c2, std::optional<Matrix> factor, bool known) {
        return GramState(c1, std::move(a), c2).with(std::move(factor), known);
      });
  made_of_parts(
      m, "SelfConsistent",
      [](const SelfConsistent& n) { return py::make_tuple(n.end_to_end(), n.scales().values(), n.rates().values()); },
      [](Matrix a, std::vector<double> scales, std::vector<double> rates) {
        return SelfConsistent(std::move(a), Layerwise(std::move(scales)), Layerwise(std::move(rates)));
      });
  made_of_parts(
      m, "DeepLinear",
      [](const DeepLinear& n) { return py::make_tuple(tuple_of_layers(n.weights()), parts_of(n.cone())); },
      [](std::vector<Matrix> weights, py::handle cone) {
        return DeepLinear(std::move(weights)).standing_for(cone_of(cone));
      });
  made_of_parts(
      m, "DeepLinearized",
      [](const DeepLinearized& n) {
        py::list kernel;
        for (const auto& share : n.kernel()) kernel.append(py::make_tuple(share.out, share.in));
        return py::make_tuple(n.end_to_end(), kernel);
      },
      [](Matrix a, const py::list& shares) {
        std::vector<DeepLinearized::LayerKernel> kernel;
        for (const py::handle entry : shares) {
          const auto share = entry.cast<py::tuple>();
          kernel.push_back({.out = share[0].cast<Matrix>(), .in = share[1].cast<Matrix>()});
        }
        return DeepLinearized(std::move(a), std::move(kernel));
      });
  made_of_parts(
      m, "DeepBalanced", [](const DeepBalanced& n) { return py::make_tuple(n.end_to_end(), n.depth()); },
      [](Matrix a, double depth) { return DeepBalanced(std::move(a), depth); });
  made_of_parts(
      m, "Diagonal", [](const Diagonal& n) { return py::make_tuple(n.values(), n.balances()); },
      [](Vector values, Vector balances) { return Diagonal(std::move(values), std::move(balances)); });
  made_of_parts(
      m, "DeepDiagonal", [](const DeepDiagonal& n) { return py::make_tuple(n.weights()); },
      [](const Matrix& weights) { return DeepDiagonal(weights); });
  made_of_parts(
      m, "Perceptron",
      [](const Perceptron& n) {
        return py::make_tuple(tuple_of_layers(n.weights()), static_cast<int>(n.activation()), n.slope());
      },
      [](std::vector<Matrix> weights, int activation, double slope) {
        return Perceptron(std::move(weights), {.activation = static_cast<Activation>(activation), .slope = slope});
      });
  made_of_parts(
      m, "Schedule",
      [](const Schedule& s) {
        const Schedule::Parts p = s.parts();
        return py::make_tuple(static_cast<int>(p.kind), p.count, p.first, p.instants);
      },
      [](int kind, Index count, double first, std::vector<double> instants) {
        return Schedule::of({.kind = static_cast<Schedule::Kind>(kind),
                             .count = count,
                             .first = first,
                             .instants = std::move(instants)});
      });
  made_of_parts(
      m, "StopRule", [](const StopRule& r) { return py::make_tuple(r.name, r.parameters); },
      [](const std::string& name, const py::list& parameters) {
        return py::module_::import("linnet.stop").attr(name.c_str())(*parameters);
      });
  made_of_parts(
      m, "TaskSpectrum",
      [](const TaskSpectrum& s) {
        py::object vectors = py::none();
        if (s.vectors) vectors = py::make_tuple(s.vectors->u, s.vectors->s, s.vectors->v);
        return py::make_tuple(s.target, s.weight, s.overlap, s.variance, s.white, s.test_variance, s.unseen, s.entries,
                              s.least_cost, s.train_count, vectors);
      },
      [](Vector target, Vector weight, Vector overlap, Vector variance, bool white, Vector test_variance, double unseen,
         double entries, double least, double count, py::handle vectors) {
        TaskSpectrum s{.target = std::move(target),
                       .weight = std::move(weight),
                       .overlap = std::move(overlap),
                       .variance = std::move(variance),
                       .white = white,
                       .test_variance = std::move(test_variance),
                       .unseen = unseen,
                       .entries = entries,
                       .least_cost = least,
                       .train_count = count};
        if (!vectors.is_none()) {
          const auto t = vectors.cast<py::tuple>();
          s.vectors = linalg::Svd{.u = t[0].cast<Matrix>(), .s = t[1].cast<Vector>(), .v = t[2].cast<Matrix>()};
        }
        return s;
      });
  made_of_parts(
      m, "Run", [](const Trajectory& run) { return parts_of(run); },
      [](const py::args& t) { return trajectory_of(t); });
  made_of_parts(
      m, "Checkpoint",
      [](const Checkpoint& c) { return py::make_tuple(network_object(c.network), parts_of(c.continuation)); },
      [](py::handle now, const py::tuple& continuation) {
        return Checkpoint{.network = network(now), .continuation = continuation_of(continuation)};
      });
}

}  // namespace linnet::python
