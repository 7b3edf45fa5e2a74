#include "linnet/linalg/bidiagonal.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::linalg {

namespace {

constexpr Index at_once = 4;  // columns that are updated together

/// Columns begin at multiples of a cache line, for vectors of any width.
Index whole_lines(Index count) { return (count + 7) / 8 * 8; }

template <Index Width>
LINNET_INLINE double total(const typename Wide<Width>::Numbers& v) {
  double sums[Width];
  for (Index l = 0; l < Width; ++l) sums[l] = v[l];
  for (Index half = Width / 2; half > 0; half /= 2) {
    for (Index l = 0; l < half; ++l) sums[l] += sums[l + half];
  }
  return sums[0];
}

/// The part of a matrix that is not reduced yet, with columns aligned to cache lines. A pass subtracts u yᵀ + x vᵀ.
struct Rest {
  Index rows;
  Index cols;
  Index stride;  // of a
  double* a;     // column k becomes u_k
  double* v;     // column k becomes v_k
  Index v_stride;
  double* x;      // τ a v
  double* next;   // a r, where r is the row that becomes v
  double* y;      // τ aᵀu
  double* left;   // τ of u
  double* right;  // τ of v
  double* diagonal;
  double* above;
};

/// H = I − τuuᵀ with Hx = (value, 0, …) and u_1 = 1.
struct Reflection {
  double value = 0;
  double factor = 0;  // τ
  double first = 1;   // x_1 − value, the divisor of x
};

/// Replaces x by u. The numbers are of order 1 or less, so that numbers whose squares underflow are negligible.
LINNET_INLINE Reflection reflect(double* x, Index size) {
  constexpr double nothing = 1e-280;
  double squares = 0;
  for (Index i = 1; i < size; ++i) squares += x[i] * x[i];
  Reflection h{.value = x[0]};
  if (squares >= nothing) {
    h.value = -std::copysign(std::sqrt(x[0] * x[0] + squares), x[0]);
    h.first = x[0] - h.value;
    h.factor = -h.first / h.value;
  }
  const double scale = h.factor == 0 ? 0.0 : 1 / h.first;
  for (Index i = 1; i < size; ++i) x[i] *= scale;
  x[0] = 1;
  return h;
}

/// Updates columns j, j + 1, … and computes aᵀu, r and a r from them.
template <Index Width, Index Columns>
LINNET_INLINE void pass(const Rest& rest, Index k, Index j) {
  using Numbers = typename Wide<Width>::Numbers;
  const Index from = k / Width * Width;  // u and x are 0 in the rows above k
  const double* u = rest.a + k * rest.stride;
  const double* last_u = k > 0 ? u - rest.stride : rest.x;
  const double* last_v = rest.v + (k > 0 ? k - 1 : 0) * rest.v_stride;
  double* a = rest.a + j * rest.stride;
  double row[Columns];
  {
    Numbers sums[Columns] = {};
    for (Index i = from; i < rest.rows; i += Width) {
      const Numbers here = at<Width>(u + i);
      const Numbers by_y = at<Width>(last_u + i);
      const Numbers by_v = at<Width>(rest.x + i);
#pragma GCC unroll 4
      for (Index c = 0; c < Columns; ++c) {
        Numbers& entry = at<Width>(a + c * rest.stride + i);
        const Numbers now = entry - rest.y[j + c] * by_y - last_v[j + c] * by_v;
        entry = now;
        sums[c] += now * here;
      }
    }
    for (Index c = 0; c < Columns; ++c) {
      rest.y[j + c] = rest.left[k] * total<Width>(sums[c]);
      row[c] = a[c * rest.stride + k] - rest.y[j + c];
      rest.v[k * rest.v_stride + j + c] = row[c];
    }
  }
  for (Index i = from; i < rest.rows; i += Width) {
    Numbers sum = at<Width>(rest.next + i);
#pragma GCC unroll 4
    for (Index c = 0; c < Columns; ++c) sum += row[c] * at<Width>(a + c * rest.stride + i);
    at<Width>(rest.next + i) = sum;
  }
}

template <Index Width>
LINNET_INLINE void reduce(Rest rest) {
  for (Index k = 0; k < rest.cols; ++k) {
    stop_if_asked();
    double* u = rest.a + k * rest.stride;
    double* v = rest.v + k * rest.v_stride;
    if (k > 0) {
      const double by_y = rest.y[k];
      const double by_v = v[k - rest.v_stride];
      const double* last_u = u - rest.stride;
      for (Index i = k; i < rest.rows; ++i) u[i] -= by_y * last_u[i] + by_v * rest.x[i];
    }
    std::fill_n(u, k, 0.0);
    const Reflection left = reflect(u + k, rest.rows - k);
    rest.left[k] = left.factor;
    rest.diagonal[k] = left.value;
    if (k + 1 == rest.cols) return;

    std::fill_n(rest.next, rest.stride, 0.0);
    Index j = k + 1;
    for (; j + at_once <= rest.cols; j += at_once) pass<Width, at_once>(rest, k, j);
    for (; j < rest.cols; ++j) pass<Width, 1>(rest, k, j);

    const Reflection right = reflect(v + k + 1, rest.cols - k - 1);
    rest.right[k] = right.factor;
    rest.above[k] = right.value;
    // With r = (x_1 − value)v + value e_1, (a − uyᵀ)v is (a r − value a e_1)/(x_1 − value) − u(yᵀv).
    double along = 0;
    for (Index l = k + 1; l < rest.cols; ++l) along += rest.y[l] * v[l];
    const double* first = u + rest.stride;
    const double of_next = right.factor / right.first;
    const double of_first = of_next * right.value;
    const double of_u = right.factor * along;
    std::fill_n(rest.next, k + 1, 0.0);
    for (Index i = k + 1; i < rest.rows; ++i) {
      rest.next[i] = of_next * rest.next[i] - of_first * first[i] - of_u * u[i];
    }
    std::swap(rest.x, rest.next);
  }
}

LINNET_AVX512 void reduce_avx512(Rest rest) { reduce<8>(rest); }
LINNET_AVX2 void reduce_avx2(Rest rest) { reduce<4>(rest); }
void reduce_baseline(Rest rest) { reduce<2>(rest); }

}  // namespace

