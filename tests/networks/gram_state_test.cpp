#include "linnet/networks/gram_state.hpp"

#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/network.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::caught;
using testing::error_of;
using testing::normal;
using testing::relative;

constexpr Shape small_shape{.outputs = 3, .inputs = 4};

TEST(GramState, OfWeightsIsQQTransposed) {
  const DeepLinear w(normal(6, 4, 1), normal(3, 6, 2));
  Matrix q(7, 6);
  q << w.w1().transpose(), w.w2();
  const GramState g = GramState::from_weights(w);
  EXPECT_LT(relative(g.gram(), Matrix(q * q.transpose())), 1e-15);
  EXPECT_LT(relative(g.end_to_end(), Matrix(w.w2() * w.w1())), 1e-15);
  EXPECT_EQ(g.shape(), small_shape);
  EXPECT_LT(relative(GramState::from_factor(q, small_shape).gram(), g.gram()), 1e-15);
  EXPECT_EQ(GramState::from_gram(g.gram(), small_shape).gram(), g.gram());
  EXPECT_EQ(g.gram(), g.gram().transpose());
}

TEST(GramState, RefusesWhatIsNone) {
  const Matrix c1 = Matrix::Identity(4, 4);
  const Matrix c2 = Matrix::Identity(3, 3);
  const Matrix a = Matrix::Zero(3, 4);
  EXPECT_EQ(error_of([&] { GramState(c2, a, c2); }),
            "network.input_representation: expected 4 x 4, to fit the end-to-end matrix, got 3 x 3");
  EXPECT_EQ(error_of([&] { GramState(c1, a, c1); }),
            "network.output_representation: expected 3 x 3, to fit the end-to-end matrix, got 4 x 4");
  EXPECT_EQ(error_of([&] { GramState(c1, Matrix(0, 4), c2); }),
            "network.end_to_end: expected a matrix with entries, got 0 x 4");
  Matrix bad = a;
  bad(1, 1) = std::nan("");
  EXPECT_EQ(error_of([&] { GramState(c1, bad, c2); }),
            "network.end_to_end: expected finite numbers, got a nan or an infinity among the entries");
  bad = c1;
  bad(0, 0) = HUGE_VAL;
  EXPECT_EQ(error_of([&] { GramState(bad, a, c2); }),
            "network.input_representation: expected finite numbers, got a nan or an infinity among the entries");
  bad = c2;
  bad(0, 1) = 0.25;
  EXPECT_EQ(error_of([&] { GramState(c1, a, bad); }),
            "network.output_representation: expected a symmetric matrix, got entries that differ by 0.25 from their "
            "mirror images");
  EXPECT_EQ(caught([&] { GramState(c1, a, bad); }).kind, Error::Kind::input);
}

TEST(GramState, FromGramChecksAllOfG) {
  EXPECT_EQ(error_of([] { GramState::from_gram(Matrix::Identity(6, 6), small_shape); }),
            "network.gram: expected 7 x 7, inputs + outputs square, got 6 x 6");
  Matrix g = Matrix::Identity(7, 7);
  g(5, 1) = 0.5;  // an entry of A that differs from that of Aᵀ
  EXPECT_EQ(error_of([&] { GramState::from_gram(g, small_shape); }),
            "network.gram: expected a symmetric matrix, got entries that differ by 0.5 from their mirror images");
  g(1, 5) = std::nan("");
  EXPECT_EQ(error_of([&] { GramState::from_gram(g, small_shape); }),
            "network.gram: expected finite numbers, got a nan or an infinity among the entries");
  EXPECT_EQ(error_of([] { GramState::from_gram(Matrix(0, 0), {}); }),
            "network.gram: expected a matrix with entries, got 0 x 0");
  EXPECT_EQ(error_of([] { GramState::from_factor(Matrix(6, 2), small_shape); }),
            "network.factor: expected 7 rows, inputs + outputs, and a column, got 6 x 2");
}

TEST(GramState, IsExactlySymmetricWhateverItIsGiven) {
  Matrix c1 = normal(4, 4, 1);
  c1 = (c1 * c1.transpose()).eval();
  c1(0, 1) *= 1 + 1e-14;
  const GramState g(c1, Matrix::Zero(3, 4), Matrix::Identity(3, 3));
  EXPECT_EQ(g.input_representation(), g.input_representation().transpose());
}

TEST(SelfConsistent, RepresentationsAreTheRoots) {
  const Layerwise scales{0.5, 2.0};
  const Matrix a = normal(3, 4, 1);
  const SelfConsistent network(a, scales);
  EXPECT_EQ(network.balance(), 1.5);
  EXPECT_EQ(network.threshold(), 1.25);
  const GramState g = network.gram_state();
  EXPECT_EQ(g.end_to_end(), a);
  // (C_1 + λ/2)² = κ² + AᵀA and (C_2 − λ/2)² = κ² + AAᵀ.
  const Matrix root1 = g.input_representation() + 0.75 * Matrix::Identity(4, 4);
  const Matrix root2 = g.output_representation() - 0.75 * Matrix::Identity(3, 3);
  const double kappa2 = 1.25 * 1.25;
  EXPECT_LT(relative(Matrix(root1 * root1), Matrix(kappa2 * Matrix::Identity(4, 4) + a.transpose() * a)), 1e-14);
  EXPECT_LT(relative(Matrix(root2 * root2), Matrix(kappa2 * Matrix::Identity(3, 3) + a * a.transpose())), 1e-14);
  EXPECT_LT(relative(SelfConsistent(Matrix::Zero(3, 4), scales).gram_state().gram(),
                     networks::infinite_width(small_shape, scales).gram()),
            1e-15);
}

TEST(SelfConsistent, RefusesBadInput) {
  EXPECT_EQ(error_of([] { SelfConsistent(Matrix(0, 2), 1.0); }),
            "network.end_to_end: expected a matrix of finite numbers, got 0 x 2");
  EXPECT_EQ(error_of([] { SelfConsistent(Matrix::Constant(2, 2, HUGE_VAL), 1.0); }),
            "network.end_to_end: expected a matrix of finite numbers, got a nan or an infinity among the entries");
  EXPECT_EQ(error_of([] {
              SelfConsistent(Matrix::Zero(2, 2), {1.0, -1.0});
            }),
            "network.scale: expected a finite number >= 0, got -1");
}

TEST(Network, FormsShareEndToEndMatrixAndGramState) {
  const DeepLinear weights(normal(6, 4, 1), normal(3, 6, 2));
  const GramState gram = GramState::from_weights(weights);
  const SelfConsistent closed = networks::self_consistent(gram, {1.0, 2.0});
  EXPECT_EQ(end_to_end(Network(weights)), gram.end_to_end());
  EXPECT_EQ(end_to_end(Network(closed)), gram.end_to_end());
  EXPECT_EQ(gram_state(Network(weights)).gram(), gram.gram());
  EXPECT_EQ(gram_state(Network(gram)).gram(), gram.gram());
  EXPECT_EQ(gram_state(Network(closed)).gram(), closed.gram_state().gram());
}

}  // namespace
}  // namespace linnet
