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

TEST(Suggestion, OnlyWhereFewOfTheLettersDiffer) {
  const std::vector<std::string> near{"widht", "widt", "witdh", "widthh", "wdth", "with"};
  for (const std::string& word : near)
    EXPECT_EQ(did_you_mean(word, {"kind", "width"}), "did you mean \"width\"?") << word;
  for (const char* word : {"wide", "depth", "window", "weights", "wi", "w"}) {
    EXPECT_EQ(did_you_mean(word, {"kind", "width"}), "") << word;
  }
  EXPECT_EQ(did_you_mean("init", {"info"}), "") << "half of the letters";
  EXPECT_EQ(did_you_mean("lit", {"at"}), "");
  EXPECT_EQ(did_you_mean("ate", {"rates", "at"}), "did you mean \"at\"?") << "one letter";
  EXPECT_EQ(did_you_mean("diagonise", {"diagnose"}), "did you mean \"diagnose\"?") << "two letters of nine";
  EXPECT_EQ(did_you_mean("error", {"rank", "train_error"}), "did you mean \"train_error\"?") << "a word of it";
  EXPECT_EQ(did_you_mean("rain", {"train_error"}), "") << "within a word";
  EXPECT_EQ(did_you_mean("ran", {"overran"}), "");
  EXPECT_EQ(did_you_mean("runaway", {"run"}), "") << "three letters begin many words";
}

}  // namespace
}  // namespace linnet
