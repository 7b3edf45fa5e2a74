#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "linnet/linalg/vectors.hpp"
#include "linnet/networks/activation.hpp"

// The loops of TwoLayerKernel, written once and compiled for several vector widths. Every function here is inlined into
// the one that is compiled for its width. No function takes or returns a vector by value.

namespace linnet::two_layer {

/// Samples of a block: 32 samples of 100 features fit into a first-level cache of 32 kB, and one word has a bit for
/// each.
inline constexpr Index block = 32;

enum class Aim {
  cost,
  gradients,
  linearize,  ///< the cost; h and f − y of all samples are kept
  product,    ///< the Hessian at the kept h and f − y, times a direction V; W_1 is V_1 here
};

/// Inputs and results for all samples, which are padded with zeros to whole blocks.
struct Job {
  Index inputs;           ///< d
  Index neurons;          ///< m
  Index samples;          ///< P
  const double* columns;  ///< the inputs: by blocks, then features; the values of one feature are adjacent
  const double* rows;  ///< the inputs again: by blocks, then tiles of features; the values of one sample are adjacent
  const double* targets;
  const double* incoming;  ///< W_1: by tiles of neurons, then features; the weights of one feature are adjacent
  const double* outgoing;  ///< W_2
  double* h;               ///< m x block: the inputs h of a block's neurons, replaced by g_1
  double* incoming_sums;  ///< P/(2h) ∂C/∂W_1: by tiles of features; the values of one neuron are adjacent; zeros at the
                          ///< start
  double* outgoing_sums;  ///< P/(2h) ∂C/∂W_2: for each neuron `lanes` partial sums; zeros at the start
  double* kept_h = nullptr;
  double* kept_difference = nullptr;
  const double* along = nullptr;  ///< V_2
};

/// The number of parts of nearly equal size, at most `most` each, that make up `total`, and the size of part i.
constexpr Index parts(Index total, Index most) { return (total + most - 1) / most; }
constexpr Index part(Index total, Index count, Index i) { return (i + 1) * total / count - i * total / count; }

/// f(std::integral_constant of `size`), for sizes from 1 to Most.
template <Index Most, class F>
LINNET_INLINE void with_size(Index size, const F& f) {
  if constexpr (Most > 1) {
    if (size < Most) return with_size<Most - 1>(size, f);
  }
  f(std::integral_constant<Index, Most>{});
}

/// `Lanes` numbers a vector. The registers contain the sums of `Neurons` neurons and two vectors of samples, or of
/// `Features` vectors of features.
template <Index Lanes, Index Neurons, Index Features>
class Loops {
  using Numbers = typename linalg::Wide<Lanes>::Numbers;
  using Bits = typename linalg::Wide<Lanes>::Bits;

  LINNET_INLINE static Numbers& at(double* p) { return linalg::at<Lanes>(p); }
  LINNET_INLINE static const Numbers& at(const double* p) { return linalg::at<Lanes>(p); }

  /// h of K neurons: for each sample a sum over the features in order, independent of the tile.
  template <Index K>
  LINNET_INLINE static void forward_tile(const double* columns, const double* w, Index inputs, double* h) {
    for (Index i = 0; i < block; i += 2 * Lanes) {
      Numbers sums[K][2] = {};
      for (Index j = 0; j < inputs; ++j) {
        const Numbers left = at(columns + j * block + i);
        const Numbers right = at(columns + j * block + i + Lanes);
#pragma GCC unroll 16
        for (Index k = 0; k < K; ++k) {
          const double weight = w[j * K + k];
          sums[k][0] += weight * left;
          sums[k][1] += weight * right;
        }
      }
#pragma GCC unroll 16
      for (Index k = 0; k < K; ++k) {
        at(h + k * block + i) = sums[k][0];
        at(h + k * block + i + Lanes) = sums[k][1];
      }
    }
  }

  LINNET_INLINE static void forward(const Job& job, const double* columns, double* h) {
    const Index count = parts(job.neurons, Neurons);
    const double* w = job.incoming;
    for (Index t = 0; t < count; ++t) {
      with_size<Neurons>(
          part(job.neurons, count, t), [&](auto size) __attribute__((always_inline)) {
            forward_tile<size()>(columns, w, job.inputs, h);
            w += size() * job.inputs;
            h += size() * block;
          });
    }
  }

  /// f − y of `size` samples, 0 for the padding. Adjacent neurons are added to different sums, so that two adjacent
  /// neurons that cancel each other do so exactly.
  template <class Sigma>
  LINNET_INLINE static void residual(Sigma sigma, const Job& job, const double* received, const double* targets,
                                     Index size, double* difference) {
    double even[block] = {};
    double odd[block] = {};
    for (Index k = 0; k < job.neurons; ++k) {
      const double* __restrict h = received + k * block;
      double* __restrict sums = k % 2 == 0 ? even : odd;
      const double a = job.outgoing[k];
      for (Index i = 0; i < block; ++i) sums[i] += a * sigma.value(h[i]);
    }
    for (Index i = 0; i < block; ++i) difference[i] = i < size ? (even[i] + odd[i]) - targets[i] : 0.0;
  }

  /// Adds to ∂C/∂W_2, and replaces h by g_1.
  template <class Sigma>
  LINNET_INLINE static void head(Sigma sigma, const Job& job, const double* difference) {
    alignas(64) double values[block];
    alignas(64) double slopes[block];
    for (Index k = 0; k < job.neurons; ++k) {
      double* __restrict h = job.h + k * block;
      for (Index i = 0; i < block; ++i) values[i] = sigma.value(h[i]);
      for (Index i = 0; i < block; ++i) slopes[i] = sigma.derivative(h[i]);
      Numbers& sum = at(job.outgoing_sums + k * Lanes);
      const double a = job.outgoing[k];
      for (Index i = 0; i < block; i += Lanes) {
        sum += at(difference + i) * at(values + i);
        at(h + i) = a * at(difference + i) * at(slopes + i);
      }
    }
  }

