#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet::linalg {

// Summaries of singular values s (falling, >= 0). All are 0 if s = 0.

/// Number of singular values above `fraction` of the largest (numerical rank; Mixed uses 1/5).
double rank_above(const Vector& s, double fraction);

/// ‖A‖²_F / ‖A‖²_op, between 1 and the rank.
double stable_rank(const Vector& s);

/// exp of the entropy of s / Σs (Roy and Vetterli 2007), between 1 and the rank.
double effective_rank(const Vector& s);

/// Σs.
double nuclear_norm(const Vector& s);

}  // namespace linnet::linalg
