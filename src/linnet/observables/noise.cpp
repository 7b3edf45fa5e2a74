#include "linnet/observables/noise.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::observables {

namespace {

Matrix normal_entries(Index rows, Index columns, double deviation, linalg::Random& random) {
  Matrix m(rows, columns);
  for (auto column : m.colwise()) {
    stop_if_asked();
    for (double& x : column) x = deviation * random.normal();
  }
  return m;
}

/// Throws for costs whose expectation is not a sum of moments.
void require_moments(const Cost& cost, const char* name) {
  if (cost.has_target() && !cost.entry_weights()) return;
  bad_input({.field = std::string("record.") + name,
             .expected = "a quadratic cost without weights of entries, for the expectation",
             .got = cost.words(),
             .hint = "record.noise_draws > 0 draws the noise instead"});
}

/// The mean over the draws of the error that `once` has with noise of this generator.
template <class Once>
double mean_over(const Noise& noise, const char* stream, Once once) {
  linalg::Random random({noise.seed, noise.point, linalg::named_stream(stream)});
  double sum = 0;
  for (Index i = 0; i < noise.draws; ++i) sum += once(random);
  return sum / static_cast<double>(noise.draws);
}

double error_with_input_noise(const Snapshot& s, const Noise& noise) {
  const Cost& cost = s.task().train;
  const Matrix& a = s.end_to_end();
  const Samples* samples = cost.is_full_matrix() ? nullptr : cost.samples();
  if (samples == nullptr && !cost.is_full_matrix()) {
    bad_input({.field = "record.input_noise_error",
               .expected = "the full-matrix cost, or a cost on samples",
               .got = cost.words()});
  }
  if (noise.draws == 0) {
    require_moments(cost, "input_noise_error");
    double power = noise.deviation * noise.deviation * a.squaredNorm();
    if (samples != nullptr) power *= 2 * cost.normalisation().factor();
    if (samples != nullptr && samples->weights.size() > 0) power *= samples->weights.mean();
    return cost.error_of(s.cost() + power / 2);
  }
  return mean_over(noise, "input noise", [&](linalg::Random& random) {
    if (samples == nullptr) {
      // The inputs √n_0 e_j have the covariance I.
      const double deviation = noise.deviation / std::sqrt(static_cast<double>(a.cols()));
      return cost.error(a + linalg::product(a, normal_entries(a.cols(), a.cols(), deviation, random)));
    }
    const Matrix noisy =
        samples->inputs + normal_entries(samples->inputs.rows(), samples->inputs.cols(), noise.deviation, random);
    return cost.error_of(cost.of_outputs(linalg::product(a, noisy)));
  });
}

/// Weights of a Gram state, up to a rotation of the hidden neurons, which noise of all weights does not see.
std::vector<Matrix> weights_of_gram(const GramState& state, Index width) {
  std::optional<Matrix> q = narrow_factor(state);
  if (!q) {
    if (width == 0) {
      bad_input(
          {.field = "record.parameter_noise_error",
           .expected = "the width of a Gram state of full rank, which does not say it",
           .got = "none",
           .hint = "it is the last option: (\"parameter_noise_error\", deviation, draws, width); or train weights"});
    }
    const linalg::SymmetricEigen g = linalg::symmetric_eigen(state.gram());
    q = g.vectors * g.values.cwiseMax(0).cwiseSqrt().asDiagonal();
  }
  const Shape shape = state.shape();
  Matrix all = Matrix::Zero(q->rows(), std::max(width, q->cols()));
  all.leftCols(q->cols()) = *q;
  return {all.topRows(shape.inputs).transpose(), all.bottomRows(shape.outputs)};
}

std::vector<Matrix> all_weights(const Snapshot& s, Index width) {
  const DeepLinear* weights = weights_of(s.network());
  if (weights == nullptr) return weights_of_gram(s.gram_state(), width);
  if (weights->cone() == nullptr) return weights->weights();
  bad_input({.field = "record.parameter_noise_error",
             .expected = "all weights of a network",
             .got = "a light cone, which leaves out most of them"});
}

/// E tr(D S Dᵀ) of D = Π(W_l + N_l) − ΠW_l for inputs of the second moments S = root rootᵀ, I without a root. With m_l,
/// the second moment of hidden layer l summed over its neurons, noise of layer l has the power σ²m_{l−1} at each of its
/// neurons, and reaches layer k with ‖W_k⋯W_{l+1}‖²_F of it.
double power_of_parameter_noise(const std::vector<Matrix>& weights, const std::optional<Matrix>& root,
                                double variance) {
  const std::size_t depth = weights.size();
  std::vector<Matrix> from(depth);  // W_k⋯W_{l+1} for the l of each entry
  std::vector<double> sent(depth);  // σ²m_{l−1}
  Matrix signal;
  double moment = root ? root->squaredNorm() : static_cast<double>(weights[0].cols());
  double noise = 0;
  for (std::size_t k = 0; k < depth; ++k) {
    sent[k] = variance * moment;
    noise = sent[k] * static_cast<double>(weights[k].rows());
    for (std::size_t l = 0; l < k; ++l) {
      from[l] = l + 1 == k ? weights[k] : linalg::product(weights[k], from[l]);
      noise += sent[l] * from[l].squaredNorm();
    }
    if (k > 0) {
      signal = linalg::product(weights[k], signal);
    } else {
      signal = root ? linalg::product(weights[k], *root) : weights[k];
    }
    moment = signal.squaredNorm() + noise;
  }
  return noise;
}

double error_with_parameter_noise(const Snapshot& s, const Noise& noise) {
  const Cost& cost = s.task().train;
  const std::vector<Matrix> weights = all_weights(s, noise.width);
  if (noise.draws == 0) {
    require_moments(cost, "parameter_noise_error");
    std::optional<Matrix> root;
    if (!cost.is_full_matrix()) {
      // 2hΣ_xx, with the weights of samples.
      const Samples& samples = *cost.samples();
      root = samples.inputs * std::sqrt(2 * cost.normalisation().factor() / static_cast<double>(samples.inputs.cols()));
      if (samples.weights.size() > 0) root = *root * samples.weights.cwiseSqrt().asDiagonal();
    }
    return cost.error_of(s.cost() + power_of_parameter_noise(weights, root, noise.deviation * noise.deviation) / 2);
  }
  return mean_over(noise, "parameter noise", [&](linalg::Random& random) {
    Matrix a;
    for (std::size_t l = 0; l < weights.size(); ++l) {
      const Matrix noisy = weights[l] + normal_entries(weights[l].rows(), weights[l].cols(), noise.deviation, random);
      a = l == 0 ? noisy : linalg::product(noisy, a);
    }
    return cost.error(a);
  });
}

using NoisyError = double (*)(const Snapshot&, const Noise&);

Observable with_noise(std::string name, std::string long_name, NetworkNeed need, const Noise& noise, NoisyError error) {
  require_non_negative(noise.deviation, "record.noise");
  if (noise.draws < 0) {
    bad_input(
        {.field = "record.noise_draws", .expected = "0, or a number of draws", .got = std::to_string(noise.draws)});
  }
  return {.name = std::move(name),
          .long_name = std::move(long_name),
          .units = "1",
          .needs_state = true,
          .measure = [noise, error](const Snapshot& s, std::span<double> out) { out[0] = error(s, noise); },
          .need = std::move(need)};
}

}  // namespace

Observable input_noise_error(const Noise& noise) {
  return with_noise("input_noise_error", "train error under noise of the inputs", needs::end_to_end(), noise,
                    error_with_input_noise);
}

Observable parameter_noise_error(const Noise& noise) {
  const NetworkNeed need{
      .what = "weights or a Gram state of finite width",
      .networks = "DeepLinear, GramState",
      .met = [](const Network& n) { return weights_of(n) != nullptr || std::holds_alternative<GramState>(n); }};
  return with_noise("parameter_noise_error", "train error under noise of the weights", need, noise,
                    error_with_parameter_noise);
}

}  // namespace linnet::observables
