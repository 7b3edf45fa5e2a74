#include "linnet/perceptron/observables.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/perceptron/accuracy.hpp"
#include "linnet/perceptron/kernel.hpp"

namespace linnet {

PerceptronReference::PerceptronReference(const PerceptronTask& task, const Perceptron& start, const Layerwise& rates)
    : task_(&task), start_(&start), ratios_(rates.relative()) {
  for (std::size_t l = 0; l < start.weights().size(); ++l) rates_.push_back(rates[l]);
}

const Matrix& PerceptronReference::start_kernel() const {
  if (!kernel_) kernel_ = traced_kernel(*start_, task_->train.inputs, ratios_);
  return *kernel_;
}

const std::vector<Matrix>& PerceptronReference::start_preactivations() const {
  if (!preactivations_) preactivations_ = start_->preactivations(task_->train.inputs);
  return *preactivations_;
}

const std::vector<Vector>& PerceptronReference::start_balances() const {
  if (!balances_) balances_ = neuron_balances(*start_, rates_);
  return *balances_;
}

const std::vector<Matrix>& PerceptronSnapshot::preactivations() const {
  if (!preactivations_) preactivations_ = network_->preactivations(task().train.inputs);
  return *preactivations_;
}

const Samples& PerceptronSnapshot::test() const {
  if (task().test) return *task().test;
  bad_input({.field = "record.test_error",
             .expected = "a task with samples held out",
             .got = "a task without: " + task().name,
             .hint = "record train_error, or give the task test samples"});
}

const Matrix& PerceptronSnapshot::test_outputs() const {
  if (!test_outputs_) test_outputs_ = network_->at(test().inputs);
  return *test_outputs_;
}

double PerceptronSnapshot::test_error() const {
  return (test_outputs() - test().targets).squaredNorm() / static_cast<double>(test().targets.cols());
}

Index PerceptronObservable::length(const Perceptron& network) const {
  if (over == Over::nothing) return 1;
  if (network.depth() != 2 || network.outputs() != 1) {
    bad_input(
        {.field = "record." + name,
         .expected = "a network of two layers with one output",
         .got = "depth " + std::to_string(network.depth()) + ", " + std::to_string(network.outputs()) + " outputs"});
  }
  const Index neurons = network.weights().front().rows();
  return over == Over::neurons ? neurons : neurons * network.inputs();
}

namespace perceptron_observables {

namespace {

template <class F>
PerceptronObservable scalar(std::string name, std::string long_name, F f) {
  return {.name = std::move(name),
          .long_name = std::move(long_name),
          .measure = [f](const PerceptronSnapshot& s, std::span<double> out) { out[0] = f(s); }};
}

/// Of each neuron a number, from the network.
template <class F>
PerceptronObservable neuronwise(std::string name, std::string long_name, F f) {
  return {.name = std::move(name),
          .long_name = std::move(long_name),
          .over = Over::neurons,
          .measure = [f](const PerceptronSnapshot& s, std::span<double> out) {
            const Vector values = f(s);
            std::copy_n(values.data(), values.size(), out.data());
          }};
}

/// Of each neuron a vector, from its w and a.
template <class F>
PerceptronObservable of_coordinates(std::string name, std::string long_name, F f) {
  return {.name = std::move(name),
          .long_name = std::move(long_name),
          .over = Over::neuron_coordinates,
          .measure = [f](const PerceptronSnapshot& s, std::span<double> out) {
            const Matrix& w = s.network().weights()[0];
            for (Index k = 0; k < w.rows(); ++k) {
              const Vector own = f(w.row(k).transpose(), s.network().weights()[1](0, k));
              std::copy_n(own.data(), own.size(), out.data() + k * w.cols());
            }
          }};
}

PerceptronObservable of_test(PerceptronObservable o) {
  o.needs_test = true;
  return o;
}

/// A network of one layer has no patterns: 0.
double hamming(const std::vector<Matrix>& before, const std::vector<Matrix>& now) {
  Index changed = 0;
  Index all = 0;
  for (std::size_t l = 0; l + 1 < now.size(); ++l) {
    changed += ((before[l].array() > 0) != (now[l].array() > 0)).count();
    all += now[l].size();
  }
  return all > 0 ? static_cast<double>(changed) / static_cast<double>(all) : 0;
}

double drift(const PerceptronSnapshot& s) {
  const PerceptronReference& reference = s.reference();
  const std::vector<Vector>& before = reference.start_balances();
  const std::vector<Vector> now = neuron_balances(s.network(), reference.rates());
  const std::vector<Matrix>& w = reference.start().weights();
  double moved = 0;
  double size = 0;
  for (std::size_t l = 0; l < now.size(); ++l) {
    moved = std::max(moved, (now[l] - before[l]).cwiseAbs().maxCoeff());
    // δ + 2 η|w|² is the sum of what δ is the difference of.
    const Vector incoming = reference.rates()[l + 1] * w[l].rowwise().squaredNorm();
    size = std::max(size, (before[l] + 2 * incoming).maxCoeff());
  }
  return size > 0 ? moved / size : 0;
}

}  // namespace

PerceptronObservable cost() {
  return scalar("cost", "cost C", [](const PerceptronSnapshot& s) { return s.cost(); });
}

PerceptronObservable train_error() {
  return scalar("train_error", "train error", [](const PerceptronSnapshot& s) { return s.cost(); });
}

PerceptronObservable test_error() {
  return of_test(scalar("test_error", "test error", [](const PerceptronSnapshot& s) { return s.test_error(); }));
}

PerceptronObservable train_accuracy() {
  return scalar("train_accuracy", "train accuracy",
                [](const PerceptronSnapshot& s) { return accuracy(s.outputs(), s.task().train.targets); });
}

PerceptronObservable test_accuracy() {
  return of_test(scalar("test_accuracy", "test accuracy",
                        [](const PerceptronSnapshot& s) { return accuracy(s.test_outputs(), s.test().targets); }));
}

PerceptronObservable kernel_distance() {
  return scalar("kernel_distance", "kernel distance from the start", [](const PerceptronSnapshot& s) {
    const PerceptronReference& reference = s.reference();
    return linnet::kernel_distance(reference.start_kernel(),
                                   traced_kernel(s.network(), s.task().train.inputs, reference.ratios()));
  });
}

PerceptronObservable hamming_distance() {
  return scalar(
      "hamming_distance", "Hamming distance of the activation patterns from the start",
      [](const PerceptronSnapshot& s) { return hamming(s.reference().start_preactivations(), s.preactivations()); });
}

PerceptronObservable parameter_norm() {
  return scalar("parameter_norm", "parameter norm |θ|", [](const PerceptronSnapshot& s) { return s.network().norm(); });
}

PerceptronObservable parameter_distance() {
  return scalar("parameter_distance", "distance |θ − θ_0| from the start", [](const PerceptronSnapshot& s) {
    return linnet::parameter_distance(s.network(), s.reference().start());
  });
}

PerceptronObservable imbalance_drift() { return scalar("imbalance_drift", "drift of the imbalance", drift); }

PerceptronObservable neuron_balance() {
  return neuronwise("neuron_balance", "balance δ of each neuron", [](const PerceptronSnapshot& s) {
    return neuron_balances(s.network(), s.reference().rates()).front();
  });
}

PerceptronObservable neuron_path() {
  return of_coordinates("neuron_path", "neurons |a| w",
                        [](const Vector& w, double a) -> Vector { return std::abs(a) * w; });
}

PerceptronObservable neuron_direction() {
  return of_coordinates("neuron_direction", "directions w/|w| of the neurons", [](const Vector& w, double) -> Vector {
    const double size = w.stableNorm();
    return size > 0 ? Vector(w / size) : w;
  });
}

PerceptronObservable neuron_magnitude() {
  return neuronwise("neuron_magnitude", "size |a| |w| of each neuron", [](const PerceptronSnapshot& s) -> Vector {
    const std::vector<Matrix>& w = s.network().weights();
    return w[1].transpose().cwiseAbs().cwiseProduct(w[0].rowwise().norm());
  });
}

PerceptronObservable neuron_readout() {
  return neuronwise("neuron_readout", "output weight a of each neuron",
                    [](const PerceptronSnapshot& s) -> Vector { return s.network().weights()[1].transpose(); });
}

namespace {

const std::vector<PerceptronObservable>& catalogue() {
  static const std::vector<PerceptronObservable> all{cost(),
                                                     train_error(),
                                                     test_error(),
                                                     train_accuracy(),
                                                     test_accuracy(),
                                                     kernel_distance(),
                                                     hamming_distance(),
                                                     parameter_norm(),
                                                     parameter_distance(),
                                                     imbalance_drift(),
                                                     neuron_balance(),
                                                     neuron_path(),
                                                     neuron_direction(),
                                                     neuron_magnitude(),
                                                     neuron_readout()};
  return all;
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const PerceptronObservable& o : catalogue()) result.push_back(o.name);
  return result;
}

PerceptronObservable by_name(std::string_view name) {
  for (const PerceptronObservable& o : catalogue()) {
    if (o.name == name) return o;
  }
  bad_input({.field = "record.observables",
             .expected = "the name of an observable of perceptrons",
             .got = "\"" + std::string(name) + "\"",
             .hint = did_you_mean(name, names())});
}

std::vector<PerceptronObservable> by_names(const std::vector<std::string>& wanted) {
  std::vector<PerceptronObservable> result;
  for (const std::string& name : wanted) result.push_back(by_name(name));
  return result;
}

}  // namespace perceptron_observables

}  // namespace linnet
