// Compiled without contraction to fused multiply-adds: the bits are part of the interface.

#include "linnet/linalg/random.hpp"

#include <cmath>
#include <unordered_map>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::linalg {

namespace {

constexpr std::uint32_t multiplier_0 = 0xD2511F53U;
constexpr std::uint32_t multiplier_1 = 0xCD9E8D57U;
constexpr std::uint32_t weyl_0 = 0x9E3779B9U;
constexpr std::uint32_t weyl_1 = 0xBB67AE85U;

template <std::size_t N>
double polynomial(const std::array<double, N>& c, double x) {  // c[0] + c[1] x + …
  double value = c[N - 1];
  for (std::size_t i = N - 1; i-- > 0;) value = value * x + c[i];
  return value;
}

}  // namespace

double normal_quantile(double p) {
  static constexpr std::array<double, 8> a{3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                           1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                           3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static constexpr std::array<double, 8> b{1.0,
                                           4.2313330701600911252e+1,
                                           6.8718700749205790830e+2,
                                           5.3941960214247511077e+3,
                                           2.1213794301586595867e+4,
                                           3.9307895800092710610e+4,
                                           2.8729085735721942674e+4,
                                           5.2264952788528545610e+3};
  static constexpr std::array<double, 8> c{
      1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
      1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr std::array<double, 8> d{1.0,
                                           2.05319162663775882187e0,
                                           1.67638483018380384940e0,
                                           6.89767334985100004550e-1,
                                           1.48103976427480074590e-1,
                                           1.51986665636164571966e-2,
                                           5.47593808499534494600e-4,
                                           1.05075007164441684324e-9};
  static constexpr std::array<double, 8> e{
      6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
      2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr std::array<double, 8> f{1.0,
                                           5.99832206555887937690e-1,
                                           1.36929880922735805310e-1,
                                           1.48753612908506148525e-2,
                                           7.86869131145613259100e-4,
                                           1.84631831751005468180e-5,
                                           1.42151175831644588870e-7,
                                           2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  const double r = std::sqrt(-portable_log(q < 0 ? p : 1.0 - p));
  const double x =
      r <= 5.0 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5.0) / polynomial(f, r - 5.0);
  return q < 0 ? -x : x;
}

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{multiplier_0} * counter[0];
    const std::uint64_t p1 = std::uint64_t{multiplier_1} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32U) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32U) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += weyl_0;
    key[1] += weyl_1;
  }
  return counter;
}

Random::Random(RandomKey key)
    : key_{static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32U)},
      counter_{0, 0, static_cast<std::uint32_t>(key.stream), key.point} {}

Random::Random(RandomKey key, std::uint64_t position) : Random(key) {
  counter_[0] = static_cast<std::uint32_t>(position);
  counter_[1] = static_cast<std::uint32_t>(position >> 32U);
}

std::uint64_t Random::bits() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    used_ = 0;
  }
  const auto i = static_cast<std::size_t>(used_);
  used_ += 2;
  return (std::uint64_t{block_[i + 1]} << 32U) | block_[i];
}

// 52 bits, not 53: then adding the half is exact, and rounding cannot give 0 or 1.
double Random::uniform() { return (static_cast<double>(bits() >> 12U) + 0.5) * 0x1p-52; }

double Random::normal() { return normal_quantile(uniform()); }

double Random::chi_squared(Index degrees) {
  require_at_least(degrees, 1, "degrees");
  return real_chi_squared(static_cast<double>(degrees));
}

double Random::real_chi_squared(double degrees) {
  if (degrees == 1) {
    const double x = normal();
    return x * x;
  }
  const double d = degrees / 2 - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = normal();
    const double root = 1.0 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    const double u = uniform();
    const double x2 = x * x;
    if (u < 1.0 - 0.0331 * x2 * x2 || portable_log(u) < 0.5 * x2 + d * (1.0 - v + portable_log(v))) return 2 * d * v;
  }
}

std::uint64_t Random::below(std::uint64_t n) {
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % n;
  std::uint64_t value = bits();
  while (value >= limit) value = bits();
  return value % n;
}

std::vector<std::uint64_t> distinct_below(std::uint64_t n, std::size_t count, Random& random) {
  std::unordered_map<std::uint64_t, std::uint64_t> moved;
  const auto at = [&](std::uint64_t i) {
    const auto entry = moved.find(i);
    return entry == moved.end() ? i : entry->second;
  };
  std::vector<std::uint64_t> drawn(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    stop_if_asked(i);
    const std::uint64_t j = i + random.below(n - i);
    drawn[i] = at(j);
    moved[j] = at(i);
  }
  return drawn;
}

Matrix normal_matrix(Index rows, Index columns, double deviation, RandomKey key) {
  Random random(key);
  Matrix m(rows, columns);
  for (auto column : m.colwise()) {
    for (Index i = 0; i < rows; ++i) {
      stop_if_asked(i);
      column(i) = deviation * random.normal();
    }
  }
  return m;
}

Matrix random_frame(Index rows, Index columns, RandomKey key) {
  return qr_factor(normal_matrix(rows, columns, 1.0, key));
}

Matrix bartlett_factor(Index n, Index degrees, std::uint64_t seed, std::uint32_t point) {
  Random diagonal({.seed = seed, .point = point, .stream = Stream::bartlett_diagonal});
  Random below({.seed = seed, .point = point, .stream = Stream::bartlett_below});
  Matrix b = Matrix::Zero(n, n);
  for (Index j = 0; j < n; ++j) {
    stop_if_asked();
    b(j, j) = std::sqrt(diagonal.chi_squared(degrees - j));
    for (Index i = j + 1; i < n; ++i) b(i, j) = below.normal();
  }
  return b;
}

double portable_log(double x) {
  // x = 2^e (1 + f): log x = e log 2 + f − f²/2 + s(f²/2 + R), where s = f/(2 + f), |s| <= 0.172, and
  // log(1 + f) = 2 artanh(s) = 2s + s R, R = 2s²(1/3 + s²/5 + …). Small terms are summed first, below the ulp of f.
  static constexpr std::array<double, 11> series{2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11, 2.0 / 13,
                                                 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23};
  constexpr double ln2_high = 6.93147180369123816490e-01;  // 32 bits, so that its product with e is exact
  constexpr double ln2_low = 1.90821492927058770002e-10;
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752440) {
    m *= 2;
    --exponent;
  }
  const double f = m - 1;
  const double e = exponent;
  const double half_square = 0.5 * f * f;
  const double s = f / (2 + f);
  const double z = s * s;
  const double r = z * polynomial(series, z);
  return e * ln2_high - ((half_square - (s * (half_square + r) + e * ln2_low)) - f);
}

}  // namespace linnet::linalg
