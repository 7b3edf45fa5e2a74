#include "linnet/storage/journal.hpp"

#include <sqlite3.h>
#include <sys/wait.h>

#include <cmath>
#include <csignal>
#include <cstring>

#include "tests/support/scratch.hpp"

namespace linnet::storage {
namespace {

using testing::bytes_of;
using testing::error_of;
using testing::Scratch;
using Mode = Journal::Mode;

const std::string configuration = "[network]\nwidth = 4096\nvariance = 1e-6\n";

std::vector<Index> indices(const Journal& journal) {
  std::vector<Index> result;
  for (const auto& point : journal.finished()) result.push_back(point.index);
  return result;
}

Journal open(const std::filesystem::path& file, Mode mode) { return {file, configuration, 10, 2, mode}; }

TEST(JournalFile, KeepsEveryBit) {
  const Scratch scratch;
  const std::vector<double> values{0.1, -0.0, NAN, INFINITY, 5e-324};
  {
    Journal journal(scratch / "a.journal", configuration, 10, 5, Mode::fresh);
    EXPECT_TRUE(journal.finished().empty());
    journal.commit({{.index = 7, .values = values}, {.index = 2, .values = {1, 2, 3, 4, 5}}});
  }
  const Journal journal(scratch / "a.journal", configuration, 10, 5, Mode::resume);
  const auto points = journal.finished();
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].index, 2);
  EXPECT_EQ(points[1].index, 7);
  EXPECT_EQ(std::memcmp(points[1].values.data(), values.data(), 5 * sizeof(double)), 0);
}

TEST(JournalFile, ResumeStartsOneThatIsMissing) {
  const Scratch scratch;
  EXPECT_TRUE(open(scratch / "a.journal", Mode::resume).finished().empty());
  // A process that is killed before its first commit may leave such a file.
  scratch.put("b.journal", "");
  EXPECT_TRUE(open(scratch / "b.journal", Mode::resume).finished().empty());
}

TEST(JournalFile, ExistingOneNeedsResumeOrForce) {
  const Scratch scratch;
  open(scratch / "a.journal", Mode::fresh).commit({{.index = 1, .values = {1, 2}}});
  EXPECT_EQ(error_of(scratch, [&] { (void)open(scratch / "a.journal", Mode::fresh); }),
            "input| a.journal: expected no journal of an earlier sweep, got one that exists\n  hint: give --resume to "
            "go on with it, or --force to replace it");
  EXPECT_EQ(indices(open(scratch / "a.journal", Mode::resume)), std::vector<Index>{1});
  EXPECT_TRUE(open(scratch / "a.journal", Mode::force).finished().empty());
}

TEST(JournalFile, OfAnotherConfigurationIsRefusedAndKept) {
  const Scratch scratch;
  open(scratch / "a.journal", Mode::fresh).commit({{.index = 1, .values = {1, 2}}});
  const std::string before = bytes_of(scratch / "a.journal");
  const auto refused = [&](const std::string& text, Index points, Index values) {
    return error_of(scratch, [&] { Journal(scratch / "a.journal", text, points, values, Mode::resume); });
  };
  const std::string hint = "\n  hint: give another output, or --force to replace it";
  EXPECT_EQ(refused("[network]\nwidth = 2048\nvariance = 1\n", 10, 2),
            "input| a.journal: expected a journal of this configuration with \"width = 2048\" in line 2, got \"width = "
            "4096\"" +
                hint);
  EXPECT_EQ(refused(configuration + "seed = 1\n", 10, 2),
            "input| a.journal: expected a journal of this configuration with \"seed = 1\" in line 4, got nothing more" +
                hint);
  EXPECT_EQ(refused(configuration, 9, 2), "input| a.journal: expected a journal of 9 points, got 10" + hint);
  EXPECT_EQ(refused(configuration, 10, 3), "input| a.journal: expected a journal of 3 results a point, got 2" + hint);
  EXPECT_EQ(bytes_of(scratch / "a.journal"), before);
  EXPECT_EQ(indices(open(scratch / "a.journal", Mode::resume)), std::vector<Index>{1});
}

