#include "linnet/perceptron/backpropagation.hpp"

#include <algorithm>

#include "linnet/linalg/paired_dot.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

constexpr Index block_size = 256;

Index total(const std::vector<Samples>& blocks) {
  Index samples = 0;
  for (const Samples& b : blocks) samples += b.inputs.cols();
  return samples;
}

/// One sample's column of the last hidden layer, in a network with one output.
struct Column {
  const double* outgoing;  // W_L
  double* gradient;        // ∂C/∂W_L so far
  double* h;               // replaced by g_{L−1}
  double* s;               // buffer for σ(h)
  Index neurons;
  double target;
  double scale;  // 2h/P
};

/// |f − y|² of the sample. The pointers are restricted, so that the compiler can vectorize.
template <class Sigma>
double pass(Sigma sigma, const Column& c) {
  const double* __restrict a = c.outgoing;
  double* __restrict da = c.gradient;
  double* __restrict h = c.h;
  double* __restrict s = c.s;
  const Index n = c.neurons;
  for (Index k = 0; k < n; ++k) s[k] = sigma.value(h[k]);
  const double difference = linalg::paired_dot(a, s, n) - c.target;
  const double g = c.scale * difference;
  for (Index k = 0; k < n; ++k) {
    da[k] += g * s[k];
    h[k] = g * a[k] * sigma.derivative(h[k]);
  }
  return difference * difference;
}

}  // namespace

std::vector<Samples> in_blocks(const Samples& samples) {
  const Index all = samples.inputs.cols();
  const Index count = std::max<Index>(1, (all + block_size - 1) / block_size);
  std::vector<Samples> blocks;
  for (Index b = 0; b < count; ++b) {
    const Index from = b * all / count;
    const Index size = (b + 1) * all / count - from;
    blocks.push_back(
        {.inputs = samples.inputs.middleCols(from, size), .targets = samples.targets.middleCols(from, size)});
    if (samples.weights.size() > 0) blocks.back().weights = samples.weights.segment(from, size);
  }
  return blocks;
}

Backpropagation::Backpropagation(const Perceptron& like, Objective objective)
    : sizes_(like.sizes()),
      neuron_(like.neuron()),
      objective_(std::move(objective)),
      fused_(!objective_.loss && like.depth() > 1 && like.outputs() == 1),
      gradients_(like.weights()),
      column_(sizes_[sizes_.size() - 2]) {
  if (!objective_.loss && TwoLayerKernel::suits(like)) kernel_.emplace(like, objective_.factor);
}

Backpropagation::Prepared Backpropagation::prepare(const Samples& samples) const {
  Prepared data;
  if (kernel_) {
    kernel_->pack(samples.inputs, samples.targets, data.packed.emplace());
  } else {
    data.blocks = in_blocks(samples);
  }
  return data;
}

Backpropagation::Workspace& Backpropagation::workspace(Index samples) {
  const auto found =
      std::find_if(workspaces_.begin(), workspaces_.end(), [&](const Workspace& w) { return w.samples == samples; });
  if (found != workspaces_.end()) return *found;
  Workspace& w = workspaces_.emplace_back();
  w.samples = samples;
  for (std::size_t l = 1; l + 1 < sizes_.size(); ++l) {
    w.h.emplace_back(sizes_[l], samples);
    w.s.emplace_back(fused_ && l + 2 == sizes_.size() ? 0 : sizes_[l], samples);
  }
  for (std::size_t l = 1; l < sizes_.size(); ++l) {
    w.g.emplace_back(fused_ && l + 2 >= sizes_.size() ? 0 : sizes_[l], samples);
  }
  w.difference.resize(sizes_.back(), samples);
  return w;
}

void Backpropagation::forward(const std::vector<Matrix>& weights, const Matrix& inputs, Workspace& at, bool whole) {
  const std::size_t hidden = weights.size() - 1;
  for (std::size_t l = 0; l < hidden; ++l) {
    linalg::multiply(weights[l], l == 0 ? inputs : at.s[l - 1], at.h[l]);
    if (l + 1 == hidden && !whole) return;
    with_activation(neuron_, [&](auto sigma) {
      const double* __restrict h = at.h[l].data();
      double* __restrict s = at.s[l].data();
      for (Index i = 0; i < at.h[l].size(); ++i) s[i] = sigma.value(h[i]);
    });
  }
}

