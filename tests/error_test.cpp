#include "linnet/error.hpp"

#include <gtest/gtest.h>

namespace linnet {
namespace {

TEST(Suggestion, OfANameNearby) {
  const std::vector<std::string> commands{"run", "sweep", "plot", "reproduce", "diagnose", "info"};
  EXPECT_EQ(did_you_mean("swep", commands), "did you mean \"sweep\"?");
  EXPECT_EQ(did_you_mean("rnu", commands), "did you mean \"run\"?") << "two letters exchanged";
  EXPECT_EQ(did_you_mean("plots", commands), "did you mean \"plot\"?");
  EXPECT_EQ(did_you_mean("repro", commands), "did you mean \"reproduce\"?") << "a part of it";
  EXPECT_EQ(did_you_mean("information", commands), "did you mean \"info\"?");
}

TEST(Suggestion, NoneOfANameFarAway) {
  EXPECT_EQ(did_you_mean("help", {"run", "sweep", "plot", "reproduce", "diagnose", "info"}), "");
  EXPECT_EQ(did_you_mean("lr", {"kind", "step", "momentum", "rtol"}), "");
  EXPECT_EQ(did_you_mean("", {"run", "plot"}), "");
  EXPECT_EQ(did_you_mean("anything", {}), "");
}

}  // namespace
}  // namespace linnet