TEST(JournalFile, OfAnotherKindIsRefusedAndKept) {
  const Scratch scratch;
  scratch.put("a.journal",
              "these are notes, not a journal, and long enough to be taken for a header of a database, "
              "which has a hundred bytes and begins with its own name");
  const std::string before = bytes_of(scratch / "a.journal");
  EXPECT_EQ(error_of(scratch, [&] { (void)open(scratch / "a.journal", Mode::resume); }),
            "input| a.journal: expected the journal of a sweep, got a file that is damaged or of another kind\n  hint: "
            "give --force to replace it");
  EXPECT_EQ(bytes_of(scratch / "a.journal"), before);
  EXPECT_TRUE(open(scratch / "a.journal", Mode::force).finished().empty());
  EXPECT_EQ(error_of(scratch, [&] { (void)open(scratch / "", Mode::force); }).substr(0, 6), "input|");
}

Journal open_by(const std::filesystem::path& file, Mode mode, const std::string& machine) {
  return {file, configuration, 10, 2, mode, machine};
}

TEST(JournalFile, PointsOfAnotherMachineAreRefusedOrCounted) {
  const Scratch scratch;
  const std::string one = "linnet 1\nbackend A\n";
  const std::string other = "linnet 1\nbackend B\n";
  open_by(scratch / "a.journal", Mode::fresh, one)
      .commit({{.index = 1, .values = {1, 2}}, {.index = 2, .values = {1, 2}}});
  const std::string before = bytes_of(scratch / "a.journal");
  EXPECT_EQ(
      error_of(scratch, [&] { (void)open_by(scratch / "a.journal", Mode::resume, other); }),
      "input| a.journal: expected points computed with \"backend B\", as here, got \"backend A\"\n  hint: their last "
      "bits may differ: go on where it began, give --mixed to have both, or --force to begin again");
  EXPECT_EQ(bytes_of(scratch / "a.journal"), before);
  {
    Journal mixed = open_by(scratch / "a.journal", Mode::mixed, other);
    EXPECT_EQ(mixed.machines(), (std::vector<std::pair<std::string, Index>>{{one, 2}}));
    mixed.commit({{.index = 5, .values = {3, 4}}});
    EXPECT_EQ(mixed.machines(), (std::vector<std::pair<std::string, Index>>{{one, 2}, {other, 1}}));
    EXPECT_EQ(indices(mixed), (std::vector<Index>{1, 2, 5}));
  }
  EXPECT_TRUE(
      error_of(scratch, [&] { (void)open_by(scratch / "a.journal", Mode::resume, one); }).starts_with("input|"));
}

TEST(JournalFile, OfAnotherProgramIsNotChangedByAByte) {
  const Scratch scratch;
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open((scratch / "a.journal").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE meta (key, value); CREATE TABLE points (point, results)", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(other);
  const std::string before = bytes_of(scratch / "a.journal");
  for (const Mode mode : {Mode::fresh, Mode::resume, Mode::mixed}) {
    EXPECT_TRUE(error_of(scratch, [&] { (void)open(scratch / "a.journal", mode); }).starts_with("input| a.journal: "));
  }
  EXPECT_EQ(bytes_of(scratch / "a.journal"), before);
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"a.journal"});
}

