#include "linnet/exact/spiked_spectrum.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {
namespace {

Matrix noise(Index rows, Index columns, double deviation, std::uint32_t draw) {
  return linalg::normal_matrix(rows, columns, deviation,
                               {.seed = 3, .point = draw, .stream = linalg::named_stream("spiked test")});
}

TEST(SpikedModel, StrengthAndObservedAreInverse) {
  for (const Shape shape : {Shape{100, 100}, Shape{40, 100}, Shape{1000, 3}}) {
    const SpikedModel model(shape);
    for (const double x : {1.01, 1.2, 2.0, 30.0, 1e6}) {
      const double y = model.observed(x);
      EXPECT_GT(y, model.edge());
      EXPECT_NEAR(model.strength(y), x, 1e-9 * x);
      EXPECT_NEAR(model.shrunk(y), x * model.overlap(x), 1e-9 * x);
      EXPECT_LT(model.overlap(x), 1);
    }
    EXPECT_EQ(model.strength(model.edge()), 0);
    EXPECT_EQ(model.shrunk(0.5), 0);
    EXPECT_EQ(model.overlap(0.01), 0);
  }
  // Square: y = x + 1/x, overlap 1 − 1/x², as the limit spectrum has them.
  const SpikedModel square({200, 200});
  EXPECT_NEAR(square.observed(3), 3 + 1.0 / 3, 1e-14);
  EXPECT_NEAR(square.overlap(3), 1 - 1.0 / 9, 1e-14);
}

// The median of the quarter-circle law, of ∫_0^m √(4 − x²)/π dx = ½: 1/√2 of 1.1428 that Gavish & Donoho print is the
// median of y² at β = 1, 0.6528.
TEST(SpikedModel, MedianOfTheBulk) {
  const double m = SpikedModel({50, 50}).quantile(0.5);
  EXPECT_NEAR(m * std::sqrt(4 - m * m) / 2 + 2 * std::asin(m / 2), M_PI / 2, 1e-6);
  EXPECT_NEAR(m * m, 0.6528, 1e-4);
  // β → 0: all singular values are 1.
  EXPECT_NEAR(SpikedModel({1, 1000000}).quantile(0.5), 1, 2e-3);
}

TEST(SpikedModel, NoiseAloneStaysBelowItsLargestInNinetyNineOfAHundred) {
  const Shape shape{30, 60};
  const double largest = SpikedModel(shape).largest_of_noise() * std::sqrt(60.0);
  int above = 0;
  for (std::uint32_t draw = 0; draw < 1000; ++draw) above += linalg::operator_norm(noise(30, 60, 1, draw)) > largest;
  EXPECT_GE(above, 2);
  EXPECT_LE(above, 25);
}

TEST(SpikedSpectrum, FindsNoiseStrengthsAndOverlapsOfLargeMatrices) {
  const Index rows = 150;
  const Index columns = 300;
  const double sigma = 0.3;
  const double unit = sigma * std::sqrt(300.0);
  Matrix signal = Matrix::Zero(rows, columns);
  signal(0, 0) = 4 * unit;
  signal(1, 1) = 2 * unit;
  double strength = 0;
  double overlap = 0;
  double outside = 0;
  double deviation = 0;
  constexpr int draws = 12;
  for (std::uint32_t draw = 0; draw < draws; ++draw) {
    const SpectrumEstimate e = estimate_spectrum(signal + noise(rows, columns, sigma, draw));
    ASSERT_EQ(e.rank(), 2);
    const TaskSpectrum truth = sample_spectrum(tasks::target(signal + noise(rows, columns, sigma, draw), signal));
    deviation += (e.noise / sigma - 1) / draws;
    strength += (e.strengths(1) / (2 * unit) - 1) / draws;
    overlap += (e.spectrum.overlap(1) / truth.overlap(1) - 1) / draws;
    outside += (e.spectrum.unseen / truth.unseen - 1) / draws;
  }
  EXPECT_NEAR(deviation, 0, 2e-3);
  EXPECT_NEAR(strength, 0, 2e-2);
  EXPECT_NEAR(overlap, 0, 2e-2);
  EXPECT_NEAR(outside, 0, 6e-2);
}

// A tenth of a hundred draws would be 10 at 1 %; an edge for known noise alone gave 60.
TEST(SpikedSpectrum, PureNoiseOfUnknownSizeIsRarelySignal) {
  for (const Shape shape : {Shape{10, 10}, Shape{5, 40}, Shape{30, 20}}) {
    int alarms = 0;
    for (std::uint32_t draw = 0; draw < 500; ++draw) {
      alarms += estimate_spectrum(noise(shape.outputs, shape.inputs, 2, draw)).rank() > 0;
    }
    EXPECT_LE(alarms, 12) << shape.outputs << " x " << shape.inputs;
  }
}

TEST(SpikedSpectrum, NoiseFarSmallerThanTheSignalAndSignalsOfHighRank) {
  const Matrix signal = linalg::product(noise(40, 3, 1, 1), noise(3, 40, 1, 2));
  for (const double sigma : {1e-2, 1e-8, 1e-12}) {
    const Matrix y = signal + noise(40, 40, sigma, 3);
    const SpectrumEstimate e = estimate_spectrum(y);
    EXPECT_EQ(e.rank(), 3);
    EXPECT_NEAR(e.noise, sigma, 0.05 * sigma);
    const TaskSpectrum truth = sample_spectrum(tasks::target(y, signal));
    if (sigma > 1e-9) {
      EXPECT_NEAR(e.spectrum.unseen, truth.unseen, 0.4 * truth.unseen);
    }
  }
  // Two thirds of all modes are signal.
  Matrix many = noise(30, 30, 1, 4);
  many.diagonal().head(20) += Vector::LinSpaced(20, 60, 30) * std::sqrt(30.0);
  const SpectrumEstimate e = estimate_spectrum(many);
  EXPECT_EQ(e.rank(), 20);
  EXPECT_NEAR(e.noise, 1, 0.15);
}

TEST(SpikedSpectrum, WithoutNoiseAllIsSignal) {
  Matrix y = Matrix::Zero(6, 4);
  y(0, 0) = 3;
  y(1, 1) = 2;
  for (const SpectrumEstimate& e : {estimate_spectrum(y), estimate_spectrum(y, 0.0)}) {
    EXPECT_EQ(e.noise, 0);
    ASSERT_EQ(e.rank(), 2);
    EXPECT_NEAR(e.strengths(0), 3, 1e-12);
    EXPECT_NEAR(e.spectrum.overlap(1), 2, 1e-12);
    EXPECT_NEAR(e.spectrum.unseen, 0, 1e-12);
  }
}

TEST(SpikedSpectrum, BadInputIsNamed) {
  EXPECT_THROW(estimate_spectrum(Matrix::Zero(3, 3)), Error);
  EXPECT_THROW(estimate_spectrum(Matrix::Constant(3, 3, nan)), Error);
  EXPECT_THROW(estimate_spectrum(Matrix::Ones(3, 3), -1.0), Error);
  EXPECT_THROW(estimate_spectrum(Matrix(0, 4)), Error);
  EXPECT_THROW(estimate_spectrum(Matrix::Constant(3, 3, 1e120)), Error);
}

}  // namespace
}  // namespace linnet
