#include "linnet/networks/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/self_consistent.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

KernelSide KernelSide::identity(Index n) { return {false, Matrix(n, 0), 1}; }

KernelSide KernelSide::whole(Matrix symmetric) { return {true, std::move(symmetric), 0}; }

KernelSide KernelSide::square(Matrix factor, double shift) {
  if (factor.cols() < factor.rows()) return {false, std::move(factor), shift};
  return whole(KernelSide(false, std::move(factor), shift).dense());
}

double KernelSide::trace() const {
  return whole_ ? m_.trace() : shift_ * static_cast<double>(size()) + m_.squaredNorm();
}

// The largest entry is on the diagonal, as K is positive semidefinite.
double KernelSide::largest_entry() const {
  if (whole_) return m_.cwiseAbs().maxCoeff();
  return m_.cols() == 0 ? shift_ : shift_ + m_.rowwise().squaredNorm().maxCoeff();
}

Vector KernelSide::eigenvalues() const {
  if (whole_) return linalg::symmetric_eigen(m_).values;
  Vector all = Vector::Constant(size(), shift_);
  if (m_.cols() > 0) all.tail(m_.cols()) += linalg::singular_values(m_).cwiseAbs2().reverse();
  return all;
}

Matrix KernelSide::dense() const {
  if (whole_) return m_;
  Matrix k = m_.cols() > 0 ? linalg::product(m_, m_.transpose()) : Matrix(Matrix::Zero(size(), size()));
  k.diagonal().array() += shift_;
  return k;
}

Matrix KernelSide::times(const Matrix& x) const {
  if (whole_) return linalg::product(m_, x);
  if (m_.cols() == 0) return shift_ * x;
  Matrix y = linalg::product(m_, linalg::product(m_.transpose(), x));
  if (shift_ != 0) y += shift_ * x;
  return y;
}

// K is symmetric.
Matrix KernelSide::timed(const Matrix& x) const {
  if (whole_) return linalg::product(x, m_);
  if (m_.cols() == 0) return shift_ * x;
  Matrix y = linalg::product(linalg::product(x, m_), m_.transpose());
  if (shift_ != 0) y += shift_ * x;
  return y;
}

KernelSide KernelSide::scaled(double by) const { return {whole_, m_ * (whole_ ? by : std::sqrt(by)), shift_ * by}; }

KernelSide KernelSide::seen_through(const Matrix& s) const {
  if (whole_) return whole(linalg::product(linalg::product(s.transpose(), m_), s));
  if (m_.cols() > 0 && shift_ == 0) return square(linalg::product(s.transpose(), m_));
  Matrix k = shift_ * linalg::product(s.transpose(), s);
  if (m_.cols() > 0) {
    const Matrix seen = linalg::product(s.transpose(), m_);
    k += linalg::product(seen, seen.transpose());
  }
  return whole(std::move(k));
}

double inner_product(const KernelSide& a, const KernelSide& b) {
  if (a.whole_ && b.whole_) return a.m_.cwiseProduct(b.m_).sum();
  if (a.whole_) return inner_product(b, a);
  // ⟨shift I + FFᵀ, K⟩ = shift tr K + ⟨F, KF⟩
  double sum = a.shift_ == 0 ? 0.0 : a.shift_ * b.trace();
  if (a.m_.cols() == 0) return sum;
  if (b.whole_) return sum + a.m_.cwiseProduct(linalg::product(b.m_, a.m_)).sum();
  if (b.m_.cols() > 0) sum += linalg::product(a.m_.transpose(), b.m_).squaredNorm();
  return b.shift_ == 0 ? sum : sum + b.shift_ * a.m_.squaredNorm();
}

