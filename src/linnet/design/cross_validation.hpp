#pragma once

#include <cstdint>
#include <vector>

#include "linnet/design/risk.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// K-fold cross-validation in closed form, nothing trained: one part of a `Risk` for each fold, of a network that sees
/// the others.
///
/// Of samples each fold is made white on its own training samples, in the variance that the task's inputs have. Of a
/// matrix alone random entries are held out: they are set to 0 and the others divided by the fraction that is left, an
/// unbiased matrix of more noise, because a matrix with holes has no closed form. Costs one SVD a fold, and for entries
/// n_0n_2 min(n_0, n_2)² operations in all. Throws for fewer than two folds, more folds than there are samples or
/// entries, and a task whose inputs are not white.
std::vector<Risk::Part> cross_validation(const Task& task, Index count, std::uint64_t seed);

}  // namespace linnet
