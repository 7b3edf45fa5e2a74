#pragma once

#include <memory>
#include <span>

#include "linnet/solvers/gradient_flow.hpp"

/// SUNDIALS behind two small interfaces. No other file includes SUNDIALS.
namespace linnet::sundials {

/// An autonomous system y' = f(y). The functions return false where a number is not finite; the integrator then tries a
/// smaller step.
class System {
 public:
  virtual ~System() = default;
  [[nodiscard]] virtual Index unknowns() const = 0;
  virtual bool velocity(std::span<const double> y, std::span<double> derivative) = 0;
  /// The Jacobian of f: set y, then multiply vectors. Without these functions differences of f are used.
  [[nodiscard]] virtual bool has_jacobian() const = 0;
  virtual bool linearize(std::span<const double> y) = 0;
  virtual bool jacobian(std::span<const double> v, std::span<double> product) = 0;
  /// An approximate inverse of I − γ × the Jacobian, the preconditioner of the linear systems of `bdf`: set y, then
  /// apply to vectors. Optional.
  [[nodiscard]] virtual bool has_inverse() const { return false; }
  virtual bool prepare_inverse(std::span<const double> /*y*/, double /*gamma*/) { return true; }
  virtual bool invert(std::span<double> /*v*/) { return true; }
  /// A growth rate that steps of `bdf` must resolve although the growing components are below the tolerance; 0 if none
  /// is known.
  [[nodiscard]] virtual double growth() const { return 0; }

 protected:
  System() = default;
  System(const System&) = default;
  System& operator=(const System&) = default;
};

using Method = GradientFlow::Method;

struct Settings {
  Method method = Method::adams;
  double t_end = 1;   ///< > 0; the last step ends there
  double origin = 0;  ///< the user's time at t = 0, for messages
  double rtol = 1e-9;
  double atol = 1e-12;
};

/// Steps of the integrator's own choice from t = 0 to t_end; the system must outlive it.
class Integrator {
 public:
  virtual ~Integrator() = default;

  enum class Stop {
    step,  ///< an internal step is done
    end,   ///< t_end is reached
  };

  /// Integrates to the next stop. Throws a numerical Error when no step can be made.
  virtual Stop advance() = 0;
  [[nodiscard]] virtual double time() const = 0;
  [[nodiscard]] virtual std::span<const double> state() const = 0;  ///< y(time())

  /// y(t) for a t between the last step's ends, by the method's own interpolation; valid until the next call.
  virtual std::span<const double> at(double t) = 0;

  virtual Index error_test_failures() = 0;
};

/// An integrator of `system` from y = `start` at t = 0. Throws for want of memory.
std::unique_ptr<Integrator> make_integrator(System& system, std::span<const double> start, const Settings& settings);

}  // namespace linnet::sundials
