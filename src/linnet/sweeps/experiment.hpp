#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linnet/config/configuration.hpp"
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

using config::Start;

/// Whether the closed form mode by mode tells all that is asked for: errors of one task at its end and best time.
bool modes_suffice(const config::Configuration& c);

Start make_start(const config::Configuration& c, const PreparedTask& task);

/// The self-consistent dynamics from the A(0) of a network of this start.
Network as_if_wide(const Network& network, const Start& start);

/// The steps η_l of descent, by number or rule.
Layerwise descent_step(const config::Configuration& c, const PreparedTask& task, const Start& start);

/// What the solver takes: the step by number or rule; the threshold of a flow's crossing events is the record's κ, or
/// that of the start's best closure.
config::SolverSetting solver_setting(const config::Configuration& c, const PreparedTask& task, const Record& record,
                                     const Start& start);
/// For infinite width; for every other start the closed form is an ExactFlow.
ModeFlow make_mode_flow(const config::Configuration& c, const PreparedTask& task, const Start& start);
/// For network.kind = "neuron", whose weights it tells with their signs.
NeuronFlow make_neuron_flow(const config::Configuration& c, const Network& start, const Task& task);
ExactFlow make_exact_flow(const config::Configuration& c, const Network& start, const Task& task);
Record make_record(const config::Configuration& c, const Start& start);
Schedule make_schedule(const config::Configuration& c);

/// A seed of its own, or the common one.
std::uint64_t seed_of(const config::Configuration& c, const std::optional<std::uint64_t>& own);
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
