#include "record.hpp"

#include <pybind11/stl.h>

#include <memory>

#include "convert.hpp"
#include "linnet/error.hpp"
#include "linnet/landscape/observables.hpp"
#include "linnet/observables/new_property.hpp"
#include "linnet/observables/noise.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

using Numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;

/// The package's Observable: a Python function of the network, or of A, at each record.
class Measured {
 public:
  Measured(py::handle observable, const std::function<Network()>& start)
      : function_(observable.attr("function")),
        of_network_(py::str(observable.attr("of")).cast<std::string>() == "network"),
        name_(py::str(observable.attr("name"))) {
    const Network now = start();
    const Numbers tried = numbers(of_network_ ? network_object(now) : py::object(array(end_to_end(now))));
    shape_.assign(tried.shape(), tried.shape() + tried.ndim());
  }

  [[nodiscard]] const std::vector<py::ssize_t>& shape() const { return shape_; }
  [[nodiscard]] bool of_network() const { return of_network_; }

  void operator()(const Snapshot& snapshot, std::span<double> out) const {
    const Locked locked;
    const Numbers found =
        numbers(of_network_ ? network_object(snapshot.network()) : py::object(array(Matrix(snapshot.end_to_end()))));
    if (std::vector<py::ssize_t>(found.shape(), found.shape() + found.ndim()) != shape_) {
      bad_input({.field = "record." + name_,
                 .expected = "an array of shape " + words(shape_) + ", as at the start",
                 .got = "one of shape " + words({found.shape(), found.shape() + found.ndim()})});
    }
    std::copy_n(found.data(), found.size(), out.data());
  }

 private:
  [[nodiscard]] Numbers numbers(const py::object& argument) const {
    return py::array(py::module_::import("linnet._convert").attr("reals")(function_(argument), "record." + name_));
  }

  static std::string words(const std::vector<py::ssize_t>& shape) { return py::str(py::tuple(py::cast(shape))); }

  py::object function_;
  bool of_network_;
  std::string name_;
  std::vector<py::ssize_t> shape_;
};

Observable measured(py::handle value, const std::function<Network()>& start) {
  const auto measure = std::make_shared<const Measured>(value, start);
  const py::object names = value.attr("dimensions")(measure->shape().size());
  Observable o{.name = py::str(value.attr("name")),
               .long_name = py::str(value.attr("long_name")),
               .units = py::str(value.attr("units")),
               .over = measure->shape().empty() ? Over::nothing : Over::own,
               .needs_state = measure->of_network(),
               .measure = [measure](const Snapshot& snapshot, std::span<double> out) { (*measure)(snapshot, out); },
               .need = measure->of_network() ? needs::anything() : needs::end_to_end()};
  std::size_t i = 0;
  for (const py::handle name : names) o.dimensions.emplace_back(py::str(name), measure->shape()[i++]);
  return o;
}

std::vector<Index> indices(py::handle value, const char* field) {
  std::vector<Index> all;
  for (const py::handle i : py::module_::import("linnet._convert").attr("indices")(value, field)) {
    all.push_back(whole_number(i, field));
  }
  return all;
}

/// Whether a name is followed by one option, or by more up to `most`.
bool options(const py::tuple& parts, std::size_t most) { return parts.size() > 1 && parts.size() <= most + 1; }

observables::Noise noise(const py::tuple& parts) {
  observables::Noise n{.deviation = number(parts[1], "record.noise")};
  if (parts.size() > 2) n.draws = whole_number(parts[2], "record.noise_draws");
  if (parts.size() > 3) {
    n.width = whole_number(parts[3], "record.width");
    require_at_least(n.width, 1, "record.width");
  }
  return n;
}

}  // namespace

Observable observable(py::handle value, const std::function<Network()>& start) {
  if (py::isinstance<py::str>(value)) return landscape::observable_by_name(value.cast<std::string>());
  if (py::hasattr(value, "dimensions") && py::hasattr(value, "function")) return measured(value, start);
  if (py::isinstance<py::tuple>(value)) {
    const auto parts = py::reinterpret_borrow<py::tuple>(value);
    const std::string name = parts.empty() ? "" : py::str(parts[0]);
    if (name == "rank" && parts.size() == 2) return observables::rank(number(parts[1], "record.rank_fraction"));
    if (name == "new_property" && parts.size() == 2) {
      return observables::new_property(whole_number(parts[1], "record.item"));
    }
    if (name == "new_property_all_layers" && parts.size() == 2) {
      return observables::new_property_all_layers(whole_number(parts[1], "record.item"));
    }
    if (name == "input_noise_error" && options(parts, 2)) return observables::input_noise_error(noise(parts));
    if (name == "parameter_noise_error" && options(parts, 3)) return observables::parameter_noise_error(noise(parts));
    if (name == "end_to_end" && parts.size() == 3) {
      const Network now = start();
      return observables::end_to_end(indices(parts[1], "record.end_to_end"), indices(parts[2], "record.end_to_end"),
                                     shape_of(now));
    }
  }
  bad_input({.field = "record.observables",
             .expected = "names of observables, functions, (\"rank\", fraction), (\"new_property\", item), "
                         "(\"parameter_noise_error\", deviation, draws, width) or (\"end_to_end\", rows, columns)",
             .got = text(value),
             .hint = "linnet.observables.names() lists them"});
}

}  // namespace linnet::python
