#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "linnet/config/kinds/kind.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet::config {

/// The inputs for making a task besides its own options.
struct TaskSetting {
  std::uint64_t seed = 0;
  std::optional<double> slope = {};   ///< of a perceptron; its teacher has the same
  std::filesystem::path folder = {};  ///< relative file names start here
};

/// A task in the limit of large matrices, where only the spectrum is known.
struct LimitTask {
  TaskSpectrum spectrum;
  Shape shape;
  double signal_norm = 0;  ///< ‖A*‖_op
};

class TaskKind : public Kind {
 public:
  using Section = TaskKind;
  [[nodiscard]] virtual std::unique_ptr<TaskKind> clone() const = 0;

  [[nodiscard]] virtual Task make(const TaskSetting& setting) const = 0;

  /// The meaning in full, for the help in Python: a line, paragraphs, the source, what is refused.
  [[nodiscard]] virtual const char* about() const = 0;
  [[nodiscard]] std::vector<PythonFunction> python() const override { return {{word(), "Task", about()}}; }
  /// Cost and errors in words, see `Cost::words`.
  [[nodiscard]] virtual std::string cost() const;
  [[nodiscard]] virtual bool drawn_anew() const { return false; }  ///< whether another seed gives another task
  [[nodiscard]] virtual std::optional<LimitTask> limit() const { return std::nullopt; }
  [[nodiscard]] virtual std::map<std::string, std::string> attributes() const { return {}; }  ///< for result files

  TaskSetting own = {};  ///< what Python's arguments say, and configurations elsewhere
};

/// The key "cost" of a task on samples: a word in a configuration, two flags in Python.
void visit_normalisation(FieldVisitor& v, Normalisation& normalisation);
/// The same, or cross-entropy, of tasks of classes.
void visit_class_cost(FieldVisitor& v, Normalisation& normalisation, bool& cross_entropy);
std::string cost_on_classes(const Normalisation& normalisation, bool cross_entropy);
std::string cost_on_samples(const Normalisation& normalisation);

/// The keys "weights" and "huber" of a task of entries.
struct EntryOptions {
  MatrixInput weights = {};
  std::optional<double> huber = std::nullopt;

  void visit(FieldVisitor& v);
  [[nodiscard]] tasks::Entries read(const std::filesystem::path& folder) const;
  [[nodiscard]] std::string words(bool masked) const;  ///< cost and errors
};

/// Throws unless a shape was given.
void require_shape(Shape shape);

template <>
const std::vector<std::unique_ptr<TaskKind>>& kinds<TaskKind>();

}  // namespace linnet::config
