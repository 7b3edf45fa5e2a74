#include "linnet/linalg/block_reflections.hpp"

#include <algorithm>

namespace linnet::linalg {

namespace {

constexpr Index block = 4;

/// The data that the loop reads and writes.
struct ReflectionJob {
  const double* vectors;
  const double* coefficients;
  Index size;
  Index blocks;
  bool inverse;
  const Matrix* m;
  double* room;  // buffer for a few columns of m
  Matrix* out;
};

/// x ← x − UTUᵀx, or with Tᵀ, for 2 Width adjacent columns, row by row: the numbers of one vector register are never
/// added to one another.
template <Index Width>
LINNET_INLINE void reflect(const double* vectors, const double* t, bool inverse, Index first, Index size, double* x) {
  using Numbers = typename Wide<Width>::Numbers;
  constexpr Index lane = 2 * Width;
  Numbers sums[block][2] = {};
  for (Index i = first; i < size; ++i) {
    const Numbers left = at<Width>(x + i * lane);
    const Numbers right = at<Width>(x + i * lane + Width);
#pragma GCC unroll 4
    for (Index k = 0; k < block; ++k) {
      const double u = vectors[i * block + k];
      sums[k][0] += u * left;
      sums[k][1] += u * right;
    }
  }
  Numbers parts[block][2] = {};
#pragma GCC unroll 4
  for (Index k = 0; k < block; ++k) {
#pragma GCC unroll 4
    for (Index l = 0; l < block; ++l) {
      const double c = inverse ? t[l * block + k] : t[k * block + l];
      parts[k][0] += c * sums[l][0];
      parts[k][1] += c * sums[l][1];
    }
  }
  for (Index i = first; i < size; ++i) {
    Numbers left = at<Width>(x + i * lane);
    Numbers right = at<Width>(x + i * lane + Width);
#pragma GCC unroll 4
    for (Index k = 0; k < block; ++k) {
      const double u = vectors[i * block + k];
      left -= u * parts[k][0];
      right -= u * parts[k][1];
    }
    at<Width>(x + i * lane) = left;
    at<Width>(x + i * lane + Width) = right;
  }
}

template <Index Width>
LINNET_INLINE void apply(const ReflectionJob& job) {
  constexpr Index lane = 2 * Width;
  for (Index from = 0; from < job.m->cols(); from += lane) {
    const Index columns = std::min(lane, job.m->cols() - from);
    for (Index c = 0; c < columns; ++c) {
      const double* column = job.m->data() + (from + c) * job.size;
      for (Index i = 0; i < job.size; ++i) job.room[i * lane + c] = column[i];
    }
    for (Index step = 0; step < job.blocks; ++step) {
      const Index b = job.inverse ? step : job.blocks - 1 - step;
      reflect<Width>(job.vectors + b * block * job.size, job.coefficients + b * block * block, job.inverse, b * block,
                     job.size, job.room);
    }
    double* out = job.out->data() + from;
    for (Index i = 0; i < job.size; ++i) std::copy_n(job.room + i * lane, columns, out + i * job.out->rows());
  }
}

LINNET_AVX512 void apply_avx512(const ReflectionJob& job) { apply<8>(job); }
LINNET_AVX2 void apply_avx2(const ReflectionJob& job) { apply<4>(job); }
void apply_baseline(const ReflectionJob& job) { apply<2>(job); }

}  // namespace

BlockReflections::BlockReflections(const double* columns, Index stride, Index size, const Vector& factors)
    : size_(size), blocks_((factors.size() + block - 1) / block) {
  vectors_.reset(blocks_ * block * size);
  coefficients_.reset(blocks_ * block * block);
  for (Index b = 0; b < blocks_; ++b) {
    const Index first = b * block;
    const Index count = std::min(block, factors.size() - first);
    const Eigen::Map<const Matrix, 0, Eigen::OuterStride<>> u(columns + first * stride, size, count,
                                                              Eigen::OuterStride<>(stride));
    Eigen::Map<Eigen::Matrix<double, block, Eigen::Dynamic>>(vectors_.data() + first * size, block, size)
        .topRows(count) = u.transpose();
    Eigen::Map<Eigen::Matrix<double, block, block, Eigen::RowMajor>> t(coefficients_.data() + first * block);
    for (Index k = 0; k < count; ++k) {
      t(k, k) = factors(first + k);
      const Vector along = u.leftCols(k).transpose() * u.col(k);
      t.col(k).head(k) = -t(k, k) * (t.topLeftCorner(k, k) * along);
    }
  }
}

Matrix BlockReflections::run(const Matrix& m, bool inverse, VectorUnit use) const {
  Matrix out(m.cols(), m.rows());
  AlignedNumbers room;
  room.reset(size_ * 2 * widest);
  const auto apply_by = compiled_for(use, apply_baseline, apply_avx2, apply_avx512);
  apply_by({.vectors = vectors_.data(),
            .coefficients = coefficients_.data(),
            .size = size_,
            .blocks = blocks_,
            .inverse = inverse,
            .m = &m,
            .room = room.data(),
            .out = &out});
  return out;
}

}  // namespace linnet::linalg
