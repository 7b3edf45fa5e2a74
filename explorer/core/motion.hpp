#pragma once

#include <memory>
#include <optional>
#include <string>

#include "linnet/exact/best_moment.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/matrix.hpp"
#include "linnet/support/constants.hpp"
#include "problem.hpp"

namespace linnet::explorer {

/// The network at a time, in numbers of the modes. nan: not known, or there is none.
struct Values {
  Vector modes;  ///< u_iᵀ A v_i
  double loss = 0;
  double test_error = 0;
  double kernel_distance = 0;
};

/// The network at a time, in matrices; empty: not known.
struct Picture {
  Matrix end_to_end;
  Matrix input_representation;
  Matrix output_representation;
};

/// The gradient flow of a problem, at any time in [0, inf]: a thin layer over the closed forms of the core, or an
/// integration of the weights.
class Motion {
 public:
  virtual ~Motion() = default;

  [[nodiscard]] virtual std::string method() const = 0;  ///< a sentence
  [[nodiscard]] virtual bool exact() const { return true; }
  [[nodiscard]] virtual double threshold() const { return nan; }        ///< κ, nan without one
  [[nodiscard]] virtual const linalg::Svd& vectors() const = 0;         ///< of Y, as many modes as it has
  [[nodiscard]] virtual Vector targets() const { return vectors().s; }  ///< the ends of learned modes
  [[nodiscard]] virtual Vector signal() const { return {}; }            ///< u_iᵀ A* v_i
  [[nodiscard]] virtual std::string warning() const { return {}; }

  [[nodiscard]] virtual Values at(double t) const = 0;
  [[nodiscard]] virtual Picture picture(double t) const = 0;
  /// (w along β*, w across, a) of one neuron.
  [[nodiscard]] virtual Vector neuron(double /*t*/) const { return {}; }
  /// The least test error over all times, if the core has it in closed form.
  [[nodiscard]] virtual std::optional<BestMoment> best() const { return std::nullopt; }
  /// The first times of a_i = y_i/2, if the core has them in closed form.
  [[nodiscard]] virtual Vector learning_times() const { return {}; }

  /// An integration goes on for some milliseconds. True when nothing is left to do.
  virtual bool work(double /*milliseconds*/) { return true; }
  /// The times at which an integration is known so far; empty: any.
  [[nodiscard]] virtual std::vector<double> known_times() const { return {}; }
};

/// Throws linnet::Error for a problem that has no such start.
std::unique_ptr<Motion> make_motion(const Problem& problem);

// The closed forms, one file each.
std::unique_ptr<Motion> mode_motion(const Problem& problem);     ///< two layers of infinite width
std::unique_ptr<Motion> exact_motion(const Problem& problem);    ///< two layers that are λ-balanced, or given so
std::unique_ptr<Motion> aligned_motion(const Problem& problem);  ///< one layer, or balanced ones along the modes of Y
std::unique_ptr<Motion> wide_motion(const Problem& problem);     ///< more layers of infinite width
std::unique_ptr<Motion> neuron_motion(const Problem& problem);
/// Any other weights, integrated.
std::unique_ptr<Motion> integrated_motion(const Problem& problem);

/// Of the task that was asked for last it is known: mostly the start alone changes, and an SVD of 200 x 200 takes
/// longer than a frame.
std::shared_ptr<const TaskSpectrum> spectrum_of(const Task& task);

/// The start in its own form.
Network start_of(const Problem& problem);
/// Weights for gradient descent to move: those of the start, or others of the same Gram state, which move A alike.
DeepLinear weights_of_start(const Problem& problem);

/// Where things happen: between these times the modes move.
struct Span {
  double first = 0;
  double last = 0;
};
Span span_of(const Motion& motion);

}  // namespace linnet::explorer
