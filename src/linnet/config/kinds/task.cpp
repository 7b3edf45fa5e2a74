#include "linnet/config/kinds/task.hpp"

#include <tuple>
#include <utility>

#include "linnet/error.hpp"

namespace linnet::config {

std::string TaskKind::cost() const { return Cost::full_matrix(Matrix::Ones(1, 1)).words(); }

namespace {

constexpr Normalisation of_the_authors{.half = false, .mean_over_outputs = false};
constexpr const char* squares =
    "half_mean_square: C = Σ|f(x_i) − y_i|²/(2P), errors are means over samples and outputs; mean_square: C = "
    "Σ|f(x_i) − y_i|²/P and errors the same, as in *Get rich quick*";
constexpr const char* squares_or_entropy =
    "half_mean_square: C = Σ|f(x_i) − y_i|²/(2P), errors are means over samples and outputs; mean_square: C = "
    "Σ|f(x_i) − y_i|²/P and errors the same, as in *Get rich quick*; cross_entropy: C = −Σ ln softmax(f(x_i))_{y_i}/P, "
    "and errors are C";

void visit_in_python(FieldVisitor& v, Normalisation& normalisation) {
  v.flag("half", normalisation.half, "whether the cost has the factor 1/2");
  v.flag("mean_over_outputs", normalisation.mean_over_outputs, "whether errors are means over the outputs; else sums");
}

}  // namespace

void visit_normalisation(FieldVisitor& v, Normalisation& normalisation) {
  v.only_for({});
  if (v.in_python()) {
    visit_in_python(v, normalisation);
    return;
  }
  v.word("cost", normalisation, {{"half_mean_square", Normalisation()}, {"mean_square", of_the_authors}}, squares);
}

void visit_class_cost(FieldVisitor& v, Normalisation& normalisation, bool& cross_entropy) {
  v.only_for({});
  if (v.in_python()) {
    visit_in_python(v, normalisation);
    v.flag("cross_entropy", cross_entropy, "C = -sum_i ln softmax(f(x_i))[y_i] / P in place of squares; errors are C");
    return;
  }
  std::pair<Normalisation, bool> cost{normalisation, cross_entropy};
  v.word("cost", cost,
         {{"half_mean_square", {Normalisation(), false}},
          {"mean_square", {of_the_authors, false}},
          {"cross_entropy", {Normalisation(), true}}},
         squares_or_entropy);
  std::tie(normalisation, cross_entropy) = cost;
}

std::string cost_on_classes(const Normalisation& normalisation, bool cross_entropy) {
  return cross_entropy ? "C = cross-entropy, mean over the samples; errors are C" : cost_on_samples(normalisation);
}

std::string cost_on_samples(const Normalisation& normalisation) {
  const Matrix one = Matrix::Ones(1, 1);
  return Cost::on_samples({.inputs = one, .targets = one}, normalisation).words();
}

void EntryOptions::visit(FieldVisitor& v) {
  v.matrix("weights", weights, "a weight >= 0 of each entry, of the shape of the target: C = ½ Σ W∘(A − Y)²");
  v.real("huber", huber, FieldVisitor::Range::positive,
         "threshold from which on residuals count linearly (Huber's cost); if unset, all count by their square");
}

tasks::Entries EntryOptions::read(const std::filesystem::path& folder) const {
  return {.weights = read_if_given(weights, folder, "task.weights"), .huber = huber};
}

std::string EntryOptions::words(bool masked) const {
  const Matrix one = Matrix::Ones(1, 1);
  const Matrix two = 2 * one;
  tasks::Entries entries{.huber = huber};
  if (weights.given()) entries.weights = two;
  if (weights.given() || huber) {
    if (masked && !weights.given()) entries.weights = one;
    return tasks::target(one, std::nullopt, entries).train.words();
  }
  return masked ? Cost::masked(one, one).words() : Cost::full_matrix(one).words();
}

void require_shape(Shape shape) {
  if (shape == Shape()) {
    bad_input({.field = "task.shape", .expected = "[n_2, n_0], outputs and inputs", .got = "none"});
  }
}

}  // namespace linnet::config
