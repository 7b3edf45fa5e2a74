#include <pybind11/stl.h>

#include "arguments.hpp"
#include "convert.hpp"
#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/predict/diagnosis.hpp"
#include "linnet/predict/prediction.hpp"
#include "record.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

py::list words_of(const std::vector<std::optional<Regime>>& regimes) {
  py::list words;
  for (const std::optional<Regime>& regime : regimes) {
    words.append(regime ? py::object(py::str(to_string(*regime))) : py::object(py::none()));
  }
  return words;
}

std::vector<double> times_of(py::handle t) {
  const Vector times = vector(t, "times");
  return {times.begin(), times.end()};
}

}  // namespace

void bind_predict(py::module_& m) {
  py::class_<Prediction>(m, "Prediction")
      .def("method", [](const Prediction& p) { return to_string(p.method()); })
      .def("reason", &Prediction::reason)
      .def("error", &Prediction::error)
      .def("threshold", &Prediction::threshold)
      .def("warning", &Prediction::warning)
      .def("settled", &Prediction::settled)
      .def("shape", [](const Prediction& p) { return pair(p.shape()); })
      .def("target", [](const Prediction& p) { return array(Vector(p.mode_vectors().s)); })
      .def("closed_form",
           [](const Prediction& p) {
             return p.closed_form() != nullptr ? py::cast(*p.closed_form()) : py::object(py::none());
           })
      .def("default_times",
           [](const Prediction& p) {
             const std::vector<double> times = released([&] { return p.default_times(); });
             return array(Vector(Eigen::Map<const Vector>(times.data(), static_cast<Index>(times.size()))));
           })
      .def("values",
           [](const Prediction& p, py::handle what, py::handle t) {
             const Observable wanted = observable(what, [&] { return p.start(); });
             const std::vector<double> times = times_of(t);
             return array(released([&] { return p.values(wanted, times); }));
           })
      .def("modes",
           [](const Prediction& p, py::handle t) {
             const std::vector<double> times = times_of(t);
             const linalg::Svd& d = p.mode_vectors();
             const Index count = d.s.size();
             if (count == 0) static_cast<void>(p.modes(0));  // says why there are none
             const Observable along = observables::mode_strengths(d.u.leftCols(count), d.v.leftCols(count));
             return array(released([&] { return p.values(along, times); }));
           })
      .def("network",
           [](const Prediction& p, py::handle t) {
             const double time = number(t, "t");
             const std::optional<Network> state = released([&] { return p.state(time); });
             return state ? network_object(*state) : py::object(py::none());
           })
      .def("learning_times",
           [](const Prediction& p, py::handle fraction) {
             const double part = number(fraction, "fraction");
             return array(released([&] { return p.learning_times(part); }));
           })
      .def("activation_times",
           [](const Prediction& p) { return array(released([&] { return p.activation_times(); })); })
      .def("regimes", [](const Prediction& p) { return words_of(released([&] { return p.regimes(); })); });

  m.def("predict_methods", &predict_methods);
  m.def("predict", [](py::handle start, const Task& task, py::handle rates, py::handle tolerance, py::handle method) {
    PredictOptions options{.rates = layerwise(rates, "rates")};
    if (!tolerance.is_none()) options.tolerance = number(tolerance, "tolerance");
    if (!method.is_none()) options.method = predict_method(py::str(method));
    const Network from = network(start);
    return released([&] { return predict(from, task, options); });
  });

  m.def("diagnose", [](py::handle weights, py::handle task, py::handle tolerance) {
    if (!py::isinstance<DeepLinear>(weights)) {
      bad_input({.field = "weights", .expected = "Weights", .got = text(weights)});
    }
    const auto& w = weights.cast<const DeepLinear&>();
    Diagnosis d;
    if (task.is_none()) {
      d = diagnose(w);
    } else {
      if (!py::isinstance<Task>(task)) {
        bad_input({.field = "task", .expected = "a task, made by linnet.tasks", .got = text(task)});
      }
      const auto& t = task.cast<const Task&>();
      const double limit = number(tolerance, "tolerance");
      d = released([&] { return diagnose(w, t, limit); });
    }
    const Closure& c = d.closure;
    return py::make_tuple(py::make_tuple(d.balance.balance, d.balance.distance),
                          py::make_tuple(c.balance, c.scale2, c.residual, c.threshold(), pair(c.scales())), d.threshold,
                          task.is_none() ? py::object(py::none()) : py::object(py::str(to_string(d.verdict))), d.reason,
                          d.condition, d.error, words_of(d.regimes),
                          d.prediction ? py::cast(*d.prediction) : py::object(py::none()));
  });
}

}  // namespace linnet::python
