#include "linnet/solvers/stop_rule.hpp"

#include <cmath>

#include "linnet/error.hpp"

namespace linnet::stop {

StopRule train_error_below(double value) {
  require_non_negative(value, "stop.train_error_below");
  return {.name = "train_error_below",
          .fires = [=](const ErrorHistory& h) { return h.train < value; },
          .parameters = {value}};
}

StopRule test_error_rose(Index times, Index from_step) {
  require_at_least(times, 1, "stop.test_error_rose.times");
  return {.name = "test_error_rose",
          .needs_test = true,
          .fires = [=](const ErrorHistory& h) { return h.step >= from_step && h.test_rises >= times; },
          .parameters = {static_cast<double>(times), static_cast<double>(from_step)}};
}

StopRule train_error_stalled(double change, double drop, Index from_step) {
  require_non_negative(change, "stop.train_error_stalled.change");
  require_non_negative(drop, "stop.train_error_stalled.drop");
  return {.name = "train_error_stalled",
          .fires =
              [=](const ErrorHistory& h) {
                return h.step >= from_step && h.step > 0 && std::abs(h.train - h.train_before) < change &&
                       h.train < h.train_start - drop;
              },
          .parameters = {change, drop, static_cast<double>(from_step)}};
}

StopRule cost_below(double value) {
  require_finite(value, "stop.cost_below");
  return {.name = "cost_below", .fires = [=](const ErrorHistory& h) { return h.cost < value; }, .parameters = {value}};
}

StopRule gradient_below(double value) {
  require_non_negative(value, "stop.gradient_below");
  return {.name = "gradient_below",
          .fires = [=](const ErrorHistory& h) { return h.gradient_norm() < value; },
          .parameters = {value}};
}

StopRule test_accuracy_above(double value, Index every) {
  require_non_negative(value, "stop.test_accuracy_above");
  require_at_least(every, 1, "stop.test_accuracy_above.every");
  return {.name = "test_accuracy_above",
          .needs_accuracy = true,
          .fires = [=](const ErrorHistory& h) { return h.step % every == 0 && h.test_accuracy() > value; },
          .parameters = {value, static_cast<double>(every)}};
}

std::vector<StopRule> mixed_authors() { return {train_error_below(), test_error_rose(), train_error_stalled()}; }

}  // namespace linnet::stop
