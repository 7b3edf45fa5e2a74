#pragma once

#include <vector>

#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/observables/perceptron.hpp"
#include "linnet/perceptron/backpropagation.hpp"
#include "linnet/tasks/teacher.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet::testing {

/// A perceptron of these sizes with entries of order n_{l−1}^{-½}.
inline Perceptron perceptron(const std::vector<Index>& sizes, HiddenUnit neuron, std::uint64_t seed = 3) {
  return networks::gaussian_perceptron(sizes, {.activation = neuron.activation, .slope = neuron.slope, .seed = seed});
}

/// C = (1/P) Σ|f − y|², equal to the error: the convention of *Get rich quick*.
inline constexpr Normalisation authors{.half = false, .mean_over_outputs = false};

inline Task samples(Index inputs, Index outputs, Index count, std::uint64_t seed = 5) {
  const auto draw = [&](Index many, std::uint64_t own) {
    return Cost::on_samples({.inputs = normal(inputs, many, own), .targets = normal(outputs, many, own + 1)}, authors);
  };
  return {.name = "samples", .train = draw(count, seed), .test = draw(count + 3, seed + 2)};
}

inline const Perceptron& final_of(const Trajectory& run) { return std::get<Perceptron>(run.final.value()); }

/// The names of the observables of such a network on such a task.
inline std::vector<std::string> names_of(const Network& network, const Task& task) {
  std::vector<std::string> names;
  for (const std::string& name : observables::names()) {
    if (observables::by_name(name).fits(network, task)) names.push_back(name);
  }
  return names;
}

/// (1/P) Σ|f − y|², from the definition.
inline double plain_cost(const std::vector<Matrix>& weights, const HiddenUnit& neuron, const Samples& data) {
  const Perceptron f(weights, neuron);
  double sum = 0;
  for (Index i = 0; i < data.inputs.cols(); ++i) {
    Vector s = data.inputs.col(i);
    for (std::size_t l = 0; l < weights.size(); ++l) {
      Vector h = weights[l] * s;
      if (l + 1 < weights.size()) {
        for (double& x : h) {
          x = neuron.activation == Activation::quadratic ? x * x : x > 0 ? x : neuron.slope * x;
        }
      }
      s = h;
    }
    sum += (s - data.targets.col(i)).squaredNorm();
  }
  return sum / static_cast<double>(data.inputs.cols());
}

/// ∂C/∂W_l by central differences.
inline std::vector<Matrix> difference_gradients(const Perceptron& at, const Samples& data, double step = 1e-6) {
  std::vector<Matrix> result;
  for (std::size_t l = 0; l < at.weights().size(); ++l) {
    Matrix g(at.weights()[l].rows(), at.weights()[l].cols());
    for (Index i = 0; i < g.size(); ++i) {
      std::vector<Matrix> w = at.weights();
      w[l].data()[i] += step;
      const double up = plain_cost(w, at.neuron(), data);
      w[l].data()[i] -= 2 * step;
      g.data()[i] = (up - plain_cost(w, at.neuron(), data)) / (2 * step);
    }
    result.push_back(std::move(g));
  }
  return result;
}

/// ∂f_o(x_i)/∂θ in rows o + n_L i, parameters in columns, by differences of the outputs.
inline Matrix difference_features(const Perceptron& at, const Matrix& inputs, double step = 1e-6) {
  Matrix features(at.outputs() * inputs.cols(), at.parameters());
  Index column = 0;
  for (std::size_t l = 0; l < at.weights().size(); ++l) {
    for (Index i = 0; i < at.weights()[l].size(); ++i, ++column) {
      std::vector<Matrix> w = at.weights();
      w[l].data()[i] += step;
      const Matrix up = Perceptron(w, at.neuron()).at(inputs);
      w[l].data()[i] -= 2 * step;
      features.col(column) = ((up - Perceptron(w, at.neuron()).at(inputs)) / (2 * step)).reshaped();
    }
  }
  return features;
}

struct Form {
  std::vector<Index> sizes;
  HiddenUnit neuron;
};

inline const std::vector<Form>& forms() {
  static const HiddenUnit relu{};
  static const HiddenUnit leaky{.slope = 0.2};
  static const HiddenUnit quadratic{.activation = Activation::quadratic};
  static const std::vector<Form> all{{{4, 1}, relu},         {{4, 3}, relu},          {{4, 6, 1}, relu},
                                     {{4, 6, 1}, leaky},     {{4, 6, 1}, quadratic},  {{4, 5, 3}, relu},
                                     {{4, 5, 3}, quadratic}, {{4, 6, 5, 1}, leaky},   {{4, 6, 5, 1}, quadratic},
                                     {{4, 6, 5, 2}, relu},   {{4, 9, 7, 5, 1}, relu}, {{4, 5, 6, 5, 2}, leaky}};
  return all;
}

}  // namespace linnet::testing
