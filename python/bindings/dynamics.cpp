#include "convert.hpp"
#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/deep_mode.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/exact/one_layer_flow.hpp"
#include "linnet/exact/tied_flow.hpp"
#include "linnet/exact/unbalanced_mode.hpp"
#include "linnet/exact/wide_flow.hpp"
#include "over.hpp"

namespace linnet::python {

void bind_dynamics(py::module_& m) {
  py::class_<Mode>(m, "Mode")
      .def(py::init([](py::handle target, py::handle threshold, py::handle start) {
        return Mode({.target = number(target, "mode.target"),
                     .threshold = number(threshold, "mode.threshold"),
                     .start = number(start, "mode.start")});
      }))
      .def("at",
           [](const Mode& mode, py::handle t) {
             return numbers_over(vector(t, "t"), [&](double x) {
               if (!(x >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(x)});
               return mode.at(x);
             });
           })
      .def("residual",
           [](const Mode& mode, py::handle t) {
             return numbers_over(vector(t, "t"), [&](double x) {
               if (!(x >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(x)});
               return mode.residual(x);
             });
           })
      .def("time_to",
           [](const Mode& mode, py::handle value) {
             return numbers_over(vector(value, "value"), [&](double x) { return mode.time_to(x); });
           })
      .def("speed", [](const Mode& mode, py::handle value) {
        return numbers_over(vector(value, "value"), [&](double x) { return mode.speed(x); });
      });

  py::class_<DeepMode>(m, "DeepMode")
      .def(py::init([](py::handle depth, py::handle start, py::handle target, py::handle rate) {
        return DeepMode({.depth = whole_number(depth, "mode.depth"),
                         .start = number(start, "mode.start"),
                         .target = number(target, "mode.target"),
                         .rate = number(rate, "mode.rate")});
      }))
      .def("at",
           [](const DeepMode& mode, py::handle t) {
             return numbers_over(vector(t, "t"), [&](double x) {
               if (!(x >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(x)});
               return mode.at(x);
             });
           })
      .def("time", [](const DeepMode& mode, py::handle value) {
        return numbers_over(vector(value, "s"), [&](double x) { return mode.time_to(x); });
      });

  py::class_<UnbalancedMode>(m, "UnbalancedMode")
      .def(py::init([](py::handle depth, py::handle start, py::handle target, py::handle balance, py::handle layer,
                       py::handle rate) {
        return UnbalancedMode(
            {.depth = whole_number(depth, "mode.depth"),
             .start = number(start, "mode.start"),
             .target = number(target, "mode.target"),
             .imbalance = {.balance = number(balance, "mode.balance"), .layer = unbalanced_layer(layer)},
             .rate = number(rate, "mode.rate")});
      }))
      .def("at",
           [](const UnbalancedMode& mode, py::handle t) {
             return numbers_over(vector(t, "t"), [&](double x) {
               if (!(x >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(x)});
               return mode.at(x);
             });
           })
      .def("time",
           [](const UnbalancedMode& mode, py::handle value) {
             return numbers_over(vector(value, "s"), [&](double x) { return mode.time_to(x); });
           })
      .def("speed", [](const UnbalancedMode& mode, py::handle value) {
        return numbers_over(vector(value, "s"), [&](double x) { return mode.speed(require_non_negative(x, "s")); });
      });

  py::class_<TaskSpectrum>(
      m, "TaskSpectrum",
      R"(What the mode-wise closed form needs of a task: the singular values of Y and how they see the signal.

Made by `linnet.sample_spectrum(task)` or `linnet.limit_spectrum(dim=, rank=, noise=)`.)")
      .def_property_readonly(
          "target", [](const TaskSpectrum& s) { return array(Vector(s.target)); },
          "y_i, the singular values of Y, falling.")
      .def_property_readonly(
          "weight", [](const TaskSpectrum& s) { return array(Vector(s.weight)); },
          "How many modes each represents: 1, or a quadrature weight of a continuous spectrum.")
      .def_property_readonly(
          "overlap", [](const TaskSpectrum& s) { return array(Vector(s.overlap)); },
          "The value of each mode with the least test error, u_i^T A* v_i for a signal A*; empty without a test.")
      .def_property_readonly(
          "variance",
          [](const TaskSpectrum& s) {
            return array(s.variance.size() == 0 ? Vector(Vector::Ones(s.target.size())) : Vector(s.variance));
          },
          "d_i, the variance of the inputs along v_i: mode i moves in the time d_i t.")
      .def("__repr__", [](const TaskSpectrum& s) {
        return "<linnet.TaskSpectrum, " + std::to_string(s.target.size()) +
               (s.vectors ? " modes of a sample>" : " nodes of a limit>");
      });

  py::class_<ModeFlow>(m, "ModeFlow")
      .def(py::init([](const TaskSpectrum& spectrum, py::handle scales, py::handle rates, py::handle start) {
        return ModeFlow(spectrum, {.scales = per_layer(scales, "network.scale"),
                                   .rates = per_layer(rates, "solver.rates"),
                                   .start = start.is_none() ? Vector() : vector(start, "network.start")});
      }))
      .def_property_readonly("threshold", &ModeFlow::threshold)
      .def_property_readonly("rates", [](const ModeFlow& f) { return pair(f.rates()); })
      .def_property_readonly("spectrum", &ModeFlow::spectrum)
      .def("slopes",
           [](const ModeFlow& f, py::handle t) {
             ModeFlow::Slopes s = f.slopes(number(t, "t"));
             return py::make_tuple(array(std::move(s.by_time)), array(std::move(s.by_threshold)));
           })
      .def("modes",
           [](const ModeFlow& f, py::handle t) {
             return rows_over(vector(t, "t"), f.spectrum().target.size(), [&](double x) { return f.modes(x); });
           })
      .def("end_to_end",
           [](const ModeFlow& f, py::handle t) {
             const double time = number(t, "t");
             return array(released([&] { return f.end_to_end(time); }));
           })
      .def("gram_state",
           [](const ModeFlow& f, py::handle t) {
             const double time = number(t, "t");
             return released([&] { return f.gram_state(time); });
           })
      .def("warning", &ModeFlow::warning)
      .def("train_error", over_time(&ModeFlow::train_error))
      .def("test_error", over_time(&ModeFlow::test_error))
      .def("kernel_distance", over_time(&ModeFlow::kernel_distance))
      .def("learning_times",
           [](const ModeFlow& f, py::handle fraction) { return array(f.learning_times(number(fraction, "fraction"))); })
      .def("best", [](const ModeFlow& f) {
        const BestMoment best = released([&] { return f.best(); });
        return py::make_tuple(best.time, best.test_error);
      });

  py::class_<WideFlow>(m, "WideFlow")
      .def(py::init([](const TaskSpectrum& spectrum, py::handle depth, py::handle scales, py::handle rates,
                       py::handle tolerance) {
        const WideFlow::Options options{.depth = whole_number(depth, "network.depth"),
                                        .scales = layerwise(scales, "network.scales"),
                                        .rates = layerwise(rates, "solver.rates"),
                                        .tolerance = number(tolerance, "network.tolerance")};
        return released([&] { return WideFlow(std::make_shared<const TaskSpectrum>(spectrum), options); });
      }))
      .def_property_readonly("spectrum", &WideFlow::spectrum)
      .def_property_readonly("order", &WideFlow::order)
      .def_property_readonly("estimate", &WideFlow::estimate)
      .def("modes",
           [](const WideFlow& f, py::handle t) {
             return rows_over(vector(t, "t"), f.spectrum().target.size(), [&](double x) { return f.modes(x); });
           })
      .def("end_to_end",
           [](const WideFlow& f, py::handle t) {
             const double time = number(t, "t");
             return array(released([&] { return f.end_to_end(time); }));
           })
      .def("warning", &WideFlow::warning)
      .def("train_error", over_time(&WideFlow::train_error))
      .def("test_error", over_time(&WideFlow::test_error))
      .def("learning_times",
           [](const WideFlow& f, py::handle fraction) { return array(f.learning_times(number(fraction, "fraction"))); })
      .def("best", [](const WideFlow& f) {
        const BestMoment best = released([&] { return f.best(); });
        return py::make_tuple(best.time, best.test_error);
      });

  py::class_<OneLayerFlow>(m, "OneLayerFlow")
      .def(py::init([](py::handle start, const Task& task, py::handle rate) {
        if (!rate.is_none()) return OneLayerFlow(matrix(start, "network"), task, number(rate, "network.rate"));
        const Network weights = network(start);
        const DeepLinear* layers = weights_of(weights);
        if (layers == nullptr) {
          bad_input({.field = "network", .expected = "weights, or A_0 with a rate", .got = description_of(weights)});
        }
        return OneLayerFlow(*layers, task);
      }))
      .def("rate", &OneLayerFlow::rate)
      .def("end_to_end", [](const OneLayerFlow& f, py::handle t) { return array(f.end_to_end(number(t, "t"))); })
      .def("train_error", over_time(&OneLayerFlow::train_error));

  py::class_<TiedFlow>(m, "TiedFlow")
      .def(py::init([](py::handle values, py::handle vectors, py::handle start) {
        Vector m_i = vector(values, "values");
        Matrix u = matrix(vectors, "vectors");
        const Matrix w = matrix(start, "start");
        return released([&] { return TiedFlow(std::move(m_i), std::move(u), w); });
      }))
      .def_static("gaussian",
                  [](py::handle values, py::handle words, py::handle width, py::handle variance, py::handle seed) {
                    const TiedFlow::Gaussian start{.words = whole_number(words, "words"),
                                                   .width = whole_number(width, "width"),
                                                   .variance = number(variance, "variance"),
                                                   .seed = as_seed(seed, "seed")};
                    Vector m_i = vector(values, "values");
                    return released([&] { return TiedFlow::gaussian(std::move(m_i), start); });
                  })
      .def("values", [](const TiedFlow& f) { return array(Vector(f.values())); })
      .def("width", &TiedFlow::width)
      .def("modes",
           [](const TiedFlow& f, py::handle t) {
             return rows_over(vector(t, "t"), f.values().size(), [&](double x) { return f.modes(x); });
           })
      .def("singular_values",
           [](const TiedFlow& f, py::handle t) {
             return rows_over(vector(t, "t"), f.singular_values(0).size(),
                              [&](double x) { return f.singular_values(x); });
           })
      .def("embeddings",
           [](const TiedFlow& f, py::handle t) {
             const double time = number(t, "t");
             return array(released([&] { return f.embeddings(time); }));
           })
      .def("cost", over_time(&TiedFlow::cost));

  m.def("sample_spectrum", [](const Task& task, py::handle tolerance) {
    const double largest = number(tolerance, "tolerance");
    return released([&] { return sample_spectrum(task, largest); });
  });
  m.def("limit_spectrum", [](py::handle dim, py::handle rank, py::handle noise, py::handle nodes) {
    return limit_spectrum(whole_number(dim, "task.dim"), whole_number(rank, "task.rank"), number(noise, "task.noise"),
                          whole_number(nodes, "task.nodes"));
  });
}

}  // namespace linnet::python
