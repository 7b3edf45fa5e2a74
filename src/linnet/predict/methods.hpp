#pragma once

#include <memory>
#include <string>

#include "linnet/error.hpp"
#include "linnet/predict/prediction.hpp"

// A prediction by each method. They throw an Error of kind input where the method does not apply, whose `got` says why.

namespace linnet::by {

struct Given {
  const Network& network;
  std::shared_ptr<const Task> task;
  Layerwise rates = 1.0;
  double tolerance = 1e-6;  ///< of the prediction
};

[[noreturn]] inline void refuse(const std::string& expected, const std::string& got) {
  bad_input({.field = "method", .expected = expected, .got = got});
}

Prediction modes(const Given& given);

/// A start that satisfies the closure within `closure`.
Prediction closed_form(const Given& given, double closure);

/// Whatever its error is.
Prediction nearest_closed_form(const Given& given);

/// `why` it is not by a closed form, as the beginning of a sentence.
Prediction gram_flow(const Given& given, const std::string& why);
Prediction light_cone(const Given& given, const std::string& why);
Prediction flow(const Given& given, const std::string& why);
Prediction self_consistent(const Given& given);
Prediction linearized(const Given& given);

/// Whether it is of two layers of a rank below min(w, n): a manifold that the flow never leaves, and rounding does.
bool is_of_low_rank(const Network& network);

/// κ of the network, in the units of A; nan where it has none.
double threshold_of(const Given& given);

/// Why the task has no closed form, whatever the start; empty where it has one.
std::string no_closed_form(const Task& task);

/// Whether the network is of two layers and satisfies the closure to this, 0 for infinite width; inf for any other.
double closure_residual_of(const Given& given);

}  // namespace linnet::by
