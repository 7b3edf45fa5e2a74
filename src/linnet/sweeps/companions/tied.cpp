#include <fmt/format.h>

#include "linnet/error.hpp"
#include "linnet/exact/tied_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/sweeps/companions/companion.hpp"
#include "linnet/tasks/tied_embedding.hpp"

namespace linnet::sweeps {

namespace {

[[noreturn]] void refuse_tied(const std::string& expected, const std::string& got) {
  bad_input({.field = "network.compare", .expected = expected + ", for network.compare = \"tied\"", .got = got});
}

const TiedEmbedding& require_tied(const Task& task) {
  const auto* cost = dynamic_cast<const TiedEmbedding*>(task.train.function());
  if (cost == nullptr) refuse_tied("a task of tied embeddings (task.tied_width)", task.name);
  return *cost;
}

/// The flow of tied embeddings in closed form, from the same W_0: its cost, train error and singular values.
class TiedCompanion final : public Companion {
 public:
  explicit TiedCompanion(const CompanionSetting& s) : task_(*s.prepared.task), start_(*s.start.network) {
    require_tied(task_);
    const DeepLinear* weights = weights_of(start_);
    if (weights == nullptr || weights->depth() != 1) refuse_tied("weights of one layer", "another network");
    if (!s.prepared.then.empty()) refuse_tied("one task", "several in turn");
    if (!s.c.solver.rates.uniform() || s.c.solver.rates[0] != 1) refuse_tied("solver.rates = 1", "another rate");
  }

  [[nodiscard]] bool beside_each_task() const override { return false; }
  void finish(Execution& e, const Observer& /*observer*/) override {
    linalg::SymmetricEigen m = linalg::symmetric_eigen(require_tied(task_).target());
    const TiedFlow flow(m.values.reverse(), m.vectors.rowwise().reverse(), end_to_end(start_));
    const Trajectory& run = e.runs.front().phases.front();
    Trajectory t = nothing_known(run);
    for (Series& s : t.series) {
      for (std::size_t i = 0; i < t.time.size(); ++i) {
        const auto record = static_cast<Index>(i);
        if (s.name == "cost") s.values(record, 0) = flow.cost(t.time[i]);
        if (s.name == "train_error") s.values(record, 0) = task_.train.error_of(flow.cost(t.time[i]));
        if (s.name == "singular_values") {
          s.values.row(record) = flow.singular_values(t.time[i]).head(s.values.cols()).transpose();
        }
      }
    }
    e.runs.push_back({.dynamics = "closed form", .phases = {std::move(t)}});
  }

 private:
  const Task& task_;
  const Network& start_;
};

}  // namespace

CompanionKind tied_companion() {
  return {.word = "tied",
          .meaning = "the closed form of tied embeddings from the same W_0: cost, train error and singular values",
          .legend = "closed form",
          .make = [](const CompanionSetting& s) { return std::make_unique<TiedCompanion>(s); }};
}

}  // namespace linnet::sweeps
