#include "linnet/tasks/words.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/tasks/tied_embedding.hpp"
#include "tests/support/core.hpp"

namespace linnet::tasks {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::normal;
using testing::relative;

TEST(Words, AssociationsAreThoseOfTheFormula) {
  const Matrix counts{{4, 2, 0}, {0, 1, 0}, {0, 0, 0}};  // (0, 1) and (1, 0) together occur twice of 7
  const Matrix m = word_associations(counts);
  const double p00 = 4.0 / 7;
  const double p01 = 1.0 / 7;
  const double p0 = 5.0 / 7;
  const double p1 = 2.0 / 7;
  EXPECT_NEAR(m(0, 0), 2 * (p00 - p0 * p0) / (p00 + p0 * p0), 1e-15);
  EXPECT_NEAR(m(0, 1), 2 * (p01 - p0 * p1) / (p01 + p0 * p1), 1e-15);
  EXPECT_EQ(m(1, 0), m(0, 1));
  EXPECT_EQ(m.row(2).norm(), 0) << "a word that never occurs";
  EXPECT_EQ(word_associations(Matrix{{1, 0}, {0, 1}})(0, 1), -2) << "words that never occur together";
  // To first order in 1 − P_ij/(P_iP_j) it is the pointwise mutual information, and to second order too.
  const double e = 1e-3;
  const Matrix near{{1 + e, 1 - e}, {1 - e, 1 + e}};
  EXPECT_NEAR(word_associations(near)(0, 0), std::log1p(e), e * e * e);
  EXPECT_LT(relative(word_associations(1e300 * near), word_associations(near)), 1e-15);
}

TEST(Words, CountsOfADrawnCorpusTendToItsProbabilities) {
  WordPairs o{.vocabulary = 6, .topics = 3, .exponent = 0.5, .seed = 4};
  const Matrix p = word_pairs(o);
  EXPECT_NEAR(p.sum(), 1, 1e-14);
  EXPECT_EQ(p, p.transpose());
  // A topic is a product of two frequencies: the probabilities are a sum of three of these.
  EXPECT_LT(linalg::singular_values(p)(3), 1e-16);
  o.pairs = 100'000;
  const Matrix counts = word_pairs(o);
  EXPECT_EQ(counts.sum(), 100'000);
  EXPECT_EQ(counts, counts.transpose());
  for (Index i = 0; i < 6; ++i) {
    for (Index j = 0; j < 6; ++j) {
      EXPECT_NEAR(counts(i, j) / 1e5, p(i, j), 5 * std::sqrt(p(i, j) / 1e5)) << i << " " << j;
    }
  }
  // Without topics words are independent, and in Zipf's proportions.
  const Matrix apart = word_pairs({.vocabulary = 4, .topics = 1, .contrast = 0});
  EXPECT_LT(word_associations(apart).norm(), 1e-14);
  EXPECT_NEAR(apart(0, 0) / apart(3, 0), 4, 1e-13);
}

TEST(Words, TriplesAreTheTaskInTheirCoordinates) {
  const Matrix y = normal(7, 5, 1);
  const linalg::Svd d = linalg::svd(y);
  const SingularTriples all{.values = d.s, .left = d.u, .right = d.v};
  EXPECT_LT(relative(from_svd(all).target(), y), 1e-14);
  const SingularTriples top{
      .values = d.s.head(2), .left = d.u.leftCols(2), .right = d.v.leftCols(2), .coordinates = true};
  const ModeFlow small(sample_spectrum(from_svd(top)), {.scales = 0.1});
  const ModeFlow whole(sample_spectrum(target(y)), {.scales = 0.1});
  for (const double t : {0.1, 1.0, 5.0}) {
    EXPECT_LT(relative(small.modes(t), Vector(whole.modes(t).head(2))), 1e-14);
    // Its cost leaves out what the modes that were left out cost.
    const Vector rest = d.s.tail(3) - whole.modes(t).tail(3);
    EXPECT_NEAR(4 * small.train_error(t) + rest.squaredNorm(), 35 * whole.train_error(t), 1e-12);
  }
}

TEST(Words, RefuseByName) {
  EXPECT_THAT(error_of([] { word_associations(Matrix::Zero(2, 2)); }), HasSubstr("task.counts: expected counts"));
  EXPECT_THAT(error_of([] { word_associations(Matrix{{1, -1}, {0, 1}}); }), HasSubstr("task.counts"));
  EXPECT_THAT(error_of([] { word_associations(Matrix::Ones(2, 3)); }), HasSubstr("task.counts: expected a square"));
  EXPECT_THAT(error_of([] { word_pairs({.vocabulary = 0}); }), HasSubstr("task.vocabulary"));
  EXPECT_THAT(error_of([] { word_pairs({.contrast = 1e6}); }), HasSubstr("task.contrast: expected at most 50"));
  EXPECT_THAT(error_of([] { word_pairs({.exponent = std::nan("")}); }), HasSubstr("task.exponent"));
  EXPECT_THAT(error_of([] { tied(normal(3, 3, 1), 2); }), HasSubstr("task.target: expected a symmetric matrix"));
  EXPECT_THAT(error_of([] { tied(normal(3, 4, 1), 2); }), HasSubstr("task.target: expected a square matrix"));
  EXPECT_THAT(error_of([] { tied(Matrix::Identity(3, 3), 0); }), HasSubstr("task.tied_width"));
  const Matrix frame = Matrix::Identity(4, 2);
  EXPECT_THAT(error_of([&] {
                from_svd({.values = Vector{{1, -1}}, .left = frame, .right = frame});
              }),
              HasSubstr("task.values"));
  EXPECT_THAT(error_of([&] {
                from_svd({.values = Vector{{2, 1}}, .left = frame, .right = 2 * frame});
              }),
              HasSubstr("task.right: expected orthonormal columns"));
  EXPECT_THAT(error_of([&] {
                from_svd({.values = Vector{{2, 1, 1}}, .left = frame, .right = frame});
              }),
              HasSubstr("task.left: expected one column"));
  EXPECT_THAT(error_of([&] { from_svd({.values = Vector{{2, 1}}, .left = frame}); }), HasSubstr("task.right"));
}

}  // namespace
}  // namespace linnet::tasks
