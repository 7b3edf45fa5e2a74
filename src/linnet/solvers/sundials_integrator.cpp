#include "linnet/solvers/sundials_integrator.hpp"

#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_spgmr.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>
#include <sunnonlinsol/sunnonlinsol_newton.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <string>

#include "linnet/error.hpp"
#include "linnet/solvers/sundials_versions.hpp"

namespace linnet::sundials {

namespace {

class Context {
 public:
  Context() {
    if (create(&context_) != 0) throw std::bad_alloc();
  }
  ~Context() { SUNContext_Free(&context_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  operator SUNContext() const { return context_; }  // NOLINT: passed on to C as what it is

 private:
  SUNContext context_ = nullptr;
};

std::span<double> view(N_Vector v) { return {N_VGetArrayPointer(v), static_cast<std::size_t>(N_VGetLength_Serial(v))}; }

Eigen::Map<Vector> mapped(N_Vector v) { return {N_VGetArrayPointer(v), N_VGetLength_Serial(v)}; }

// Debian's build of SUNDIALS' own vector operations handles one number at a time, and takes half the time of a Krylov
// iteration.
sunrealtype dot(N_Vector x, N_Vector y) { return mapped(x).dot(mapped(y)); }
sunrealtype weighted_mean_norm(N_Vector x, N_Vector weights) {
  return std::sqrt(mapped(x).cwiseProduct(mapped(weights)).squaredNorm() / static_cast<double>(mapped(x).size()));
}

void linear_sum(sunrealtype a, N_Vector x, sunrealtype b, N_Vector y, N_Vector z) {
  mapped(z).noalias() = a * mapped(x) + b * mapped(y);
}

void scale(sunrealtype c, N_Vector x, N_Vector z) { mapped(z) = c * mapped(x); }
void fill(sunrealtype c, N_Vector z) { mapped(z).setConstant(c); }
void elementwise_product(N_Vector x, N_Vector y, N_Vector z) { mapped(z) = mapped(x).cwiseProduct(mapped(y)); }
void elementwise_quotient(N_Vector x, N_Vector y, N_Vector z) { mapped(z) = mapped(x).cwiseQuotient(mapped(y)); }

/// All vectors of an integrator are its clones and inherit these operations.
class StateVector {
 public:
  StateVector(Index size, SUNContext context) : vector_(N_VNew_Serial(static_cast<sunindextype>(size), context)) {
    if (vector_ == nullptr) throw std::bad_alloc();
    vector_->ops->nvdotprod = dot;
    vector_->ops->nvwrmsnorm = weighted_mean_norm;
    vector_->ops->nvlinearsum = linear_sum;
    vector_->ops->nvscale = scale;
    vector_->ops->nvconst = fill;
    vector_->ops->nvprod = elementwise_product;
    vector_->ops->nvdiv = elementwise_quotient;
  }
  ~StateVector() { N_VDestroy(vector_); }
  StateVector(const StateVector&) = delete;
  StateVector& operator=(const StateVector&) = delete;
  operator N_Vector() const { return vector_; }  // NOLINT: passed on to C as what it is

 private:
  N_Vector vector_;
};

/// The data of the C callbacks. An exception must not pass through SUNDIALS, so that it is stored here.
struct Callbacks {
  System* system = nullptr;
  double rtol = 0;
  double atol = 0;
  std::exception_ptr thrown;

  template <typename Function>
  int call(const Function& function) {
    try {
      return function() ? 0 : 1;  // 1: recoverable, a smaller step is tried
    } catch (const Error& error) {
      if (error.kind() == Error::Kind::numerical) return 1;  // a decomposition of something not finite
      thrown = std::current_exception();
    } catch (...) {
      thrown = std::current_exception();
    }
    return -1;
  }
};

int velocity(sunrealtype, N_Vector y, N_Vector derivative, void* data) {
  auto& callbacks = *static_cast<Callbacks*>(data);
  return callbacks.call([&] { return callbacks.system->velocity(view(y), view(derivative)); });
}

int linearize(sunrealtype, N_Vector y, N_Vector, void* data) {
  auto& callbacks = *static_cast<Callbacks*>(data);
  return callbacks.call([&] { return callbacks.system->linearize(view(y)); });
}

int jacobian(N_Vector v, N_Vector product, sunrealtype, N_Vector, N_Vector, void* data, N_Vector) {
  auto& callbacks = *static_cast<Callbacks*>(data);
  return callbacks.call([&] { return callbacks.system->jacobian(view(v), view(product)); });
}

int prepare_inverse(sunrealtype, N_Vector y, N_Vector, sunbooleantype, sunbooleantype* renewed, sunrealtype gamma,
                    void* data) {
  auto& callbacks = *static_cast<Callbacks*>(data);
  *renewed = SUNTRUE;
  return callbacks.call([&] { return callbacks.system->prepare_inverse(view(y), gamma); });
}

int invert(sunrealtype, N_Vector, N_Vector, N_Vector v, N_Vector product, sunrealtype, sunrealtype, int, void* data) {
  auto& callbacks = *static_cast<Callbacks*>(data);
  N_VScale(1, v, product);
  return callbacks.call([&] { return callbacks.system->invert(view(product)); });
}

/// One weight for all unknowns. Krylov methods work in the weighted norm. Different weights for the unknowns would
/// destroy the symmetry of the Jacobian, and with it the few distinct eigenvalues that make these methods fast.
int weigh(N_Vector y, N_Vector weights, void* data) {
  const auto& callbacks = *static_cast<Callbacks*>(data);
  const double norm = mapped(y).norm() / std::sqrt(static_cast<double>(mapped(y).size()));
  N_VConst(1 / (callbacks.rtol * norm + callbacks.atol), weights);
  return 0;
}

/// The common part of both integrators.
class Base : public Integrator {
 public:
  Base(System& system, std::span<const double> start, const Settings& settings)
      : settings_(settings), state_(system.unknowns(), context_), between_(system.unknowns(), context_) {
    callbacks_ = {.system = &system, .rtol = settings.rtol, .atol = settings.atol, .thrown = {}};
    std::copy(start.begin(), start.end(), view(state_).begin());
  }

  [[nodiscard]] double time() const override { return time_; }
  [[nodiscard]] std::span<const double> state() const override { return view(state_); }

 protected:
  static void require(int code) {
    if (code < 0) throw std::bad_alloc();  // with valid options this fails only if memory runs out
  }

  [[nodiscard]] std::string way_out() const {
    const std::string usual = "use a looser solver.rtol or a larger solver.atol";
    if (settings_.method != Method::bdf || !callbacks_.system->has_inverse() || time_ == 0) return usual;
    return usual +
           ", an earlier solver.t_end or larger weights at the start: rounding decides what follows so long a wait";
  }

  [[noreturn]] void give_up(const char* routine, int code) const {
    if (callbacks_.thrown) std::rethrow_exception(callbacks_.thrown);
    numerical_failure(
        {.field = "solver.rtol",
         .expected =
             "a step that meets rtol = " + format_number(settings_.rtol) + ", atol = " + format_number(settings_.atol),
         .got = "none at t = " + format_number(settings_.origin + time_) + " of " +
                format_number(settings_.origin + settings_.t_end) + " (" + routine + " " + std::to_string(code) + ")",
         .hint = way_out()});
  }

  Context context_;
  Settings settings_;
  Callbacks callbacks_;
  StateVector state_;
  StateVector between_;
  double time_ = 0;
};

/// CVODE: Adams–Moulton of orders 1 to 12, solved by fixed-point iteration; or, for stiff flows, the backward
/// differentiation formulas of orders 1 to 5, solved by Newton's method with GMRES, which multiplies by the Jacobian
/// only.
class Multistep final : public Base {
 public:
  Multistep(System& system, std::span<const double> start, const Settings& settings)
      : Base(system, start, settings),
        memory_(CVodeCreate(settings.method == Method::bdf ? CV_BDF : CV_ADAMS, context_)) {
    if (memory_ == nullptr) throw std::bad_alloc();
    try {
      prepare();
    } catch (...) {
      release();
      throw;
    }
  }
  ~Multistep() override { release(); }
  Multistep(const Multistep&) = delete;
  Multistep& operator=(const Multistep&) = delete;

  Stop advance() override {
    if (callbacks_.system->has_inverse() && linear_ != nullptr) limit_step();
    const int code = CVode(memory_, settings_.t_end, state_, &time_, CV_ONE_STEP);
    if (code < 0) give_up("CVODE", code);
    return code == CV_TSTOP_RETURN ? Stop::end : Stop::step;
  }

  std::span<const double> at(double t) override {
    if (const int code = CVodeGetDky(memory_, t, 0, between_); code < 0) give_up("CVODE", code);
    return view(between_);
  }

  Index error_test_failures() override {
    long count = 0;
    CVodeGetNumErrTestFails(memory_, &count);
    return count;
  }

 private:
  void prepare() {
    require(silence_cvode(memory_));
    require(CVodeInit(memory_, velocity, 0.0, state_));
    require(CVodeSetUserData(memory_, &callbacks_));
    if (settings_.method == Method::bdf) {
      require(CVodeWFtolerances(memory_, weigh));
      solve_by_newton();
    } else {
      require(CVodeSStolerances(memory_, settings_.rtol, settings_.atol));
      solver_ = SUNNonlinSol_FixedPoint(state_, 0, context_);
      if (solver_ == nullptr) throw std::bad_alloc();
      require(CVodeSetNonlinearSolver(memory_, solver_));
    }
    require(CVodeSetMaxNumSteps(memory_, -1));
    require(CVodeSetStopTime(memory_, settings_.t_end));
  }

  /// The error test does not see components smaller than its tolerance. An implicit step much longer than their growth
  /// time would make them shrink, and the flow would stay at a saddle.
  void limit_step() {
    constexpr double resolved = 0.1;
    const double rate = callbacks_.system->growth();
    require(CVodeSetMaxStep(memory_, rate > 0 ? resolved / rate : 0));  // 0: no limit
  }

  void solve_by_newton() {
    constexpr int krylov_vectors = 40;
    solver_ = SUNNonlinSol_Newton(state_, context_);
    const bool inverse = callbacks_.system->has_inverse();
    // Preconditioning from the left: GMRES then makes the error small. In the unpreconditioned residual γ would magnify
    // the rounding of the stiff components.
    linear_ = SUNLinSol_SPGMR(state_, inverse ? SUN_PREC_LEFT : SUN_PREC_NONE, krylov_vectors, context_);
    if (solver_ == nullptr || linear_ == nullptr) throw std::bad_alloc();
    require(SUNLinSol_SPGMRSetGSType(linear_, SUN_MODIFIED_GS));
    require(CVodeSetNonlinearSolver(memory_, solver_));
    require(CVodeSetLinearSolver(memory_, linear_, nullptr));
    require(CVodeSetMaxNonlinIters(memory_, 8));
    require(CVodeSetMaxConvFails(memory_, 50));  // a first step may be many orders too long
    if (callbacks_.system->has_jacobian()) require(CVodeSetJacTimes(memory_, linearize, jacobian));
    if (!inverse) return;
    require(CVodeSetPreconditioner(memory_, sundials::prepare_inverse, sundials::invert));
    // The components that grow out of a saddle are far below the tolerance, so that the error of GMRES must be below
    // them, down to rounding.
    require(CVodeSetEpsLin(memory_, std::clamp(1e-12 / settings_.rtol, 1e-8, 1e-2)));
  }

  void release() {
    CVodeFree(&memory_);
    if (solver_ != nullptr) SUNNonlinSolFree(solver_);
    if (linear_ != nullptr) SUNLinSolFree(linear_);
  }

  void* memory_ = nullptr;
  SUNNonlinearSolver solver_ = nullptr;
  SUNLinearSolver linear_ = nullptr;
};

/// ARKODE with Dormand and Prince's pair of orders 5(4). Fehlberg's 8(7) makes fewer steps, but the interpolation, of
/// degree 5 at most, then loses order. The table of Verner's 6(5) in ARKODE 6.4 converges at order 4 only.
class RungeKutta final : public Base {
 public:
  RungeKutta(System& system, std::span<const double> start, const Settings& settings)
      : Base(system, start, settings), memory_(ERKStepCreate(velocity, 0.0, state_, context_)) {
    if (memory_ == nullptr) throw std::bad_alloc();
    try {
      prepare();
    } catch (...) {
      ARKodeFree(&memory_);
      throw;
    }
  }
  ~RungeKutta() override { ARKodeFree(&memory_); }
  RungeKutta(const RungeKutta&) = delete;
  RungeKutta& operator=(const RungeKutta&) = delete;

  Stop advance() override {
    const int code = ARKodeEvolve(memory_, settings_.t_end, state_, &time_, ARK_ONE_STEP);
    if (code < 0) give_up("ARKODE", code);
    return code == ARK_TSTOP_RETURN ? Stop::end : Stop::step;
  }

  std::span<const double> at(double t) override {
    if (const int code = ARKodeGetDky(memory_, t, 0, between_); code < 0) give_up("ARKODE", code);
    return view(between_);
  }

  Index error_test_failures() override {
    long count = 0;
    ARKodeGetNumErrTestFails(memory_, &count);
    return count;
  }

 private:
  void prepare() {
    require(silence_arkode(memory_));
    require(ARKodeSetUserData(memory_, &callbacks_));
    require(ARKodeSStolerances(memory_, settings_.rtol, settings_.atol));
    require(ERKStepSetTableNum(memory_, ARKODE_DORMAND_PRINCE_7_4_5));
    require(ARKodeSetMaxNumSteps(memory_, -1));
    require(ARKodeSetStopTime(memory_, settings_.t_end));
  }

  void* memory_ = nullptr;
};

}  // namespace

std::unique_ptr<Integrator> make_integrator(System& system, std::span<const double> start, const Settings& settings) {
  if (settings.method == Method::explicit_runge_kutta) return std::make_unique<RungeKutta>(system, start, settings);
  return std::make_unique<Multistep>(system, start, settings);
}

}  // namespace linnet::sundials
