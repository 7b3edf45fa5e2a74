#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "linnet/config/kinds/kind.hpp"
#include "linnet/landscape/distance_exponents.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/network.hpp"
#include "linnet/networks/unbalanced_layers.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet::config {

/// A start of infinite width at any depth, for the flow mode by mode.
struct WideStart {
  Index depth = 2;
  Layerwise scales = 1.0;  ///< s_l = σ_l√w
  double tolerance = 1e-8;
};

/// The start of a run.
struct Start {
  std::optional<Network> network;               ///< none if the closed form mode by mode needs no network
  std::optional<Network> drawn = std::nullopt;  ///< the network drawn, if `network` treats it as infinitely wide
  std::optional<Layerwise> scales =
      std::nullopt;  ///< (σ_1²w, σ_2²w) with the integer width; none for weights from files
  Index width = 0;   ///< w of a Gram state, which does not say it
  std::optional<double> nominal = std::nullopt;  ///< σ²w with the real width d^γ_w, for step = "mixed"
  std::optional<WideStart> wide = std::nullopt;  ///< for the closed form, instead of a network and scales
  std::optional<networks::EffectiveBalance> expected = std::nullopt;  ///< the mean balance of Gaussian weights
};

/// The inputs for making a start besides its own options.
struct StartSetting {
  Shape shape;
  const Task* task = nullptr;  ///< null for a limit spectrum
  Layerwise rates = 1.0;       ///< η_l of a flow
  bool descent = false;        ///< the solver moves by steps, whatever the rates are
  bool sequential = false;     ///< descent updates one layer after the other
  bool scales_alone = false;   ///< only the scales are needed, no network
  std::uint64_t seed = 0;
  std::uint32_t point = 0;            ///< the index of the point in a sweep
  std::filesystem::path folder = {};  ///< relative file names start here
};

/// Weights that are balanced, or balanced except for one layer, with singular vectors of the task and all singular
/// values equal.
struct AlignedStart {
  Index depth = 2;
  double size = 0.01;
  std::optional<LayerImbalance> imbalance = std::nullopt;
};

/// Inputs in blocks, with separate paths up to a layer (networks/blocks.hpp).
struct InputBlocks {
  std::vector<Index> inputs = {};
  Index fusion = 1;
};

/// d of the exponents: the dimension of a square task, else the geometric mean of inputs and outputs.
double dimension(Shape shape);

class NetworkKind : public Kind {
 public:
  using Section = NetworkKind;
  [[nodiscard]] virtual std::unique_ptr<NetworkKind> clone() const = 0;
  [[nodiscard]] virtual Start make(const StartSetting& setting) const = 0;

  [[nodiscard]] virtual bool is_perceptron() const { return false; }
  [[nodiscard]] virtual bool is_gaussian() const { return false; }  ///< Gaussian weights of two layers
  /// Of any depth: the closed forms are those of aligned modes.
  [[nodiscard]] virtual bool is_deep() const { return false; }
  /// Whether the closed form is that of one neuron.
  [[nodiscard]] virtual bool is_neuron() const { return false; }
  /// Whether the closed form needs only the scales of the network.
  [[nodiscard]] virtual bool mode_by_mode() const { return false; }
  [[nodiscard]] virtual bool self_consistent() const { return false; }  ///< treated as infinitely wide
  /// Whether it uses the rates of a flow with every solver.
  [[nodiscard]] virtual bool uses_rates() const { return false; }
  [[nodiscard]] virtual std::optional<AlignedStart> aligned() const { return std::nullopt; }
  [[nodiscard]] virtual std::optional<landscape::DistanceExponents> distance_exponents() const { return std::nullopt; }

  [[nodiscard]] virtual InputBlocks blocks() const { return {}; }  ///< none: all inputs alike

  [[nodiscard]] virtual std::map<std::string, std::string> attributes() const { return {}; }  ///< for result files

  [[nodiscard]] virtual Index neurons() const { return 0; }  ///< of the first hidden layer; 0 if not known
  // For perceptrons.
  [[nodiscard]] virtual double slope() const { return 0; }
  [[nodiscard]] virtual std::optional<double> rich_quick_step() const { return std::nullopt; }
  [[nodiscard]] virtual std::optional<double> output_scale() const { return std::nullopt; }  ///< a factor of W_L

  StartSetting own = {};  ///< what Python's arguments say, and configurations elsewhere
};

template <>
const std::vector<std::unique_ptr<NetworkKind>>& kinds<NetworkKind>();

}  // namespace linnet::config
