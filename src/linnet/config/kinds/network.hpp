#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "linnet/config/kinds/kind.hpp"
#include "linnet/landscape/distance_exponents.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/network.hpp"
#include "linnet/networks/unbalanced_layers.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet::config {

/// Where a run starts.
struct Start {
  std::optional<Network> network;               ///< none for the closed form mode by mode
  std::optional<Network> drawn = std::nullopt;  ///< before it was held as if infinitely wide, where it is
  std::optional<Layerwise> scales =
      std::nullopt;  ///< (σ_1²w, σ_2²w) with the integer width; none for weights from files
  std::optional<double> nominal = std::nullopt;  ///< σ²w with the real width d^γ_w, for step = "mixed"
  std::optional<networks::EffectiveBalance> expected = std::nullopt;  ///< of Gaussian weights
};

/// What a start is made of beside its own options.
struct StartSetting {
  Shape shape;
  const Task* task = nullptr;  ///< none for a limit spectrum
  Layerwise rates = 1.0;       ///< η_l of a flow
  bool descent = false;        ///< it moves by steps, whatever those rates are
  bool sequential = false;     ///< descent of one layer after the other
  bool scales_alone = false;   ///< no network is asked for where its scales are all that is needed
  std::uint64_t seed = 0;
  std::uint32_t point = 0;            ///< of a sweep
  std::filesystem::path folder = {};  ///< what files are relative to
};

/// Balanced weights, or balanced but for one layer, that start along the task's singular vectors, all modes of one
/// size.
struct AlignedStart {
  Index depth = 2;
  double size = 0.01;
  std::optional<LayerImbalance> imbalance = std::nullopt;
};

/// d of exponents: the dimension of a square task, the geometric mean otherwise.
double dimension(Shape shape);

class NetworkKind : public Kind {
 public:
  using Section = NetworkKind;
  [[nodiscard]] virtual std::unique_ptr<NetworkKind> clone() const = 0;
  [[nodiscard]] virtual Start make(const StartSetting& setting) const = 0;

  [[nodiscard]] virtual bool is_perceptron() const { return false; }
  [[nodiscard]] virtual bool is_gaussian() const { return false; }  ///< of two layers
  /// Of any depth: closed forms are those of aligned modes.
  [[nodiscard]] virtual bool is_deep() const { return false; }
  /// The closed form is that of one neuron.
  [[nodiscard]] virtual bool is_neuron() const { return false; }
  /// The closed form needs no network, but its scales.
  [[nodiscard]] virtual bool mode_by_mode() const { return false; }
  [[nodiscard]] virtual bool self_consistent() const { return false; }  ///< held as if infinitely wide
  [[nodiscard]] virtual bool uses_rates() const { return false; }       ///< those of a flow, whatever the solver
  [[nodiscard]] virtual std::optional<AlignedStart> aligned() const { return std::nullopt; }
  [[nodiscard]] virtual std::optional<landscape::DistanceExponents> distance_exponents() const { return std::nullopt; }

  [[nodiscard]] virtual Index neurons() const { return 0; }  ///< of the first hidden layer, where it is known
  // Of perceptrons.
  [[nodiscard]] virtual double slope() const { return 0; }
  [[nodiscard]] virtual std::optional<double> rich_quick_step() const { return std::nullopt; }

  StartSetting own = {};  ///< what Python's arguments say, and configurations elsewhere
};

template <>
const std::vector<std::unique_ptr<NetworkKind>>& kinds<NetworkKind>();

}  // namespace linnet::config
