#include "linnet/linalg/root_excess.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "linnet/linalg/bidiagonal.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/vectors.hpp"

namespace linnet::linalg {

namespace {

constexpr double largest_ratio = 1e7;  // of ‖A‖ to κ; for larger ratios and κ = 0, singular vectors are used
constexpr Index lane = 16;             // right-hand sides that are solved together

/// One term of  1/(1 + (1 + ξ)^{½}) = Σ_j weight_j/(1 + node_j ξ).
struct Pole {
  double node = 0;
  double weight = 0;
};

/// Jacobi's cs = cn/sn and dn at u in (0, K/2], by the arithmetic–geometric mean of 1 and k'. The ratio cs avoids the
/// cancellation in cn for k near 1.
class Elliptic {
 public:
  explicit Elliptic(double complementary_modulus) {
    double a = 1;
    double b = complementary_modulus;
    while (std::abs(a - b) > 1e-8 * a) {
      means_.push_back({a, b});
      const double mean = (a + b) / 2;
      b = std::sqrt(a * b);
      a = mean;
    }
    limit_ = (a + b) / 2;
    means_.push_back({a, b});
  }

  [[nodiscard]] double quarter_period() const { return std::numbers::pi / (2 * limit_); }

  struct At {
    double cs = 0;
    double dn = 0;
  };
  [[nodiscard]] At operator()(double u) const {
    const double start = 1 / std::tan(limit_ * u);
    double c = limit_ * start;
    double scaled = start;
    double dn = 1;
    for (auto mean = means_.rbegin(); mean != means_.rend(); ++mean) {
      scaled *= c;
      c *= dn;
      dn = (mean->b + scaled) / (mean->a + scaled);
      scaled = c / mean->a;
    }
    return {.cs = c, .dn = dn};
  }

