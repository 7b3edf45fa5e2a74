// Prints linnet/tasks.py, linnet/starts.py, linnet/solvers.py or linnet/stop.py: plain functions and classes, from the
// kinds' own descriptions.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "linnet/config/kinds/network.hpp"
#include "linnet/config/kinds/solver.hpp"
#include "linnet/config/kinds/stop_rules.hpp"
#include "linnet/config/kinds/task.hpp"
#include "linnet/config/words.hpp"

namespace {

using namespace linnet;
using namespace linnet::config;

constexpr std::size_t widest = 120;

/// A value as a signature has it.
struct Shown {
  std::string type;
  std::string value;  ///< its default; empty without
  bool optional = false;
};

/// Of each type of value.
class ShownAs {
 public:
  ShownAs(bool pair, bool rules) : layers_(pair ? "PerLayer" : "Layerwise"), rules_(rules) {}

  Shown operator()(const std::string* value) const { return {"str", in_quotes(*value)}; }
  Shown operator()(const bool* value) const { return {"bool", *value ? "True" : "False"}; }
  Shown operator()(const Index* value) const { return {"int", std::to_string(*value)}; }
  Shown operator()(const std::uint64_t* value) const { return {"Seed", std::to_string(*value)}; }
  Shown operator()(const double* value) const { return {"float", number(*value)}; }
  Shown operator()(const std::vector<double>* /*value*/) const { return {"ArrayLike", "()"}; }
  Shown operator()(const std::vector<Index>* /*value*/) const { return {"Sequence[int]", "()"}; }
  Shown operator()(const LayerValue* value) const {
    const std::string type = rules_ ? "Union[" + layers_ + ", str]" : layers_;
    if (const auto* word = std::get_if<std::string>(value)) return {type, in_quotes(*word)};
    return {type, number(std::get<Layerwise>(*value)[0])};
  }
  template <class T>
  Shown operator()(const std::optional<T>* value) const {
    if (*value) return (*this)(&**value);
    const T unset{};
    return {(*this)(&unset).type, "None", true};
  }
  Shown operator()(const Shape* /*value*/) const { return {"Tuple[int, int]", "None", true}; }
  Shown operator()(const MatrixInput* /*value*/) const { return {"ArrayLike", "None", true}; }
  template <class T>
  Shown operator()(const T* /*of no argument*/) const {
    return {};
  }
  Shown operator()(const Task* const* /*value*/) const { return {"Task", ""}; }
  Shown operator()(const std::vector<StopRule>* /*value*/) const { return one_or_several("StopRule"); }
  Shown operator()(const std::vector<FlowEvent>* /*value*/) const { return one_or_several("FlowEvent"); }
  Shown operator()(const std::function<double(Index)>* /*value*/) const {
    return {"Callable[[int], float]", "None", true};
  }

 private:
  static Shown one_or_several(const std::string& type) {
    return {fmt::format("Union[{0}, Sequence[{0}]]", type), "()"};
  }

  std::string layers_;
  bool rules_;
};

/// The arguments of a kind: those by position first, in the order of its fields.
class Signature final : public FieldVisitor {
 public:
  struct Parameter {
    std::string name;
    std::string type;
    std::string value;  ///< its default; empty without
    std::string meaning;
    bool positional = false;
  };

  void field(const Field& field) override { add(field.key, field.value, field.words, field.doc); }
  void object(const char* key, Object value, const char* doc) override { add(key, value, {}, doc); }
  [[nodiscard]] bool in_python() const override { return true; }

  [[nodiscard]] std::vector<Parameter> parameters() const {
    std::vector<Parameter> all = parameters_;
    std::stable_partition(all.begin(), all.end(), [](const Parameter& p) { return p.positional; });
    return all;
  }

