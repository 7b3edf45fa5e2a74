#include "linnet/observables/perceptron.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/perceptron/accuracy.hpp"

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
  return scalar("hamming_distance", "Hamming distance of the activation patterns from the start", needs::weights(),
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

}  // namespace linnet::observables
