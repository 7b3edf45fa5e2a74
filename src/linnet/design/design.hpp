#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "linnet/design/risk.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/spiked_spectrum.hpp"
#include "linnet/networks/gram_state.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// Which network is asked for. By default that of the smallest test error.
struct DesignOptions {
  std::optional<Index> active = std::nullopt;  ///< with the first k modes active at the best moment and the others lazy
  std::optional<double> kernel_distance = std::nullopt;  ///< or with a kernel that has moved so far at the best moment
  std::optional<double> scale = std::nullopt;            ///< κ, if it is given already
  std::optional<double> stop_time = std::nullopt;        ///< t, if it is given already
  double time_limit = infinity;                          ///< the longest training
  std::optional<Index> width = std::nullopt;             ///< the largest width; none: infinite width
  double rate = 1;                                       ///< η of both layers, the unit of t

  // How the test error is known:
  /// σ of the entries of a target whose signal is not known; of samples, of each output of a sample.
  std::optional<double> noise = std::nullopt;
  bool from_target = false;  ///< take the signal for unknown although the task has one
  Index folds = 0;           ///< instead, K folds of samples or entries

  std::shared_ptr<const TaskSpectrum> spectrum =
      nullptr;  ///< of the task (`sample_spectrum`), where it is there already

  std::uint64_t seed = 0;  ///< of folds, error bars and networks of finite width
};

/// The network of two layers, and the time of its training, that do what is asked for (docs/design.md).
struct Design {
  enum class Source {
    signal,    ///< the task has a test
    spectrum,  ///< the signal is estimated from the singular values of the target
    folds,     ///< errors of held-out samples or entries, their noise included
  };
  Source source = Source::signal;

  double scale = 0;                           ///< κ
  double balance = 0;                         ///< λ: at infinite width neither A(t) nor the kernel depends on it
  double time = 0;                            ///< t, of gradient flow at the rate asked for
  std::optional<Index> width = std::nullopt;  ///< within the budget, the least that loses at most 5 %
  [[nodiscard]] Layerwise scales() const { return {scale - balance / 2, scale + balance / 2}; }  ///< (σ_1²w, σ_2²w)

  double test_error = 0;  ///< expected, at this width
  double error_bar = 0;   ///< of the test error, at 95 %: of the estimate or of the folds, and of draws of finite width
  double width_loss = 0;  ///< of the test error: what it is above that of infinite width
  double kernel_distance = 0;  ///< at t, from the start; nan where the inputs are not white
  Index active = 0;            ///< how many modes are active at t, a_i > κ, at infinite width; so regime and kernel
  std::string regime;          ///< "lazy", "mixed" or "active": none, some or all of the modes are

  // To compare with, at infinite width:
  double bound = 0;       ///< of any method that keeps the singular vectors of Y: the optimal shrinker; nan for folds
  double lazy_error = 0;  ///< early stopping of the lazy limit, κ → ∞
  double balanced_error = 0;  ///< and of κ → 0
  double start_error = 0;     ///< at t = 0, A = 0
  double final_error = 0;     ///< at t = ∞, A = Y

  /// The test error, relative to the best, at half and twice the scale (with t as it is, and with the best t there) and
  /// at half and twice the time.
  struct Price {
    double half_scale = 1, twice_scale = 1;
    double half_scale_retimed = 1, twice_scale_retimed = 1;
    double half_time = 1, twice_time = 1;
  };
  Price price;

  /// The best time and its error for every scale looked at.
  struct Ridge {
    Vector scale;
    Vector time;
    Vector test_error;
  };
  Ridge ridge;

  std::optional<SpectrumEstimate> estimate = std::nullopt;  ///< of the source `spectrum`
  std::string warning;  ///< where the best is at an end of the scales looked at; mostly empty
};

/// The error where there is no design: nothing is above the noise, or no network has what is asked for.
class NoDesign : public Error {
 public:
  explicit NoDesign(Parts parts) : Error(Kind::input, std::move(parts)) {}
};

const char* to_string(Design::Source source);  ///< "signal", "spectrum", "folds"

/// The design for a task of squares on white inputs, or on inputs that share their eigenvectors with the target. The
/// test error is that of the task's test, or, without one, by five folds for samples and by the estimate of
/// `estimate_spectrum` for a matrix alone. 41 scales from 1e-8 to 1e2 of the largest singular value, the best time of
/// each, then the scale refined by the derivative of the error; an SVD of the target and some 2000 evaluations of all
/// modes, and for a width some dozens of flows of Gram states. Throws NoDesign where nothing is above the noise and
/// where what is asked for cannot be had, and Error, naming the field, for tasks without closed form.
Design design(const Task& task, const DesignOptions& options = {});

}  // namespace linnet
