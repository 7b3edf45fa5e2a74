#pragma once

#include <limits>
#include <span>

#include "linnet/landscape/greedy.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet::landscape {

/// What a run shows at its records, to look for plateaus in. The last three may be left out.
struct Records {
  std::vector<double> time;             ///< rising; one at t = 0 may come first
  Vector cost;                          ///< or an error in its place
  Vector gradient_norm = {};            ///< ‖∂C/∂θ‖
  Matrix singular_values = {};          ///< of A, records x modes
  std::vector<Matrix> end_to_end = {};  ///< A
};

struct Plateau {
  double entered = 0;  ///< time; 0 for what begins with the run
  double left = 0;     ///< time of the last record, for what ends with the run
  Index record = 0;    ///< where it is flattest; what follows is from there
  double cost = 0;
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();  ///< nan where not given
  Index rank = -1;  ///< singular values above `rank_fraction` of the largest of the run; −1 where not given
  Near saddle;      ///< the nearest of the saddles; none where no saddles or matrices are given
};

struct PlateauSearch {
  double slope = 0.05;    ///< of a plateau: the part of its height that the cost falls by in an e-fold of time, at most
  double floor = 1e-3;    ///< added to every height, over the run's whole fall: the cost's last such part is the end
  double shortest = 0.1;  ///< ln(left/entered) of a plateau at least
  double step = 0.01;     ///< two plateaus nearer than this part of the height are one
  double rank_fraction = 0.1;
};

/// The plateaus of a run, in order: the maximal stretches of records between which the cost changes slowly,
///
///     |ΔC| / Δ ln t ≤ slope (C − min C + floor (max C − min C)).
///
/// In log time, since the waits at saddles last so many times longer than the falls between them; against what is left
/// to fall, so that late plateaus, between small steps, count as the first ones do; and above a floor, so that the end
/// of a run is one even where its cost decays exponentially. Entered and left are times of records: ten an e-fold or so
/// are needed.
///
/// Throws when lengths differ, times do not rise, or there are fewer than 3 records at t > 0.
std::vector<Plateau> find_plateaus(const Records& records, const std::vector<Matrix>& saddles = {},
                                   const PlateauSearch& options = {});

/// From what a run has recorded: cost or train_error, and, if there, parameter_gradient_norm and singular_values;
/// `end_to_end` holds A at the records, where the run has not recorded it. Throws where there are saddles but no A.
std::vector<Plateau> find_plateaus(const Trajectory& run, const std::vector<Matrix>& saddles = {},
                                   const PlateauSearch& options = {}, std::vector<Matrix> end_to_end = {});

}  // namespace linnet::landscape
