#include "linnet/predict/regimes.hpp"

#include <cmath>
#include <numbers>
#include <utility>

#include "linnet/linalg/product.hpp"
#include "linnet/networks/kernel.hpp"

namespace linnet {

namespace {

/// K[u_i v_iᵀ] = Σ_l a_l b_lᵀ, of all modes: the columns of a_l are η_l K_l^out u_i, of b_l K_l^in v_i.
struct Images {
  std::vector<Matrix> a;
  std::vector<Matrix> b;

  void add(const Network& network, const Layerwise& rates, const linalg::Svd& modes, double sign) {
    const TangentKernel kernel(network, rates);
    const Index count = modes.s.size();
    for (const TangentKernel::Share& share : kernel.shares()) {
      a.push_back(sign * share.out.times(modes.u.leftCols(count)));
      b.push_back(share.in.times(modes.v.leftCols(count)));
    }
  }

  /// ‖Σ_l a_l b_lᵀ‖_F of each mode.
  [[nodiscard]] Vector norms() const {
    Vector square = Vector::Zero(a.front().cols());
    for (std::size_t l = 0; l < a.size(); ++l) {
      for (std::size_t m = 0; m < a.size(); ++m) {
        square += (a[l].cwiseProduct(a[m]).colwise().sum().array() * b[l].cwiseProduct(b[m]).colwise().sum().array())
                      .matrix()
                      .transpose();
      }
    }
    return square.cwiseMax(0).cwiseSqrt();
  }
};

}  // namespace

Vector strengths(const linalg::Svd& modes, const Matrix& a) {
  const Matrix v = modes.v.leftCols(modes.s.size());
  const Matrix mapped = linalg::product(a, v);
  return modes.u.leftCols(modes.s.size()).cwiseProduct(mapped).colwise().sum().transpose();
}

const char* to_string(Regime regime) {
  switch (regime) {
    case Regime::lazy:
      return "lazy";
    case Regime::active:
      return "active";
    case Regime::delayed_rich:
      return "delayed-rich";
    case Regime::never:
      return "never";
  }
  return "unknown";
}

Vector kernel_motion(const Network& start, const Network& end, const linalg::Svd& modes, const Layerwise& rates) {
  Images images;
  images.add(end, rates, modes, 1);
  const Vector size = images.norms();
  images.add(start, rates, modes, -1);
  const Vector motion = images.norms();
  return (size.array() > 0).select(motion.array() / size.array(), 0.0);
}

Regime regime_of(double motion, double y, double largest_y, double kappa, bool learned) {
  constexpr double moved = 1 - std::numbers::sqrt2 / 2;
  constexpr double rounding = 1e-8;  // of θ, a difference of squares
  if (!learned || y <= 1e-12 * largest_y) return Regime::never;
  if (motion <= moved + rounding) return Regime::lazy;
  return y <= kappa ? Regime::delayed_rich : Regime::active;
}

}  // namespace linnet
