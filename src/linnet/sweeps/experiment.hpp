#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linnet/config/configuration.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/unbalanced_layers.hpp"
#include "linnet/training/train.hpp"

namespace linnet::sweeps {

/// A task with what the configuration's solver will ask of it again and again: made once, shared by the points of a
/// sweep.
struct PreparedTask {
  std::optional<Task> task;                      ///< none for a limit spectrum, which no matrix has
  std::vector<Task> then = {};                   ///< what is learned afterwards
  std::shared_ptr<const TaskSpectrum> spectrum;  ///< for the closed form
  double signal_norm = 0;                        ///< ‖A*‖_op, for step = "mixed"
  Shape shape;
};

PreparedTask prepare_task(const config::Configuration& c);

/// What `prepare_task` depends on, as text: points with the same key share a task.
std::string task_key(const config::Configuration& c);

/// Where a run starts.
struct Start {
  std::optional<Network> network;    ///< none for the closed form mode by mode
  std::optional<Network> companion;  ///< what is compared with starts here: "self_consistent" and "exact"
  std::optional<PerLayer> scales;    ///< (σ_1²w, σ_2²w) with the integer width; none for weights from files
  std::optional<double> nominal;     ///< σ²w with the real width d^γ_w, for step = "mixed"
  std::optional<networks::EffectiveBalance> expected;  ///< of Gaussian weights
};

/// Whether the closed form mode by mode tells all that is asked for: errors of one task at its end and best time.
bool modes_suffice(const config::Configuration& c);

/// λ and the layer of initialization = "unbalanced".
LayerImbalance layer_imbalance(const config::Configuration& c);

Start make_start(const config::Configuration& c, const PreparedTask& task);

/// The steps η_l of descent, by number or rule.
Layerwise descent_step(const config::Configuration& c, const PreparedTask& task, const Start& start);

GradientDescent make_descent(const config::Configuration& c, const PreparedTask& task, const Start& start);
/// The threshold of its crossing events is the record's κ, or that of the start's best closure.
GradientFlow make_flow(const config::Configuration& c, const Record& record, const Start& start);
/// For infinite width; for every other start the closed form is an ExactFlow.
ModeFlow make_mode_flow(const config::Configuration& c, const PreparedTask& task, const Start& start);
/// For network.kind = "neuron", whose weights it tells with their signs.
NeuronFlow make_neuron_flow(const config::Configuration& c, const Network& start, const Task& task);
ExactFlow make_exact_flow(const config::Configuration& c, const Network& start, const Task& task);
Record make_record(const config::Configuration& c, const Start& start);
Schedule make_schedule(const config::Configuration& c);

// What every kind of network reads alike.

/// A seed of its own, or the common one.
std::uint64_t seed_of(const config::Configuration& c, const std::optional<std::uint64_t>& own);
/// Throws, naming the field, unless it is a whole number.
Index whole(double value, const char* field);
/// L, the layers of a network that has them one by one. Throws unless it is whole and so many fit into the memory.
Index layers_of(const config::Configuration& c);
tasks::Regression regression_data(const config::Configuration& c);       ///< from the files of task.inputs, …
std::vector<Matrix> weights_from_files(const config::Configuration& c);  ///< of network.weights

/// A file that the configuration names, by its key.
struct InputFile {
  std::string field;
  std::filesystem::path path;
};
std::vector<InputFile> input_files(const config::Configuration& c);

/// "task.file fnv1a-…" for each file that the configuration names, a line each: part of what makes a run what it is.
std::string file_digests(const config::Configuration& c);

/// The C library, whose logarithms and the like differ from one to another.
std::string math_library();

/// What the last bits of a result depend on beside its configuration, a line each: the version of linnet, the BLAS with
/// its kernel, the vectors of linnet's own loops and the C library.
std::string machine();

/// Title, version, seed, conventions, machine, resolved configuration: the global attributes of every result.
std::map<std::string, std::string> provenance(const config::Configuration& c, const std::string& kind);

}  // namespace linnet::sweeps
