#pragma once

#include <functional>
#include <map>
#include <variant>

#include "linnet/config/kinds/kind.hpp"

namespace linnet::config {

/// The stop rules of descent, with what they are told. A configuration names some of them; in Python each is a
/// function.
class StopRules {
 public:
  /// A number that a rule is told.
  struct Parameter {
    const char* name;  ///< of the argument in Python
    const char* key;   ///< of configurations, where rules may share it; null: it is an argument only
    const char* meaning;
    Index least = 0;
    bool required = false;  ///< in Python
  };
  struct Rule {
    PythonFunction python;  ///< of the rule's name
    bool of_the_mixed_authors;
    StopRule standard;  ///< with the defaults
    std::vector<Parameter> parameters;
    std::vector<bool> whole;  ///< which of them are whole numbers
    std::function<StopRule(const std::vector<double>&)> make;
  };
  static const std::vector<Rule>& all();

  void visit(FieldVisitor& v);
  /// The arguments of one rule, in Python.
  void visit(const Rule& rule, FieldVisitor& v);

  [[nodiscard]] std::vector<StopRule> make() const;
  [[nodiscard]] StopRule make(const Rule& rule) const;

 private:
  using Number = std::variant<double, Index>;

  void visit(const Rule& rule, std::size_t i, const char* key, FieldVisitor& v);

  std::vector<std::string> names_ = {};
  std::vector<StopRule> given_ = {};            ///< of Python, made already
  std::map<std::string, Number> numbers_ = {};  ///< by key; those that were visited
};

}  // namespace linnet::config