double Backpropagation::head(const Matrix& last, const Matrix& targets, double scale, Workspace& at) {
  return with_activation(neuron_, [&](auto sigma) {
    double cost = 0;
    for (Index i = 0; i < at.samples; ++i) {
      cost += pass(sigma, {.outgoing = last.data(),
                           .gradient = gradients_.back().data(),
                           .h = at.h.back().col(i).data(),
                           .s = column_.data(),
                           .neurons = last.size(),
                           .target = targets(0, i),
                           .scale = scale});
    }
    return cost;
  });
}

double Backpropagation::differentiate_outputs(const Samples& block, Matrix& outputs) const {
  if (objective_.loss) return linnet::differentiate(*objective_.loss, block, outputs, outputs);
  outputs -= block.targets;
  return outputs.squaredNorm();
}

double Backpropagation::accumulate(const std::vector<Matrix>& weights, const Samples& block, double scale) {
  const Matrix& inputs = block.inputs;
  Workspace& at = workspace(inputs.cols());
  forward(weights, inputs, at, !fused_);
  double cost = 0;
  std::size_t l = weights.size() - 1;  // the layer whose g is known
  if (fused_) {
    cost = head(weights[l], block.targets, scale, at);
    --l;
  } else {
    const Matrix& before = l == 0 ? inputs : at.s[l - 1];
    linalg::multiply(weights[l], before, at.difference);
    cost = differentiate_outputs(block, at.difference);
    at.g[l] = scale * at.difference;
  }
  const Matrix* g = fused_ ? &at.h[l] : &at.g[l];
  for (;; --l) {
    linalg::multiply(1.0, *g, (l == 0 ? inputs : at.s[l - 1]).transpose(), 1.0, gradients_[l]);
    if (l == 0) return cost;
    Matrix& next = at.g[l - 1];
    linalg::multiply(weights[l].transpose(), *g, next);
    with_activation(neuron_, [&](auto sigma) {
      const double* __restrict h = at.h[l - 1].data();
      double* __restrict out = next.data();
      for (Index i = 0; i < next.size(); ++i) out[i] *= sigma.derivative(h[i]);
    });
    g = &next;
  }
}

double Backpropagation::differentiate(const std::vector<Matrix>& weights, const Prepared& data) {
  if (data.packed) return kernel_->differentiate(weights, *data.packed, gradients_);
  return differentiate(weights, data.blocks);
}

double Backpropagation::differentiate(const std::vector<Matrix>& weights, const std::vector<Samples>& blocks) {
  const auto samples = static_cast<double>(total(blocks));
  for (Matrix& g : gradients_) g.setZero();
  double cost = 0;
  for (const Samples& b : blocks) cost += accumulate(weights, b, objective_.slope() / samples);
  return objective_.factor * cost / samples;
}

double Backpropagation::differentiate(const std::vector<Matrix>& weights, const Samples& batch) {
  if (kernel_) {
    kernel_->pack(batch.inputs, batch.targets, batch_);
    return kernel_->differentiate(weights, batch_, gradients_);
  }
  const auto samples = static_cast<double>(batch.inputs.cols());
  for (Matrix& g : gradients_) g.setZero();
  return objective_.factor * accumulate(weights, batch, objective_.slope() / samples) / samples;
}

double Backpropagation::cost(const std::vector<Matrix>& weights, const Prepared& data) {
  return data.packed ? kernel_->cost(weights, *data.packed) : cost(weights, data.blocks);
}

double Backpropagation::cost(const std::vector<Matrix>& weights, const std::vector<Samples>& blocks) {
  double cost = 0;
  for (const Samples& b : blocks) {
    Workspace& at = workspace(b.inputs.cols());
    forward(weights, b.inputs, at, !fused_);
    if (fused_) {
      const Matrix& a = weights.back();
      with_activation(neuron_, [&](auto sigma) {
        for (Index i = 0; i < at.samples; ++i) {
          double* h = at.h.back().col(i).data();
          for (Index k = 0; k < a.size(); ++k) h[k] = sigma.value(h[k]);
          const double difference = linalg::paired_dot(a.data(), h, a.size()) - b.targets(0, i);
          cost += difference * difference;
        }
      });
    } else {
      linalg::multiply(weights.back(), weights.size() == 1 ? b.inputs : at.s.back(), at.difference);
      cost += differentiate_outputs(b, at.difference);
    }
  }
  return objective_.factor * cost / static_cast<double>(total(blocks));
}

}  // namespace linnet