TEST(JournalFile, AChangedBitOfAResultIsSeen) {
  const Scratch scratch;
  open(scratch / "a.journal", Mode::fresh).commit({{.index = 4, .values = {1.5, 2.5}}});
  std::string bytes = bytes_of(scratch / "a.journal");
  const double value = 2.5;
  const std::size_t at = bytes.find(std::string(reinterpret_cast<const char*>(&value), sizeof value));
  ASSERT_NE(at, std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  scratch.put("a.journal", bytes);
  const Journal journal = open(scratch / "a.journal", Mode::resume);
  EXPECT_EQ(error_of(scratch, [&] { (void)journal.finished(); }),
            "input| a.journal: expected results as they were written, got other bits at point 4\n  hint: the file is "
            "damaged: give --force to begin again");
}

TEST(JournalFile, InUseIsRefusedEvenByForce) {
  const Scratch scratch;
  Journal first = open(scratch / "a.journal", Mode::fresh);
  const std::string expected =
      "input| a.journal: expected a journal that is free, got one in use by another process\n  hint: wait until that "
      "sweep has ended, or give another output";
  EXPECT_EQ(error_of(scratch, [&] { (void)open(scratch / "a.journal", Mode::resume); }), expected);
  EXPECT_EQ(error_of(scratch, [&] { (void)open(scratch / "a.journal", Mode::force); }), expected);
  first.commit({{.index = 3, .values = {1, 2}}});
  EXPECT_EQ(indices(first), std::vector<Index>{3});
}

TEST(JournalFile, KilledProcessLosesNothingCommitted) {
  const Scratch scratch;
  for (Index round = 0; round < 5; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        Journal journal = open(scratch / "a.journal", Mode::resume);
        journal.commit({{.index = 2 * round, .values = {1.0 * static_cast<double>(round), 0.5}}});
        journal.commit({{.index = 2 * round + 1, .values = {2.0 * static_cast<double>(round), 0.5}}});
        ::kill(::getpid(), SIGKILL);
      } catch (...) {
      }
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  const auto points = open(scratch / "a.journal", Mode::resume).finished();
  ASSERT_EQ(points.size(), 10u);
  for (Index i = 0; i < 10; ++i) {
    const auto& point = points[static_cast<std::size_t>(i)];
    EXPECT_EQ(point.index, i);
    const Index value = (1 + i % 2) * (i / 2);
    EXPECT_EQ(point.values, (std::vector<double>{static_cast<double>(value), 0.5}));
  }
  EXPECT_TRUE(open(scratch / "a.journal", Mode::force).finished().empty());
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"a.journal"});
}

TEST(JournalFile, RefusesPointsThatDoNotFit) {
  const Scratch scratch;
  Journal journal = open(scratch / "a.journal", Mode::fresh);
  EXPECT_EQ(error_of(scratch,
                     [&] {
                       journal.commit({{.index = 10, .values = {1, 2}}});
                     }),
            "input| point: expected an index from 0 to 9, got 10");
  EXPECT_EQ(error_of(scratch,
                     [&] {
                       journal.commit({{.index = 1, .values = {1, 2}}, {.index = 2, .values = {1}}});
                     }),
            "input| point 2: expected 2 results, got 1");
  EXPECT_TRUE(journal.finished().empty());
}

TEST(JournalFile, FullDiskKeepsWhatWasCommitted) {
  Scratch scratch;
  if (!scratch.mount_small("256k")) GTEST_SKIP() << "mounting is not permitted here";
  const std::vector<double> values(1000, 1.5);
  Index committed = 0;
  std::string text;
  {
    Journal journal(scratch / "a.journal", configuration, 1000, 1000, Mode::fresh);
    text = error_of(scratch, [&] {
      for (; committed < 1000; ++committed) journal.commit({{.index = committed, .values = values}});
    });
    EXPECT_EQ(text,
              "output| a.journal: expected room for the results, got No space left on device\n  hint: free some space, "
              "then go on with --resume");
    EXPECT_GT(committed, 0);
    EXPECT_EQ(static_cast<Index>(journal.finished().size()), committed);
  }
}

TEST(JournalFile, FolderThatIsMissingOrReadOnly) {
  Scratch scratch;
  EXPECT_EQ(error_of(scratch, [&] { (void)open(scratch / "no/a.journal", Mode::fresh); }),
            "output| no/a.journal: expected a folder that exists, got no folder \"no\"\n  hint: mkdir -p no");
  if (!scratch.mount_small("256k")) GTEST_SKIP() << "mounting is not permitted here";
  (void)open(scratch / "a.journal", Mode::fresh);
  ASSERT_TRUE(scratch.make_read_only());
  EXPECT_EQ(error_of(scratch, [&] { (void)open(scratch / "a.journal", Mode::resume); }),
            "output| a.journal: expected a file that can be written, got Read-only file system\n  hint: write to a "
            "folder that is yours");
}

}  // namespace
}  // namespace linnet::storage
