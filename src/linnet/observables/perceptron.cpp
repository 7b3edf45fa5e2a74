#include "linnet/observables/perceptron.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/linalg/product.hpp"
#include "linnet/perceptron/accuracy.hpp"
#include "linnet/tasks/loss.hpp"

namespace linnet::observables {

namespace {

template <class F>
Observable scalar(std::string name, std::string long_name, const NetworkNeed& need, Data data, bool needs_state, F f) {
  return {.name = std::move(name),
          .long_name = std::move(long_name),
          .units = "1",
          .needs_state = needs_state,
          .measure = [f](const Snapshot& s, std::span<double> out) { out[0] = f(s); },
          .need = need,
          .data = data};
}

/// One number for each neuron, from the network.
template <class F>
Observable neuronwise(std::string name, std::string long_name, F f) {
  return {.name = std::move(name),
          .long_name = std::move(long_name),
          .units = "1",
          .over = Over::neurons,
          .needs_state = true,
          .measure =
              [f](const Snapshot& s, std::span<double> out) {
                const Vector values = f(s);
                std::copy_n(values.data(), values.size(), out.data());
              },
          .need = needs::hidden_neurons()};
}

/// One vector for each neuron, from its w and a.
template <class F>
Observable of_coordinates(std::string name, std::string long_name, F f) {
  return {.name = std::move(name),
          .long_name = std::move(long_name),
          .units = "1",
          .over = Over::neuron_coordinates,
          .needs_state = true,
          .measure =
              [f](const Snapshot& s, std::span<double> out) {
                const Matrix& w = s.perceptron().weights()[0];
                for (Index k = 0; k < w.rows(); ++k) {
                  const Vector own = f(w.row(k).transpose(), s.perceptron().weights()[1](0, k));
                  std::copy_n(own.data(), own.size(), out.data() + k * w.cols());
                }
              },
          .need = needs::hidden_neurons()};
}

/// 0 for a network of one layer, which has no activation patterns.
double hamming(const std::vector<Matrix>& before, const std::vector<Matrix>& now) {
  Index changed = 0;
  Index all = 0;
  for (std::size_t l = 0; l + 1 < now.size(); ++l) {
    changed += ((before[l].array() > 0) != (now[l].array() > 0)).count();
    all += now[l].size();
  }
  return all > 0 ? static_cast<double>(changed) / static_cast<double>(all) : 0;
}

/// ξ_k = −∂C/∂w_k / a_k of each neuron, a row each.
Matrix drives(const Snapshot& s) {
  const Samples& samples = require_samples(s.task());
  const Objective objective = s.task().train.objective();
  Matrix slope_of_cost = s.outputs();
  if (objective.loss) {
    differentiate(*objective.loss, samples, slope_of_cost, slope_of_cost);
  } else {
    slope_of_cost -= samples.targets;
  }
  slope_of_cost *= -objective.slope() / static_cast<double>(samples.inputs.cols());
  Matrix of_neurons = s.preactivations().front();
  with_activation(s.perceptron().neuron(), [&](auto sigma) {
    of_neurons = of_neurons.unaryExpr([sigma](double h) { return sigma.derivative(h); }).eval();
  });
  of_neurons.array().rowwise() *= slope_of_cost.row(0).array();
  return linalg::product(of_neurons, samples.inputs.transpose());
}

/// What a neuron and its drive ξ have in common: the parts of ξ along φ = w/|w| and across.
struct Neuron {
  double a;
  double size;    ///< |w|
  double along;   ///< φᵀξ
  double across;  ///< |(I − φφᵀ) ξ|
};

/// f(neuron, η_w, η_a/q) of each neuron.
template <class F>
Observable by_drive(std::string name, std::string long_name, F f) {
  Observable o = neuronwise(std::move(name), std::move(long_name), [f](const Snapshot& s) {
    const Matrix xi = drives(s);
    const std::vector<Matrix>& w = s.perceptron().weights();
    const std::vector<double> rates = s.reference().rates_of(2);
    const double degree = s.perceptron().activation() == Activation::quadratic ? 2 : 1;
    Vector values(xi.rows());
    for (Index k = 0; k < xi.rows(); ++k) {
      const double size = w[0].row(k).stableNorm();
      const Vector direction = size > 0 ? Vector(w[0].row(k).transpose() / size) : Vector::Zero(xi.cols());
      const double along = direction.dot(xi.row(k));
      const double across = (xi.row(k).transpose() - along * direction).norm();
      values(k) = f(Neuron{w[1](0, k), size, along, across}, rates[0], rates[1] / degree);
    }
    return values;
  });
  o.data = Data::samples;
  return o;
}

}  // namespace

Observable train_accuracy() {
  return scalar("train_accuracy", "train accuracy", needs::anything(), Data::samples, false,
                [](const Snapshot& s) { return accuracy(s.outputs(), require_samples(s.task()).targets); });
}

Observable test_accuracy() {
  return scalar("test_accuracy", "test accuracy", needs::anything(), Data::test_samples, false,
                [](const Snapshot& s) { return accuracy(s.test_outputs(), s.task().test_samples()->targets); });
}

Observable hamming_distance() {
  return scalar("hamming_distance", "Hamming distance of the activation patterns from the start", needs::neurons(),
                Data::samples, true,
                [](const Snapshot& s) { return hamming(s.reference().start_preactivations(), s.preactivations()); });
}

Observable neuron_balance() {
  return neuronwise("neuron_balance", "balance δ of each neuron", [](const Snapshot& s) {
    return neuron_balances(s.perceptron(), s.reference().rates_of(2)).front();
  });
}

Observable neuron_path() {
  return of_coordinates("neuron_path", "neurons |a| w",
                        [](const Vector& w, double a) -> Vector { return std::abs(a) * w; });
}

Observable neuron_direction() {
  return of_coordinates("neuron_direction", "directions w/|w| of the neurons", [](const Vector& w, double) -> Vector {
    const double size = w.stableNorm();
    return size > 0 ? Vector(w / size) : w;
  });
}

Observable neuron_size() {
  return neuronwise("neuron_size", "size |a| |w| of each neuron", [](const Snapshot& s) -> Vector {
    const std::vector<Matrix>& w = s.perceptron().weights();
    return w[1].transpose().cwiseAbs().cwiseProduct(w[0].rowwise().norm());
  });
}

Observable neuron_readout() {
  return neuronwise("neuron_readout", "output weight a of each neuron",
                    [](const Snapshot& s) -> Vector { return s.perceptron().weights()[1].transpose(); });
}

Observable neuron_drive() {
  return {.name = "neuron_drive",
          .long_name = "drive ξ of each neuron",
          .units = "1",
          .over = Over::neuron_coordinates,
          .needs_state = true,
          .measure =
              [](const Snapshot& s, std::span<double> out) {
                const Matrix by_input = drives(s).transpose();
                std::copy_n(by_input.data(), by_input.size(), out.data());
              },
          .need = needs::hidden_neurons(),
          .data = Data::samples};
}

Observable neuron_growth() {
  return by_drive("neuron_growth", "growth d(|a| |w|)/dt of each neuron",
                  [](const Neuron& n, double first, double second) {
                    const double sign = n.a > 0 ? 1 : n.a < 0 ? -1 : 0;
                    return sign * (first * n.a * n.a + second * n.size * n.size) * n.along;
                  });
}

Observable neuron_turning() {
  return by_drive("neuron_turning", "turning |dφ/dt| of each neuron", [](const Neuron& n, double first, double) {
    return n.size > 0 ? first * std::abs(n.a) / n.size * n.across : 0.0;
  });
}

}  // namespace linnet::observables
