#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "linnet/config/kinds/kind.hpp"
#include "linnet/design/design.hpp"
#include "linnet/observables/schedule.hpp"
#include "linnet/training/train.hpp"

namespace linnet::config {

/// η of descent: numbers, or the name of a rule that computes it.
struct StepSize {
  LayerValue value = GradientDescent().step;
  double divisor = 5;  ///< of the rule "mixed"

  void visit(FieldVisitor& v, const std::vector<Need>& needs);
  [[nodiscard]] const Layerwise* numbers() const { return std::get_if<Layerwise>(&value); }
  [[nodiscard]] bool mixed() const;        ///< 1/(divisor σ²w) or 1/(divisor ‖A*‖_op)
  [[nodiscard]] bool rich_quick() const;   ///< 0.005/τ²
  [[nodiscard]] std::string rule() const;  ///< in quotes
};

/// The inputs of a solver besides its own options.
struct SolverSetting {
  Layerwise step = 1.0;    ///< η_l of descent, as numbers
  Layerwise rates = 1.0;   ///< η_l of a flow
  double threshold = 0;    ///< κ, for events of its crossing
  std::uint64_t seed = 0;  ///< the common seed
};

class SolverKind : public Kind {
 public:
  using Section = SolverKind;
  [[nodiscard]] virtual std::unique_ptr<SolverKind> clone() const = 0;

  [[nodiscard]] virtual const char* legend() const = 0;             ///< "gradient flow"
  [[nodiscard]] virtual const char* progress() const = 0;           ///< what is counted on the way: "steps"
  [[nodiscard]] virtual bool by_steps() const { return false; }     ///< descent: recorded by steps
  [[nodiscard]] virtual bool sequential() const { return false; }   ///< updates one layer after the other
  [[nodiscard]] virtual bool closed_form() const { return false; }  ///< computes a closed form, integrates nothing
  [[nodiscard]] virtual bool moves() const = 0;    ///< false for a run of no steps or no time, which returns its start
  [[nodiscard]] virtual double t_end() const = 0;  ///< of flows
  [[nodiscard]] virtual const StepSize* step() const { return nullptr; }  ///< null if the solver has none
  /// Whether the network's output scale counts as a factor τ outside of it: all steps but the last layer's are over τ².
  [[nodiscard]] virtual bool outer_scale() const { return false; }
  /// "momentum", "batches" or "a schedule of steps", if its steps are not those of plain descent on all samples; else
  /// null.
  [[nodiscard]] virtual const char* beside_all_samples() const { return nullptr; }
  /// "weight decay" or "spectral descent", if what it follows is not the gradient of C; else null.
  [[nodiscard]] virtual const char* beside_the_cost() const { return nullptr; }
  [[nodiscard]] virtual bool keeps_zeros() const { return false; }  ///< weights that are 0 at the start stay 0

  /// The instants of a schedule as times, or as steps if `counts_steps`.
  [[nodiscard]] virtual std::vector<double> times(const Schedule& schedule) const {
    return schedule.times_from_start(t_end());
  }
  /// Whether the points of a sweep have only steps in common: each has a step size of its own, by a rule.
  [[nodiscard]] virtual bool counts_steps() const { return false; }
  /// The times of these steps of a size; only if `counts_steps`.
  [[nodiscard]] virtual std::vector<double> times_of_steps(std::vector<double> steps, const Layerwise& size) const {
    for (double& k : steps) k *= size.geometric_mean();
    return steps;
  }

  /// A run, from a start or going on from a checkpoint; a closed form has none.
  [[nodiscard]] virtual Trajectory train(const std::variant<Network, Checkpoint>& from, const Task& task,
                                         const SolverSetting& setting, const Record& record,
                                         const Observer& observer) const;

  /// The options of descent, or of flow, as the library's own type.
  [[nodiscard]] virtual std::optional<GradientDescent> descent(const Layerwise& /*step*/,
                                                               std::uint64_t /*common_seed*/) const {
    return std::nullopt;
  }
  [[nodiscard]] virtual std::optional<GradientFlow> flow(const Layerwise& /*rates*/, double /*threshold*/) const {
    return std::nullopt;
  }
  /// The options of a design, without rate and seed; of a solver that chooses a network, and runs none.
  [[nodiscard]] virtual std::optional<DesignOptions> design() const { return std::nullopt; }
  /// Whether it is a flow to the time of a given number of steps.
  [[nodiscard]] virtual bool matches_descent() const { return false; }
  [[nodiscard]] virtual Index steps() const { return 0; }  ///< of descent, or of the descent that a flow is matched to
  /// Whether the crossing of κ is one of its events.
  [[nodiscard]] virtual bool finds_threshold() const { return false; }

  SolverSetting own = {};  ///< what Python's arguments say, and configurations elsewhere
};

template <>
const std::vector<std::unique_ptr<SolverKind>>& kinds<SolverKind>();

}  // namespace linnet::config
