#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "linnet/config/kinds/kind.hpp"
#include "linnet/observables/schedule.hpp"
#include "linnet/training/train.hpp"

namespace linnet::config {

/// η of descent: numbers, or the rule that makes them.
struct StepSize {
  LayerValue value = GradientDescent().step;
  double divisor = 5;  ///< of the rule "mixed"

  void visit(FieldVisitor& v, const std::vector<Need>& needs);
  [[nodiscard]] const Layerwise* numbers() const { return std::get_if<Layerwise>(&value); }
  [[nodiscard]] bool mixed() const;        ///< 1/(divisor σ²w) or 1/(divisor ‖A*‖_op)
  [[nodiscard]] bool rich_quick() const;   ///< 0.005/τ²
  [[nodiscard]] std::string rule() const;  ///< in quotes
};

/// What a solver takes beside its own options.
struct SolverSetting {
  Layerwise step = 1.0;    ///< η_l, where its step is a number or has been made one
  Layerwise rates = 1.0;   ///< η_l of a flow
  double threshold = 0;    ///< κ, where it finds its crossings
  std::uint64_t seed = 0;  ///< the common one
};

class SolverKind : public Kind {
 public:
  using Section = SolverKind;
  [[nodiscard]] virtual std::unique_ptr<SolverKind> clone() const = 0;

  [[nodiscard]] virtual const char* legend() const = 0;             ///< "gradient flow"
  [[nodiscard]] virtual const char* progress() const = 0;           ///< what is counted on the way: "steps"
  [[nodiscard]] virtual bool by_steps() const { return false; }     ///< descent: recorded step by step
  [[nodiscard]] virtual bool sequential() const { return false; }   ///< one layer after the other
  [[nodiscard]] virtual bool closed_form() const { return false; }  ///< nothing is integrated
  [[nodiscard]] virtual bool moves() const = 0;    ///< a run of no steps and no time has the results of its start
  [[nodiscard]] virtual double t_end() const = 0;  ///< of flows
  [[nodiscard]] virtual const StepSize* step() const { return nullptr; }  ///< where it has one
  /// "momentum" or "batches", where its steps are not those of plain descent on all samples.
  [[nodiscard]] virtual const char* beside_all_samples() const { return nullptr; }

  /// The instants of a schedule, in time.
  [[nodiscard]] virtual std::vector<double> times(const Schedule& schedule) const {
    return schedule.times_from_start(t_end());
  }

  /// A run; a closed form has none.
  [[nodiscard]] virtual Trajectory train(const Network& start, const Task& task, const SolverSetting& setting,
                                         const Record& record, const Observer& observer) const;

  /// The library's own options of descent and of flow.
  [[nodiscard]] virtual std::optional<GradientDescent> descent(const Layerwise& /*step*/,
                                                               std::uint64_t /*common_seed*/) const {
    return std::nullopt;
  }
  [[nodiscard]] virtual std::optional<GradientFlow> flow(const Layerwise& /*rates*/, double /*threshold*/) const {
    return std::nullopt;
  }
  [[nodiscard]] virtual bool matches_descent() const { return false; }  ///< a flow to the time of so many steps
  [[nodiscard]] virtual Index steps() const { return 0; }               ///< of descent, or of the one it is matched to
  [[nodiscard]] virtual bool finds_threshold() const { return false; }  ///< an event of it is the crossing of κ

  SolverSetting own = {};  ///< what Python's arguments say, and configurations elsewhere
};

template <>
const std::vector<std::unique_ptr<SolverKind>>& kinds<SolverKind>();

}  // namespace linnet::config