Bidiagonal::Bidiagonal(const Matrix& a, VectorUnit use)
    : use_(use), diagonal_(a.cols()), above_(std::max<Index>(0, a.cols() - 1)) {
  require_finite_entries(a);
  const Index rows = a.rows();
  const Index cols = a.cols();
  const Index stride = whole_lines(rows);
  const Index v_stride = whole_lines(cols);
  AlignedNumbers room;
  room.reset((stride + v_stride) * cols + 2 * stride + v_stride);
  double* columns = room.data();
  double* v = columns + stride * cols;
  double* vectors = v + v_stride * cols;

  // Scales by a power of two, so that squares do not over- or underflow.
  const double largest = a.size() > 0 ? a.cwiseAbs().maxCoeff() : 0.0;
  const int exponent = largest > 0 ? std::clamp(std::ilogb(largest), -1000, 1000) : 0;
  Eigen::Map<Matrix, 0, Eigen::OuterStride<>>(columns, rows, cols, Eigen::OuterStride<>(stride)) =
      std::ldexp(1.0, -exponent) * a;
  Vector left = Vector::Zero(cols);
  Vector right = Vector::Zero(above_.size());
  const auto reduce_by = compiled_for(use, reduce_baseline, reduce_avx2, reduce_avx512);
  reduce_by({.rows = rows,
             .cols = cols,
             .stride = stride,
             .a = columns,
             .v = v,
             .v_stride = v_stride,
             .x = vectors,
             .next = vectors + stride,
             .y = vectors + 2 * stride,
             .left = left.data(),
             .right = right.data(),
             .diagonal = diagonal_.data(),
             .above = above_.data()});
  diagonal_ *= std::ldexp(1.0, exponent);
  above_ *= std::ldexp(1.0, exponent);
  left_ = BlockReflections(columns, stride, rows, left);
  right_ = BlockReflections(v, v_stride, cols, right);
}

Matrix Bidiagonal::into_bases(const Matrix& m) const {
  return right_.inverse_product(left_.inverse_product(m, use_), use_);
}

Matrix Bidiagonal::out_of_bases(const Matrix& m) const { return right_.product(left_.product(m, use_), use_); }

}  // namespace linnet::linalg
