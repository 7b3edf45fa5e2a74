#include "linnet/landscape/greedy.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/landscape/embedding.hpp"
#include "linnet/landscape/escape.hpp"
#include "linnet/sweeps/companions/companion.hpp"
#include "linnet/training/recorder.hpp"

namespace linnet::sweeps {

namespace {

/// The saddles of the greedy low-rank algorithm: at every record the nearest one.
class GreedyCompanion final : public Companion {
 public:
  explicit GreedyCompanion(const CompanionSetting& s) : slice_(s.c.record.slice) {
    if (s.c.solver.kind->closed_form()) {
      bad_input({.field = "network.compare",
                 .expected = "\"greedy\" for solver.kind = \"descent\" or \"flow\"",
                 .got = "solver.kind = \"exact\""});
    }
    depth_ = require_layers(s);
  }

  std::vector<Observable> begin(const Task& task) override {
    task_ = &task;
    landscape::GreedyPath path = landscape::greedy_low_rank(task.train, {.depth = depth_, .keep_paths = slice_ > 0});
    ended_ = path.completed ? std::string() : path.ended;
    saddles_ = std::move(path.saddles);
    matrices_ = landscape::end_to_ends(saddles_);
    const double root = std::sqrt(static_cast<double>(task.target().size()));
    Observable distance{.name = "distance",
                        .long_name = "distance |A - A_k|_F / sqrt(n_0 n_L)",
                        .units = "1",
                        .measure = [this, root](const Snapshot& s, std::span<double> out) {
                          out[0] = landscape::nearest(matrices_, s.end_to_end()).distance / root;
                        }};
    Observable rank{.name = "greedy_rank",
                    .long_name = "rank of the nearest greedy saddle",
                    .units = "1",
                    .measure = [this](const Snapshot& s, std::span<double> out) {
                      const Index k = landscape::nearest(matrices_, s.end_to_end()).index;
                      out[0] = static_cast<double>(saddles_[static_cast<std::size_t>(k)].rank);
                    }};
    return {std::move(distance), std::move(rank)};
  }

  /// The trajectory of a network that is always at the saddle nearest to the run.
  Trajectory end(const Record& record, const Trajectory& run, const Observer& /*observer*/) override {
    Record own = along(record, run);
    own.keep_networks = false;
    end_to_end_.clear();
    for (const Network& network : run.networks) end_to_end_.push_back(end_to_end(network));
    Recorder recorder({*task_, run.networks.front(), 1.0, std::nullopt}, own, static_cast<double>(run.time.size()));
    for (std::size_t i = 0; i < end_to_end_.size(); ++i) {
      const Index k = landscape::nearest(matrices_, end_to_end_[i]).index;
      recorder.record(run.time[i], matrices_[static_cast<std::size_t>(k)], std::nullopt);
    }
    return std::move(recorder).finish({.time = run.time.back()}, std::optional<Network>());
  }

