#include "linnet/perceptron/two_layer_kernel.hpp"

#include <algorithm>

#include "linnet/perceptron/two_layer_loops.hpp"

namespace linnet {

namespace {

using linalg::VectorUnit;
using two_layer::Aim;
using two_layer::block;
using two_layer::Job;
using two_layer::part;
using two_layer::parts;

/// The loops compiled for one vector instruction set, and their widths.
struct Compiled {
  double (*run)(const HiddenUnit& neuron, const Job& job, Aim aim);
  Index lanes;
  Index neurons;
  Index features;
};

template <class Loops>
constexpr Compiled compiled(double (*run)(const HiddenUnit&, const Job&, Aim)) {
  return {.run = run, .lanes = Loops::lanes, .neurons = Loops::neurons, .features = Loops::features};
}

using Baseline = two_layer::Loops<2, 6, 12>;
using Avx2 = two_layer::Loops<4, 6, 14>;
using Avx512 = two_layer::Loops<8, 12, 16>;

double run_baseline(const HiddenUnit& neuron, const Job& job, Aim aim) { return Baseline::run(neuron, job, aim); }
LINNET_AVX2 double run_avx2(const HiddenUnit& neuron, const Job& job, Aim aim) { return Avx2::run(neuron, job, aim); }
LINNET_AVX512 double run_avx512(const HiddenUnit& neuron, const Job& job, Aim aim) {
  return Avx512::run(neuron, job, aim);
}

Compiled loops(VectorUnit unit) {
  return linalg::compiled_for(unit, compiled<Baseline>(run_baseline), compiled<Avx2>(run_avx2),
                              compiled<Avx512>(run_avx512));
}

/// W_1 in tiles of neurons.
void pack_incoming(const Matrix& w, Index most, double* out) {
  const Index count = parts(w.rows(), most);
  Index first = 0;
  for (Index t = 0; t < count; ++t) {
    const Index size = part(w.rows(), count, t);
    for (Index j = 0; j < w.cols(); ++j) out = std::copy_n(w.col(j).data() + first, size, out);
    first += size;
  }
}

/// f(first, size, width) for each tile of features: its first feature, how many it has, and how many with the padding.
template <class F>
void for_each_tile(const Compiled& by, Index inputs, F f) {
  const Index vectors = parts(inputs, by.lanes);
  const Index count = parts(vectors, by.features);
  Index first = 0;
  for (Index t = 0; t < count; ++t) {
    const Index width = part(vectors, count, t) * by.lanes;
    f(first, std::min(width, inputs - first), width);
    first += width;
  }
}

/// Packs samples `from` to `to` by features. The range is short, because the values written are far apart.
void pack_columns(const Matrix& inputs, Index from, Index to, double* out) {
  constexpr Index few = 64;
  for (Index first = 0; first < inputs.rows(); first += few) {
    const Index last = std::min(first + few, inputs.rows());
    for (Index i = from; i < to; ++i) {
      const double* x = inputs.col(i).data();
      for (Index j = first; j < last; ++j) out[j * block + i - from] = x[j];
    }
  }
}

}  // namespace

TwoLayerKernel::TwoLayerKernel(const Perceptron& like, double factor, VectorUnit unit)
    : neuron_(like.neuron()),
      factor_(factor),
      unit_(unit),
      inputs_(like.inputs()),
      neurons_(like.weights().front().rows()) {
  incoming_.reset(neurons_ * inputs_);
  h_.reset(neurons_ * block);
  start_sums();
}

bool TwoLayerKernel::suits(const Perceptron& like, VectorUnit unit) {
  const bool all_active = like.activation() == Activation::quadratic || like.slope() != 0;
  double limit = 200;
  if (unit == VectorUnit::avx512) limit = 3e5;
  if (unit == VectorUnit::avx2) limit = all_active ? 1e4 : 3e5;
  return like.depth() == 2 && like.outputs() == 1 && static_cast<double>(like.weights().front().size()) <= limit;
}

void TwoLayerKernel::pack(const Matrix& inputs, const Matrix& targets, PackedSamples& packed) const {
  const Compiled by = loops(unit_);
  const Index samples = inputs.cols();
  const Index padded = parts(samples, block) * block;
  const Index row = parts(inputs_, by.lanes) * by.lanes;
  if (packed.samples != samples) {
    packed.samples = samples;
    packed.columns.reset(padded * inputs_);
    packed.rows.reset(padded * row);
    packed.targets.reset(padded);
  }
  std::copy_n(targets.data(), samples, packed.targets.data());
  for (Index from = 0; from < samples; from += block) {
    const Index to = std::min(from + block, samples);
    pack_columns(inputs, from, to, packed.columns.data() + from * inputs_);
    for_each_tile(by, inputs_, [&](Index first, Index size, Index width) {
      double* out = packed.rows.data() + from * row + first * block;
      for (Index i = from; i < to; ++i, out += width) std::copy_n(inputs.col(i).data() + first, size, out);
    });
  }
}

Job TwoLayerKernel::job(const Matrix& incoming, const double* outgoing, const PackedSamples& data) {
  pack_incoming(incoming, loops(unit_).neurons, incoming_.data());
  return {.inputs = inputs_,
          .neurons = neurons_,
          .samples = data.samples,
          .columns = data.columns.data(),
          .rows = data.rows.data(),
          .targets = data.targets.data(),
          .incoming = incoming_.data(),
          .outgoing = outgoing,
          .h = h_.data(),
          .incoming_sums = incoming_sums_.data(),
          .outgoing_sums = outgoing_sums_.data()};
}

void TwoLayerKernel::start_sums() {
  const Index lanes = loops(unit_).lanes;
  incoming_sums_.reset(neurons_ * parts(inputs_, lanes) * lanes);
  outgoing_sums_.reset(neurons_ * lanes);
}

void TwoLayerKernel::finish_sums(double scale, std::vector<Matrix>& gradients) const {
  const Compiled by = loops(unit_);
  const double* sums = incoming_sums_.data();
  for_each_tile(by, inputs_, [&](Index first, Index size, Index width) {
    for (Index j = 0; j < size; ++j) {
      double* out = gradients[0].col(first + j).data();
      for (Index k = 0; k < neurons_; ++k) out[k] = scale * sums[first * neurons_ + k * width + j];
    }
  });
  for (Index k = 0; k < neurons_; ++k) {
    double sum = 0;
    for (Index j = 0; j < by.lanes; ++j) sum += outgoing_sums_.data()[k * by.lanes + j];
    gradients[1](0, k) = scale * sum;
  }
}

double TwoLayerKernel::cost(const std::vector<Matrix>& weights, const PackedSamples& data) {
  const double sum = loops(unit_).run(neuron_, job(weights[0], weights[1].data(), data), Aim::cost);
  return factor_ * sum / static_cast<double>(data.samples);
}

double TwoLayerKernel::differentiate(const std::vector<Matrix>& weights, const PackedSamples& data,
                                     std::vector<Matrix>& gradients) {
  start_sums();
  const double sum = loops(unit_).run(neuron_, job(weights[0], weights[1].data(), data), Aim::gradients);
  finish_sums(2 * factor_ / static_cast<double>(data.samples), gradients);
  return factor_ * sum / static_cast<double>(data.samples);
}

void TwoLayerKernel::linearize(const std::vector<Matrix>& weights, const PackedSamples& data) {
  const Index padded = parts(data.samples, block) * block;
  kept_h_.reset(padded * neurons_);
  kept_difference_.reset(padded);
  outgoing_ = weights[1].reshaped();
  Job work = job(weights[0], outgoing_.data(), data);
  work.kept_h = kept_h_.data();
  work.kept_difference = kept_difference_.data();
  loops(unit_).run(neuron_, work, Aim::linearize);
}

void TwoLayerKernel::product(const std::vector<Matrix>& direction, const PackedSamples& data,
                             std::vector<Matrix>& product) {
  start_sums();
  Job work = job(direction[0], outgoing_.data(), data);
  work.kept_h = kept_h_.data();
  work.kept_difference = kept_difference_.data();
  work.along = direction[1].data();
  loops(unit_).run(neuron_, work, Aim::product);
  finish_sums(2 * factor_ / static_cast<double>(data.samples), product);
}

}  // namespace linnet
