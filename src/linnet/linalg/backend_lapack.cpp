// The arithmetic of linalg by BLAS and LAPACK: linnet::linnet on native builds.

#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/linalg/backend_kernel.hpp"
#include "linnet/linalg/backend_names.hpp"
#include "linnet/linalg/bidiagonal.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/run_abandonable.hpp"
#include "linnet/support/memory.hpp"

// The Fortran interfaces that are called, declared here so that no vendor's header is needed.
extern "C" {
void dgemm_(const char* ta, const char* tb, const int* m, const int* n, const int* k, const double* alpha,
            const double* a, const int* lda, const double* b, const int* ldb, const double* beta, double* c,
            const int* ldc);
void dsyrk_(const char* uplo, const char* trans, const int* n, const int* k, const double* alpha, const double* a,
            const int* lda, const double* beta, double* c, const int* ldc);
void dtrsm_(const char* side, const char* uplo, const char* trans, const char* diag, const int* m, const int* n,
            const double* alpha, const double* a, const int* lda, double* b, const int* ldb);
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info);
void dgesdd_(const char* job, const int* m, const int* n, double* a, const int* lda, double* s, double* u,
             const int* ldu, double* vt, const int* ldvt, double* work, const int* lwork, int* iwork, int* info);
void dlasq1_(const int* n, double* d, double* e, double* work, int* info);
void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work, const int* lwork,
             int* info);
void dorgqr_(const int* m, const int* n, const int* k, double* a, const int* lda, const double* tau, double* work,
             const int* lwork, int* info);
void dsyevd_(const char* job, const char* uplo, const int* n, double* a, const int* lda, double* w, double* work,
             const int* lwork, int* iwork, const int* liwork, int* info);
void dsytrf_(const char* uplo, const int* n, double* a, const int* lda, int* pivots, double* work, const int* lwork,
             int* info);

// Only in OpenBLAS; weak, so that another BLAS, which keeps its own settings, links too.
[[gnu::weak]] int openblas_get_num_threads();
[[gnu::weak]] void openblas_set_num_threads(int threads);
[[gnu::weak]] char* openblas_get_config();
[[gnu::weak]] char* openblas_get_corename();
[[gnu::weak]] void* blas_memory_alloc(int position);
[[gnu::weak]] void blas_memory_free(void* buffer);
}