namespace {

using Share = TangentKernel::Share;

std::vector<Share> shares_of(const DeepLinear& network) {
  const std::vector<Matrix>& w = network.weights();
  std::vector<KernelSide> in{KernelSide::identity(network.shape().inputs)};
  Matrix before;
  for (std::size_t l = 0; l + 1 < w.size(); ++l) {
    before = l == 0 ? w[0] : linalg::product(w[l], before);
    in.push_back(KernelSide::square(before.transpose()));
  }
  std::vector<KernelSide> out{KernelSide::identity(network.shape().outputs)};
  Matrix after;
  for (std::size_t l = w.size(); l-- > 1;) {
    after = l + 1 == w.size() ? w[l] : linalg::product(after, w[l]);
    out.push_back(KernelSide::square(after));
  }
  std::vector<Share> shares;
  for (std::size_t l = 0; l < w.size(); ++l) {
    shares.push_back({.out = std::move(out[w.size() - 1 - l]), .in = std::move(in[l])});
  }
  return shares;
}

std::vector<Share> shares_of(const Network& network) {
  if (const auto* weights = weights_of(network)) return shares_of(*weights);
  if (const auto* fixed = std::get_if<DeepLinearized>(&network)) {
    std::vector<Share> shares;
    for (const DeepLinearized::LayerKernel& k : fixed->kernel()) {
      shares.push_back({.out = KernelSide::whole(k.out), .in = KernelSide::whole(k.in)});
    }
    return shares;
  }
  if (const auto* closed = std::get_if<SelfConsistent>(&network)) {
    const auto [vectors, inputs, outputs] = closed->representations();
    const Matrix left = vectors.u * outputs.cwiseSqrt().asDiagonal();
    const Matrix right = vectors.v * inputs.cwiseSqrt().asDiagonal();
    const Shape shape = closed->shape();
    return {{.out = KernelSide::square(left, closed->scales()[1]), .in = KernelSide::identity(shape.inputs)},
            {.out = KernelSide::identity(shape.outputs), .in = KernelSide::square(right, closed->scales()[0])}};
  }
  if (!has_gram_state(network)) {
    bad_input({.field = "network",
               .expected = "a network with weights or a Gram state, for its tangent kernel",
               .got = description_of(network)});
  }
  const GramState g = gram_state(network);
  return {{.out = KernelSide::whole(g.output_representation()), .in = KernelSide::identity(g.shape().inputs)},
          {.out = KernelSide::identity(g.shape().outputs), .in = KernelSide::whole(g.input_representation())}};
}

std::vector<Share> at_rates(std::vector<Share> shares, const Layerwise& rates) {
  rates.require_depth(static_cast<Index>(shares.size()), "rates");
  for (std::size_t l = 0; l < shares.size(); ++l) shares[l].out = shares[l].out.scaled(rates[l]);
  return shares;
}

/// A multiple of a kernel, so that squares do not over- or underflow.
std::vector<Share> of_unit_size(std::vector<Share> shares) {
  double largest = 0;
  for (const Share& s : shares) largest = std::max(largest, s.out.largest_entry() * s.in.largest_entry());
  if (!(largest > 0)) return shares;
  for (Share& s : shares) {
    const double size = s.in.largest_entry();
    const double root = 1 / std::sqrt(size);  // 1/size may overflow
    if (size > 0) s.in = s.in.scaled(root).scaled(root);
    s.out = s.out.scaled(size / largest);
  }
  return shares;
}

/// ⟨K, K'⟩_F, Σ_{l,l'} ⟨K_l^out, K'_l'^out⟩⟨K_l^in, K'_l'^in⟩.
double inner_product(const std::vector<Share>& a, const std::vector<Share>& b) {
  double sum = 0;
  for (const Share& x : a) {
    for (const Share& y : b) sum += inner_product(x.out, y.out) * inner_product(x.in, y.in);
  }
  return sum;
}

void require_samples(const Matrix& inputs, Shape shape) {
  if (inputs.cols() == shape.inputs && inputs.rows() > 0) return;
  bad_input({.field = "inputs",
             .expected = "samples in rows, of " + std::to_string(shape.inputs) + " inputs each",
             .got = format_shape(inputs.rows(), inputs.cols())});
}

}  // namespace

TangentKernel::TangentKernel(const Network& network, const Layerwise& rates)
    : shares_(at_rates(shares_of(network), rates)) {}

TangentKernel::TangentKernel(const DeepLinear& network, const Layerwise& rates)
    : shares_(at_rates(shares_of(network), rates)) {}

Shape TangentKernel::shape() const {
  return {.outputs = shares_.front().out.size(), .inputs = shares_.front().in.size()};
}

