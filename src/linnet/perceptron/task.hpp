#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "linnet/perceptron/perceptron.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// What a perceptron learns: samples, with the cost C = (1/P) Σ_i |f(x_i) − y_i|² of *Get rich quick*. It has no ½, as
/// opposed to the costs of linear networks.
struct PerceptronTask {
  std::string name;
  Samples train;                                     ///< inputs n_0 x P, targets n_L x P
  std::optional<Samples> test = std::nullopt;        ///< held out
  std::optional<Perceptron> teacher = std::nullopt;  ///< whose outputs the targets are

  [[nodiscard]] Shape shape() const { return {.outputs = train.targets.rows(), .inputs = train.inputs.rows()}; }
};

/// Throws, naming the field "network", unless a network of these inputs and outputs fits the task.
void require_fit(const Perceptron& network, const PerceptronTask& task);

namespace tasks {

/// Samples of *Get rich quick*: inputs uniform on the unit sphere of R^dim, targets of a two-layer teacher whose
/// weights w_k are uniform on the unit sphere and a_k = ±1.
struct Teacher {
  Index dim = 100;             ///< d
  Index neurons = 3;           ///< m_0
  Index samples = 1000;        ///< P
  Index test_samples = 10000;  ///< fresh ones; 0 for none
  double slope = 0;            ///< of the teacher's leaky ReLU
  std::uint64_t seed = 0;
  std::uint32_t point = 0;  ///< of a sweep; part of the random key
};

PerceptronTask teacher(const Teacher& options);

/// Regression on data, samples in rows, targets of any number of outputs (one-hot for classes); never whitened.
PerceptronTask perceptron_regression(const Regression& data);

}  // namespace tasks

}  // namespace linnet
