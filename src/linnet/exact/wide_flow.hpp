#pragma once

#include <memory>
#include <string>
#include <vector>

#include "linnet/exact/best_moment.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/exact/wide_mode.hpp"

namespace linnet {

/// Gradient flow of an infinitely wide network of any depth, mode by mode, on inputs whose covariance shares its
/// eigenvectors with Y (`sample_spectrum`): all blocks of its light cone
/// are multiples of the identity, so that each singular mode of Y learns alone (`WideMode`). To the tolerance; two
/// layers are those of `ModeFlow` at scales s_l². Built by integrating each mode once; then O(n) a time.
class WideFlow {
 public:
  struct Options {
    Index depth = 3;
    Layerwise scales = 1.0;   ///< s_l = σ_l√w
    Layerwise rates = 1.0;    ///< η_l
    double tolerance = 1e-6;  ///< of every a_i(t), relative to y_i, or of the time at which a_i has this value
  };

  /// Throws for a depth below 2, a negative scale, a rate that is not positive, a tolerance outside of [1e-12, 0.1].
  WideFlow(std::shared_ptr<const TaskSpectrum> spectrum, const Options& options);

  [[nodiscard]] const TaskSpectrum& spectrum() const { return *spectrum_; }
  [[nodiscard]] Index depth() const { return depth_; }
  [[nodiscard]] const Layerwise& rates() const { return rates_; }
  [[nodiscard]] Index order() const;           ///< the largest of the modes
  [[nodiscard]] double estimate() const;       ///< of the errors that the tolerance bounds: the largest
  [[nodiscard]] std::string warning() const;   ///< where modes stay at 0, a saddle
  [[nodiscard]] Vector modes(double t) const;  ///< a_i(t), t in [0, inf]
  [[nodiscard]] double train_error(double t) const;
  [[nodiscard]] double test_error(double t) const;  ///< throws without a signal
  [[nodiscard]] Vector learning_times(double fraction) const;
  [[nodiscard]] Matrix end_to_end(double t) const;  ///< A(t); throws for a limit spectrum
  /// The smallest test error over all t in [0, inf], by bounds over intervals of time: to 1e-11 of it, and to what the
  /// tolerance leaves open of the modes. Throws without a signal.
  [[nodiscard]] BestMoment best() const;

 private:
  [[nodiscard]] Vector residuals(double t) const;  // y_i − a_i(t)

  std::shared_ptr<const TaskSpectrum> spectrum_;
  Index depth_;
  Layerwise rates_;
  Vector pace_;  // d_i: mode i moves in the time d_i t
  std::vector<WideMode> modes_;
};

}  // namespace linnet
