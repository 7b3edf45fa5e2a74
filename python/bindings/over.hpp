#pragma once

#include "convert.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/support/parallel.hpp"
#include "watch.hpp"

namespace linnet::python {

/// `f` at each of these instants, on all cores, without the interpreter's lock; Ctrl-C interrupts. One row for each
/// instant; matrices are flattened by columns.
template <class F>
py::array rows_over(const Vector& t, Index columns, F f) {
  require_memory(matrix_bytes(static_cast<double>(columns), static_cast<double>(t.size())), "t",
                 std::to_string(t.size()) + " times of " + std::to_string(columns) + " numbers");
  // Records are rows, so the rows lie together in memory.
  Matrix values(columns, t.size());
  Watch::over([&](const KeepGoing& keep_going) {
    parallel_for(
        t.size(), [&](Index i) { values.col(i) = f(t(i)).reshaped(); }, keep_going);
  });
  return array(std::move(values)).attr("T");
}

/// The same for functions with one number.
template <class F>
py::array numbers_over(const Vector& t, F f) {
  Vector values(t.size());
  Watch::over([&](const KeepGoing& keep_going) {
    parallel_for(
        t.size(), [&](Index i) { values(i) = f(t(i)); }, keep_going);
  });
  return array(std::move(values));
}

/// A function of a closed form with one number, as a method that takes several times.
template <class Flow>
auto over_time(double (Flow::*number)(double) const) {
  return [number](const Flow& flow, py::handle t) {
    return numbers_over(vector(t, "t"), [&](double x) { return (flow.*number)(x); });
  };
}

}  // namespace linnet::python
