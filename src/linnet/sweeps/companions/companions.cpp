#include "linnet/config/companions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

// The list of companions: each is a file of this folder. A new companion is named twice here, and nowhere else.

CompanionKind self_consistent_companion();
CompanionKind exact_companion();
CompanionKind one_layer_companion();
CompanionKind expected_companion();
CompanionKind escape_companion();
CompanionKind greedy_companion();
CompanionKind bound_companion();
CompanionKind jumps_companion();
CompanionKind interpolator_companion();
CompanionKind linearized_companion();
CompanionKind infinite_width_companion();
CompanionKind tied_companion();
CompanionKind edge_companion();
CompanionKind flattest_companion();
CompanionKind unimodal_companion();

const std::vector<CompanionKind>& companion_kinds() {
  static const std::vector<CompanionKind> all{{.word = "none", .meaning = "nothing", .legend = "", .both_ends = false},
                                              self_consistent_companion(),
                                              exact_companion(),
                                              one_layer_companion(),
                                              expected_companion(),
                                              escape_companion(),
                                              greedy_companion(),
                                              bound_companion(),
                                              jumps_companion(),
                                              interpolator_companion(),
                                              linearized_companion(),
                                              infinite_width_companion(),
                                              tied_companion(),
                                              edge_companion(),
                                              flattest_companion(),
                                              unimodal_companion()};
  return all;
}

const CompanionKind& companion_kind(const config::Configuration& c) {
  const auto is_meant = [&](const CompanionKind& kind) { return kind.word == c.network.compare; };
  return *std::find_if(companion_kinds().begin(), companion_kinds().end(), is_meant);
}

std::unique_ptr<Companion> make_companion(const config::Configuration& c, const PreparedTask& prepared,
                                          const Start& start) {
  const CompanionKind& kind = companion_kind(c);
  if (!kind.make) return nullptr;
  if (kind.for_perceptrons != c.network.kind->is_perceptron()) {
    bad_input({.field = "network.compare",
               .expected = fmt::format(
                   "\"{}\" for {}", kind.word,
                   kind.for_perceptrons ? "network.kind = \"perceptron\" alone" : "networks that are linear"),
               .got = fmt::format("network.kind = \"{}\"", c.network.kind->word()),
               .hint = kind.instead});
  }
  const char* beside = c.solver.kind->beside_the_cost();
  if (beside != nullptr && !kind.with_weight_decay) {
    bad_input({.field = "network.compare",
               .expected = "\"none\" or \"self_consistent\", with " + std::string(beside),
               .got = fmt::format("\"{}\"", kind.word),
               .hint = "this comparison is with gradient flow or descent of the cost C alone"});
  }
  if (c.solver.kind->keeps_zeros() && !kind.with_masks) {
    bad_input({.field = "network.compare",
               .expected = "\"none\" or \"unimodal\", with solver.keep_zeros",
               .got = fmt::format("\"{}\"", kind.word),
               .hint = "this comparison is with training of all weights"});
  }
  return kind.make({c, prepared, start});
}

Trajectory Companion::train_both(const Network& /*now*/, const Task& /*task*/, const GradientDescent& /*descent*/,
                                 const Record& /*record*/, const Observer& /*observer*/) {
  return {};
}

void Companion::begin_again(const Network& /*network*/) {
  bad_input({.field = "network.then_balance",
             .expected = "no comparison, or network.compare = \"exact\"",
             .got = "another comparison"});
}

Trajectory Companion::end(const Record& /*record*/, const Trajectory& run, const Observer& /*observer*/) {
  return nothing_known(run);
}

double Companion::largest_distance(const Trajectory& run) const {
  double largest = std::nan("");
  for (const double d : run.values("distance")) {
    if (!(d <= largest)) largest = d;
  }
  return largest;
}

Record along(Record record, const Trajectory& run) {
  record.schedule = Schedule::at(run.time);
  return record;
}

Index require_layers(const CompanionSetting& setting) {
  const DeepLinear* weights = weights_of(*setting.start.network);
  if (weights == nullptr || weights->depth() < 2) {
    bad_input({.field = "network.compare",
               .expected = "\"" + setting.c.network.compare + "\" for weights of two or more layers",
               .got = weights != nullptr ? "depth 1" : "a network that is not held by its weights"});
  }
  return weights->depth();
}

Trajectory nothing_known(const Trajectory& run) {
  Trajectory t{.step = run.step, .time = run.time, .outcome = run.outcome, .shape = run.shape};
  for (const Series& s : run.series) {
    t.series.push_back(s);
    t.series.back().values.setConstant(std::nan(""));
  }
  return t;
}

}  // namespace linnet::sweeps

namespace linnet::config {

const std::vector<CompanionWord>& companion_words() {
  static const std::vector<CompanionWord> words = [] {
    std::vector<CompanionWord> all;
    for (const sweeps::CompanionKind& kind : sweeps::companion_kinds()) {
      all.push_back({.word = kind.word,
                     .meaning = kind.meaning,
                     .uses_rates = kind.uses_rates,
                     .uses_tolerance = kind.uses_tolerance});
    }
    return all;
  }();
  return words;
}

}  // namespace linnet::config
