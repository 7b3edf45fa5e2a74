#include "linnet/storage/journal.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstring>
#include <map>

#include "tests/support/scratch.hpp"

namespace linnet::storage {
namespace {

using testing::bytes_of;
using testing::error_of;
using testing::Scratch;

const Session session{.configuration = "[network]\nwidth = 4096\nvariance = 1e-6\n",
                      .points = 10,
                      .values_per_point = 2,
                      .version = "1",
                      .machine = "linnet 1\nbackend A\n"};

std::map<Index, std::vector<double>> read(const std::filesystem::path& file, Index* damaged = nullptr) {
  std::map<Index, std::vector<double>> points;
  const Index lost = read_journal(file, [&](const Session&, Index point, std::span<const double> values) {
    points.emplace(point, std::vector<double>(values.begin(), values.end()));
  });
  if (damaged != nullptr) *damaged = lost;
  return points;
}

std::vector<Index> indices(const std::filesystem::path& file) {
  std::vector<Index> found;
  for (const auto& [point, values] : read(file)) found.push_back(point);
  return found;
}

TEST(JournalFile, KeepsEveryBit) {
  const Scratch scratch;
  Session five = session;
  five.values_per_point = 5;
  const std::vector<double> values{0.1, -0.0, NAN, INFINITY, 5e-324};
  Journal journal(scratch / "a.journal", five);
  EXPECT_TRUE(read(scratch / "a.journal").empty());
  journal.commit({{.index = 7, .values = values}, {.index = 2, .values = {1, 2, 3, 4, 5}}});
  std::vector<Session> sessions;
  Index count = 0;
  const Index damaged = read_journal(
      scratch / "a.journal",
      [&](const Session& s, Index point, std::span<const double> read) {
        EXPECT_EQ(s.configuration, session.configuration);
        EXPECT_EQ(s.machine, session.machine);
        if (point == 7) {
          EXPECT_EQ(std::memcmp(read.data(), values.data(), read.size_bytes()), 0);
        }
        ++count;
      },
      &sessions);
  EXPECT_EQ(damaged, 0);
  EXPECT_EQ(count, 2);
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_EQ(sessions.front().values_per_point, 5);
}

TEST(JournalFile, OnesThatFollowEachOtherAreOne) {
  const Scratch scratch;
  Session other = session;
  other.machine = "linnet 1\nbackend B\n";
  Journal(scratch / "a.journal", session).commit({{.index = 1, .values = {1, 2}}});
  Journal(scratch / "b.journal", other).commit({{.index = 4, .values = {3, 4}}});
  Journal(scratch / "a.journal", other).commit({{.index = 2, .values = {5, 6}}});
  scratch.put("c.journal", bytes_of(scratch / "b.journal") + bytes_of(scratch / "a.journal"));
  EXPECT_EQ(indices(scratch / "c.journal"), (std::vector<Index>{1, 2, 4}));
  std::vector<Session> sessions;
  (void)read_journal(
      scratch / "c.journal", [](const Session&, Index, std::span<const double>) {}, &sessions);
  EXPECT_EQ(sessions.size(), 2u);
}

TEST(JournalFile, TakesFewBytesMoreThanItsNumbers) {
  const Scratch scratch;
  const std::string one = points_block(session, {{.index = 1, .values = {1, 2}}});
  EXPECT_LE(one.size(), 2 * sizeof(double) + 64);
}

TEST(JournalFile, OfAnotherKindIsRefusedAndKept) {
  const Scratch scratch;
  scratch.put("a.journal", "these are notes, not a journal");
  EXPECT_EQ(error_of(scratch, [&] { (void)read(scratch / "a.journal"); }),
            "input| a.journal: expected the journal of a sweep, got a file that is damaged or of another kind\n  hint: "
            "give --force to replace it");
  scratch.put("b.journal", "");  // a process that is killed before it writes may leave this
  EXPECT_TRUE(read(scratch / "b.journal").empty());
  EXPECT_EQ(error_of(scratch, [&] { (void)Journal(scratch / "", session); }).substr(0, 6), "input|");
}

TEST(JournalFile, OfAnotherSweepIsRefused) {
  const auto refused = [&](const std::string& text, Index points, Index values) {
    const Scratch scratch;
    Session ours = session;
    ours.configuration = text;
    ours.points = points;
    ours.values_per_point = values;
    return error_of(scratch, [&] { require_same_sweep("a.journal", ours, session); });
  };
  const std::string hint = "\n  hint: give another output, or --force to replace it";
  EXPECT_EQ(refused("[network]\nwidth = 2048\nvariance = 1\n", 10, 2),
            "input| a.journal: expected a journal of this configuration with \"width = 2048\" in line 2, got \"width = "
            "4096\"" +
                hint);
  EXPECT_EQ(refused(session.configuration + "seed = 1\n", 10, 2),
            "input| a.journal: expected a journal of this configuration with \"seed = 1\" in line 4, got nothing more" +
                hint);
  EXPECT_EQ(refused(session.configuration, 9, 2), "input| a.journal: expected a journal of 9 points, got 10" + hint);
  EXPECT_EQ(refused(session.configuration, 10, 3),
            "input| a.journal: expected a journal of 3 results a point, got 2" + hint);
  EXPECT_EQ(refused(session.configuration, 10, 2), "no error");
}

/// Three points in blocks of their own.
std::string three_points() {
  std::string bytes = session_block(session);
  for (const Index i : {1, 5, 9}) bytes += points_block(session, {{.index = i, .values = {1.5, 2.5}}});
  return bytes;
}

TEST(JournalFile, ADamagedBlockLosesOnlyItsPoints) {
  const Scratch scratch;
  const std::string whole = three_points();
  const std::size_t block = points_block(session, {{.index = 1, .values = {1, 2}}}).size();
  const std::size_t second = whole.size() - 2 * block;
  for (std::size_t at = second; at < second + block; ++at) {  // every byte of the second block
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    scratch.put("a.journal", bytes);
    Index damaged = 0;
    EXPECT_EQ(read(scratch / "a.journal", &damaged).count(5), 0u) << at;
    EXPECT_EQ(indices(scratch / "a.journal"), (std::vector<Index>{1, 9})) << at;
    EXPECT_EQ(damaged, static_cast<Index>(block)) << at;
  }
}

TEST(JournalFile, CutAnywhereKeepsTheWholeBlocksAndCanBeContinued) {
  const Scratch scratch;
  const std::string whole = three_points();
  const std::size_t block = points_block(session, {{.index = 1, .values = {1, 2}}}).size();
  const std::size_t first = whole.size() - 3 * block;
  for (std::size_t size = first; size < whole.size(); size += 7) {
    scratch.put("a.journal", whole.substr(0, size));
    EXPECT_EQ(read(scratch / "a.journal").size(), (size - first) / block) << size;
    Journal(scratch / "a.journal", session).commit({{.index = 0, .values = {7, 8}}});
    EXPECT_EQ(read(scratch / "a.journal").size(), (size - first) / block + 1) << size;
  }
}

TEST(JournalFile, InUseIsRefused) {
  const Scratch scratch;
  Journal first(scratch / "a.journal", session);
  EXPECT_TRUE(is_in_use(scratch / "a.journal"));
  const std::string expected =
      "input| a.journal: expected a journal that is free, got one in use by another process\n  hint: wait until that "
      "sweep has ended, or give another output";
  EXPECT_EQ(error_of(scratch, [&] { (void)Journal(scratch / "a.journal", session); }), expected);
  EXPECT_EQ(error_of(scratch, [&] { require_free(scratch / "a.journal"); }), expected);
  first.commit({{.index = 3, .values = {1, 2}}});
  EXPECT_EQ(indices(scratch / "a.journal"), std::vector<Index>{3});  // reading needs no lock
  EXPECT_FALSE(is_in_use(scratch / "b.journal"));
}

TEST(JournalFile, PartsAreFoundByTheirNames) {
  const Scratch scratch;
  for (const char* name :
       {"r.nc.journal.2-of-3", "r.nc.journal", "r.nc.journal.notes.txt", "r.nc.journals", "q.nc.journal", "r.nc"})
    scratch.put(name, "");
  scratch.put("r.nc.journal.host-12", session_block(session));
  std::vector<std::string> names;
  for (const auto& file : journals_of(scratch / "r.nc.journal")) names.push_back(file.filename().string());
  EXPECT_EQ(names, (std::vector<std::string>{"r.nc.journal", "r.nc.journal.2-of-3", "r.nc.journal.host-12"}));
  remove_journal(scratch / "r.nc.journal");
  EXPECT_EQ(journals_of(scratch / "r.nc.journal").size(), 2u);
}

TEST(JournalFile, KilledProcessLosesNothingCommitted) {
  const Scratch scratch;
  for (Index round = 0; round < 5; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        Journal journal(scratch / "a.journal", session);
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
  Index damaged = 0;
  const auto points = read(scratch / "a.journal", &damaged);
  EXPECT_EQ(damaged, 0);
  ASSERT_EQ(points.size(), 10u);
  for (const auto& [point, values] : points) {
    const Index value = (1 + point % 2) * (point / 2);
    EXPECT_EQ(values, (std::vector<double>{static_cast<double>(value), 0.5}));
  }
}

TEST(JournalFile, RefusesPointsThatDoNotFit) {
  const Scratch scratch;
  Journal journal(scratch / "a.journal", session);
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
  EXPECT_TRUE(read(scratch / "a.journal").empty());
}

TEST(JournalFile, FullDiskKeepsWhatWasCommitted) {
  Scratch scratch;
  if (!scratch.mount_small("256k")) GTEST_SKIP() << "mounting is not permitted here";
  Session wide = session;
  wide.points = wide.values_per_point = 1000;
  const std::vector<double> values(1000, 1.5);
  Index committed = 0;
  Journal journal(scratch / "a.journal", wide);
  const std::string text = error_of(scratch, [&] {
    for (; committed < 1000; ++committed) journal.commit({{.index = committed, .values = values}});
  });
  EXPECT_EQ(text,
            "output| a.journal: expected room for the results, got No space left on device\n  hint: free some space, "
            "then go on with --resume");
  EXPECT_GT(committed, 0);
  Index damaged = 0;
  EXPECT_EQ(static_cast<Index>(read(scratch / "a.journal", &damaged).size()), committed);
  EXPECT_EQ(damaged, 0) << "what was written of the last block is taken back";
}

TEST(JournalFile, FolderThatIsMissingOrReadOnly) {
  Scratch scratch;
  EXPECT_EQ(error_of(scratch, [&] { (void)Journal(scratch / "no/a.journal", session); }),
            "output| no/a.journal: expected a folder that exists, got no folder \"no\"\n  hint: mkdir -p no");
  if (!scratch.mount_small("256k")) GTEST_SKIP() << "mounting is not permitted here";
  (void)Journal(scratch / "a.journal", session);
  ASSERT_TRUE(scratch.make_read_only());
  EXPECT_EQ(error_of(scratch, [&] { (void)Journal(scratch / "a.journal", session); }),
            "output| a.journal: expected a file that can be written, got Read-only file system\n  hint: write to a "
            "folder that is yours");
}

}  // namespace
}  // namespace linnet::storage
