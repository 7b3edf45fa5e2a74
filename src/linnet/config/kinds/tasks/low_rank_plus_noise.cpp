#include <cmath>

#include "linnet/config/kinds/task.hpp"

namespace linnet::config {

namespace {

class LowRankPlusNoise final : public KindOf<LowRankPlusNoise, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "low_rank_plus_noise"; }
  [[nodiscard]] const char* meaning() const override {
    return "A low-rank signal in noise, Y = A* + E, the task of the Mixed paper.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(The task of Mixed: a low-rank signal in noise, Y = A* + E.

A* = U V^T with U, V of shape dim x rank and entries N(0, rank^(-1/2)), so that the singular values of A* are near
dim / sqrt(rank); the entries of E are N(0, noise^2). The cost is that of `target`; train error |A - Y|^2 / dim^2,
test error |A - A*|^2 / dim^2. The same seed gives the same bits on every machine.
Source: docs/theory.md, "The Mixed experiment".

Raises:
    linnet.Error: for dim < 1, rank outside 1 ... dim, noise < 0 or a negative seed.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.whole("dim", options_.dim, 1, "d: A* and Y are d x d");
    v.whole("rank", options_.rank, 1, "k, the rank of the signal A*");
    v.real("noise", options_.noise, FieldVisitor::Range::non_negative, "standard deviation of the entries of E");
    v.own_seed(own.seed);
    v.as({.name = ""})
        .word("spectrum", limit_, {{"sample", false}, {"limit", true}},
              "the singular values of a drawn Y, or, for solver.kind = exact, those in the limit d → ∞");
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    tasks::LowRankPlusNoise o = options_;
    o.seed = setting.seed;
    return tasks::low_rank_plus_noise(o);
  }
  [[nodiscard]] bool drawn_anew() const override { return true; }
  [[nodiscard]] std::optional<LimitTask> limit() const override {
    if (!limit_) return std::nullopt;
    const auto& [dim, rank, noise, seed] = options_;
    return LimitTask{.spectrum = limit_spectrum(dim, rank, noise),
                     .shape = {.outputs = dim, .inputs = dim},
                     .signal_norm = static_cast<double>(dim) / std::sqrt(static_cast<double>(rank))};
  }
  [[nodiscard]] std::map<std::string, std::string> attributes() const override {
    return {{"dim", std::to_string(options_.dim)}, {"task_rank", std::to_string(options_.rank)}};
  }

 private:
  tasks::LowRankPlusNoise options_;
  bool limit_ = false;
};

}  // namespace

std::unique_ptr<TaskKind> task_low_rank_plus_noise() { return std::make_unique<LowRankPlusNoise>(); }

}  // namespace linnet::config
