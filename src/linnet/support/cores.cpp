#include "linnet/support/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "linnet/support/control_groups.hpp"
#include "linnet/support/numbers.hpp"

namespace linnet {

namespace {

constexpr int any_number = std::numeric_limits<int>::max();

int cores_of_affinity() {
  constexpr std::size_t most = std::size_t{1} << 20U;  // Linux refuses a set that is smaller than its own
  for (std::size_t count = CPU_SETSIZE; count <= most; count *= 2) {
    std::vector<cpu_set_t> set(count / CPU_SETSIZE);
    const std::size_t bytes = set.size() * sizeof(cpu_set_t);
    if (sched_getaffinity(0, bytes, set.data()) == 0) return CPU_COUNT_S(bytes, set.data());
  }
  return static_cast<int>(std::thread::hardware_concurrency());
}

int cores_of_slurm() {
  const char* text = std::getenv("SLURM_CPUS_PER_TASK");
  const int count = number_in<int>(text == nullptr ? "" : text).value_or(0);
  return count >= 1 ? count : any_number;
}

/// The times in this file that are numbers; "max" and -1 are none.
std::vector<double> times_in(const std::string& file) {
  std::ifstream in(file);
  std::vector<double> times;
  for (double time = 0; in >> time && time > 0;) times.push_back(time);
  return times;
}

}  // namespace

int cores_of_quota(const std::string& root) {
  int least = any_number;
  for (const ControlGroup& group : control_groups("cpu", root)) {
    std::vector<double> times;  // quota and period
    if (group.second_version) {
      times = times_in(group.folder + "/cpu.max");
    } else {
      for (const char* name : {"cpu.cfs_quota_us", "cpu.cfs_period_us"}) {
        const std::vector<double> one = times_in(group.folder + "/" + name);
        times.insert(times.end(), one.begin(), one.end());
      }
    }
    if (times.size() != 2) continue;
    const double count = std::ceil(times[0] / times[1]);
    if (count < least) least = static_cast<int>(count);
  }
  return least;
}

int cores() { return std::max(1, std::min({cores_of_affinity(), cores_of_quota(), cores_of_slurm()})); }

}  // namespace linnet
