#include "linnet/observables/observable.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/spectrum.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gram_distance.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/perceptron/backpropagation.hpp"
#include "linnet/perceptron/kernel.hpp"

namespace linnet {

namespace {

template <class F>
Observable scalar(std::string name, std::string long_name, F f, bool needs_state = false) {
  return {.name = std::move(name),
          .long_name = std::move(long_name),
          .units = "1",
          .needs_state = needs_state,
          .measure = [f](const Snapshot& s, std::span<double> out) { out[0] = f(s); }};
}

Observable needing(NetworkNeed need, Observable o) {
  o.need = std::move(need);
  return o;
}

template <class F>
Observable spectral(std::string name, std::string long_name, F f) {
  return scalar(std::move(name), std::move(long_name), [f](const Snapshot& s) { return f(s.singular_values()); });
}

template <class F>
Observable modewise(std::string name, std::string long_name, F f) {
  return {.name = std::move(name), .long_name = std::move(long_name), .units = "1", .over = Over::modes, .measure = f};
}

/// A symmetric matrix, one row for each input, output or entry of A.
template <class F>
Observable pairwise(std::string name, std::string long_name, F matrix, Over over = Over::input_pairs) {
  return {.name = std::move(name),
          .long_name = std::move(long_name),
          .units = "1",
          .over = over,
          .needs_state = true,
          .measure = [matrix](const Snapshot& s, std::span<double> out) {
            const Matrix m = matrix(s);
            std::copy_n(m.data(), m.size(), out.data());
          }};
}

const Perceptron* as_perceptron(const Network& network) { return std::get_if<Perceptron>(&network); }

const DeepLinear& weights_of(const Snapshot& s) { return *linnet::weights_of(s.network()); }

networks::EffectiveBalance balance_of(const Snapshot& s) {
  return networks::effective_balance(*two_layers_of(s.network()), s.reference().rates().pair("rates"));
}

/// Σ^½CΣ^½ for inputs that are not white.
Matrix as_inputs_see(const Snapshot& s, const Matrix& c) {
  const std::optional<Matrix>& root = s.reference().input_root();
  return root ? linalg::product(linalg::product(*root, c), *root) : c;
}

/// YᵀC_2⁺Y, from the left singular vectors and squared singular values of W_2, or from those of A, outside of which the
/// C_2 of a self-consistent network is bI. Values at the level of rounding count as 0.
Matrix output_similarity_of(const Snapshot& s) {
  linalg::SymmetricEigen c2;
  double outside = 0;
  const DeepLinear* weights = two_layers_of(s.network());
  if (weights != nullptr && weights->width() < weights->shape().outputs) {
    linalg::Svd w2 = linalg::svd(weights->w2());
    c2 = {.values = w2.s.cwiseAbs2(), .vectors = std::move(w2.u)};
  } else if (const auto* closed = std::get_if<SelfConsistent>(&s.network())) {
    auto [a, inputs, outputs] = closed->representations();
    outside = closed->scales()[1];
    c2 = {.values = outputs.array() + outside, .vectors = std::move(a.u)};
  } else {
    c2 = linalg::symmetric_eigen(output_representation(s.network()));
  }
  const double cutoff = 1e-12 * c2.values.cwiseAbs().maxCoeff();
  const Matrix& target = s.task().target();
  Matrix read = linalg::product(c2.vectors.transpose(), target);
  Matrix similarity = Matrix::Zero(target.cols(), target.cols());
  if (outside > cutoff) {
    const Matrix rest = target - linalg::product(c2.vectors, read);
    similarity = linalg::product(rest.transpose(), rest) / outside;
  }
  for (Index i = 0; i < read.rows(); ++i) read.row(i) *= c2.values(i) > cutoff ? 1 / std::sqrt(c2.values(i)) : 0.0;
  return similarity + linalg::product(read.transpose(), read);
}

/// Of Δ_l = W_{l+1}ᵀW_{l+1}/η_{l+1} − W_lW_lᵀ/η_l, relative to |θ|² of the rescaled layers W_l/√η_l.
double drift_of_weights(const DeepLinear& before, const DeepLinear& now, const Layerwise& rates) {
  double size = rescaled_size(before, rates);
  if (const LightCone* cone = before.cone()) {
    require_known_outside(now, "the drift of the imbalance of all weights");
    whole_norm(before);  // throws in the limit of infinite width
    for (std::size_t l = 0; l < cone->outside.size(); ++l) size += cone->outside[l] / rates[l];
  }
  return size > 0 ? imbalance_distance(before, now, rates) / size : 0.0;
}

/// Of two layers at any width: the Gram state determines the trace of Δ, tr C_2 − tr C_1, and its norm, ‖Δ‖²_F =
/// tr(GJGJ).
double drift_of_gram(const GramState& before, const GramState& now) {
  const double size = before.input_representation().trace() + before.output_representation().trace();
  if (!(size > 0)) return 0;
  const auto trace = [](const GramState& g) {
    return g.output_representation().trace() - g.input_representation().trace();
  };
  const auto norm2 = [](const GramState& g) {
    return g.input_representation().squaredNorm() + g.output_representation().squaredNorm() -
           2 * g.end_to_end().squaredNorm();
  };
  return std::max(std::abs(trace(now) - trace(before)) / size, std::abs(norm2(now) - norm2(before)) / (size * size));
}

/// Of δ_k of a perceptron, relative to the largest sum of its two terms.
double drift_of_balances(const Snapshot& s) {
  const Reference& reference = s.reference();
  const std::vector<Vector>& before = reference.start_balances();
  const std::vector<double> rates = reference.rates_of(s.perceptron().depth());
  const std::vector<Vector> now = neuron_balances(s.perceptron(), rates);
  const std::vector<Matrix>& w = reference.start_perceptron().weights();
  double moved = 0;
  double size = 0;
  for (std::size_t l = 0; l < now.size(); ++l) {
    moved = std::max(moved, (now[l] - before[l]).cwiseAbs().maxCoeff());
    // δ is a difference of two terms; δ + 2 η|w|² is their sum.
    const Vector incoming = rates[l + 1] * w[l].rowwise().squaredNorm();
    size = std::max(size, (before[l] + 2 * incoming).maxCoeff());
  }
  return size > 0 ? moved / size : 0;
}

/// The drift of what gradient flow conserves, from the weights where products of the size of the width are affordable.
double drift(const Snapshot& s) {
  if (as_perceptron(s.network()) != nullptr) return drift_of_balances(s);
  const Reference& reference = s.reference();
  const DeepLinear* start = linnet::weights_of(reference.start());
  const DeepLinear* now = linnet::weights_of(s.network());  // none in a closed form from weights
  if (start != nullptr && now != nullptr && !is_wide(*start)) {
    return drift_of_weights(*start, *now, reference.ratios());
  }
  const Layerwise& ratios = reference.ratios().pair("rates");
  return drift_of_gram(rescaled(reference.start_gram(), ratios), rescaled(s.gram_state(), ratios));
}

double distance_of_kernels(const Snapshot& s) {
  if (const Perceptron* now = as_perceptron(s.network())) {
    return linnet::kernel_distance(s.reference().start_traced_kernel(),
                                   traced_kernel(*now, require_samples(s.task()).inputs, s.reference().ratios()));
  }
  if (std::holds_alternative<DeepLinearized>(s.network())) return 0;  // its kernel is constant
  return linnet::kernel_distance(s.reference().start_kernel(), s.reference().kernel_of(s.network()));
}

double size_of_gradient(const Snapshot& s) {
  double sum = 0;
  if (const Perceptron* now = as_perceptron(s.network())) {
    Backpropagation backward(*now, s.task().train.objective());
    backward.differentiate(now->weights(), backward.prepare(require_samples(s.task())));
    for (const Matrix& g : backward.gradients()) sum += g.squaredNorm();
  } else {
    for (const Matrix& g : parameter_gradients(weights_of(s), s.residual().gradient)) sum += g.squaredNorm();
  }
  return std::sqrt(sum);
}

const char* words_for(Data data) {
  switch (data) {
    case Data::any:
      break;
    case Data::test:
      return "a task with a signal or held-out data";
    case Data::samples:
      return "a task with samples";
    case Data::test_samples:
      return "a task with samples held out";
  }
  return "any task";
}

bool has(const Task& task, Data data, bool linear) {
  switch (data) {
    case Data::any:
      break;
    case Data::test:
      return linear ? task.test.has_value() : task.test_samples() != nullptr;
    case Data::samples:
      return task.samples() != nullptr;
    case Data::test_samples:
      return task.test_samples() != nullptr;
  }
  return true;
}

}  // namespace

Index Observable::length(Shape shape, Index neurons) const {
  switch (over) {
    case Over::nothing:
      return 1;
    case Over::modes:
      return shape.modes();
    case Over::entries:
      return shape.outputs * shape.inputs;
    case Over::inputs:
    case Over::coefficients:
      return shape.inputs;
    case Over::input_pairs:
      return shape.inputs * shape.inputs;
    case Over::output_pairs:
      return shape.outputs * shape.outputs;
    case Over::entry_pairs:
      return shape.outputs * shape.inputs * shape.outputs * shape.inputs;
    case Over::tasks:
      return count;
    case Over::neurons:
      return neurons;
    case Over::neuron_coordinates:
      return neurons * shape.inputs;
    case Over::neuron_weights:
      return shape.inputs + 1;
    case Over::eigenvalues:
      return shape.inputs * shape.outputs;
    case Over::own: {
      Index all = 1;
      for (const auto& dimension : dimensions) all *= dimension.second;
      return all;
    }
  }
  return 0;
}

void Observable::evaluate(const Snapshot& snapshot, std::span<double> out) const {
  if (snapshot.has_network()) require(snapshot.network(), snapshot.task());
  measure(snapshot, out);
}

bool Observable::fits(const Network& network, const Task& task) const {
  return (!need.met || need.met(network)) && has(task, data, is_linear(network));
}

void Observable::require(const Network& network, const Task& task) const {
  if (need.met && !need.met(network)) {
    bad_input({.field = "record." + name,
               .expected = "a network with " + need.what + ": " + need.networks,
               .got = description_of(network)});
  }
  if (!has(task, data, is_linear(network))) {
    bad_input({.field = "record." + name,
               .expected = words_for(data),
               .got = "a task without: " + task.name,
               .hint = data == Data::samples ? "record what needs the end-to-end matrix alone"
                                             : "record train_error, or give the task what it is tested on"});
  }
}

namespace observables {

Observable cost() {
  return needing(needs::anything(), scalar("cost", "cost C", [](const Snapshot& s) { return s.cost(); }));
}

Observable gradient_norm() {
  return scalar("gradient_norm", "gradient norm |dC/dA|",
                [](const Snapshot& s) { return s.residual().gradient.norm(); });
}

Observable train_error() {
  return needing(needs::anything(),
                 scalar("train_error", "train error", [](const Snapshot& s) { return s.train_error(); }));
}

Observable test_error() {
  Observable o =
      needing(needs::anything(), scalar("test_error", "test error", [](const Snapshot& s) { return s.test_error(); }));
  o.data = Data::test;
  return o;
}

Observable end_to_end() {
  return {.name = "end_to_end",
          .long_name = "A",
          .units = "1",
          .over = Over::entries,
          .measure = [](const Snapshot& s, std::span<double> out) {
            const Matrix rows = s.end_to_end().transpose();
            std::copy_n(rows.data(), rows.size(), out.data());
          }};
}

Observable end_to_end(const std::vector<Index>& rows, const std::vector<Index>& columns, Shape shape) {
  const auto require = [](const std::vector<Index>& some, Index all, const char* what) {
    if (some.empty()) bad_input({.field = "record.end_to_end", .expected = std::string("some ") + what, .got = "none"});
    for (const Index i : some) {
      if (i >= 0 && i < all) continue;
      bad_input({.field = "record.end_to_end",
                 .expected = std::string(what) + " from 0 to " + std::to_string(all - 1),
                 .got = std::to_string(i)});
    }
  };
  require(rows, shape.outputs, "rows");
  require(columns, shape.inputs, "columns");
  return {.name = "end_to_end",
          .long_name = "A, some rows and columns",
          .units = "1",
          .over = Over::own,
          .measure =
              [=](const Snapshot& s, std::span<double> out) {
                std::size_t next = 0;
                for (const Index i : rows) {
                  for (const Index j : columns) out[next++] = s.end_to_end()(i, j);
                }
              },
          .dimensions = {{"row", static_cast<Index>(rows.size())}, {"column", static_cast<Index>(columns.size())}}};
}

Observable singular_values() {
  return modewise("singular_values", "singular values of A", [](const Snapshot& s, std::span<double> out) {
    const Vector& values = s.singular_values();
    std::copy_n(values.data(), values.size(), out.data());
  });
}

namespace {

void measure_strengths(const Matrix& a, const Matrix& u, const Matrix& v, std::span<double> out) {
  const Matrix through = linalg::product(a, v);
  for (Index i = 0; i < v.cols(); ++i) out[static_cast<std::size_t>(i)] = u.col(i).dot(through.col(i));
}

}  // namespace

Observable mode_strengths() {
  return modewise("mode_strengths", "strengths of the task's modes", [](const Snapshot& s, std::span<double> out) {
    const linalg::Svd& task = s.reference().task_svd();
    measure_strengths(s.end_to_end(), task.u, task.v, out);
  });
}

Observable mode_strengths(Matrix u, Matrix v) {
  if (u.cols() != v.cols() || u.cols() == 0) {
    bad_input({.field = "record.mode_strengths",
               .expected = "as many left as right vectors, in columns, at least one",
               .got = std::to_string(u.cols()) + " and " + std::to_string(v.cols())});
  }
  const Index count = u.cols();
  return {.name = "mode_strengths",
          .long_name = "strengths of given modes",
          .units = "1",
          .over = Over::own,
          .measure =
              [u = std::move(u), v = std::move(v)](const Snapshot& s, std::span<double> out) {
                const Shape shape = shape_of(s.end_to_end());
                if (u.rows() != shape.outputs || v.rows() != shape.inputs) {
                  bad_input({.field = "record.mode_strengths",
                             .expected = "vectors of " + std::to_string(shape.outputs) + " outputs and " +
                                         std::to_string(shape.inputs) + " inputs",
                             .got = std::to_string(u.rows()) + " and " + std::to_string(v.rows())});
                }
                measure_strengths(s.end_to_end(), u, v, out);
              },
          .dimensions = {{"strength", count}}};
}

Observable rank(double fraction) {
  if (!(fraction >= 0) || fraction >= 1) {
    bad_input({.field = "record.rank_fraction", .expected = "a number in [0, 1)", .got = format_number(fraction)});
  }
  return spectral("rank", "rank (s_i above " + format_number(fraction) + " s_1)",
                  [fraction](const Vector& v) { return linalg::rank_above(v, fraction); });
}

Observable stable_rank() { return spectral("stable_rank", "stable rank", linalg::stable_rank); }

Observable effective_rank() { return spectral("effective_rank", "effective rank", linalg::effective_rank); }

Observable nuclear_norm() { return spectral("nuclear_norm", "nuclear norm", linalg::nuclear_norm); }

Observable alignment() {
  return modewise("alignment", "alignment with the task's left singular vectors",
                  [](const Snapshot& s, std::span<double> out) {
                    const Matrix& u = s.svd().u;
                    const Matrix& task = s.reference().task_svd().u;
                    for (Index i = 0; i < u.cols(); ++i) {
                      out[static_cast<std::size_t>(i)] = std::abs(u.col(i).dot(task.col(i)));
                    }
                  });
}

Observable active() {
  return modewise("active", "active (1) or lazy (0)", [](const Snapshot& s, std::span<double> out) {
    const Vector& values = s.singular_values();
    const double threshold = s.reference().threshold();
    if (std::isnan(threshold)) {
      bad_input({.field = "record.threshold",
                 .expected = "a threshold, for networks that are not of two layers",
                 .got = "none",
                 .hint = "only two layers have one of their own"});
    }
    for (Index i = 0; i < values.size(); ++i) out[static_cast<std::size_t>(i)] = values(i) > threshold ? 1 : 0;
  });
}

Observable imbalance_drift() {
  return needing(needs::conserved(), scalar("imbalance_drift", "drift of the imbalance", drift, true));
}

Observable closure_residual() {
  return needing(needs::gram_state(), scalar(
                                          "closure_residual", "closure residual",
                                          [](const Snapshot& s) {
                                            const Reference& reference = s.reference();
                                            return linnet::closure_residual(s.network(), reference.start_closure(),
                                                                            reference.ratios().pair("rates"));
                                          },
                                          true));
}

Observable kernel_distance() {
  return needing(needs::tangent_kernel(),
                 scalar("kernel_distance", "kernel distance from the start", distance_of_kernels, true));
}

Observable input_representation() {
  return needing(needs::gram_state(),
                 pairwise("input_representation", "input representation C_1",
                          [](const Snapshot& s) { return linnet::input_representation(s.network()); }));
}

Observable output_representation() {
  return needing(needs::gram_state(),
                 pairwise(
                     "output_representation", "output representation C_2",
                     [](const Snapshot& s) { return linnet::output_representation(s.network()); }, Over::output_pairs));
}

Observable tangent_kernel() {
  const auto matrix = [](const Snapshot& s) {
    const Shape shape = s.reference().task().shape();
    constexpr Index most = 1024;
    const Index size = shape.outputs * shape.inputs;
    if (size > most) {
      bad_input({.field = "record.tangent_kernel",
                 .expected = "at most " + std::to_string(most) + " entries of A",
                 .got = std::to_string(size),
                 .hint = "record kernel_distance, which needs no such matrix"});
    }
    const TangentKernel kernel = s.reference().kernel_of(s.network());
    Matrix dense = Matrix::Zero(size, size);  // of A row after row
    for (const TangentKernel::Share& share : kernel.shares()) {
      const Matrix out = share.out.dense();
      const Matrix in = share.in.dense();
      for (Index i = 0; i < shape.outputs; ++i) {
        for (Index k = 0; k < shape.outputs; ++k) {
          dense.block(i * shape.inputs, k * shape.inputs, shape.inputs, shape.inputs) += out(i, k) * in;
        }
      }
    }
    return dense;
  };
  NetworkNeed need = needs::tangent_kernel();
  need.networks = "weights of any depth, GramState, SelfConsistent, DeepLinearized";
  need.met = [met = need.met](const Network& n) { return is_linear(n) && met(n); };
  return needing(std::move(need), pairwise("tangent_kernel", "tangent kernel", matrix, Over::entry_pairs));
}

Observable hidden_similarity() {
  return needing(needs::gram_state(),
                 pairwise("hidden_similarity", "similarity of the hidden representations",
                          [](const Snapshot& s) { return as_inputs_see(s, input_representation(s.network())); }));
}

Observable output_similarity() {
  return needing(needs::gram_state(),
                 pairwise("output_similarity", "similarity of the output representations",
                          [](const Snapshot& s) { return as_inputs_see(s, output_similarity_of(s)); }));
}

Observable balance() {
  return needing(needs::two_layers(),
                 scalar(
                     "balance", "effective balance λ", [](const Snapshot& s) { return balance_of(s).balance; }, true));
}

Observable balance_spread() {
  return needing(needs::two_layers(), scalar(
                                          "balance_spread", "distance from balance, root mean square",
                                          [](const Snapshot& s) { return balance_of(s).distance; }, true));
}

Observable parameter_norm() {
  return needing(needs::weights(), scalar(
                                       "parameter_norm", "parameter norm |θ|",
                                       [](const Snapshot& s) {
                                         const Perceptron* own = as_perceptron(s.network());
                                         return own != nullptr ? own->norm() : whole_norm(weights_of(s));
                                       },
                                       true));
}

Observable parameter_gradient_norm() {
  return needing(needs::weights(), scalar("parameter_gradient_norm", "gradient |∂C/∂θ|", size_of_gradient, true));
}

Observable parameter_distance() {
  return needing(needs::weights(), scalar(
                                       "parameter_distance", "distance |θ − θ_0| from the start",
                                       [](const Snapshot& s) {
                                         const Network& start = s.reference().start();
                                         if (const Perceptron* own = as_perceptron(s.network())) {
                                           return linnet::parameter_distance(*own, std::get<Perceptron>(start));
                                         }
                                         require_known_outside(weights_of(s), "the distance of all weights");
                                         return linnet::parameter_distance(weights_of(s), *linnet::weights_of(start));
                                       },
                                       true));
}

Observable escape_alignment() {
  return needing(needs::linear_weights(),
                 scalar(
                     "escape_alignment", "alignment with the fastest escape",
                     [](const Snapshot& s) {
                       const DeepLinear& weights = weights_of(s);
                       const auto depth = static_cast<double>(weights.depth());
                       const Reference::Origin& origin = s.reference().origin();
                       const double fastest = origin.strength * std::pow(whole_norm(weights) / std::sqrt(depth), depth);
                       return fastest > 0 ? -origin.gradient.cwiseProduct(s.end_to_end()).sum() / fastest : 0.0;
                     },
                     true));
}

Observable task_errors(const std::vector<Task>& tasks) {
  return {.name = "task_error",
          .long_name = "error on each task",
          .units = "1",
          .over = Over::tasks,
          .count = static_cast<Index>(tasks.size()),
          .measure =
              [tasks](const Snapshot& s, std::span<double> out) {
                for (std::size_t i = 0; i < tasks.size(); ++i) out[i] = s.error_on(tasks[i].train);
              },
          .need = needs::anything()};
}

Observable distance(std::function<Matrix(double)> end_to_end) {
  return scalar("distance", "distance |A - A'|_F / sqrt(n_0 n_2) from the closed form",
                [end_to_end = std::move(end_to_end)](const Snapshot& s) {
                  return (s.end_to_end() - end_to_end(s.time())).norm() /
                         std::sqrt(static_cast<double>(s.end_to_end().size()));
                });
}

Observable gram_distance(std::function<Network(double)> exact) {
  return scalar(
      "gram_distance", "distance |G - G'|_F / |G'|_F from the closed form",
      [exact = std::move(exact)](const Snapshot& s) { return linnet::gram_distance(s.network(), exact(s.time())); },
      true);
}

}  // namespace observables

}  // namespace linnet