TangentKernel TangentKernel::seen_through(const Matrix& s) const {
  std::vector<Share> seen;
  for (const Share& share : shares_) seen.push_back({.out = share.out, .in = share.in.seen_through(s)});
  return TangentKernel(std::move(seen));
}

Matrix TangentKernel::apply(const Matrix& gradient) const {
  Matrix sum = Matrix::Zero(gradient.rows(), gradient.cols());
  for (const Share& share : shares_) sum += share.in.timed(share.out.times(gradient));
  return sum;
}

void require_one_shape(Shape a, Shape b) {
  if (a == b) return;
  bad_input({.field = "network",
             .expected = "two networks of one shape, to compare their kernels",
             .got = format_shape(a.outputs, a.inputs) + " and " + format_shape(b.outputs, b.inputs)});
}

double kernel_distance(double product, double first_norm, double second_norm) {
  if (first_norm == 0 || second_norm == 0) return first_norm == second_norm ? 0 : 1;
  return std::max(0.0, 1 - product / first_norm / second_norm);
}

double kernel_distance(Shape shape, double threshold, const Vector& modes, const Vector& other_modes) {
  const Vector excess = root_excess(modes, threshold);
  const Vector other_excess = root_excess(other_modes, threshold);
  const auto sides = static_cast<double>(shape.sum());
  const double pairs = static_cast<double>(shape.outputs) * static_cast<double>(shape.inputs);
  const double shift = 2 * threshold;
  const auto product = [&](const Vector& e, const Vector& f) {
    return shift * (shift * pairs + sides * (e.sum() + f.sum())) + sides * e.dot(f) + 2 * e.sum() * f.sum();
  };
  return kernel_distance(product(excess, other_excess), std::sqrt(product(excess, excess)),
                         std::sqrt(product(other_excess, other_excess)));
}

double kernel_distance(const TangentKernel& a, const TangentKernel& b) {
  require_one_shape(a.shape(), b.shape());
  const std::vector<Share> one = of_unit_size(a.shares());
  const std::vector<Share> two = of_unit_size(b.shares());
  const double first = inner_product(one, one);
  const double second = inner_product(two, two);
  if (first == 0 || second == 0) return first == second ? 0 : 1;
  return std::max(0.0, 1 - inner_product(one, two) / std::sqrt(first * second));  // √(x²) is x: 0 of equal kernels
}

double kernel_distance(const Network& a, const Network& b, const Layerwise& rates) {
  return kernel_distance(TangentKernel(a, rates), TangentKernel(b, rates));
}

double kernel_distance(const Network& a, const Network& b, const Matrix& inputs, const Layerwise& rates) {
  const TangentKernel one(a, rates);
  const TangentKernel two(b, rates);
  require_one_shape(one.shape(), two.shape());
  require_samples(inputs, one.shape());
  Matrix root = inputs.transpose();
  if (root.cols() > root.rows()) {  // many samples: another root of XᵀX, n_0 square
    const linalg::Svd d = linalg::svd(inputs);
    root = d.v * d.s.asDiagonal();
  }
  return kernel_distance(one.seen_through(root), two.seen_through(root));
}

Matrix neural_tangent_kernel(const Network& network, const Matrix& inputs, const Layerwise& rates) {
  const TangentKernel kernel(network, rates);
  require_samples(inputs, kernel.shape());
  const Index n = kernel.shape().outputs;
  const double side = static_cast<double>(inputs.rows()) * static_cast<double>(n);
  require_memory(matrix_bytes(side, side), "inputs",
                 std::to_string(inputs.rows()) + " samples of " + std::to_string(n) + " outputs");
  Matrix result = Matrix::Zero(inputs.rows() * n, inputs.rows() * n);
  const TangentKernel seen = kernel.seen_through(inputs.transpose());
  for (const Share& share : seen.shares()) {
    const Matrix out = share.out.dense();
    const Matrix in = share.in.dense();
    for (Index p = 0; p < inputs.rows(); ++p) {
      for (Index q = 0; q < inputs.rows(); ++q) result.block(p * n, q * n, n, n) += in(p, q) * out;
    }
  }
  return result;
}

}  // namespace linnet
