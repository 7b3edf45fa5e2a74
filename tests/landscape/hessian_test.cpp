#include "linnet/landscape/hessian.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "tests/support/deep.hpp"
#include "tests/support/landscape.hpp"

namespace linnet::landscape {
namespace {

using namespace testing;

Vector vector_of(Index n, std::uint64_t seed) { return normal(n, 1, seed); }

const std::vector<std::vector<Index>> sizes_of_all_depths = {{4, 3}, {4, 5, 3}, {4, 2, 5, 3}, {4, 6, 3, 5, 3}};

DeepLinear network_of(const std::vector<Index>& sizes) {
  return networks::gaussian_deep(sizes, {.variance = 0.4, .seed = 5});
}

Vector gradient_at(Point& point, const Vector& theta) {
  point.move_to(theta);
  return point.gradient();
}

TEST(Point, GradientAndHessianProductAreTheCostsDerivatives) {
  for (const std::vector<Index>& sizes : sizes_of_all_depths) {
    for (const Cost& cost : three_costs(3, 4)) {
      const DeepLinear network = network_of(sizes);
      Point point(network, cost);
      EXPECT_LT(relative(point.end_to_end(), network.end_to_end()), 1e-14);
      const Vector theta = point.theta();
      const Vector v = vector_of(point.unknowns(), 6);
      const Vector g = point.gradient();
      const Vector hv = point.hessian(v);
      const double vhv = v.dot(hv);
      const Matrix jv = point.jacobian(v);
      // Along a line the cost is a polynomial of degree 2L ≤ 8: central differences, extrapolated twice.
      const auto derivative = [&](const auto& f, double h) {
        const auto central = [&](double step) { return Vector((f(step) - f(-step)) / (2 * step)); };
        const Vector d1 = central(h), d2 = central(h / 2), d4 = central(h / 4);
        const Vector e1 = (4 * d2 - d1) / 3, e2 = (4 * d4 - d2) / 3;
        return Vector((16 * e2 - e1) / 15);
      };
      const Vector dg = derivative([&](double h) { return gradient_at(point, theta + h * v); }, 2e-2);
      EXPECT_LT(relative(hv, dg), 1e-8);
      const Vector dc = derivative(
          [&](double h) {
            const Vector moved = theta + h * v;
            point.move_to(moved);
            return Vector::Constant(1, point.cost());
          },
          2e-2);
      EXPECT_NEAR(dc(0), g.dot(v), 1e-8 * (1 + std::abs(dc(0))));
      EXPECT_NEAR(vhv, v.dot(dg), 1e-7 * std::abs(vhv));
      point.move_to(theta);
      // ⟨q, Jv⟩ = ⟨Jᵀq, v⟩.
      const Matrix q = normal(3, 4, 7);
      Vector jtq;
      point.jacobian_transposed(q, jtq);
      EXPECT_NEAR(q.cwiseProduct(jv).sum(), jtq.dot(v), 1e-12 * jtq.norm() * v.norm());
    }
  }
}

// The gradient in A is affine, so that the gradient at a complex A follows from real ones.
TEST(Point, HessianProductIsTheImaginaryStepOfTheGradient) {
  constexpr double tiny = 1e-30;
  for (const DeepCase& c : deep_cases()) {
    for (const auto& sizes : deep_sizes()) {
      const DeepLinear network = deep_start(sizes);
      const std::vector<Matrix> v = deep_start(sizes, 1, 1000).weights();
      std::vector<ComplexMatrix> z;
      for (std::size_t l = 0; l < v.size(); ++l) {
        z.push_back(network.weights()[l].cast<std::complex<double>>());
        z.back().imag() = tiny * v[l];
      }
      const ComplexMatrix a = plain_product(z);
      ComplexMatrix r = c.gradient(a.real()).cast<std::complex<double>>();
      r.imag() = tiny * (c.gradient(a.imag() / tiny) - c.gradient(Matrix::Zero(3, 5)));
      Point point(network, c.task.train);
      const std::vector<Matrix> change = unflatten(point.hessian(flatten(DeepLinear(v))), sizes).weights();
      const std::vector<ComplexMatrix> gradients = plain_gradients(z, r);
      for (std::size_t l = 0; l < v.size(); ++l) {
        EXPECT_LT(relative(change[l], Matrix(gradients[l].imag() / tiny)), 1e-12) << c.name << ", layer " << l;
      }
    }
  }
}

TEST(Point, HessianIsSymmetric) {
  for (const std::vector<Index>& sizes : sizes_of_all_depths) {
    for (const Cost& cost : three_costs(3, 4)) {
      Point point(network_of(sizes), cost);
      const Vector a = vector_of(point.unknowns(), 8);
      const Vector b = vector_of(point.unknowns(), 9);
      const Vector ha = point.hessian(a);
      const Vector hb = point.hessian(b);
      EXPECT_NEAR(b.dot(ha), a.dot(hb), 1e-13 * ha.norm() * b.norm());
    }
  }
}

TEST(Point, RefusesANetworkThatDoesNotFit) {
  EXPECT_EQ(error_of([] {
              Point(network_of({4, 5, 3}), Cost::full_matrix(normal(3, 5, 1)));
            }),
            "network: expected 3 x 5 end to end, as the task, got 3 x 4");
}

DeepLinear zeros(const std::vector<Index>& sizes) { return networks::gaussian_deep(sizes, {.variance = 0.0}); }

// At the origin of two layers the eigenvalues of the Hessian are ±s_i, each w times, and zeros.
TEST(Hessian, AtTheOriginOfTwoLayers) {
  for (const Index w : {Index{4}, Index{40}}) {
    const Lanczos by{.dense_up_to = w == 4 ? 1000 : 0};
    const Cost cost = Cost::full_matrix(normal(4, 6, 11));
    const Vector s = linalg::singular_values(cost.target());
    Point origin(zeros({6, w, 4}), cost);
    const Index k = std::min<Index>(2 * w, 50);
    const Extremes found = extreme_eigenvalues(origin, k, by);
    EXPECT_EQ(found.dense, w == 4);
    for (Index i = 0; i < k; ++i) {
      EXPECT_NEAR(found.smallest(i), -s(i / w), 1e-9) << i;
      EXPECT_NEAR(found.largest(i), s(i / w), 1e-9) << i;
    }
    Matrix image(origin.unknowns(), k);
    for (Index i = 0; i < k; ++i) {
      image.col(i) = origin.hessian(Vector(found.smallest_vectors.col(i)));
    }
    EXPECT_LT(relative(image, Matrix(found.smallest_vectors * found.smallest.asDiagonal())), 1e-7);
    EXPECT_LT((found.smallest_vectors.transpose() * found.smallest_vectors - Matrix::Identity(k, k)).norm(), 1e-8);
    const HessianIndex index = hessian_index(origin, {.factor_up_to = 0, .limit = 400, .lanczos = by});
    EXPECT_EQ(index.negative, 4 * w);
    EXPECT_TRUE(index.exact);
  }
}

TEST(Hessian, AtTheOriginOfMoreLayersIsZero) {
  for (const Index w : {Index{3}, Index{30}}) {
    Point origin(zeros({6, w, w, 4}), Cost::full_matrix(normal(4, 6, 11)));
    const Lanczos by{.dense_up_to = w == 3 ? 1000 : 0};
    const Extremes found = extreme_eigenvalues(origin, 3, by);
    EXPECT_EQ(found.smallest, Vector::Zero(3));
    EXPECT_EQ(found.largest, Vector::Zero(3));
    EXPECT_EQ(hessian_index(origin, {.lanczos = by}).negative, 0);
  }
}

TEST(Hessian, LanczosAgreesWithAllOfThem) {
  for (const Cost& cost : three_costs(3, 4)) {
    Point point(networks::gaussian_deep({4, 8, 9, 10, 3}, {.variance = 0.15, .seed = 3}), cost);
    ASSERT_GT(point.unknowns(), 200);
    const Lanczos by{.dense_up_to = 0};
    const linalg::SymmetricEigen all = linalg::symmetric_eigen(dense_hessian(point));
    const Extremes found = extreme_eigenvalues(point, 12, by);
    EXPECT_FALSE(found.dense);
    const double size = all.values.cwiseAbs().maxCoeff();
    EXPECT_LT((found.smallest - all.values.head(12)).norm(), 1e-9 * size);
    EXPECT_LT((found.largest - all.values.tail(12).reverse()).norm(), 1e-9 * size);
    const HessianRange range = hessian_range(point, by);
    EXPECT_NEAR(range.smallest, found.smallest(0), 1e-9 * size);
    EXPECT_NEAR(range.largest, found.largest(0), 1e-9 * size);
    const Index truth = (all.values.array() < -1e-8 * size).count();
    EXPECT_GT(truth, 0);
    // By all eigenvalues, by the law of inertia, and by Lanczos's method.
    for (const IndexSearch& o : {IndexSearch{.limit = 1}, IndexSearch{.limit = 1, .lanczos = by},
                                 IndexSearch{.factor_up_to = 0, .limit = 200, .lanczos = by}}) {
      const HessianIndex index = hessian_index(point, o);
      EXPECT_TRUE(index.exact);
      EXPECT_EQ(index.negative, truth);
    }
    // With a smaller limit the result is a lower bound, and reported as such.
    const HessianIndex bounded = hessian_index(point, {.factor_up_to = 0, .limit = 3, .lanczos = by});
    EXPECT_FALSE(bounded.exact);
    EXPECT_GE(bounded.negative, 3);
    EXPECT_LE(bounded.negative, truth);
    // The same if the search does not converge.
    const HessianIndex lost =
        hessian_index(point, {.factor_up_to = 0, .lanczos = {.tolerance = 1e-13, .max_restarts = 3, .dense_up_to = 0}});
    EXPECT_FALSE(lost.exact);
    EXPECT_LE(lost.negative, truth);
  }
}

TEST(Hessian, AtAMinimumHasNoNegativeEigenvalue) {
  const Matrix y = normal(4, 6, 11);
  Point minimum(networks::balanced_deep(y, {12, 12}, 3), Cost::full_matrix(y));
  EXPECT_LT(minimum.gradient_norm(), 1e-13);
  const HessianIndex index = hessian_index(minimum);
  EXPECT_EQ(index.negative, 0);
  EXPECT_TRUE(index.exact);
}

// Near a minimum many eigenvalues are almost 0, and Lanczos's method does not converge; a flow to such a point still
// has an index.
TEST(Hessian, NearAMinimumIsFound) {
  const Matrix y = normal(6, 6, 11);
  Point point(networks::balanced_deep(y, {14, 14}, 3), Cost::full_matrix(y));
  point.move_to(point.theta() + 1e-4 * vector_of(point.unknowns(), 4));
  const Vector all = linalg::symmetric_eigen(dense_hessian(point)).values;
  const HessianRange range = hessian_range(point);
  EXPECT_NEAR(range.smallest, all(0), 1e-13 * all.maxCoeff());
  EXPECT_NEAR(range.largest, all.maxCoeff(), 1e-13 * all.maxCoeff());
  const Index truth = (all.array() < -1e-8 * all.maxCoeff()).count();
  EXPECT_GT(truth, 64);
  for (const Index dense_up_to : {1000, 0}) {
    const HessianIndex index = hessian_index(point, {.lanczos = {.dense_up_to = dense_up_to}});
    EXPECT_EQ(index.negative, truth);
    EXPECT_TRUE(index.exact);
  }
}

TEST(Hessian, Refuses) {
  Point point(network_of({4, 3}), Cost::full_matrix(normal(3, 4, 1)));
  EXPECT_EQ(error_of([&] { extreme_eigenvalues(point, 13); }),
            "hessian.count: expected from 1 to 12, the unknowns, got 13");
  Point wide(networks::gaussian_deep({4, 8, 9, 10, 3}, {.variance = 0.15, .seed = 3}),
             Cost::full_matrix(normal(3, 4, 1)));
  EXPECT_EQ(error_of([&] { extreme_eigenvalues(wide, 5, {.tolerance = 1e-13, .max_restarts = 1, .dense_up_to = 0}); }),
            "hessian: expected extreme eigenvalues by Lanczos, got no convergence after 1 restarts\n"
            "  hint: allow more restarts or a larger tolerance");
}

}  // namespace
}  // namespace linnet::landscape
