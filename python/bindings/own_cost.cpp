#include "own_cost.hpp"

#include "linnet/error.hpp"
#include "watch.hpp"

namespace linnet::python {

OwnFunction::OwnFunction(py::object function)
    : function_(new py::object(std::move(function)), [](const py::object* kept) {
        if (is_ending()) return;
        const py::gil_scoped_acquire lock;
        delete kept;
      }) {}

double ValueAndGradient::operator()(const Matrix& a, Matrix& gradient) const {
  const Locked locked;
  const py::object found = function()(array(Matrix(a)));
  if (!py::isinstance<py::tuple>(found) || py::len(found) != 2) {
    bad_input({.field = field_,
               .expected = "a pair (cost, gradient) returned",
               .got = text(found),
               .hint = "f(A) -> (C, gradient): a number, and an array of the shape of A"});
  }
  const auto pair = py::reinterpret_borrow<py::tuple>(found);
  gradient = matrix(pair[1], field_.c_str());
  return number(pair[0], field_.c_str());
}

Matrix SecondDerivative::operator()(const Matrix& a, const Matrix& d) const {
  const Locked locked;
  return matrix(function()(array(Matrix(a)), array(Matrix(d))), "task.curvature");
}

}  // namespace linnet::python
