#pragma once

#include <filesystem>
#include <functional>
#include <limits>

#include "linnet/config/configuration.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/storage/journal.hpp"

namespace linnet::sweeps {

struct SweepProgress {
  Index done = 0;  ///< points finished and on disk, those of an earlier run included
  Index total = 0;
  Index resumed = 0;    ///< of `done`, how many an earlier run had finished
  Index held_back = 0;  ///< points that waited, because memory was too short for as many side by side as allowed
};

struct SweepOptions {
  int jobs = 0;  ///< points side by side, or fewer where the memory is too short for them; 0: one a core
  /// Bytes that the points side by side may ask for together; at most nine tenths of what is free.
  double memory = std::numeric_limits<double>::infinity();
  std::filesystem::path journal = {};  ///< where finished points are kept; empty: nowhere
  storage::Journal::Mode mode = storage::Journal::Mode::fresh;
  std::function<void(const SweepProgress&)> report = {};  ///< after points were committed, from one thread at a time
  /// Shown, before any point is computed, the data set as it will be but for its numbers: to refuse what could not be
  /// made of it by throwing.
  std::function<void(const Dataset&)> preview = {};
  std::function<bool()> keep_going = {};  ///< asked at every step of every point, from any thread; false interrupts
};

/// Every point of the grid, in parallel. A point's result depends on its configuration and its index alone, so that
/// neither threads nor an interruption change a bit. Interrupted: throws Error (interrupted) after all finished points
/// are in the journal. A point that diverges is a result, with its status. Where machines were mixed, the attribute
/// "machines" says how many points each computed.
Dataset sweep(const config::Source& source, const SweepOptions& options = {});

}  // namespace linnet::sweeps
