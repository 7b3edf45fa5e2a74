#include "linnet/networks/gram_distance.hpp"

#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::normal;

DeepLinear weights(Index width, std::uint64_t seed) { return {normal(width, 5, seed), normal(7, width, seed + 1)}; }

double by_the_whole(const Network& network, const Network& other) {
  const Matrix exact = gram_state(other).gram();
  return (gram_state(network).gram() - exact).norm() / exact.norm();
}

TEST(GramDistance, InTheSpanOfNarrowWeightsIsThatOfTheWhole) {
  for (const Index width : {1, 2, 3}) {
    for (const Index other : {2, 4, 30}) {  // the last has no span smaller than the whole
      const Network a = weights(width, 1);
      const Network b = weights(other, 5);
      const double expected = by_the_whole(a, b);
      ASSERT_GT(expected, 0.1);
      EXPECT_NEAR(gram_distance(a, b), expected, 1e-14 * expected) << width << ' ' << other;
      EXPECT_NEAR(gram_distance(a, gram_state(b)), expected, 1e-14 * expected) << width << ' ' << other;
    }
  }
}

// A difference far below the size of both keeps its digits.
TEST(GramDistance, ResolvesNeighbours) {
  const DeepLinear a = weights(2, 1);
  for (const double small : {1e-6, 1e-12}) {
    const DeepLinear b(a.w1(), (1 + small) * a.w2());
    const double expected = by_the_whole(b, a);
    EXPECT_NEAR(gram_distance(b, a), expected, 1e-15 + 1e-9 * expected) << small;
  }
  EXPECT_LT(gram_distance(a, a), 1e-15);
  // The hidden neurons in another order are the same Gram state.
  const DeepLinear turned(a.w1().colwise().reverse(), a.w2().rowwise().reverse());
  EXPECT_LT(gram_distance(turned, a), 1e-15);
}

}  // namespace
}  // namespace linnet
