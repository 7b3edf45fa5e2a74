#include "linnet/perceptron/kernel.hpp"

#include <algorithm>
#include <string>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

/// s_{l−1} and, for each output, b_l of every layer.
struct Signals {
  std::vector<Matrix> forward;                ///< s_0 = x, …, s_{L−1}
  std::vector<std::vector<Matrix>> backward;  ///< of output o, of layer l: n_l x P
};

Signals signals_of(const Perceptron& network, const Matrix& x) {
  const std::vector<Matrix> h = network.preactivations(x);
  const std::vector<Matrix>& w = network.weights();
  Signals result;
  result.forward.push_back(x);
  for (std::size_t l = 0; l + 1 < h.size(); ++l) result.forward.push_back(activated(h[l], network.neuron()));
  for (Index o = 0; o < network.outputs(); ++o) {
    std::vector<Matrix> b(w.size());
    b.back() = Matrix::Zero(network.outputs(), x.cols());
    b.back().row(o).setOnes();
    for (std::size_t l = w.size() - 1; l > 0; --l) {
      b[l - 1] = linalg::product(w[l].transpose(), b[l]);
      with_activation(network.neuron(), [&](auto sigma) {
        const auto slopes = h[l - 1].unaryExpr([sigma](double value) { return sigma.derivative(value); });
        b[l - 1].array() *= slopes.array();
      });
    }
    result.backward.push_back(std::move(b));
  }
  return result;
}

/// For the kernel and one term of it.
void require_room_for_kernel(Index outputs, Index rows, Index columns) {
  const auto n = static_cast<double>(outputs);
  require_memory(2 * matrix_bytes(n * static_cast<double>(rows), n * static_cast<double>(columns)), "inputs",
                 std::to_string(std::max(rows, columns)) + " samples of " + std::to_string(outputs) + " outputs");
}

}  // namespace

Matrix neural_tangent_kernel(const Perceptron& network, const Matrix& inputs, const Matrix& others,
                             const Layerwise& rates) {
  rates.require_depth(network.depth(), "rates");
  require_room_for_kernel(network.outputs(), inputs.cols(), others.cols());
  const Signals x = signals_of(network, inputs);
  const Signals y = signals_of(network, others);
  const Index n = network.outputs();
  Matrix kernel = Matrix::Zero(n * inputs.cols(), n * others.cols());
  for (std::size_t l = 0; l < x.forward.size(); ++l) {
    const Matrix features = rates[l] * linalg::product(x.forward[l].transpose(), y.forward[l]);
    for (Index o = 0; o < n; ++o) {
      for (Index p = 0; p < n; ++p) {
        const Matrix weights = linalg::product(x.backward[static_cast<std::size_t>(o)][l].transpose(),
                                               y.backward[static_cast<std::size_t>(p)][l]);
        // Entries (o + n i, p + n j).
        Eigen::Map<Matrix, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>(
            kernel.data() + o + p * kernel.rows(), inputs.cols(), others.cols(),
            Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(n * kernel.rows(), n)) += weights.cwiseProduct(features);
      }
    }
  }
  return kernel;
}

namespace {

/// The trace over the outputs depends on W_LᵀW_L alone, which no more outputs than hidden neurons have too.
Perceptron of_few_outputs(const Perceptron& network) {
  std::vector<Matrix> w = network.weights();
  const Index width = w.back().cols();
  if (w.size() == 1 || w.back().rows() <= width) return network;
  const linalg::Svd d = linalg::svd(w.back());
  w.back() = d.s.asDiagonal() * d.v.transpose();
  return Perceptron(std::move(w), network.neuron());
}

}  // namespace

Matrix traced_kernel(const Perceptron& network, const Matrix& inputs, const Layerwise& rates) {
  rates.require_depth(network.depth(), "rates");
  require_room_for_kernel(1, inputs.cols(), inputs.cols());
  const double last = rates[network.weights().size() - 1] * static_cast<double>(network.outputs());
  if (network.depth() == 1) return last * linalg::self_product(inputs.transpose());
  const Signals x = signals_of(of_few_outputs(network), inputs);
  Matrix kernel = last * linalg::self_product(x.forward.back().transpose());
  for (std::size_t l = 0; l + 1 < x.forward.size(); ++l) {
    const Matrix features = rates[l] * linalg::self_product(x.forward[l].transpose());
    for (const std::vector<Matrix>& b : x.backward) {
      kernel += linalg::self_product(b[l].transpose()).cwiseProduct(features);
    }
  }
  return kernel;
}

double kernel_distance(const Matrix& a, const Matrix& b) {
  // Normalized first: the squares of large or small kernels may overflow or underflow.
  const Matrix one = a.stableNormalized();
  const Matrix two = b.stableNormalized();
  return kernel_distance(one.cwiseProduct(two).sum(), one.norm(), two.norm());
}

double kernel_distance(const Perceptron& a, const Perceptron& b, const Matrix& inputs, const Layerwise& rates) {
  return kernel_distance(traced_kernel(a, inputs, rates), traced_kernel(b, inputs, rates));
}

}  // namespace linnet
