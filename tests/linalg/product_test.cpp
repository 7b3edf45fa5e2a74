#include "linnet/linalg/product.hpp"

#include <atomic>
#include <thread>

#include "tests/support/core.hpp"

extern "C" {
int openblas_get_num_threads();
void openblas_set_num_threads(int threads);
}

namespace linnet::linalg {
namespace {

using linnet::testing::normal;
using linnet::testing::relative;

Matrix by_hand(double alpha, const Matrix& a, bool ta, const Matrix& b, bool tb, double beta, const Matrix& c) {
  const Index m = ta ? a.cols() : a.rows();
  const Index k = ta ? a.rows() : a.cols();
  const Index n = tb ? b.rows() : b.cols();
  Matrix out(m, n);
  for (Index i = 0; i < m; ++i) {
    for (Index j = 0; j < n; ++j) {
      double sum = 0;
      for (Index l = 0; l < k; ++l) sum += (ta ? a(l, i) : a(i, l)) * (tb ? b(j, l) : b(l, j));
      out(i, j) = alpha * sum + (beta == 0 ? 0 : beta * c(i, j));
    }
  }
  return out;
}

TEST(Multiply, AgreesWithTheTripleLoop) {
  struct Sizes {
    Index m, k, n;
  };
  for (const Sizes s :
       {Sizes{3, 4, 5}, {1, 1, 1}, {17, 2, 9}, {5, 33, 1}, {0, 3, 2}, {3, 0, 2}, {3, 2, 0}, {40, 41, 42}}) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        const Matrix a = ta ? normal(s.k, s.m, 1) : normal(s.m, s.k, 1);
        const Matrix b = tb ? normal(s.n, s.k, 2) : normal(s.k, s.n, 2);
        const Factor fa = ta ? Factor(a.transpose()) : Factor(a);
        const Factor fb = tb ? Factor(b.transpose()) : Factor(b);
        for (const double alpha : {1.0, -0.7, 0.0}) {
          for (const double beta : {0.0, 1.0, -2.5}) {
            const Matrix c = normal(s.m, s.n, 3);
            Matrix out = c;
            multiply(alpha, fa, fb, beta, out);
            const Matrix right = by_hand(alpha, a, ta, b, tb, beta, c);
            EXPECT_LT(relative(out, right), 1e-14)
                << s.m << s.k << s.n << " " << ta << tb << " " << alpha << " " << beta;
          }
        }
      }
    }
  }
}

TEST(SelfProduct, IsTheProductAndSymmetric) {
  for (const Shape s : {Shape{3, 4}, {4, 3}, {1, 1}, {70, 33}, {3, 0}, {0, 3}}) {
    const Matrix a = normal(s.outputs, s.inputs, 4);
    const Matrix rows = self_product(a);
    const Matrix columns = self_product(a.transpose());
    EXPECT_LT(relative(rows, by_hand(1, a, false, a, true, 0, rows)), 1e-14);
    EXPECT_LT(relative(columns, by_hand(1, a, true, a, false, 0, columns)), 1e-14);
    EXPECT_EQ(rows, rows.transpose());
    EXPECT_EQ(columns, columns.transpose());
  }
}

TEST(Multiply, OverwritesWhateverWasThereWhenBetaIsZero) {
  const Matrix a = normal(4, 3, 1);
  const Matrix b = normal(3, 2, 2);
  Matrix out = Matrix::Constant(4, 2, std::nan(""));
  multiply(a, b, out);
  EXPECT_LT(relative(out, by_hand(1, a, false, b, false, 0, out)), 1e-15);
  Matrix other(7, 7);
  multiply(a, b, other);
  EXPECT_EQ(other, out);
  EXPECT_EQ(product(a, b), out);
}

TEST(SubtractSymmetric, IsTheFormulaAndExactlySymmetric) {
  for (const Index n : {1, 2, 31, 32, 33, 70}) {
    const Matrix b = normal(n, n, 1);
    const Matrix x = normal(n, n, 2);
    const Matrix before = x + x.transpose();
    Matrix c = before;
    subtract_symmetric(0.3, b, c);
    EXPECT_LT(relative(c, (before - 0.3 * (b + b.transpose())).eval()), 1e-15) << n;
    EXPECT_EQ(c, c.transpose()) << n;
  }
}

TEST(SerialBlas, HoldsOneThreadAndGivesBackTheRest) {
  const int before = openblas_get_num_threads();
  openblas_set_num_threads(2);
  {
    const SerialBlas outer;
    EXPECT_EQ(openblas_get_num_threads(), 1);
    {
      const SerialBlas inner;
      EXPECT_EQ(openblas_get_num_threads(), 1);
    }
    EXPECT_EQ(openblas_get_num_threads(), 1) << "the inner one must not end the outer one's hold";
  }
  EXPECT_EQ(openblas_get_num_threads(), 2);
  openblas_set_num_threads(before);
}

TEST(SerialBlas, MayOverlapBetweenThreads) {
  const int before = openblas_get_num_threads();
  openblas_set_num_threads(2);
  std::atomic<int> wrong{0};
  const auto work = [&] {
    for (int i = 0; i < 200; ++i) {
      const SerialBlas serial;
      if (openblas_get_num_threads() != 1) ++wrong;
    }
  };
  std::thread one(work);
  std::thread two(work);
  one.join();
  two.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(openblas_get_num_threads(), 2);
  openblas_set_num_threads(before);
}

TEST(Backend, NamesOpenBlasAndItsVersion) {
  EXPECT_EQ(std::string(backend()).rfind("OpenBLAS 0.", 0), 0U) << backend();
}

}  // namespace
}  // namespace linnet::linalg