  /// The same along a direction, by the formula of Curvature: replaces ∂h by ∂g_1.
  template <class Sigma>
  LINNET_INLINE static void head_along(Sigma sigma, const Job& job, const double* kept, const double* difference,
                                       Index size) {
    alignas(64) double along[block] = {};  // ∂f
    for (Index k = 0; k < job.neurons; ++k) {
      const double* __restrict h = kept + k * block;
      const double* __restrict dh = job.h + k * block;
      const double a = job.outgoing[k];
      const double v = job.along[k];
      for (Index i = 0; i < block; ++i) along[i] += v * sigma.value(h[i]) + a * sigma.derivative(h[i]) * dh[i];
    }
    for (Index i = 0; i < block; ++i) along[i] = i < size ? along[i] : 0.0;
    alignas(64) double values[block];
    alignas(64) double slopes[block];
    alignas(64) double curves[block];
    for (Index k = 0; k < job.neurons; ++k) {
      const double* __restrict h = kept + k * block;
      for (Index i = 0; i < block; ++i) values[i] = sigma.value(h[i]);
      for (Index i = 0; i < block; ++i) slopes[i] = sigma.derivative(h[i]);
      for (Index i = 0; i < block; ++i) curves[i] = sigma.second_derivative(h[i]);
      Numbers& sum = at(job.outgoing_sums + k * Lanes);
      const double a = job.outgoing[k];
      const double v = job.along[k];
      for (Index i = 0; i < block; i += Lanes) {
        Numbers& dh = at(job.h + k * block + i);
        const Numbers df = at(along + i);
        const Numbers r = at(difference + i);
        sum += df * at(values + i) + r * at(slopes + i) * dh;
        dh = (v * r + a * df) * at(slopes + i) + a * r * at(curves + i) * dh;
      }
    }
  }

  /// Which g of a block are not 0, one bit a sample.
  LINNET_INLINE static std::uint64_t active(const double* g) {
    Bits place;
    for (Index j = 0; j < Lanes; ++j) place[j] = std::int64_t{1} << j;
    Bits found = {};
#pragma GCC unroll 16
    for (Index i = 0; i < block; i += Lanes) found |= (at(g + i) != 0.0) & (place << i);
    std::uint64_t bits = 0;
    for (Index j = 0; j < Lanes; ++j) bits |= static_cast<std::uint64_t>(found[j]);
    return bits;
  }

  /// Adds Σ_i g_ki x_i of T vectors of features, over the samples whose g_ki is not 0: about half of them for ReLU.
  template <Index T>
  LINNET_INLINE static void backward_tile(const double* rows, const Job& job, double* out) {
    for (Index k = 0; k < job.neurons; ++k, out += T * Lanes) {
      const double* g = job.h + k * block;
      std::uint64_t left = active(g);
      if (left == 0) continue;
      Numbers sums[T];
#pragma GCC unroll 16
      for (Index t = 0; t < T; ++t) sums[t] = at(out + t * Lanes);
      do {
        const Index i = std::countr_zero(left);
        left &= left - 1;
        const double weight = g[i];
        const double* x = rows + i * T * Lanes;
#pragma GCC unroll 16
        for (Index t = 0; t < T; ++t) sums[t] += weight * at(x + t * Lanes);
      } while (left != 0);
#pragma GCC unroll 16
      for (Index t = 0; t < T; ++t) at(out + t * Lanes) = sums[t];
    }
  }

  LINNET_INLINE static void backward(const Job& job, const double* rows) {
    const Index vectors = parts(job.inputs, Lanes);
    const Index count = parts(vectors, Features);
    double* out = job.incoming_sums;
    for (Index t = 0; t < count; ++t) {
      with_size<Features>(
          part(vectors, count, t), [&](auto size) __attribute__((always_inline)) {
            backward_tile<size()>(rows, job, out);
            rows += size() * Lanes * block;
            out += size() * Lanes * job.neurons;
          });
    }
  }

 public:
  static constexpr Index lanes = Lanes;
  static constexpr Index neurons = Neurons;
  static constexpr Index features = Features;

  /// Returns Σ|f − y|², or 0 for a product.
  LINNET_INLINE static double run(const HiddenUnit& neuron, const Job& job, Aim aim) {
    alignas(64) double own[block];
    const Index row = parts(job.inputs, Lanes) * Lanes;
    double cost = 0;
    for (Index from = 0; from < job.samples; from += block) {
      const Index left = job.samples - from;
      double* kept = job.kept_h == nullptr ? nullptr : job.kept_h + from * job.neurons;
      double* received = aim == Aim::linearize ? kept : job.h;
      double* difference = job.kept_difference == nullptr ? own : job.kept_difference + from;
      forward(job, job.columns + from * job.inputs, received);
      const auto pass = [&](auto sigma) __attribute__((always_inline)) {
        if (aim == Aim::product) return head_along(sigma, job, kept, difference, left);
        residual(sigma, job, received, job.targets + from, left, difference);
        if (aim == Aim::gradients) head(sigma, job, difference);
      };
      if (neuron.activation == Activation::quadratic) {
        pass(Square{});
      } else if (neuron.rounding > 0) {
        pass(RoundedRelu{neuron.slope, neuron.rounding});
      } else {
        pass(LeakyRelu{neuron.slope});
      }
      for (Index i = 0; i < block && aim != Aim::product; ++i) cost += difference[i] * difference[i];
      if (aim == Aim::gradients || aim == Aim::product) backward(job, job.rows + from * row);
    }
    return cost;
  }
};

}  // namespace linnet::two_layer
