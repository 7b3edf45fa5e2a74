#pragma once

#include <filesystem>
#include <functional>
#include <limits>

#include "linnet/config/configuration.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/storage/journal.hpp"

namespace linnet::sweeps {

struct SweepProgress {
  Index done = 0;  ///< points finished and on disk, including those of an earlier call
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
  /// Called after points were committed, by one thread at a time.
  std::function<void(const SweepProgress&)> report = {};
  /// Called before any point is computed, with the data set that the sweep will return, without its results. It can
  /// throw if this data set cannot be used.
  std::function<void(const Dataset&)> preview = {};
  std::function<bool()> keep_going = {};  ///< called at every step of every point, by any thread; false interrupts
};

/// Computes every point of the grid, in parallel. The result of a point depends only on its configuration and its
/// index, so that neither the number of threads nor an interruption changes a bit. If interrupted, throws Error
/// (interrupted) after all finished points are in the journal. A point that diverges is a result, with its status. If
/// the points were computed by different kinds of machine, the attribute "machines" lists them with their numbers of
/// points.
Dataset sweep(const config::Source& source, const SweepOptions& options = {});

}  // namespace linnet::sweeps
