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

  void line(const char* key, const std::string& value, const std::string& /*type*/, const char* doc) override {
    add(key, "str", value, doc);
  }
  void flag(const char* key, bool& value, const char* doc) override { add(key, "bool", value ? "True" : "False", doc); }
  void whole(const char* key, Index& value, Index /*least*/, const char* doc) override {
    add(key, "int", std::to_string(value), doc);
  }
  void real(const char* key, double& value, Range /*range*/, const char* doc) override {
    const std::string text = fmt::format("{}", value);
    add(key, "float", text.find_first_of(".en") == std::string::npos ? text + ".0" : text, doc);
  }
  void real(const char* key, std::optional<double>& value, Range range, const char* doc) override {
    if (value) return real(key, *value, range, doc);
    add(key, "Optional[float]", "None", doc);
  }
  void reals(const char* key, std::vector<double>& /*value*/, const char* doc) override {
    add(key, "ArrayLike", "()", doc);
  }
  void shape(const char* key, Shape& /*value*/, const char* doc) override { add(key, "Tuple[int, int]", "", doc); }
  void matrix(const char* key, MatrixInput& /*value*/, const char* doc) override { add(key, "ArrayLike", "None", doc); }
  void own_seed() override { add("seed", "int", "0", "of the random numbers; the same seed gives the same bits"); }
  [[nodiscard]] bool in_python() const override { return true; }

  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }

 private:
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
