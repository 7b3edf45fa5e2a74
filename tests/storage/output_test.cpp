#include "linnet/storage/output.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "tests/support/scratch.hpp"

namespace linnet::storage {
namespace {

using testing::bytes_of;
using testing::error_of;
using testing::Scratch;

TEST(Output, ReplacesAFileWholeAndLeavesNothingBeside) {
  const Scratch scratch;
  const auto target = scratch.put("a.txt", "old");
  write_text(target, std::string_view("new\0text", 8));
  EXPECT_EQ(bytes_of(target), std::string("new\0text", 8));
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"a.txt"});
}

TEST(Output, AFailureKeepsTheOlderFile) {
  const Scratch scratch;
  const auto target = scratch.put("a.txt", "old");
  const auto fail_half_way = [&](auto failure) {
    return error_of(scratch, [&] {
      write_atomically(target, [&](const std::filesystem::path& temporary) {
        std::ofstream(temporary) << "half";
        throw failure;
      });
    });
  };
  EXPECT_EQ(fail_half_way(std::runtime_error("the writer fell")),
            "output| a.txt: expected a file that can be written, got the writer fell");
  EXPECT_EQ(fail_half_way(Error(Error::Kind::interrupted, {"run", "to end", "Ctrl-C"})),
            "interrupted| run: expected to end, got Ctrl-C");
  EXPECT_EQ(bytes_of(target), "old");
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"a.txt"});
}

TEST(Output, AWriterThatWroteNothingIsAFailure) {
  const Scratch scratch;
  EXPECT_EQ(error_of(scratch, [&] { write_atomically(scratch / "a.svg", [](const std::filesystem::path&) {}); }),
            "output| a.svg: expected a file that can be written, got No such file or directory");
}

TEST(Output, ClearsAwayWhatAKilledWriterLeft) {
  const Scratch scratch;
  const auto target = scratch.put("a.txt", "old");
  const pid_t writer = ::fork();
  if (writer == 0) {
    write_atomically(target, [](const std::filesystem::path& temporary) {
      std::ofstream(temporary) << "half";
      ::kill(::getpid(), SIGKILL);
    });
  }
  int status = 0;
  ASSERT_EQ(::waitpid(writer, &status, 0), writer);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(bytes_of(target), "old");
  EXPECT_EQ(scratch.files().size(), 2U);
  // Temporary files of running processes and of other targets are not removed.
  std::string left;
  for (const std::string& file : scratch.files()) {
    if (file != "a.txt") left = file;
  }
  const std::string stem = left.substr(0, left.rfind('-') + 1);
  scratch.put(stem + std::to_string(::getppid()), "a living writer's");
  scratch.put(".b.txt" + left.substr(6), "another target's");
  write_text(target, "whole");
  EXPECT_EQ(bytes_of(target), "whole");
  EXPECT_FALSE(std::filesystem::exists(scratch / left));
  EXPECT_EQ(scratch.files().size(), 3U);
}

TEST(Output, FollowsALink) {
  const Scratch scratch;
  const auto real = scratch.put("real.txt", "old");
  std::filesystem::create_symlink("real.txt", scratch / "link.txt");
  write_text(scratch / "link.txt", "new");
  EXPECT_EQ(bytes_of(real), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(scratch / "link.txt"));
}

TEST(Output, RequireWritableAcceptsWhatCanBeWrittenAndLeavesNoTrace) {
  const Scratch scratch;
  require_writable(scratch / "new.nc", false);
  EXPECT_TRUE(scratch.files().empty());
  scratch.put("old.nc", "old");
  require_writable(scratch / "old.nc", true);
  EXPECT_EQ(bytes_of(scratch / "old.nc"), "old");
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"old.nc"});
}

TEST(Output, ExistingFileNeedsForce) {
  const Scratch scratch;
  scratch.put("run.nc", "old");
  EXPECT_EQ(error_of(scratch, [&] { require_writable(scratch / "run.nc", false); }),
            "input| run.nc: expected a new file, got one that exists\n  hint: give --force to replace it");
}

