#include "saved_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "linnet/error.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/sweeps/earlier.hpp"
#include "linnet/sweeps/execution.hpp"
#include "linnet/sweeps/experiment.hpp"

namespace linnet::command {

namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& target) {
  fs::path file = target;
  file += ".checkpoint";
  return file;
}

bool is_resumable(const config::Configuration& c, const OutputOptions& options) {
  try {
    require_resumable(c, options);
    return true;
  } catch (const Error&) {
    return false;
  }
}

storage::Identity identity_of(const config::Configuration& c) {
  const auto all = sweeps::provenance(c, "run");
  storage::Identity identity{{"configuration", all.at("configuration")}, {"machine", sweeps::machine()}};
  if (const auto files = all.find("files"); files != all.end()) identity["files"] = files->second;
  return identity;
}

/// Descent of networks that are known by an A of low rank, whose singular vectors are not in a file.
bool goes_on_to_rounding(const Checkpoint& c, const config::Configuration& configuration) {
  const bool of_low_rank =
      std::holds_alternative<DeepBalanced>(c.network) || std::holds_alternative<SelfConsistent>(c.network);
  return of_low_rank && configuration.solver.kind->by_steps();
}

}  // namespace

void require_resumable(const config::Configuration& c, const OutputOptions& options) {
  const auto refuse = [](const char* expected, const std::string& got, const char* hint) {
    linnet::bad_input({.field = "--resume", .expected = expected, .got = got, .hint = hint});
  };
  if (!options.from.empty()) refuse("no --continue beside it", "--continue " + options.from, "leave one of them out");
  sweeps::require_to_go_on(c, "--resume");
  const auto flow = c.solver.kind->flow(1.0, 0);
  if (flow && flow->restart_every == 0) {
    refuse("a flow whose integrator begins anew now and then", "solver.restart_every = 0",
           "begin with solver.restart_every = 500, or cut the run by --checkpoint and --continue");
  }
}

void require_saved(const config::Configuration& c, const fs::path& target) {
  if (fs::exists(fs::symlink_status(beside(target)))) return;
  if (sweeps::earlier_result(c, target) != sweeps::Earlier::begun) return;
  linnet::bad_input({.field = "--resume",
                     .expected = beside(target).string(),
                     .got = "no such file",
                     .hint = "give --force to begin again"});
}

SavedRun::SavedRun(const config::Configuration& c, const fs::path& target, const OutputOptions& options)
    : file_(beside(target)), saves_(options.save_every > 0 && is_resumable(c, options)), interval_(options.save_every) {
  std::error_code error;
  const bool exists = fs::exists(fs::symlink_status(file_, error));
  if (!options.resume) {
    if (exists && !options.force) {
      linnet::bad_input({.field = file_.string(),
                         .expected = "no saved run of an earlier process",
                         .got = "one that exists",
                         .hint = "give --resume to go on with it, or --force to replace it"});
    }
    if (exists) remove();
  }
  if (!saves_ && !(options.resume && exists)) return;
  identity_ = identity_of(c);
  if (!options.resume || !exists) return;
  earlier_ = storage::read_unfinished(file_, identity_);
  const Carried& at = earlier_->checkpoint.continuation.carried;
  saved_ = {at.step, at.time};
  if (goes_on_to_rounding(earlier_->checkpoint, c)) {
    fmt::print(stderr,
               "linnet: warning: descent of a network that is known by A alone goes on to rounding, not to the "
               "same bits\n");
  }
}

Saving SavedRun::saving() {
  Saving saving;
  if (earlier_) saving.before = std::make_shared<const Recorded>(earlier_->recorded);
  if (!saves_) return saving;
  saving.due = [this] { return Clock::now() - last_ >= interval_; };
  saving.save = [this](const Unfinished& run) { save(run); };
  return saving;
}

void SavedRun::save(const Unfinished& run) {
  constexpr double share = 20;  // of the time, at least, goes to the run
  const auto began = Clock::now();
  try {
    storage::write_unfinished(run, identity_, file_);
    const Carried& at = run.checkpoint.continuation.carried;
    saved_ = {at.step, at.time};
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::output) throw;
    if (!told_) fmt::print(stderr, "linnet: warning: the run goes on but was not saved: {}\n", error.what());
    told_ = true;
  }
  last_ = Clock::now();
  interval_ = std::max(interval_, share * std::chrono::duration<double>(last_ - began));
}

std::string SavedRun::words() const {
  if (!saved_) return {};
  return fmt::format("{}: saved at step {}, t = {:.6g}; --resume goes on from there\n", file_.string(), saved_->first,
                     saved_->second);
}

void SavedRun::remove() const {
  std::error_code error;
  fs::remove(file_, error);
  if (error) {
    throw Error(Error::Kind::output,
                {.field = file_.string(), .expected = "a saved run that can be removed", .got = error.message()});
  }
}

void SavedRun::remove_beside(const fs::path& target) {
  std::error_code ignored;
  fs::remove(beside(target), ignored);
}

}  // namespace linnet::command
