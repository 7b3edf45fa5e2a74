#include <pybind11/stl.h>

#include "convert.hpp"
#include "dataset.hpp"
#include "floors.hpp"
#include "linnet/plots/gnuplot.hpp"
#include "linnet/plots/plot.hpp"
#include "linnet/storage/output.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

plots::PlotOptions plot_options(const std::string& kind, const std::vector<std::string>& variables, py::handle width) {
  return {.kind = kind, .variables = variables, .width_cm = number(width, "plot.width_cm")};
}

}  // namespace

void bind_plots(py::module_& m) {
  m.def("plot", [](py::handle object, const std::string& target, const std::string& kind,
                   const std::vector<std::string>& variables, py::handle width, bool force) {
    const Dataset data = dataset(object);
    const plots::PlotOptions options = plot_options(kind, variables, width);
    released([&] {
      plots::format_of(target);
      storage::require_writable(target, force);
      plots::plot(data, target, options);
    });
  });
  m.def("gnuplot_script", [](py::handle object, const std::string& target, const std::string& kind,
                             const std::vector<std::string>& variables, py::handle width) {
    return plots::gnuplot_script(dataset(object), target, plot_options(kind, variables, width));
  });
}

}  // namespace linnet::python
