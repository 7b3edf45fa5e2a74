#include "linnet/design/design.hpp"

#include "convert.hpp"
#include "floors.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

std::optional<Index> optional_whole(py::handle value, const char* field) {
  return value.is_none() ? std::nullopt : std::optional(whole_number(value, field));
}

DesignOptions options_of(const py::kwargs& o) {
  return {.active = optional_whole(o["active"], "active"),
          .kernel_distance = optional_number(o["kernel_distance"], "kernel_distance"),
          .scale = optional_number(o["scale"], "scale"),
          .stop_time = optional_number(o["stop_time"], "stop_time"),
          .time_limit = number(o["time_limit"], "time_limit"),
          .width = optional_whole(o["width"], "width"),
          .rate = number(o["rate"], "rate"),
          .noise = optional_number(o["noise"], "noise"),
          .from_target = o["from_target"].cast<bool>(),
          .folds = whole_number(o["folds"], "folds"),
          .seed = as_seed(o["seed"], "seed")};
}

py::dict parts_of(const SpectrumEstimate& e) {
  py::dict parts;
  parts["noise"] = e.noise;
  parts["noise_known"] = e.noise_known;
  parts["strengths"] = array(Vector(e.strengths));
  parts["edge"] = e.edge;
  parts["spectrum"] = e.spectrum;
  return parts;
}

py::dict parts_of(const Design& d) {
  py::dict price;
  price["half_scale"] = d.price.half_scale;
  price["twice_scale"] = d.price.twice_scale;
  price["half_scale_retimed"] = d.price.half_scale_retimed;
  price["twice_scale_retimed"] = d.price.twice_scale_retimed;
  price["half_time"] = d.price.half_time;
  price["twice_time"] = d.price.twice_time;
  py::dict ridge;
  ridge["scale"] = array(Vector(d.ridge.scale));
  ridge["time"] = array(Vector(d.ridge.time));
  ridge["test_error"] = array(Vector(d.ridge.test_error));
  py::dict parts;
  parts["source"] = to_string(d.source);
  parts["scale"] = d.scale;
  parts["balance"] = d.balance;
  parts["time"] = d.time;
  parts["width"] = d.width ? py::object(py::int_(*d.width)) : py::object(py::none());
  parts["test_error"] = d.test_error;
  parts["error_bar"] = d.error_bar;
  parts["width_loss"] = d.width_loss;
  parts["kernel_distance"] = d.kernel_distance;
  parts["active"] = d.active;
  parts["regime"] = d.regime;
  parts["bound"] = d.bound;
  parts["lazy_error"] = d.lazy_error;
  parts["balanced_error"] = d.balanced_error;
  parts["start_error"] = d.start_error;
  parts["final_error"] = d.final_error;
  parts["price"] = price;
  parts["ridge"] = ridge;
  parts["estimate"] = d.estimate ? py::object(parts_of(*d.estimate)) : py::object(py::none());
  parts["warning"] = d.warning;
  return parts;
}

}  // namespace

void bind_design(py::module_& m) {
  m.def("design", [](const Task& task, const py::kwargs& options) {
    const DesignOptions o = options_of(options);
    return parts_of(released([&] { return design(task, o); }));
  });
  m.def("estimate_spectrum", [](py::handle target, py::handle noise) {
    const Matrix y = matrix(target, "target");
    const std::optional<double> known = optional_number(noise, "noise");
    return parts_of(released([&] { return estimate_spectrum(y, known); }));
  });
}

}  // namespace linnet::python
