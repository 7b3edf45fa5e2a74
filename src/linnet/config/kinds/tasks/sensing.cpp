#include "linnet/tasks/sensing.hpp"

#include "linnet/config/kinds/task.hpp"
#include "linnet/error.hpp"
#include "linnet/tasks/measurements.hpp"
#include "linnet/tasks/structured.hpp"

namespace linnet::config {

namespace {

/// Measurements from files, or Gaussian ones of a target that is read from a file or drawn with given modes.
class Sensing final : public KindOf<Sensing, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "sensing"; }
  [[nodiscard]] const char* meaning() const override {
    return "Linear measurements <X_i, A> = y_i: matrices and values of your own, or Gaussian ones of a target.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Matrix sensing: C(A) = sum_i (<X_i, A> - y_i)^2 / 2 over linear measurements, <X, A> = sum_jk X_jk A_jk.

`matrices` is measurements x outputs x inputs, or measurements x (outputs inputs), each matrix row after row, with a
`shape`; `values` are the y_i. Without matrices, the measurements are of a `target`, or of one with given singular
values `modes` and a `shape`: `measurements` Gaussian matrices of variance 1 / measurements, drawn by `seed`, their
values with Gaussian noise. The test error is |A - target|^2 / entries then, or against `signal`, or the mean square on
test measurements. Train error: 2 C / measurements. A step takes 4 measurements x entries operations beside those of the
network.
Source: docs/costs.md.

Raises:
    linnet.Error: for sizes that do not match, numbers that are not finite, matrices beside a target or a signal beside
        test measurements.)";
  }
  void visit(FieldVisitor& v) override {
    using Array = FieldVisitor::Argument::Array;
    const Need given{.text = "task.matrices", .met = matrices_.given(), .got = "none"};
    const Need drawn = without("task.matrices", matrices_.given());
    v.only_for({});
    v.as({.positional = true, .array = Array::stack})
        .matrix("matrices", matrices_,
                "X_i, a row for each, its entries row after row; if unset, Gaussian ones of a target");
    v.only_for({given});
    v.as({.positional = true, .array = Array::samples}).matrix("values", values_, "y_i, one for each matrix");
    v.only_for({});
    v.shape("shape", modes_.shape, "[n_2, n_0], outputs and inputs, of the matrices or of a target with given modes");
    v.only_for({given});
    v.as({.array = Array::stack}).matrix("test_matrices", test_matrices_, "further measurements, for the test error");
    v.as({.array = Array::samples}).matrix("test_values", test_values_, "their values");
    v.matrix("signal", signal_, "a matrix of the shape of A, for the test error");
    v.only_for({drawn});
    v.as({.name = "target"});
    v.matrix("file", target_, "what is measured, outputs x inputs; if unset, it is drawn by modes and shape");
    v.only_for({drawn, without("task.file", target_.given())});
    v.vector("modes", modes_.values, "the singular values of what is measured");
    v.only_for({drawn});
    v.whole("measurements", measurements_, 0, "m, how many Gaussian matrices");
    v.real("noise", noise_, FieldVisitor::Range::non_negative, "standard deviation of the noise in each value");
    v.own_seed(TaskKind::own.seed);
    v.only_for({});
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    const auto& folder = setting.folder;
    if (matrices_.given()) {
      if (target_.given() || modes_.values.size() > 0) {
        bad_input({.field = "task.target", .expected = "either matrices or a target to measure", .got = "both"});
      }
      if (measurements_ != 0 || noise_ != 0) {
        bad_input({.field = measurements_ != 0 ? "task.measurements" : "task.noise",
                   .expected = "none beside matrices, which are the measurements",
                   .got = measurements_ != 0 ? std::to_string(measurements_) : format_number(noise_)});
      }
      Shape shape = modes_.shape;
      if (matrices_.of_rows != Shape()) {
        if (shape != Shape() && shape != matrices_.of_rows) {
          bad_input({.field = "task.shape",
                     .expected = format_shape(matrices_.of_rows.outputs, matrices_.of_rows.inputs) +
                                 ", the shape of the matrices",
                     .got = format_shape(shape.outputs, shape.inputs)});
        }
        shape = matrices_.of_rows;
      }
      require_shape(shape);
      if (!values_.given()) {
        bad_input({.field = "task.values", .expected = "a number for each matrix", .got = "none"});
      }
      return tasks::sensing({.shape = shape,
                             .matrices = read(matrices_, folder, "task.matrices"),
                             .values = read_vector(values_, folder, "task.values"),
                             .test_matrices = read_if_given(test_matrices_, folder, "task.test_matrices"),
                             .test_values = read_vector_if_given(test_values_, folder, "task.test_values"),
                             .signal = read_if_given(signal_, folder, "task.signal")});
    }
    tasks::GaussianSensing o{.target = {}, .measurements = measurements_, .noise = noise_, .seed = setting.seed};
    if (target_.given()) {
      o.target = read(target_, folder, "task.file");
    } else {
      if (modes_.values.size() == 0) {
        bad_input({.field = "task.matrices",
                   .expected = "matrices with values, or a target to measure: a matrix, or modes with a shape",
                   .got = "none"});
      }
      require_shape(modes_.shape);
      tasks::Modes modes = modes_;
      modes.seed = setting.seed;
      o.target = tasks::modes(modes).target();
    }
    return tasks::gaussian_sensing(o);
  }

  [[nodiscard]] std::string cost() const override {
    return Measurements(Matrix::Ones(1, 1), Vector::Ones(1), {.outputs = 1, .inputs = 1}).words();
  }
  [[nodiscard]] bool drawn_anew() const override { return !matrices_.given(); }

 private:
  MatrixInput matrices_, values_, test_matrices_, test_values_, signal_, target_;
  tasks::Modes modes_;
  Index measurements_ = tasks::GaussianSensing().measurements;
  double noise_ = tasks::GaussianSensing().noise;
};

}  // namespace

std::unique_ptr<TaskKind> task_sensing() { return std::make_unique<Sensing>(); }

}  // namespace linnet::config
