#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "linnet/exact/best_moment.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

/// The relative spread of variances up to which the inputs of a design count as white: what is off is small beside the
/// errors of any data.
inline constexpr double nearly_white = 1e-6;

/// Held-out entries of a matrix: their squared error is a quadratic form of the modes, which it couples.
struct HeldOutEntries {
  Matrix products;    ///< Q_ij = Σ (u_i v_iᵀ)(u_j v_jᵀ) over these entries
  Vector targets;     ///< b_i = Σ (u_i v_iᵀ) Y
  double square = 0;  ///< Σ Y²
  double count = 1;

  [[nodiscard]] double error(const Vector& modes) const;     ///< (aᵀQa − 2bᵀa + ΣY²)/count
  [[nodiscard]] Vector gradient(const Vector& modes) const;  ///< of the error, in a
};

/// The test error of infinitely wide networks of two layers that start at A = 0, as a function of κ and t, in closed
/// form with its derivatives; of several data sets, as of the folds of one, the mean.
class Risk {
 public:
  struct Part {
    std::shared_ptr<const TaskSpectrum> spectrum;
    std::optional<HeldOutEntries> entries = std::nullopt;  ///< the test, instead of that of the spectrum
  };

  /// `rate` is η of both layers. Times are in [0, time_limit].
  Risk(std::vector<Part> parts, double rate, double time_limit = infinity);

  /// The same with all times.
  [[nodiscard]] Risk without_limit() const { return {parts_, rate_}; }
  [[nodiscard]] ModeFlow flow(std::size_t part, double kappa) const;
  [[nodiscard]] const TaskSpectrum& spectrum(std::size_t part = 0) const { return *parts_[part].spectrum; }
  [[nodiscard]] double largest_target() const { return largest_; }  ///< the largest y_1

  [[nodiscard]] double error(double kappa, double t) const;
  [[nodiscard]] Vector errors(double kappa, double t) const;  ///< of each part
  struct Slopes {
    double by_time = 0;   ///< ∂/∂ ln t
    double by_scale = 0;  ///< ∂/∂ ln κ
  };
  [[nodiscard]] Slopes slopes(double kappa, double t) const;

  /// The time of the least error at this κ: of one part as `ModeFlow::best`, which is proven; of several, or under a
  /// limit that it exceeds, the least of 400 times between the first mode's learning and the last's, refined to 1e-10
  /// by the derivative.
  [[nodiscard]] BestMoment best(double kappa) const;

 private:
  [[nodiscard]] BestMoment search(const std::vector<ModeFlow>& flows) const;
  [[nodiscard]] double error_of(std::size_t part, const ModeFlow& flow, double t) const;
  [[nodiscard]] Slopes slopes_of(std::size_t part, const ModeFlow& flow, double t) const;
  [[nodiscard]] double mean_error(const std::vector<ModeFlow>& flows, double t) const;
  [[nodiscard]] Slopes mean_slopes(const std::vector<ModeFlow>& flows, double t) const;
  [[nodiscard]] std::vector<ModeFlow> flows(double kappa) const;

  std::vector<Part> parts_;
  double rate_;
  double time_limit_;
  double largest_ = 0;
};

}  // namespace linnet