TEST(Output, FolderThatIsMissingOrNone) {
  const Scratch scratch;
  scratch.put("file", "");
  const std::string missing =
      "output| no/run.nc: expected a folder that exists, got no folder \"no\"\n  hint: mkdir -p no";
  EXPECT_EQ(error_of(scratch, [&] { require_writable(scratch / "no/run.nc", false); }), missing);
  EXPECT_EQ(error_of(scratch, [&] { write_text(scratch / "no/run.nc", "x"); }), missing);
  const std::string none = "output| file/run.nc: expected a folder that exists, got \"file\", which is not a folder";
  EXPECT_EQ(error_of(scratch, [&] { require_writable(scratch / "file/run.nc", false); }), none);
  EXPECT_EQ(error_of(scratch, [&] { write_text(scratch / "file/run.nc", "x"); }), none);
}

TEST(Output, FoldersAndDevicesAreNotReplaced) {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "results");
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  for (const bool force : {false, true}) {
    EXPECT_EQ(error_of(scratch, [&] { require_writable(scratch / "results", force); }),
              "input| results: expected the name of a file, got a folder");
    EXPECT_EQ(error_of(scratch, [&] { require_writable(scratch / "results/", force); }),
              "input| results/: expected the name of a file, got a folder");
    EXPECT_EQ(error_of(scratch, [&] { require_writable(scratch / "pipe", force); }),
              "input| pipe: expected the name of a file, got a device");
  }
  EXPECT_EQ(error_of(scratch, [&] { write_text("/dev/null", "x"); }),
            "input| /dev/null: expected the name of a file, got a device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(Output, ReadOnlyFolder) {
  Scratch scratch;
  if (!scratch.mount_small("64k")) GTEST_SKIP() << "mounting is not permitted here";
  scratch.put("old.nc", "old");
  ASSERT_TRUE(scratch.make_read_only());
  for (const std::string name : {"old.nc", "new.nc"}) {
    const std::string expected = "output| " + name +
                                 ": expected a file that can be written, got Read-only file system\n"
                                 "  hint: write to a folder that is yours";
    EXPECT_EQ(error_of(scratch, [&] { require_writable(scratch / name, true); }), expected);
    EXPECT_EQ(error_of(scratch, [&] { write_text(scratch / name, "x"); }), expected);
  }
  EXPECT_EQ(bytes_of(scratch / "old.nc"), "old");
}

// A process that is killed cannot remove its temporary file; the next one that looks at the target does.
TEST(Output, FilesOfKilledProcessesAreRemoved) {
  Scratch scratch;
  const pid_t killed = ::fork();
  if (killed == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(killed, nullptr, 0), killed);
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::string prefix = std::string(".run.nc.tmp-") + host.data() + "-";
  scratch.put(prefix + std::to_string(killed), "half");
  scratch.put(prefix + std::to_string(::getppid()), "of a process that runs");
  require_writable(scratch / "run.nc", false);
  EXPECT_EQ(scratch.files(), std::vector<std::string>{prefix + std::to_string(::getppid())});
}

TEST(Output, FullDisk) {
  Scratch scratch;
  if (!scratch.mount_small("64k")) GTEST_SKIP() << "mounting is not permitted here";
  scratch.put("old.nc", "old");
  const std::string expected =
      "output| old.nc: expected a file that can be written, got No space left on device\n"
      "  hint: free some space or write to another folder";
  EXPECT_EQ(error_of(scratch, [&] { write_text(scratch / "old.nc", std::string(100000, 'x')); }), expected);
  EXPECT_EQ(bytes_of(scratch / "old.nc"), "old");
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"old.nc"});
  scratch.put("ballast", std::string(100000, 'x'));
  EXPECT_EQ(error_of(scratch, [&] { require_writable(scratch / "old.nc", true); }), expected);
}

}  // namespace
}  // namespace linnet::storage