 private:
  struct Means {
    double a;
    double b;
  };
  std::vector<Means> means_;
  double limit_ = 0;
};

// 1/(1 + (1 + ξ)^{½}) = (2/π)∫₀ᴷ sn² dn/(1 + cn² ξ) dt with k' = (1 + ξ_max)^{−½}: periodic and analytic as far from
// the real axis as K', so that the midpoint rule with N points has an error of e^{−2πNK'/K}, K ≈ ln 4/k'. One more
// point accounts for the growth of the integrand away from the real axis.
std::vector<Pole> poles(double largest) {
  const double complement = 1 / std::sqrt(1 + largest);
  const double modulus = std::sqrt(largest / (1 + largest));
  const Elliptic of(complement);
  const double k = of.quarter_period();
  const double k_prime = modulus > 0 ? Elliptic(modulus).quarter_period() : 40.0;
  const auto count = 1 + static_cast<Index>(std::ceil(38 * k / (2 * std::numbers::pi * k_prime)));
  const double step = k / static_cast<double>(count);
  std::vector<Pole> all;
  for (Index j = 0; j < count; ++j) {
    const double t = (static_cast<double>(j) + 0.5) * step;
    const bool late = t > k / 2;  // cn(K − t) = k' sn/dn and so on, without cancellation
    const auto [cs, dn] = of(late ? k - t : t);
    const double sn2 = 1 / (1 + cs * cs);
    const double cn2 = cs * cs * sn2;
    const double scale = 2 * step / std::numbers::pi;
    if (late) {
      all.push_back(
          {.node = complement * complement * sn2 / (dn * dn), .weight = scale * cn2 * complement / (dn * dn * dn)});
    } else {
      all.push_back({.node = cn2, .weight = scale * sn2 * dn});
    }
  }
  return all;
}

/// I + node BᵀB = LDLᵀ of every pole, one column each; L is unit lower bidiagonal.
struct Resolvents {
  Matrix below;       // of L, the diagonal below the main one
  Matrix reciprocal;  // of D
  Vector weights;
};

// D_i = p_i + node b_i², with p_1 = 1 and p_{i+1} = 1 + node f_i² p_i/D_i: no subtractions.
Resolvents resolvents(const Vector& b, const Vector& f) {
  const double rows = (b.array().abs() + (Vector(b.size()) << f.cwiseAbs(), 0).finished().array()).maxCoeff();
  const double cols = (b.array().abs() + (Vector(b.size()) << 0, f.cwiseAbs()).finished().array()).maxCoeff();
  const std::vector<Pole> all = poles(rows * cols);  // ≥ ‖B‖²
  const auto count = static_cast<Index>(all.size());
  Resolvents r{.below = Matrix::Zero(b.size(), count), .reciprocal = Matrix(b.size(), count), .weights = Vector(count)};
  for (Index j = 0; j < count; ++j) {
    const auto [node, weight] = all[static_cast<std::size_t>(j)];
    r.weights(j) = weight;
    double p = 1;
    for (Index i = 0; i < b.size(); ++i) {
      const double d = p + node * b(i) * b(i);
      r.reciprocal(i, j) = 1 / d;
      if (i == f.size()) break;
      r.below(i, j) = node * b(i) * f(i) / d;
      p = 1 + node * f(i) * f(i) * p / d;
    }
  }
  return r;
}

/// Adjacent right-hand sides; column i belongs to row i of B.
using Lanes = Eigen::Array<double, lane, Eigen::Dynamic>;

void multiply_by(const Vector& b, const Vector& f, Lanes& x) {
  for (Index i = 0; i < b.size(); ++i) {
    x.col(i) *= b(i);
    if (i < f.size()) x.col(i) += f(i) * x.col(i + 1);
  }
}

void multiply_by_transpose(const Vector& b, const Vector& f, Lanes& x) {
  for (Index i = b.size() - 1; i >= 0; --i) {
    x.col(i) *= b(i);
    if (i > 0) x.col(i) += f(i - 1) * x.col(i - 1);
  }
}

/// Σ_j weight_j (I + node_j BᵀB)^{-1} y for `lane` right-hand sides; `room` is a buffer of the size of y.
template <Index Width>
LINNET_INLINE void solve(const Resolvents& r, const double* y, double* room, double* sum) {
  using Numbers = typename Wide<Width>::Numbers;
  using Loose = typename Wide<Width>::Loose;
  constexpr Index parts = lane / Width;
  const Index n = r.below.rows();
  const Loose* ys = reinterpret_cast<const Loose*>(y);
  Loose* rooms = reinterpret_cast<Loose*>(room);
  Loose* sums = reinterpret_cast<Loose*>(sum);
  for (Index i = 0; i < n * parts; ++i) sums[i] = Numbers{};
  for (Index j = 0; j < r.weights.size(); ++j) {
    const double* below = r.below.col(j).data();
    const double* reciprocal = r.reciprocal.col(j).data();
    const double weight = r.weights(j);
    Numbers v[parts] = {};
    for (Index i = 0; i < n; ++i) {
      const double above = i > 0 ? below[i - 1] : 0.0;
      for (Index k = 0; k < parts; ++k) {
        v[k] = ys[i * parts + k] - above * v[k];
        rooms[i * parts + k] = v[k];
      }
    }
    for (Index k = 0; k < parts; ++k) v[k] = Numbers{};
    for (Index i = n - 1; i >= 0; --i) {
      for (Index k = 0; k < parts; ++k) {
        v[k] = reciprocal[i] * rooms[i * parts + k] - below[i] * v[k];
        sums[i * parts + k] += weight * v[k];
      }
    }
  }
}

LINNET_AVX512 void solve_avx512(const Resolvents& r, const double* y, double* room, double* sum) {
  solve<8>(r, y, room, sum);
}
LINNET_AVX2 void solve_avx2(const Resolvents& r, const double* y, double* room, double* sum) {
  solve<4>(r, y, room, sum);
}
void solve_baseline(const Resolvents& r, const double* y, double* room, double* sum) { solve<2>(r, y, room, sum); }

/// rows ← rows B g(BᵀB) Bᵀ.
void multiply_by_excess(const Vector& b, const Vector& f, VectorUnit use, Matrix& rows) {
  const Resolvents resolvent = resolvents(b, f);
  const auto solve_lane = compiled_for(use, solve_baseline, solve_avx2, solve_avx512);
  Lanes y = Lanes::Zero(lane, b.size());
  Lanes room(lane, b.size());
  Lanes sum(lane, b.size());
  for (Index from = 0; from < rows.rows(); from += lane) {
    auto here = rows.middleRows(from, std::min(lane, rows.rows() - from));
    y.topRows(here.rows()) = here;
    multiply_by_transpose(b, f, y);
    solve_lane(resolvent, y.data(), room.data(), sum.data());
    multiply_by(b, f, sum);
    here = sum.topRows(here.rows());
  }
}

Matrix by_singular_vectors(const Matrix& a, double kappa, const Matrix& r) {
  const Svd d = svd(a);
  const Vector bottom = (d.s.array().square() + kappa * kappa).sqrt() + kappa;
  const Vector excess = (bottom.array() > 0).select(d.s.array().square() / bottom.array(), 0.0);
  Matrix x = product(d.u.transpose(), r);
  x.array().colwise() *= excess.array();
  Matrix y = product(r, d.v);
  y.array().rowwise() *= excess.transpose().array();
  Matrix out = product(d.u, x);
  multiply(1.0, y, d.v.transpose(), 1.0, out);
  return out;
}

}  // namespace

// With A = κ𝒬B𝒫ᵀ and g(ξ) = 1/(1 + (1 + ξ)^{½}):  e(AAᵀ) = κ𝒬 B g(BᵀB) Bᵀ 𝒬ᵀ  and  e(AᵀA) = κ𝒫 Bᵀ g(BBᵀ) B 𝒫ᵀ. A factor
// on either side of g keeps the rounding errors of the large singular values out of the directions of the small ones.
// With rows and columns in reverse order Bᵀ is upper bidiagonal, so that the second expression is computed as the
// first.
Matrix root_excess(const Matrix& a, double kappa, const Matrix& r, VectorUnit use) {
  if (a.rows() < a.cols()) return root_excess(a.transpose(), kappa, r.transpose(), use).transpose();
  const Index n = a.cols();
  if (n == 0) return r;
  const Bidiagonal d(a, use);
  const double size = d.diagonal().cwiseAbs().maxCoeff() + (n > 1 ? d.above().cwiseAbs().maxCoeff() : 0.0);
  if (!(size < largest_ratio * kappa)) return by_singular_vectors(a, kappa, r);
  const Vector b = d.diagonal() / kappa;
  const Vector f = d.above() / kappa;

  Matrix inner = d.into_bases(r);
  Matrix left = inner.topRows(n).transpose();
  Matrix right = inner.rowwise().reverse();
  multiply_by_excess(b, f, use, left);
  multiply_by_excess(b.reverse(), f.reverse(), use, right);
  inner = kappa * right.rowwise().reverse();
  inner.topRows(n) += kappa * left.transpose();
  return d.out_of_bases(inner);
}

}  // namespace linnet::linalg
