#pragma once

#include <string>

namespace linnet {

/// The number of cores that this process may use, at least 1: those of its affinity (`taskset`), or fewer where its
/// control groups have a quota of processor time (containers; rounded up), or where Slurm gave its job fewer
/// (SLURM_CPUS_PER_TASK, if it is a whole number from 1 on). Whatever linnet does in parallel is on so many threads by
/// default. In linnet::linnet only.
int cores();

/// The quota of processor time of the control groups, in cores and rounded up; the largest int without one. `root` is
/// the root of the file system.
int cores_of_quota(const std::string& root = "/");

}  // namespace linnet
