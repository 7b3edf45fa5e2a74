#include "linnet/support/cores.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>

#include "linnet/support/control_groups.hpp"
#include "tests/support/scratch.hpp"

namespace linnet {
namespace {

namespace fs = std::filesystem;
using testing::Scratch;

constexpr int unlimited = std::numeric_limits<int>::max();

/// The root of a file system in which this process is in these groups.
fs::path root_with(const Scratch& scratch, const std::string& groups) {
  fs::create_directories(scratch / "proc/self");
  scratch.put("proc/self/cgroup", groups);
  return scratch / "";
}

void put_below(const Scratch& scratch, const std::string& file, const std::string& text) {
  fs::create_directories((scratch / file).parent_path());
  scratch.put(file, text);
}

TEST(Cores, AreThoseOfTheAffinity) {
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  int first = 0;
  while (!CPU_ISSET(first, &all)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  const int of_one = cores();
  ASSERT_EQ(sched_setaffinity(0, sizeof all, &all), 0);
  EXPECT_EQ(of_one, 1);
  EXPECT_LE(cores(), CPU_COUNT(&all));
}

TEST(Cores, SlurmGivesFewerAndNeverMore) {
  ::unsetenv("SLURM_CPUS_PER_TASK");
  const int here = cores();
  EXPECT_GE(here, 1);
  const auto with = [](const char* text) {
    ::setenv("SLURM_CPUS_PER_TASK", text, 1);
    const int count = cores();
    ::unsetenv("SLURM_CPUS_PER_TASK");
    return count;
  };
  EXPECT_EQ(with("1"), 1);
  EXPECT_EQ(with("2"), std::min(here, 2));
  EXPECT_EQ(with("1000000"), here);
  for (const char* no_number : {"", "0", "-1", "1.5", "1x", " 1", "99999999999999999999"}) {
    EXPECT_EQ(with(no_number), here) << no_number;
  }
}

TEST(Cores, TheQuotaOfControlGroupsIsRoundedUp) {
  const Scratch scratch;
  const fs::path root = root_with(scratch, "0::/slice/job\n");
  EXPECT_EQ(cores_of_quota(root), unlimited);
  put_below(scratch, "sys/fs/cgroup/slice/job/cpu.max", "max 100000\n");
  EXPECT_EQ(cores_of_quota(root), unlimited);
  put_below(scratch, "sys/fs/cgroup/slice/cpu.max", "350000 100000\n");  // of a group around it
  EXPECT_EQ(cores_of_quota(root), 4);
  put_below(scratch, "sys/fs/cgroup/slice/job/cpu.max", "200000 100000\n");
  EXPECT_EQ(cores_of_quota(root), 2);
  put_below(scratch, "sys/fs/cgroup/slice/job/cpu.max", "5000 100000\n");
  EXPECT_EQ(cores_of_quota(root), 1);
}

TEST(Cores, TheFirstVersionOfControlGroupsHasAFolderForEachController) {
  const Scratch scratch;
  const fs::path root = root_with(scratch, "4:memory:/cpu\n3:cpuset:/\n2:cpu,cpuacct:/a/b\n0::/\nno group\n");
  put_below(scratch, "sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1\n");
  put_below(scratch, "sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cores_of_quota(root), unlimited);
  put_below(scratch, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n");
  put_below(scratch, "sys/fs/cgroup/cpu/cpu.cfs_period_us", "50000\n");
  EXPECT_EQ(cores_of_quota(root), 5);
  // Those of memory are others, and those of a container are seen where its own root is.
  const auto memory = control_groups("memory", root);
  ASSERT_EQ(memory.size(), 3U);
  EXPECT_EQ(memory[0].folder, root / "sys/fs/cgroup/memory/cpu");
  EXPECT_EQ(memory[1].folder, root / "sys/fs/cgroup/memory/");
  EXPECT_TRUE(memory[2].second_version);
  EXPECT_TRUE(control_groups("cpu", scratch / "nowhere").empty());
}

}  // namespace
}  // namespace linnet
