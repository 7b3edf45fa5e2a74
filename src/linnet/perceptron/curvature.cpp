#include "linnet/perceptron/curvature.hpp"

#include "linnet/linalg/paired_dot.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

Curvature::Curvature(const Perceptron& like, const std::vector<Samples>& blocks, Objective objective)
    : neuron_(like.neuron()),
      blocks_(&blocks),
      fused_(!objective.loss && like.depth() == 2 && like.outputs() == 1),
      loss_(std::move(objective.loss)),
      weights_(like.weights()),
      product_(like.weights()),
      kept_(blocks.size()) {
  Index samples = 0;
  for (const Samples& b : blocks) samples += b.inputs.cols();
  scale_ = (loss_ ? 1 : 2) * objective.factor / static_cast<double>(samples);
  for (Kept& k : kept_) {
    k.h.resize(weights_.size());
    k.s.resize(weights_.size() - 1);
    k.g.resize(weights_.size());
    k.dh.resize(weights_.size());
    k.ds.resize(weights_.size() - 1);
    k.column.resize(weights_.front().rows());
  }
}

Curvature::Curvature(const Perceptron& like, const Backpropagation::Prepared& data, const Objective& objective)
    : Curvature(like, data.blocks, objective) {
  if (!data.packed) return;
  packed_ = &*data.packed;
  kernel_.emplace(like, objective.factor);
}

void Curvature::linearize(const std::vector<Matrix>& weights) {
  if (kernel_) return kernel_->linearize(weights, *packed_);
  weights_ = weights;
  for (std::size_t b = 0; b < kept_.size(); ++b) linearize((*blocks_)[b], kept_[b]);
}

void Curvature::linearize(const Samples& block, Kept& at) {
  const std::size_t top = weights_.size() - 1;
  for (std::size_t l = 0; l <= top; ++l) {
    linalg::multiply(weights_[l], l == 0 ? block.inputs : at.s[l - 1], at.h[l]);
    if (l < top) at.s[l] = activated(at.h[l], neuron_);
  }
  if (loss_) {
    at.g[top].resize(at.h[top].rows(), at.h[top].cols());
    differentiate(*loss_, block, at.h[top], at.g[top]);
    at.g[top] *= scale_;
  } else {
    at.g[top] = scale_ * (at.h[top] - block.targets);
  }
  for (std::size_t l = top; l > 0 && !fused_; --l) {
    linalg::multiply(weights_[l].transpose(), at.g[l], at.g[l - 1]);
    with_activation(neuron_, [&](auto sigma) {
      at.g[l - 1].array() *= at.h[l - 1].unaryExpr([sigma](double h) { return sigma.derivative(h); }).array();
    });
  }
}

const std::vector<Matrix>& Curvature::product(const std::vector<Matrix>& v) {
  if (kernel_) {
    kernel_->product(v, *packed_, product_);
    return product_;
  }
  for (Matrix& p : product_) p.setZero();
  for (std::size_t b = 0; b < kept_.size(); ++b) add(v, (*blocks_)[b], kept_[b]);
  return product_;
}

void Curvature::add(const std::vector<Matrix>& v, const Samples& block, Kept& at) {
  if (fused_) {
    linalg::multiply(v[0], block.inputs, at.dh[0]);
    fused_head(v[1], at);
    linalg::multiply(1.0, at.dh[0], block.inputs.transpose(), 1.0, product_[0]);
    return;
  }
  head(v, block, at);
  for (std::size_t l = weights_.size() - 1;; --l) {
    linalg::multiply(1.0, at.dg, (l == 0 ? block.inputs : at.s[l - 1]).transpose(), 1.0, product_[l]);
    if (l == 0) return;
    linalg::multiply(1.0, at.g[l], at.ds[l - 1].transpose(), 1.0, product_[l]);
    linalg::multiply(weights_[l].transpose(), at.dg, at.below);
    linalg::multiply(1.0, v[l].transpose(), at.g[l], 1.0, at.below);
    with_activation(neuron_, [&](auto sigma) {
      const auto first = [sigma](double h) { return sigma.derivative(h); };
      at.below.array() *= at.h[l - 1].unaryExpr(first).array();
    });
    if (neuron_.activation == Activation::quadratic || neuron_.rounding > 0) {
      with_activation(neuron_, [&](auto sigma) {
        const auto second = [sigma](double h) { return sigma.second_derivative(h); };
        at.below += linalg::product(weights_[l].transpose(), at.g[l])
                        .cwiseProduct(at.h[l - 1].unaryExpr(second))
                        .cwiseProduct(at.dh[l - 1]);
      });
    }
    at.dg.swap(at.below);
  }
}

/// The forward pass along the direction, up to ∂g_L.
void Curvature::head(const std::vector<Matrix>& v, const Samples& block, Kept& at) {
  const Matrix& inputs = block.inputs;
  for (std::size_t l = 0; l < weights_.size(); ++l) {
    linalg::multiply(v[l], l == 0 ? inputs : at.s[l - 1], at.dh[l]);
    if (l > 0) linalg::multiply(1.0, weights_[l], at.ds[l - 1], 1.0, at.dh[l]);
    if (l + 1 == weights_.size()) break;
    with_activation(neuron_, [&](auto sigma) {
      const auto first = [sigma](double h) { return sigma.derivative(h); };
      at.ds[l] = at.h[l].unaryExpr(first).cwiseProduct(at.dh[l]);
    });
  }
  if (loss_) differentiate_twice(*loss_, block, at.h.back(), at.dh.back());
  at.dg = scale_ * at.dh.back();
}

/// For two layers and one output: replaces ∂h_1 by ∂g_1, sample by sample.
void Curvature::fused_head(const Matrix& v, Kept& at) {
  const Index n = v.size();
  const double* __restrict a = weights_[1].data();
  const double* __restrict va = v.data();
  double* __restrict out = product_[1].data();
  with_activation(neuron_, [&](auto sigma) {
    for (Index i = 0; i < at.dh[0].cols(); ++i) {
      const double* __restrict h = at.h[0].col(i).data();
      const double* __restrict s = at.s[0].col(i).data();
      double* __restrict dh = at.dh[0].col(i).data();
      double* __restrict ds = at.column.data();
      for (Index k = 0; k < n; ++k) ds[k] = sigma.derivative(h[k]) * dh[k];
      const double g = at.g[1](0, i);
      const double dg = scale_ * (linalg::paired_dot(va, s, n) + linalg::paired_dot(a, ds, n));
      for (Index k = 0; k < n; ++k) {
        out[k] += dg * s[k] + g * ds[k];
        dh[k] = (va[k] * g + a[k] * dg) * sigma.derivative(h[k]) + a[k] * g * sigma.second_derivative(h[k]) * dh[k];
      }
    }
  });
}

}  // namespace linnet