  /// Adds the saddles, the plateaus and the slice through them.
  void tell(const Trajectory& run, Execution& e) override {
    e.saddles = saddles_;
    e.escapes.assign(saddles_.size(), std::nan(""));
    const double least = task_->train.evaluate(task_->train.target()).cost;
    for (std::size_t i = 0; i < saddles_.size(); ++i) {
      const landscape::GreedySaddle& s = saddles_[i];
      constexpr double left_over = 1e-7;  // a point with less is a minimum: it has no escape
      if (!(s.cost - least > left_over * (saddles_.front().cost - least))) continue;
      const DeepLinear room = landscape::padded(s.network, 1);
      e.escapes[i] = landscape::find_escape_direction(room, task_->train).strength;
    }
    if (!ended_.empty()) e.attributes["greedy"] = ended_;
    e.plateaus = landscape::find_plateaus(run, matrices_, {}, end_to_end_);
    if (slice_ == 0) return;
    if (e.plateaus.size() < 3) {
      bad_input({.field = "record.slice",
                 .expected = "a run with three plateaus",
                 .got = std::to_string(e.plateaus.size()),
                 .hint = "start smaller, train longer, or record more instants"});
    }
    const auto weights_at = [&](std::size_t i) {
      return *weights_of(run.networks[static_cast<std::size_t>(e.plateaus[i].record)]);
    };
    const landscape::Plane plane({weights_at(0), weights_at(1), weights_at(2)});
    PlateauSlice found{
        .grid = {}, .path = Matrix(static_cast<Index>(run.networks.size()), 2), .plateaus = Matrix(3, 2)};
    for (Index i = 0; i < found.path.rows(); ++i) {
      found.path.row(i) = plane.project(*weights_of(run.networks[static_cast<std::size_t>(i)])).transpose();
    }
    for (Index i = 0; i < 3; ++i) {
      found.plateaus.row(i) = plane.project(weights_at(static_cast<std::size_t>(i))).transpose();
    }
    Matrix all(found.path.rows() + 3, 2);
    all << found.path, found.plateaus;
    found.grid = landscape::slice(plane, task_->train, all, slice_);
    for (const landscape::Plateau& p : e.plateaus) {
      const landscape::GreedySaddle& s = saddles_[static_cast<std::size_t>(p.saddle.index)];
      if (s.path.empty()) continue;
      const DeepLinear& there = *weights_of(run.networks[static_cast<std::size_t>(p.record)]);
      found.greedy.push_back(path_to(s, there, plane, run));
    }
    e.slice = std::move(found);
  }

 private:
  /// The path to a saddle, in the plane, as weights of the run's width next to those at its plateau.
  [[nodiscard]] PlateauSlice::Greedy path_to(const landscape::GreedySaddle& s, const DeepLinear& there,
                                             const landscape::Plane& plane, const Trajectory& run) const {
    const std::vector<Matrix> frames = landscape::nearest_embedding(s.network, there).frames;
    constexpr std::size_t most = 200;
    const std::size_t every = s.path.size() / most + 1;
    PlateauSlice::Greedy path;
    for (std::size_t i = 0; i < s.path.size(); ++i) {
      if (i % every != 0 && i + 1 != s.path.size()) continue;
      const Eigen::Vector2d at = plane.project(landscape::embedded(s.path[i].network, frames));
      path.time.push_back(s.path[i].time);
      path.cost.push_back(s.path[i].cost);
      path.x.push_back(at(0));
      path.y.push_back(at(1));
    }
    std::vector<double> costs;
    for (const Matrix& a : end_to_end_) costs.push_back(task_->train.evaluate(a).cost);
    const double half = (path.cost.front() + path.cost.back()) / 2;
    const double shift = time_of(half, run.time, costs) - time_of(half, path.time, path.cost);
    for (double& t : path.time) t += shift;
    return path;
  }

  /// When a falling cost passes a level, between two instants.
  static double time_of(double level, const std::vector<double>& time, const std::vector<double>& cost) {
    const auto below = std::find_if(cost.begin(), cost.end(), [&](double c) { return c < level; }) - cost.begin();
    const auto i = static_cast<std::size_t>(below);
    if (i == 0 || i == cost.size()) return std::nan("");
    const double part = (cost[i - 1] - level) / (cost[i - 1] - cost[i]);
    return time[i - 1] + part * (time[i] - time[i - 1]);
  }

  Index depth_ = 2;
  Index slice_;
  const Task* task_ = nullptr;
  std::vector<landscape::GreedySaddle> saddles_;
  std::vector<Matrix> matrices_;
  std::vector<Matrix> end_to_end_;  // of the run, at its records
  std::string ended_;
};

}  // namespace

CompanionKind greedy_companion() {
  return {.word = "greedy",
          .meaning =
              "at every record the nearest saddle of the greedy low-rank algorithm; tables of these saddles, with "
              "their escapes, and of the plateaus of the run",
          .legend = "greedy saddle",
          .has_distance = true,
          .finds_plateaus = true,
          .make = [](const CompanionSetting& s) { return std::make_unique<GreedyCompanion>(s); }};
}

}  // namespace linnet::sweeps
