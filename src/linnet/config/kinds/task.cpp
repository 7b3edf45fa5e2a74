#include "linnet/config/kinds/task.hpp"

#include "linnet/error.hpp"

namespace linnet::config {

std::string TaskKind::cost() const { return Cost::full_matrix(Matrix::Ones(1, 1)).words(); }

void visit_normalisation(FieldVisitor& v, Normalisation& normalisation) {
  v.only_for({});
  if (v.in_python()) {
    v.flag("half", normalisation.half, "whether the cost has the factor 1/2");
    v.flag("mean_over_outputs", normalisation.mean_over_outputs,
           "whether errors are means over the outputs; else sums");
    return;
  }
  v.word("cost", normalisation,
         {{"half_mean_square", Normalisation()}, {"mean_square", {.half = false, .mean_over_outputs = false}}},
         "half_mean_square: C = Σ|f(x_i) − y_i|²/(2P), errors are means over samples and outputs; mean_square: C = "
         "Σ|f(x_i) − y_i|²/P and errors the same, as in *Get rich quick*");
}

std::string cost_on_samples(const Normalisation& normalisation) {
  const Matrix one = Matrix::Ones(1, 1);
  return Cost::on_samples({.inputs = one, .targets = one}, normalisation).words();
}

void require_shape(Shape shape) {
  if (shape == Shape()) {
    bad_input({.field = "task.shape", .expected = "[n_2, n_0], outputs and inputs", .got = "none"});
  }
}

}  // namespace linnet::config