 private:
  template <class Value>
  void add(const std::string& key, const Value& value, const std::vector<std::string>& words, const std::string& doc) {
    const Argument argument = take_argument();
    const std::string name = argument.name == nullptr ? key : argument.name;
    if (name.empty() || argument.in_name) return;
    Shown shown = std::visit(ShownAs(argument.pair, !words.empty()), value);
    std::string meaning = argument.meaning == nullptr ? doc : argument.meaning;
    if (meaning.find(words.empty() ? "" : words.front()) == std::string::npos) meaning += ": " + list_in_quotes(words);
    if (argument.type != nullptr) shown.type = argument.type;
    if (shown.optional && !argument.required) shown.type = "Optional[" + shown.type + "]";
    parameters_.push_back({.name = name,
                           .type = shown.type,
                           .value = argument.required ? "" : shown.value,
                           .meaning = meaning,
                           .positional = argument.positional});
  }

  std::vector<Parameter> parameters_;
};

template <class Kind>
std::vector<Signature::Parameter> parameters_of(const Kind& kind) {
  const auto defaults = kind.clone();
  Signature signature;
  defaults->visit(signature);
  return signature.parameters();
}

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

/// The help: what it is, its arguments, what is refused.
std::string help(std::string about, const std::vector<Signature::Parameter>& parameters) {
  std::string refused;
  if (const auto at = about.find("\n\nRaises:"); at != std::string::npos) {
    refused = about.substr(at + 1);
    about.resize(at);
  }
  std::string out = indented("\"\"\"" + about + "\n\nArgs:\n");
  for (const Signature::Parameter& p : parameters) out += entry(p);
  return out + indented(refused) + "    \"\"\"\n";
}

std::string declared(const Signature::Parameter& p) {
  return p.name + ": " + p.type + (p.value.empty() ? "" : " = " + p.value);
}

/// A function that calls `maker` of the compiled half with its own name.
std::string function_of(const PythonFunction& function, const std::vector<Signature::Parameter>& parameters,
                        const std::string& maker) {
  std::vector<std::string> declarations;
  std::vector<std::string> passed{"\"" + function.name + "\""};
  bool keywords = false;
  for (const Signature::Parameter& p : parameters) {
    if (!p.positional && !keywords) declarations.emplace_back("*");
    keywords = keywords || !p.positional;
    declarations.push_back(declared(p));
    passed.push_back(p.name + "=" + p.name);
  }
  const auto call = [](const std::string& head, const std::vector<std::string>& arguments, const std::string& tail) {
    std::string line = fmt::format("{}({}){}\n", head, fmt::join(arguments, ", "), tail);
    if (line.size() <= widest) return line;
    const std::string indent(head.find_first_not_of(' '), ' ');
    line = head + "(\n";
    for (const std::string& argument : arguments) line += fmt::format("{}    {},\n", indent, argument);
    return line + indent + ")" + tail + "\n";
  };
  return call("def " + function.name, declarations, " -> " + function.returns + ":") +
         help(function.about, parameters) + call("    return _linnet." + maker, passed, "");
}

/// A class of options, which names its kind.
std::string class_of(const PythonFunction& function, const SolverKind& kind) {
  const std::vector<Signature::Parameter> parameters = parameters_of(kind);
  std::string out = fmt::format("@dataclass(frozen=True)\nclass {}(Solver):\n", function.name) +
                    help(function.about, parameters) + "\n";
  for (const Signature::Parameter& p : parameters) out += "    " + declared(p) + "\n";
  return out + fmt::format("\n    _kind: ClassVar[str] = \"{}\"\n    _dynamics: ClassVar[str] = \"{}\"\n", kind.word(),
                           kind.legend());
}

/// A module: its help and imports, the names that it has, their definitions.
void print_module(const char* head, std::vector<std::string> names, const std::string& definitions) {
  std::sort(names.begin(), names.end());
  fmt::print("{}\n__all__ = [\n", head);
  for (const std::string& name : names) fmt::print("    \"{}\",\n", name);
  fmt::print("]\n{}", definitions);
}

template <class Section, class Definition>
void print_module_of(const char* head, std::vector<std::string> names, const Definition& definition) {
  std::string definitions;
  for (const auto& kind : kinds<Section>()) {
    for (const PythonFunction& function : kind->python()) {
      names.push_back(function.name);
      definitions += "\n\n" + definition(function, *kind);
    }
  }
  print_module(head, std::move(names), definitions);
}

constexpr const char* tasks_head = R"("""Tasks: what a network learns.

A task has a cost, of linear networks a function C(A) of the end-to-end matrix A (outputs x inputs), and, where one is
known, what the test error is measured against. Tasks with samples (regression, classification, low_rank_regression,
coefficients, teacher, random_hierarchy, modular_addition) are for perceptrons too: C = sum_i |f(x_i) - y_i|^2 / (2 P),
and errors are means over samples and outputs; costs beside squares are in docs/costs.md. Where a function has these arguments, `half=False` leaves out the 1/2, and with
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
from ._tasks import custom, reversed, with_low_rank_change, with_new_outputs
from ._types import Seed
)";

