#pragma once

#include "linnet/perceptron/train.hpp"

namespace linnet {

/// Collects what a PerceptronRecord asks for, while a solver runs.
class PerceptronRecorder {
 public:
  /// Task and start must outlive it. Throws unless so many records fit into the memory.
  PerceptronRecorder(const PerceptronTask& task, const Perceptron& start, const Layerwise& rates,
                     const PerceptronRecord& record, double most_records);

  void record(Index step, double time, const std::vector<Matrix>& weights, double cost);

  [[nodiscard]] PerceptronRun finish(Outcome outcome, const std::vector<Matrix>& weights) &&;

 private:
  void consider_best(const PerceptronSnapshot& snapshot, Index step, double time);

  PerceptronReference reference_;
  std::vector<PerceptronObservable> observables_;
  bool keep_networks_;
  bool tests_ = false;
  PerceptronRun run_;
  std::vector<std::vector<double>> columns_;  // per observable, records one after another
};

}  // namespace linnet
