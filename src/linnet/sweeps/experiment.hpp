#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linnet/config/configuration.hpp"
#include "linnet/training/train.hpp"

namespace linnet::sweeps {

/// A task with what the solver of the configuration needs of it: made once, and shared by the points of a sweep.
struct PreparedTask {
  std::optional<Task> task;                      ///< none for a limit spectrum, which has no matrix
  std::vector<Task> then = {};                   ///< the tasks that are learned afterwards
  std::shared_ptr<const TaskSpectrum> spectrum;  ///< for the closed form
  double signal_norm = 0;                        ///< ‖A*‖_op, for step = "mixed"
  Shape shape;
};

PreparedTask prepare_task(const config::Configuration& c);

/// What `prepare_task` depends on, as text: points with the same key share a task.
std::string task_key(const config::Configuration& c);

using config::Start;

/// Whether the closed form mode by mode has all results that are asked for: errors of one task at the end and at the
/// best time.
bool modes_suffice(const config::Configuration& c);

Start make_start(const config::Configuration& c, const PreparedTask& task);

/// The self-consistent dynamics from A(0) of this network.
Network as_if_wide(const Network& network, const Start& start);

/// The steps η_l of descent, given as numbers or computed by a rule.
Layerwise descent_step(const config::Configuration& c, const PreparedTask& task, const Start& start);

/// The inputs of the solver. The threshold for crossing events of a flow is κ of the record or, if not given, that of
/// the start's best closure.
config::SolverSetting solver_setting(const config::Configuration& c, const PreparedTask& task, const Record& record,
                                     const Start& start);
/// For infinite width; the closed form of every other start is an ExactFlow.
ModeFlow make_mode_flow(const config::Configuration& c, const PreparedTask& task, const Start& start);
WideFlow make_wide_flow(const config::Configuration& c, const PreparedTask& task, const Start& start);
/// For network.kind = "neuron"; it has the weights with their signs.
NeuronFlow make_neuron_flow(const config::Configuration& c, const Network& start, const Task& task);
ExactFlow make_exact_flow(const config::Configuration& c, const Network& start, const Task& task);
Record make_record(const config::Configuration& c, const Start& start);
Schedule make_schedule(const config::Configuration& c);

/// `own` if given, else the common seed.
std::uint64_t seed_of(const config::Configuration& c, const std::optional<std::uint64_t>& own);
/// "task.file fnv1a-…" for each file that the configuration names, one a line. Results with different digests differ.
std::string file_digests(const config::Configuration& c);

/// The C library, whose logarithm and similar functions depend on its version.
std::string math_library();

/// What the last bits of a result depend on besides the configuration, one item a line: the version of linnet, the BLAS
/// and its kernel, the vector instructions of linnet's own loops, and the C library.
std::string machine();
/// The attributes of a result that say so: linnet_version, backend, vectors, math_library.
std::map<std::string, std::string> attributes_of_machine(const std::string& machine);

/// Title, version, seed, conventions, machine, resolved configuration: the global attributes of every result.
std::map<std::string, std::string> provenance(const config::Configuration& c, const std::string& kind);

}  // namespace linnet::sweeps
