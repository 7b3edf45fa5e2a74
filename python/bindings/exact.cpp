#include "convert.hpp"
#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/convergence_bound.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "over.hpp"

namespace linnet::python {

void bind_exact(py::module_& m) {
  m.def("polyak_lojasiewicz", [](const Task& task) { return polyak_lojasiewicz(task.train); });
  m.def("convergence_bound", [](py::handle start, const Task& task, py::handle rates, py::handle strength,
                                py::handle least, py::handle tolerance) {
    const Certificate options{.rates = per_layer(rates, "solver.rates"),
                              .strength = optional_number(strength, "strength"),
                              .least = optional_number(least, "least"),
                              .tolerance = number(tolerance, "solver.tolerance")};
    const Network from = network(start);
    const ConvergenceBound b = released([&] { return convergence_bound(from, task, options); });
    return py::make_tuple(b.rate, b.cost, b.least);
  });

  py::class_<ExactFlow>(m, "ExactFlow")
      .def(py::init([](py::handle start, const Task& task, py::handle rates, py::handle tolerance) {
        const ExactFlow::Options options{.rates = per_layer(rates, "solver.rates"),
                                         .tolerance = number(tolerance, "solver.tolerance")};
        const Network from = network(start);
        return released([&] { return ExactFlow(from, task, options); });
      }))
      .def("closure",
           [](const ExactFlow& f) {
             const Closure& c = f.closure();
             return py::make_tuple(c.balance, c.scale2, c.residual, c.threshold(), pair(c.scales()));
           })
      .def("rates", [](const ExactFlow& f) { return pair(f.rates()); })
      .def("threshold", &ExactFlow::threshold)
      .def("columns", &ExactFlow::columns)
      .def("shape", [](const ExactFlow& f) { return pair(f.task().shape()); })
      .def("warning", &ExactFlow::warning)
      .def("target", [](const ExactFlow& f) { return array(Vector(f.target())); })
      .def("at_saddle", &ExactFlow::at_saddle)
      .def("learned",
           [](const ExactFlow& f) {
             const std::vector<bool> learned = f.learned();
             py::array_t<bool> out(static_cast<py::ssize_t>(learned.size()));
             std::copy(learned.begin(), learned.end(), out.mutable_data());
             return out;
           })
      .def("state",
           [](const ExactFlow& f, py::handle t) {
             const double time = number(t, "t");
             return released([&] { return f.gram_state(time); });
           })
      .def("network",
           [](const ExactFlow& f, py::handle t) {
             const double time = number(t, "t");
             return network_object(released([&] { return f.network(time); }));
           })
      .def("gram",
           [](const ExactFlow& f, py::handle t) {
             const Index n = f.task().shape().sum();
             return rows_over(vector(t, "t"), n * n, [&](double x) { return f.gram_state(x).gram(); });
           })
      .def("end_to_end",
           [](const ExactFlow& f, py::handle t) {
             return rows_over(vector(t, "t"), f.task().target().size(), [&](double x) { return f.end_to_end(x); });
           })
      .def("factor",
           [](const ExactFlow& f, py::handle t) {
             const Index size = f.task().shape().sum() * f.columns();
             return rows_over(vector(t, "t"), size, [&](double x) { return f.factor(x); });
           })
      .def("modes",
           [](const ExactFlow& f, py::handle t) {
             return rows_over(vector(t, "t"), f.target().size(), [&](double x) { return f.modes(x); });
           })
      .def("singular_values",
           [](const ExactFlow& f, py::handle t) {
             return rows_over(vector(t, "t"), f.target().size(), [&](double x) { return f.singular_values(x); });
           })
      .def("cost", over_time(&ExactFlow::cost))
      .def("train_error", over_time(&ExactFlow::train_error))
      .def("test_error", over_time(&ExactFlow::test_error))
      .def("kernel_distance", over_time(&ExactFlow::kernel_distance))
      .def("best",
           [](const ExactFlow& f) {
             const BestMoment best = Watch::over([&](const KeepGoing& going) { return f.best(going); });
             return py::make_tuple(best.time, best.test_error);
           })
      .def("learning_times",
           [](const ExactFlow& f, py::handle fraction) {
             const double part = number(fraction, "fraction");
             return array(Watch::over([&](const KeepGoing& going) { return f.learning_times(part, going); }));
           })
      .def("activation_times", [](const ExactFlow& f) {
        return array(Watch::over([&](const KeepGoing& going) { return f.activation_times(going); }));
      });
}

}  // namespace linnet::python
