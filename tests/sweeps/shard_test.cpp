#include "linnet/sweeps/shard.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "linnet/error.hpp"

namespace linnet::sweeps {
namespace {

std::string refusal(const std::string& text) {
  try {
    (void)Shard::from_text(text);
  } catch (const Error& error) {
    return error.field() + "| " + error.got();
  }
  return "none";
}

TEST(Shard, PartitionThePoints) {
  for (const Index count : {1, 2, 7, 200}) {
    for (Index point = 0; point < 500; ++point) {
      Index owners = 0;
      for (Index which = 1; which <= count; ++which) owners += Shard{.which = which, .count = count}.has(point) ? 1 : 0;
      EXPECT_EQ(owners, 1);
    }
  }
  const Shard third = Shard::from_text("3/200");
  EXPECT_TRUE(third.has(2) && third.has(202) && !third.has(3));
  EXPECT_EQ(third.name(), "3-of-200");
}

TEST(Shard, RefusesWhatIsNone) {
  for (const char* text :
       {"5/3", "0/0", "0/3", "-1/3", "3", "/", "3/", "/3", "a/b", "1/3 ", "1.5/3", "1/3/5", "1/99999999999", ""}) {
    EXPECT_EQ(refusal(text), std::string("--shard| \"") + text + "\"");
  }
}

/// The environment of a task of a job array.
class SlurmTask {
 public:
  explicit SlurmTask(const std::map<std::string, std::string>& values) {
    for (const char* name : names) ::unsetenv(name);
    for (const auto& [name, value] : values) ::setenv(("SLURM_ARRAY_TASK_" + name).c_str(), value.c_str(), 1);
  }
  ~SlurmTask() {
    for (const char* name : names) ::unsetenv(name);
  }
  SlurmTask(const SlurmTask&) = delete;
  SlurmTask& operator=(const SlurmTask&) = delete;

 private:
  static constexpr const char* names[] = {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
                                          "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_STEP"};
};

TEST(Shard, OfSlurmIsThePlaceInTheArray) {
  const auto shard = [](const std::map<std::string, std::string>& values) {
    const SlurmTask task(values);
    const Shard s = Shard::from_text("slurm");
    return std::to_string(s.which) + "/" + std::to_string(s.count);
  };
  EXPECT_EQ(shard({{"ID", "3"}, {"MIN", "1"}, {"MAX", "200"}, {"COUNT", "200"}, {"STEP", "1"}}), "3/200");
  EXPECT_EQ(shard({{"ID", "0"}, {"MIN", "0"}, {"MAX", "9"}, {"COUNT", "10"}}), "1/10");
  EXPECT_EQ(shard({{"ID", "9"}, {"MIN", "0"}, {"MAX", "9"}, {"COUNT", "10"}}), "10/10");
  EXPECT_EQ(shard({{"ID", "15"}, {"MIN", "5"}, {"MAX", "20"}, {"COUNT", "4"}, {"STEP", "5"}}), "3/4");
}

TEST(Shard, OfSlurmRefusesArraysWithGapsAndTasksOfNone) {
  const auto got = [](const std::map<std::string, std::string>& values) {
    const SlurmTask task(values);
    return refusal("slurm");
  };
  EXPECT_EQ(got({}), "--shard slurm| none");
  EXPECT_EQ(got({{"ID", "x"}, {"MIN", "1"}, {"COUNT", "2"}}), "SLURM_ARRAY_TASK_ID| \"x\"");
  EXPECT_EQ(got({{"ID", "17"}, {"MIN", "3"}, {"MAX", "17"}, {"COUNT", "2"}, {"STEP", "1"}}),
            "--shard slurm| task 17 of 2 tasks from 3 on");
}

}  // namespace
}  // namespace linnet::sweeps