constexpr const char* starts_head = R"("""Starts: networks to train from.

The functions are found in `linnet` itself. An argument `shape` is a task, a network or a pair (outputs, inputs); a
number for each layer may be one number for all of them.

This file is written when linnet is built, from the descriptions of the kinds of networks.
"""

from __future__ import annotations

from typing import Optional, Sequence, Union

from numpy.typing import ArrayLike

from . import _linnet
from ._linnet import DeepLinear, GramState, Perceptron, Task, Weights
from ._types import Layerwise, PerLayer, Seed, ShapeLike
)";

constexpr const char* solvers_head = R"("""Solvers: options for `linnet.train`.

This file is written when linnet is built, from the descriptions of the kinds of solvers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, ClassVar, Optional, Sequence, Union

from ._linnet import StopRule
from ._solver import Solver
from ._types import Layerwise, Seed
from .event import FlowEvent
)";

constexpr const char* stop_head = R"("""Named rules to stop gradient descent early.

They look at the errors before each update, with steps counted from 0; the first that fires is the run's `rule`.
Source: docs/theory.md, "The Mixed experiment".

This file is written when linnet is built, from the descriptions of the rules.
"""

from __future__ import annotations

from typing import List

from . import _linnet
from ._linnet import StopRule
)";

void print_stop_rules() {
  std::vector<std::string> names{"StopRule", "mixed_authors"};
  std::string definitions = R"(

def mixed_authors() -> List[StopRule]:
    """The three rules of the Mixed authors: train_error_below(), test_error_rose(), train_error_stalled()."""
    return _linnet.mixed_authors()
)";
  for (const StopRules::Rule& rule : StopRules::all()) {
    const std::string& name = rule.python.name;
    Signature signature;
    StopRules defaults;
    defaults.visit(rule, signature);
    names.push_back(name);
    definitions += "\n\n" + function_of(rule.python, signature.parameters(), "make_stop_rule");
    if (name.starts_with("test_")) {
      definitions += fmt::format("\n\n{}.__test__ = False  # pytest takes the name for a test's\n", name);
    }
  }
  print_module(stop_head, std::move(names), definitions);
}

}  // namespace

int main(int count, char** words) {
  const std::string module = count > 1 ? words[1] : "";
  if (module == "tasks") {
    print_module_of<TaskKind>(
        tasks_head, {"Task", "custom", "reversed", "with_low_rank_change", "with_new_outputs"},
        [](const PythonFunction& f, const TaskKind& kind) { return function_of(f, parameters_of(kind), "make_task"); });
  } else if (module == "starts") {
    print_module_of<NetworkKind>(starts_head, {}, [](const PythonFunction& f, const NetworkKind& kind) {
      return function_of(f, parameters_of(kind), "make_network");
    });
  } else if (module == "solvers") {
    print_module_of<SolverKind>(solvers_head, {}, class_of);
  } else if (module == "stop") {
    print_stop_rules();
  } else {
    return 1;
  }
  return 0;
}
