#pragma once

#include "linnet/config/kinds/kind.hpp"

namespace linnet::config {

/// The stop rules of descent, with what they are told. A configuration names some of them; in Python each is a
/// function.
struct StopRules {
  std::vector<std::string> names = {};
  std::vector<StopRule> given = {};  ///< of Python, made already
  double train_error_below = 1e-3;
  Index rise_times = 2;
  double stall_change = 2e-4;
  double stall_drop = 1e-2;
  Index from_step = 4;
  double test_accuracy_above = 0.95;
  Index accuracy_every = 10;  ///< of Python
  double cost_below = 0;
  double gradient_below = 0;

  struct Rule {
    PythonFunction python;  ///< of the rule's name
    bool of_the_mixed_authors;
    void (*visit)(StopRules& rules, FieldVisitor& v);
    StopRule (*make)(const StopRules& rules);
  };
  static const std::vector<Rule>& all();

  void visit(FieldVisitor& v);
  [[nodiscard]] std::vector<StopRule> make() const;
};

}  // namespace linnet::config
