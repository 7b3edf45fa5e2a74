#include "linnet/linalg/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numbers>
#include <vector>

#include "tests/support/core.hpp"

#if __has_include(<Random123/philox.h>)
#include <Random123/philox.h>
#define HAS_RANDOM123
#endif

namespace linnet::linalg {
namespace {

using Counter = std::array<std::uint32_t, 4>;
using Key = std::array<std::uint32_t, 2>;

// The published test vectors of Random123 (kat_vectors, philox4x32 10).
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(philox(Counter{0, 0, 0, 0}, Key{0, 0}), (Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox(Counter{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, Key{0xffffffff, 0xffffffff}),
            (Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox(Counter{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, Key{0xa4093822, 0x299f31d0}),
            (Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, AgreesWithRandom123) {
#ifdef HAS_RANDOM123
  std::uint64_t state = 42;  // another generator, SplitMix64
  const auto word = [&] {
    std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<std::uint32_t>((z ^ (z >> 31U)) >> 16U);
  };
  for (int i = 0; i < 20000; ++i) {
    const Counter counter{word(), word(), word(), word()};
    const Key key{word(), word()};
    const philox4x32_ctr_t right =
        philox4x32_R(10, {{counter[0], counter[1], counter[2], counter[3]}}, {{key[0], key[1]}});
    ASSERT_EQ(philox(counter, key), (Counter{right.v[0], right.v[1], right.v[2], right.v[3]})) << i;
  }
#else
  GTEST_SKIP() << "Random123 (Debian: librandom123-dev) is not installed";
#endif
}

TEST(Random, WordsArePhiloxOfSeedStreamAndPoint) {
  Random random({.seed = 0x0123456789ABCDEFU, .point = 7, .stream = Stream::mask});
  for (std::uint32_t block = 0; block < 3; ++block) {
    const Counter words = philox({block, 0, 4, 7}, {0x89ABCDEFU, 0x01234567U});
    EXPECT_EQ(random.bits(), (std::uint64_t{words[1]} << 32U) | words[0]);
    EXPECT_EQ(random.bits(), (std::uint64_t{words[3]} << 32U) | words[2]);
  }
}

// "Same seed, same bits" includes later versions: these values never change.
TEST(Random, BitsAreFrozen) {
  const std::array<std::uint64_t, 4> bits{0xc8e1cbad4e850f24U, 0x103a025f9b3167beU, 0x8953314ec67f2acfU,
                                          0x3e6712dbb7c8107dU};
  const std::array<double, 4> uniforms{0x1.91c3975a9d0a1p-1, 0x1.03a025f9b3168p-4, 0x1.12a6629d8cfe5p-1,
                                       0x1.f33896ddbe40cp-3};
  const std::array<double, 6> normals{0x1.938854c34420ap-1,  -0x1.86e705fb9d30dp+0, 0x1.768249ec83a7cp-4,
                                      -0x1.6375c1b558295p-1, 0x1.230af621b9677p+0,  0x1.4a1b4f2a55b7p-2};
  const std::array<double, 4> chi{0x1.3e0b41bc7a03fp-1, 0x1.0ac78d3312a5dp+2, 0x1.67766a5290359p+6,
                                  0x1.fae8493ecd71bp+9};
  const RandomKey key{.seed = 2024, .point = 3, .stream = Stream::noise};
  Random a(key);
  for (const std::uint64_t value : bits) EXPECT_EQ(a.bits(), value);
  Random b(key);
  for (const double value : uniforms) EXPECT_EQ(b.uniform(), value);
  Random c(key);
  for (const double value : normals) EXPECT_EQ(c.normal(), value);
  Random d(key);
  Index degrees = 1;
  for (const double value : chi) {
    EXPECT_EQ(d.chi_squared(degrees), value) << degrees;
    degrees *= 10;
  }
  EXPECT_EQ(normal_matrix(2, 2, 0.5, key)(1, 1), 0.5 * normals[3]);
  EXPECT_EQ(bartlett_factor(3, 5, 1, 0)(2, 1), 0x1.a2018b19ed087p+1);
}

TEST(Random, StreamsAndPointsAreIndependent) {
  const int n = 20000;
  const std::vector<RandomKey> keys{{.seed = 1, .point = 0, .stream = Stream::signal_left},
                                    {.seed = 1, .point = 0, .stream = Stream::signal_right},
                                    {.seed = 1, .point = 1, .stream = Stream::signal_left},
                                    {.seed = 2, .point = 0, .stream = Stream::signal_left},
                                    {.seed = 1ULL << 32U, .point = 0, .stream = Stream::signal_left},
                                    {.seed = 1, .point = 0, .stream = Stream::bartlett_below}};
  Matrix x(n, static_cast<Index>(keys.size()));
  for (std::size_t k = 0; k < keys.size(); ++k) {
    Random random(keys[k]);
    for (Index i = 0; i < n; ++i) x(i, static_cast<Index>(k)) = random.normal();
  }
  const Matrix correlation = x.transpose() * x / n;
  const Matrix off = correlation - Matrix(correlation.diagonal().asDiagonal());
  EXPECT_LT(off.cwiseAbs().maxCoeff(), 4 / std::sqrt(n));
}

TEST(Random, UniformIsInsideTheOpenInterval) {
  Random bits({.seed = 5});
  Random random({.seed = 5});
  double sum = 0;
  for (int i = 0; i < 100000; ++i) {
    const double u = random.uniform();
    const double k = static_cast<double>(bits.bits() >> 12U);
    ASSERT_EQ(u * 0x1p53, 2 * k + 1);  // exact: an odd multiple of 2^-53, hence never 0 or 1
    sum += u;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 4 * std::sqrt(1.0 / 12 / 100000));
}

TEST(Random, NormalMoments) {
  const int n = 1000000;
  Random random({.seed = 11});
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    m1 += x / n;
    m2 += x * x / n;
    m3 += x * x * x / n;
    m4 += x * x * x * x / n;
  }
  const double se = 1 / std::sqrt(n);
  EXPECT_NEAR(m1, 0, 4 * se);
  EXPECT_NEAR(m2, 1, 4 * std::sqrt(2.0) * se);
  EXPECT_NEAR(m3, 0, 4 * std::sqrt(15.0) * se);
  EXPECT_NEAR(m4, 3, 4 * std::sqrt(96.0) * se);
}

// x solves Φ(x) = p; one Newton step in long double measures its error.
TEST(NormalQuantile, InvertsTheDistributionFunction) {
  const auto error = [](double p) {
    const auto x = static_cast<long double>(normal_quantile(p));
    const long double root2 = std::sqrt(2.0L);
    const long double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi_v<long double>);
    // For x > 0 by the upper tail, where 1 − p is exact for the p of this test.
    const long double miss = x <= 0 ? std::erfc(-x / root2) / 2 - static_cast<long double>(p)
                                    : (1 - static_cast<long double>(p)) - std::erfc(x / root2) / 2;
    const long double step = miss / density;
    return static_cast<double>(std::abs(step / std::max(std::abs(x), 1e-3L)));
  };
  double worst = 0;
  for (int i = 1; i < 20000; ++i) worst = std::max(worst, error(i / 20000.0));
  for (double tail = 0.5; tail > 1e-300; tail *= 0.83) worst = std::max(worst, error(tail));
  for (double tail = 0.5; tail >= 0x1p-53; tail *= 0.5) worst = std::max(worst, error(1 - tail));
  EXPECT_LT(worst, 1.5e-15);
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_EQ(normal_quantile(0.25), -normal_quantile(0.75));
}

TEST(PortableLog, IsWithinOneUnitInTheLastPlace) {
  double worst = 0;
  const auto check = [&](double x) {
    const double right = std::log(x);
    const double ulp = std::nextafter(std::abs(right), HUGE_VAL) - std::abs(right);
    worst = std::max(worst, std::abs(portable_log(x) - right) / ulp);
  };
  Random random({.seed = 3});
  for (int i = 0; i < 200000; ++i) check(random.uniform());
  for (double x = 0x1p-1022; x < 1e308; x *= 1.37) check(x);
  for (double e = 0.3; e > 1e-16; e /= 1.7) {
    check(1 + e);
    check(1 - e);
  }
  EXPECT_LE(worst, 1);
  EXPECT_EQ(portable_log(1), 0);
}

/// √n sup |F_n − F| of n draws of χ² with k degrees.
double kolmogorov_smirnov(Index k, const std::function<double(double)>& cdf, int n = 20000) {
  Random random({.seed = 77, .point = static_cast<std::uint32_t>(k)});
  std::vector<double> p;
  for (int i = 0; i < n; ++i) p.push_back(cdf(random.chi_squared(k)));
  std::sort(p.begin(), p.end());
  double worst = 0;
  for (int i = 0; i < n; ++i) {
    const double at = p[static_cast<std::size_t>(i)];
    worst = std::max({worst, at - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - at});
  }
  return worst * std::sqrt(n);
}

TEST(ChiSquared, HasItsDistribution) {
  constexpr double critical = 1.95;  // exceeded once in a thousand
  const auto erf_root = [](double x) { return std::erf(std::sqrt(x / 2)); };
  EXPECT_LT(kolmogorov_smirnov(1, erf_root), critical);
  EXPECT_LT(kolmogorov_smirnov(2, [](double x) { return -std::expm1(-x / 2); }), critical);
  EXPECT_LT(kolmogorov_smirnov(
                3, [&](double x) { return erf_root(x) - std::sqrt(2 * x / std::numbers::pi) * std::exp(-x / 2); }),
            critical);
  EXPECT_LT(kolmogorov_smirnov(10,
                               [](double x) {
                                 double term = 1;
                                 double sum = 1;
                                 for (int i = 1; i < 5; ++i) sum += (term *= x / 2 / i);
                                 return 1 - std::exp(-x / 2) * sum;
                               }),
            critical);
  // Wilson and Hilferty's cube root is normal to O(1/k).
  const double k = 1e6;
  EXPECT_LT(kolmogorov_smirnov(1000000,
                               [&](double x) {
                                 const double z = (std::cbrt(x / k) - (1 - 2 / (9 * k))) / std::sqrt(2 / (9 * k));
                                 return std::erfc(-z / std::numbers::sqrt2) / 2;
                               }),
            critical);
}

TEST(ChiSquared, HasItsMoments) {
  for (const Index k : {1, 2, 3, 10, 1000000}) {
    const int n = 100000;
    Random random({.seed = 78, .point = static_cast<std::uint32_t>(k)});
    const auto mean = static_cast<double>(k);
    double m1 = 0;
    double m2 = 0;
    for (int i = 0; i < n; ++i) {
      const double x = random.chi_squared(k) - mean;
      m1 += x / n;
      m2 += x * x / n;
    }
    EXPECT_NEAR(m1, 0, 4 * std::sqrt(2 * mean / n)) << k;
    const double fourth = 12 * mean * (mean + 4);  // central moment
    EXPECT_NEAR(m2, 2 * mean, 4 * std::sqrt((fourth - 4 * mean * mean) / n)) << k;
  }
}

TEST(ChiSquared, RefusesNoDegrees) {
  EXPECT_EQ(testing::error_of([] { Random({}).chi_squared(0); }), "degrees: expected a whole number >= 1, got 0");
  EXPECT_EQ(testing::error_of([] { bartlett_factor(4, 3, 1, 0); }), "degrees: expected a whole number >= 1, got 0");
}

TEST(Below, IsUniformAndUnbiased) {
  Random random({.seed = 4});
  const int n = 70000;
  std::array<int, 7> count{};
  for (int i = 0; i < n; ++i) ++count[random.below(7)];
  double chi2 = 0;
  for (const int c : count) chi2 += (c - n / 7.0) * (c - n / 7.0) / (n / 7.0);
  EXPECT_LT(chi2, 22.5);  // 6 degrees, one in a thousand
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0U);
  // For n = 3 · 2^62 the remainder of 64 bits alone would give the lowest third twice as often.
  const std::uint64_t large = 3ULL << 62U;
  int lowest = 0;
  for (int i = 0; i < 30000; ++i) {
    const std::uint64_t value = random.below(large);
    ASSERT_LT(value, large);
    lowest += value < (1ULL << 62U) ? 1 : 0;
  }
  EXPECT_NEAR(lowest / 30000.0, 1.0 / 3, 4 * std::sqrt(2.0 / 9 / 30000));
}

TEST(Random, DistinctNumbersAreAPermutationsFirst) {
  const auto drawn = [](std::uint64_t n, std::size_t count, std::uint64_t seed = 1) {
    Random random({.seed = seed, .stream = Stream::pairs});
    return distinct_below(n, count, random);
  };
  std::vector<std::uint64_t> all = drawn(50, 50);
  const std::vector<std::uint64_t> few = drawn(50, 20);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), all.begin()));
  std::sort(all.begin(), all.end());
  for (std::uint64_t i = 0; i < 50; ++i) EXPECT_EQ(all[i], i);
  for (const std::uint64_t x : drawn(std::uint64_t{1} << 61U, 100)) EXPECT_LT(x, std::uint64_t{1} << 61U);
  EXPECT_TRUE(drawn(3, 0).empty());
  // Each of the six orders of three numbers one time in six.
  std::vector<int> counts(9);
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    const std::vector<std::uint64_t> pair = drawn(3, 2, seed);
    ++counts[3 * pair[0] + pair[1]];
  }
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(counts[i], i % 4 == 0 ? 0 : 1000, i % 4 == 0 ? 0 : 120) << i;
}

}  // namespace
}  // namespace linnet::linalg
