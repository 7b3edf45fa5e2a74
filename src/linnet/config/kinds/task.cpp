#include "linnet/config/kinds/task.hpp"

#include "linnet/config/words.hpp"
#include "linnet/error.hpp"

namespace linnet::config {

Task TaskKind::make(const TaskSetting& /*setting*/) const {
  bad_input({.field = "task.kind",
             .expected = "a task for linear networks",
             .got = in_quotes(word()),
             .hint = "this one is for network.kind = \"perceptron\""});
}

PerceptronTask TaskKind::make_for_perceptron(const TaskSetting& /*setting*/) const {
  std::vector<std::string> known;
  for (const auto& kind : kinds<TaskKind>()) {
    if (kind->for_perceptrons()) known.emplace_back(kind->word());
  }
  bad_input({.field = "task.kind",
             .expected = list(known, "or") + ", for network.kind = \"perceptron\"",
             .got = in_quotes(word())});
}

void require_shape(Shape shape) {
  if (shape == Shape()) {
    bad_input({.field = "task.shape", .expected = "[n_2, n_0], outputs and inputs", .got = "none"});
  }
}

}  // namespace linnet::config