namespace linnet::linalg {

namespace {

int blas_int(Index n) { return static_cast<int>(n); }

/// Leading dimensions must be at least 1, also of an empty matrix.
int leading(const Matrix& m) { return blas_int(std::max<Index>(1, m.rows())); }

void require_convergence(int info, const char* routine) {
  if (info != 0) {
    numerical_failure({.field = "decomposition",
                       .expected = std::string(routine) + " to converge",
                       .got = "info = " + std::to_string(info)});
  }
}

void decompose(const char* job, Matrix a, Vector& s, Matrix& u, Matrix& vt) {
  require_finite_entries(a);
  const SerialBlas serial;
  const int m = blas_int(a.rows());
  const int n = blas_int(a.cols());
  const Index k = std::min(a.rows(), a.cols());
  s.resize(k);
  if (k == 0) return;
  const int lda = leading(a);
  const int ldu = leading(u);
  const int ldvt = leading(vt);
  std::vector<int> iwork(static_cast<std::size_t>(8 * k));
  double best = 0;
  int lwork = -1;
  int info = 0;
  dgesdd_(job, &m, &n, a.data(), &lda, s.data(), u.data(), &ldu, vt.data(), &ldvt, &best, &lwork, iwork.data(), &info);
  lwork = static_cast<int>(best);
  std::vector<double> work(static_cast<std::size_t>(lwork));
  dgesdd_(job, &m, &n, a.data(), &lda, s.data(), u.data(), &ldu, vt.data(), &ldvt, work.data(), &lwork, iwork.data(),
          &info);
  require_convergence(info, "dgesdd");
}

/// Eigenvalues of a, rising; with job V, a is replaced by the eigenvectors.
void diagonalize(const char* job, Matrix& a, Vector& values) {
  require_finite_entries(a);
  const SerialBlas serial;
  values.resize(a.rows());
  if (a.rows() == 0) return;
  const int n = blas_int(a.rows());
  double best = 0;
  int best_int = 0;
  int lwork = -1;
  int liwork = -1;
  int info = 0;
  dsyevd_(job, "L", &n, a.data(), &n, values.data(), &best, &lwork, &best_int, &liwork, &info);
  lwork = static_cast<int>(best);
  liwork = best_int;
  std::vector<double> work(static_cast<std::size_t>(lwork));
  std::vector<int> iwork(static_cast<std::size_t>(liwork));
  dsyevd_(job, "L", &n, a.data(), &n, values.data(), work.data(), &lwork, iwork.data(), &liwork, &info);
  require_convergence(info, "dsyevd");
}

double cubed(Index n) { return std::pow(static_cast<double>(n), 3); }

/// Operations of a reduction to bidiagonal form and of the rest of the SVD.
double svd_operations(const Matrix& a) {
  const auto least = static_cast<double>(std::min(a.rows(), a.cols()));
  const auto most = static_cast<double>(std::max(a.rows(), a.cols()));
  return 4 * most * least * least + 8 * most * most * least;
}

/// b ← b R^{-1}.
void divide_by_triangle(Matrix& b, const Matrix& r) {
  const SerialBlas serial;
  const int m = blas_int(b.rows());
  const int n = blas_int(b.cols());
  const double one = 1;
  dtrsm_("R", "U", "N", "N", &m, &n, &one, r.data(), &n, b.data(), &m);
}

Matrix square_of(Factor a) {
  const SerialBlas serial;
  Matrix out(a.rows(), a.rows());
  if (out.size() == 0) return out;
  const char trans = a.transposed() ? 'T' : 'N';
  const int n = blas_int(a.rows());
  const int k = blas_int(a.cols());
  const int lda = leading(a.matrix());
  const double one = 1;
  const double zero = 0;
  dsyrk_("U", &trans, &n, &k, &one, a.matrix().data(), &lda, &zero, out.data(), &n);
  out.triangularView<Eigen::StrictlyLower>() = out.transpose();
  return out;
}

/// The number of columns of a product that one call computes, so that the product can be interrupted between calls. A
/// multiple of the block size of every kernel, so that the result is the same to the last bit.
Index columns_at_once(double operations_a_column, Index columns) {
  constexpr Index kernel = 192;
  constexpr double some = 1e9;
  if (!is_long(operations_a_column * static_cast<double>(columns))) return columns;
  return std::max<Index>(1, static_cast<Index>(some / operations_a_column) / kernel) * kernel;
}

std::mutex serial_mutex;
int serial_depth = 0;
int threads_before = 1;
thread_local int own_depth = 0;
int threads_within = 0;
int buffers_taken = 0;

constexpr std::size_t buffer_size = std::size_t{129} << 20U;

/// Whether address space for so many buffers is free, in pieces of one buffer.
bool has_room_for_buffers(int count) {
  std::vector<void*> pieces;
  for (int i = 0; i < count; ++i) {
    void* piece = mmap(nullptr, buffer_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED) break;
    pieces.push_back(piece);
  }
  for (void* piece : pieces) munmap(piece, buffer_size);
  return pieces.size() == static_cast<std::size_t>(count);
}

/// OpenBLAS's own threads take buffers when they start, with the process. Where address space is short, they must not
/// take it between the look whether there is room and the taking: they have begun long before this wait is over.
void wait_for_threads_of_blas(int threads) {
  constexpr std::chrono::milliseconds to_begin{300};
  const int own = buffers_taken == 0 ? openblas_get_num_threads() - 1 : 0;
  if (own > 0 && !has_room_for_buffers(threads + own)) std::this_thread::sleep_for(to_begin);
}

/// OpenBLAS takes a buffer for each thread at its first product, keeps it, and retries for ever if there is no memory.
/// Here all buffers are taken together, if there is room.
void take_buffers(int threads) {
  constexpr int most = 64;  // the length of its own list; further threads take their buffers at their first product
  threads = std::min(threads, most);
  if (threads <= buffers_taken) return;
  wait_for_threads_of_blas(threads);
  if (!has_room_for_buffers(threads)) {
    bad_input(
        {.field = "memory",
         .expected = format_bytes(static_cast<double>(buffer_size) * threads) + " of address space for BLAS's buffers",
         .got = "less",
         .hint = threads > 1 ? "raise `ulimit -v`, or compute on fewer threads" : "raise `ulimit -v`"});
  }
  buffers_taken = threads;
  if (blas_memory_alloc == nullptr || blas_memory_free == nullptr) return;
  std::vector<void*> buffers;
  for (int i = 0; i < threads; ++i) buffers.push_back(blas_memory_alloc(0));
  for (void* buffer : buffers) blas_memory_free(buffer);
}

}  // namespace

bool threads_may_starve() { return openblas_get_num_threads != nullptr && !has_room_for_buffers(1); }

void multiply(double alpha, Factor a, Factor b, double beta, Matrix& out) {
  if (beta == 0.0) out.resize(a.rows(), b.cols());
  if (out.size() == 0) return;
  const SerialBlas serial;
  const char ta = a.transposed() ? 'T' : 'N';
  const char tb = b.transposed() ? 'T' : 'N';
  const int m = blas_int(a.rows());
  const int k = blas_int(a.cols());
  const int lda = leading(a.matrix());
  const int ldb = leading(b.matrix());
  const int ldc = leading(out);
  const Index columns = b.cols();
  const Index panel = columns_at_once(2 * static_cast<double>(m) * k, columns);
  for (Index j = 0; j < columns;) {
    if (j > 0) stop_if_asked();
    const Index width = columns - j < 2 * panel ? columns - j : panel;
    const int n = blas_int(width);
    const double* right = b.matrix().data() + (b.transposed() ? j : j * b.matrix().rows());
    dgemm_(&ta, &tb, &m, &n, &k, &alpha, a.matrix().data(), &lda, right, &ldb, &beta, out.data() + j * out.rows(),
           &ldc);
    j += width;
  }
}

Matrix self_product(Factor a) {
  const double operations =
      static_cast<double>(a.rows()) * static_cast<double>(a.rows()) * static_cast<double>(a.cols());
  if (!is_long(operations)) return square_of(a);
  return run_abandonable(operations, [m = a.matrix(), transposed = a.transposed()] {
    return transposed ? square_of(m.transpose()) : square_of(m);
  });
}

SerialBlas::SerialBlas(int threads) {
  kernel_in_use();
  if (openblas_set_num_threads == nullptr || openblas_get_num_threads == nullptr) return;
  const std::scoped_lock lock(serial_mutex);
  take_buffers(std::max(threads, threads_within + (own_depth == 0 ? 1 : 0)));
  if (own_depth++ == 0) ++threads_within;
  if (serial_depth++ == 0) {
    threads_before = openblas_get_num_threads();
    if (threads_before != 1) openblas_set_num_threads(1);
  }
}

SerialBlas::~SerialBlas() {
  if (openblas_set_num_threads == nullptr || openblas_get_num_threads == nullptr) return;
  const std::scoped_lock lock(serial_mutex);
  if (--own_depth == 0) --threads_within;
  if (--serial_depth == 0 && threads_before != 1) openblas_set_num_threads(threads_before);
}

const char* backend() {
  static const std::string name = [] {
    if (openblas_get_config == nullptr || openblas_get_corename == nullptr) return std::string("BLAS and LAPACK");
    kernel_in_use();
    const std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE …"
    const auto space = config.find(' ', config.find(' ') + 1);
    return config.substr(0, space) + " " + openblas_get_corename();
  }();
  return name.c_str();
}

Svd svd(const Matrix& a) {
  return run_abandonable(svd_operations(a), [a = Matrix(a)]() mutable {
    const Index k = std::min(a.rows(), a.cols());
    Svd d{.u = Matrix(a.rows(), k), .s = {}, .v = {}};
    Matrix vt(k, a.cols());
    decompose("S", std::move(a), d.s, d.u, vt);
    d.v = vt.transpose();
    return d;
  });
}

Svd full_svd(const Matrix& a) {
  return run_abandonable(svd_operations(a), [a = Matrix(a)]() mutable {
    Svd d{.u = Matrix::Identity(a.rows(), a.rows()), .s = {}, .v = Matrix::Identity(a.cols(), a.cols())};
    Matrix vt = d.v;
    decompose("A", std::move(a), d.s, d.u, vt);
    d.v = vt.transpose();
    return d;
  });
}

Vector singular_values(const Matrix& a) {
  if (a.rows() < a.cols()) return singular_values(a.transpose());
  const Bidiagonal d(a);
  const SerialBlas serial;
  const int n = blas_int(a.cols());
  Vector s = d.diagonal();
  Vector above = Vector::Zero(n);
  above.head(d.above().size()) = d.above();
  std::vector<double> work(static_cast<std::size_t>(4 * n));
  int info = 0;
  dlasq1_(&n, s.data(), above.data(), work.data(), &info);
  require_convergence(info, "dlasq1");
  return s;
}

SymmetricEigen symmetric_eigen(const Matrix& a) {
  return run_abandonable(9 * cubed(a.rows()), [d = SymmetricEigen{.values = {}, .vectors = a}]() mutable {
    diagonalize("V", d.vectors, d.values);
    return std::move(d);
  });
}

Vector symmetric_eigenvalues(const Matrix& a) {
  return run_abandonable(2 * cubed(a.rows()), [room = a]() mutable {
    Vector values;
    diagonalize("N", room, values);
    return values;
  });
}

namespace {

Index count_negative(Matrix a) {
  require_finite_entries(a);
  const SerialBlas serial;
  const int n = blas_int(a.rows());
  if (n == 0) return 0;
  std::vector<int> pivots(static_cast<std::size_t>(n));
  double best = 0;
  int lwork = -1;
  int info = 0;
  dsytrf_("L", &n, a.data(), &n, pivots.data(), &best, &lwork, &info);
  lwork = static_cast<int>(best);
  std::vector<double> work(static_cast<std::size_t>(lwork));
  dsytrf_("L", &n, a.data(), &n, pivots.data(), work.data(), &lwork, &info);
  Index negative = 0;
  for (Index k = 0; k < a.rows(); ++k) {
    if (pivots[static_cast<std::size_t>(k)] < 0) {  // a 2 x 2 pivot has one eigenvalue of each sign
      ++negative;
      ++k;
    } else if (a(k, k) < 0) {
      ++negative;
    }
  }
  return negative;
}

Matrix root_of(Matrix a) {
  require_finite_entries(a);
  const SerialBlas serial;
  const int n = blas_int(a.rows());
  if (n == 0) return a;
  int info = 0;
  dpotrf_("U", &n, a.data(), &n, &info);
  require_convergence(info, "dpotrf");
  a.triangularView<Eigen::StrictlyLower>().setZero();
  return a;
}

Matrix orthonormal(Matrix reflectors, const Vector& factors) {
  const SerialBlas serial;
  const int m = blas_int(reflectors.rows());
  const int n = blas_int(reflectors.cols());
  const int lda = leading(reflectors);
  if (n == 0) return reflectors;
  double best = 0;
  int lwork = -1;
  int info = 0;
  dorgqr_(&m, &n, &n, reflectors.data(), &lda, factors.data(), &best, &lwork, &info);
  lwork = static_cast<int>(best);
  std::vector<double> work(static_cast<std::size_t>(lwork));
  dorgqr_(&m, &n, &n, reflectors.data(), &lda, factors.data(), work.data(), &lwork, &info);
  return reflectors;
}

Matrix first_qr_factor(Matrix a) {
  require_finite_entries(a);
  const SerialBlas serial;
  const int m = blas_int(a.rows());
  const int n = blas_int(a.cols());
  const int lda = leading(a);
  if (n == 0) return a;
  Vector tau(a.cols());
  double best = 0;
  int lwork = -1;
  int info = 0;
  dgeqrf_(&m, &n, a.data(), &lda, tau.data(), &best, &lwork, &info);
  lwork = static_cast<int>(best);
  std::vector<double> work(static_cast<std::size_t>(lwork));
  dgeqrf_(&m, &n, a.data(), &lda, tau.data(), work.data(), &lwork, &info);
  return orthonormal(std::move(a), tau);
}

double qr_operations(const Matrix& a) {
  return 4 * static_cast<double>(a.rows()) * static_cast<double>(a.cols()) * static_cast<double>(a.cols());
}

}  // namespace

Index negative_eigenvalues(Matrix a) {
  const double operations = cubed(a.rows()) / 3;
  return run_abandonable(operations, [a = std::move(a)]() mutable { return count_negative(std::move(a)); });
}

Matrix cholesky(Matrix a) {
  const double operations = cubed(a.rows()) / 3;
  return run_abandonable(operations, [a = std::move(a)]() mutable { return root_of(std::move(a)); });
}

void divide(Matrix& b, const Matrix& r) {
  if (b.size() == 0) return;
  const double operations =
      static_cast<double>(b.rows()) * static_cast<double>(b.cols()) * static_cast<double>(b.cols());
  if (!is_long(operations)) return divide_by_triangle(b, r);
  b = run_abandonable(operations, [b = std::move(b), r]() mutable {
    divide_by_triangle(b, r);
    return std::move(b);
  });
}

Matrix qr_factor(Matrix a) {
  const double operations = qr_operations(a);
  return run_abandonable(operations, [a = std::move(a)]() mutable { return first_qr_factor(std::move(a)); });
}

Matrix reflections(Matrix reflectors, const Vector& factors) {
  const double operations = qr_operations(reflectors);
  return run_abandonable(operations, [reflectors = std::move(reflectors), factors]() mutable {
    return orthonormal(std::move(reflectors), factors);
  });
}

}  // namespace linnet::linalg
