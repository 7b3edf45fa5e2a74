// Prints linnet/tasks.py: one plain function for each kind of task, from the description of the kind.

#include <fmt/format.h>

#include <sstream>

#include "linnet/config/kinds/task.hpp"
#include "linnet/config/lines.hpp"

namespace {

using linnet::Index;
using linnet::Shape;
using linnet::config::FieldVisitor;
using linnet::config::kinds;
using linnet::config::MatrixInput;
using linnet::config::TaskKind;

constexpr std::size_t widest = 120;

/// The arguments of a kind, in the order of its fields.
class Signature final : public linnet::config::Lines {
 public:
  struct Parameter {
    std::string name;
    std::string type;
    std::string value;  ///< its default; empty if it has none
    std::string meaning;
    bool positional = false;
  };

  void field(const Field& field) override {
    const auto add_as = [&](const std::string& type, const std::string& value) {
      add(field.key, type, value, field.doc);
    };
    if (const auto* flag = std::get_if<bool*>(&field.value)) return add_as("bool", **flag ? "True" : "False");
    if (const auto* whole = std::get_if<Index*>(&field.value)) return add_as("int", std::to_string(**whole));
    if (const auto* real = std::get_if<double*>(&field.value)) return add_as("float", as_float(**real));
    if (const auto* real = std::get_if<std::optional<double>*>(&field.value)) {
      return **real ? add_as("float", as_float(***real)) : add_as("Optional[float]", "None");
    }
    if (std::holds_alternative<std::vector<double>*>(field.value)) return add_as("ArrayLike", "()");
    if (std::holds_alternative<Shape*>(field.value)) return add_as("Tuple[int, int]", "");
    if (std::holds_alternative<MatrixInput*>(field.value)) return add_as("ArrayLike", "None");
    Lines::field(field);
  }
  void line(const char* key, const std::string& value, const std::string& /*type*/, const char* doc) override {
    add(key, "str", value, doc);
  }
  void own_seed() override { add("seed", "int", "0", "of the random numbers; the same seed gives the same bits"); }
  [[nodiscard]] bool in_python() const override { return true; }

  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }

 private:
  static std::string as_float(double value) {
    const std::string text = fmt::format("{}", value);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
  }
  void add(const std::string& key, const std::string& type, const std::string& value, const std::string& doc) {
    const Argument argument = take_argument();
    const std::string name = argument.name == nullptr ? key : argument.name;
    if (name.empty()) return;
    const bool optional = !argument.required && value == "None" && type == "ArrayLike";
    parameters_.push_back({.name = name,
                           .type = optional ? "Optional[" + type + "]" : type,
                           .value = argument.required ? "" : value,
                           .meaning = doc,
                           .positional = argument.positional});
  }

  std::vector<Parameter> parameters_;
};

std::string indented(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += line.empty() ? "\n" : "    " + line + "\n";
  return out;
}

/// "    name: meaning.", wrapped.
std::string entry(const Signature::Parameter& p) {
  std::istringstream words(p.name + ": " + p.meaning + ".");
  std::string out;
  std::string line = "        ";
  for (std::string word; words >> word;) {
    if (line.size() + word.size() + 1 > widest) {
      out += line + "\n";
      line = "            ";
    }
    line += (line.back() == ' ' ? "" : " ") + word;
  }
  return out + line + "\n";
}

std::string function_of(const TaskKind& kind) {
  const auto defaults = kind.clone();
  Signature signature;
  defaults->visit(signature);
  std::vector<std::string> parameters;
  std::string passed;
  std::string entries;
  bool keywords = false;
  for (const Signature::Parameter& p : signature.parameters()) {
    if (!p.positional && !keywords) parameters.emplace_back("*");
    keywords = keywords || !p.positional;
    parameters.push_back(p.name + ": " + p.type + (p.value.empty() ? "" : " = " + p.value));
    passed += ", " + p.name + "=" + p.name;
    entries += entry(p);
  }
  std::string head = fmt::format("def {}({}) -> Task:\n", kind.word(), fmt::join(parameters, ", "));
  if (head.size() > widest) {
    head = fmt::format("def {}(\n", kind.word());
    for (const std::string& parameter : parameters) head += "    " + parameter + ",\n";
    head += ") -> Task:\n";
  }
  std::string about = kind.about();
  std::string refused;
  if (const auto at = about.find("\n\nRaises:"); at != std::string::npos) {
    refused = about.substr(at + 1);
    about.resize(at);
  }
  std::string call = fmt::format("    return _linnet.make_task(\"{}\"{})\n", kind.word(), passed);
  if (call.size() > widest) {
    call = fmt::format("    return _linnet.make_task(\n        \"{}\",\n", kind.word());
    for (const Signature::Parameter& p : signature.parameters()) call += fmt::format("        {0}={0},\n", p.name);
    call += "    )\n";
  }
  return head + indented("\"\"\"" + about + "\n\nArgs:\n") + entries + indented(refused) + "    \"\"\"\n" + call;
}

}  // namespace

int main() {
  std::vector<std::string> names{"Task", "reversed", "with_low_rank_change", "with_new_outputs"};
  for (const auto& kind : kinds<TaskKind>()) names.emplace_back(kind->word());
  std::sort(names.begin(), names.end());
  fmt::print(R"("""Tasks: what a network learns.

A task has a cost, of linear networks a function C(A) of the end-to-end matrix A (outputs x inputs), and, where one is
known, what the test error is measured against. Tasks with samples (regression, low_rank_regression, coefficients,
teacher, random_hierarchy, modular_addition) are for perceptrons too: C = sum_i |f(x_i) - y_i|^2 / (2 P), and errors are
means over samples and outputs. Where a function has these arguments, `half=False` leaves out the 1/2, and with
`mean_over_outputs=False` errors are sums over the outputs; both together are the convention of the authors of Get rich
quick, where the error is the cost.
Source: docs/theory.md, "Network, cost, training".

This file is written when linnet is built, from the descriptions of the kinds of tasks.
"""

from __future__ import annotations

from typing import Optional, Tuple

from numpy.typing import ArrayLike

from . import _linnet
from ._linnet import Task
from ._tasks import reversed, with_low_rank_change, with_new_outputs

__all__ = [
)");
  for (const std::string& name : names) fmt::print("    \"{}\",\n", name);
  fmt::print("]\n");
  for (const auto& kind : kinds<TaskKind>()) fmt::print("\n\n{}", function_of(*kind));
}
