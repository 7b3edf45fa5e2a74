#pragma once

#include <limits>
#include <span>

#include "linnet/landscape/greedy.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet::landscape {

/// The records of a run in which to find plateaus. The last three may be omitted.
struct Records {
  std::vector<double> time;             ///< rising; one at t = 0 may come first
  Vector cost;                          ///< or an error instead of it
  Vector gradient_norm = {};            ///< ‖∂C/∂θ‖
  Matrix singular_values = {};          ///< of A, records x modes
  std::vector<Matrix> end_to_end = {};  ///< A
};

/// A part of a run in which the cost hardly changes.
struct Plateau {
  double entered = 0;  ///< time; 0 for a plateau at the start of the run
  double left = 0;     ///< time; that of the last record for a plateau at the end of the run
  Index record = 0;    ///< where the cost is flattest; the fields below are of this record
  double cost = 0;
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();  ///< nan if not given
  Index rank = -1;  ///< singular values above `rank_fraction` of the largest of the run; −1 if not given
  Near saddle;      ///< the nearest of the saddles; none if no saddles or matrices are given
};

/// Options of `find_plateaus`.
struct PlateauSearch {
  double slope = 0.05;    ///< the largest fall of the cost of a plateau in an e-fold of time, relative to its height
  double floor = 1e-3;    ///< added to every height, relative to the whole fall of the run; below it the run has ended
  double shortest = 0.1;  ///< the least ln(left/entered) of a plateau
  double step = 0.01;     ///< plateaus nearer than this fraction of the height count as one
  double rank_fraction = 0.1;
};

/// The plateaus of a run, in order: the maximal stretches of records between which the cost changes slowly,
///
///     |ΔC| / Δ ln t ≤ slope (C − min C + floor (max C − min C)).
///
/// Time is logarithmic, since waits at saddles last much longer than the falls between them. Heights are relative to
/// the remaining fall, so that late plateaus between small steps count as much as the first ones. The floor makes the
/// end of a run a plateau even if the cost decays exponentially. `entered` and `left` are times of records; the search
/// needs about ten records in an e-fold of time.
///
/// Throws when lengths differ, times do not rise, or there are fewer than 3 records at t > 0.
std::vector<Plateau> find_plateaus(const Records& records, const std::vector<Matrix>& saddles = {},
                                   const PlateauSearch& options = {});

/// From the records of a run: cost or train_error and, if recorded, parameter_gradient_norm and singular_values.
/// `end_to_end` has A at the records, if the run has not recorded it. Throws if there are saddles but no A.
std::vector<Plateau> find_plateaus(const Trajectory& run, const std::vector<Matrix>& saddles = {},
                                   const PlateauSearch& options = {}, std::vector<Matrix> end_to_end = {});

}  // namespace linnet::landscape
