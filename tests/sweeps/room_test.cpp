#include "linnet/sweeps/room.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <thread>
#include <vector>

#include "linnet/support/memory.hpp"
#include "tests/support/core.hpp"

namespace linnet::sweeps {
namespace {

using testing::error_of;

/// What the points hold together, and at most held.
class Held {
 public:
  void take(double bytes) {
    const double now = now_ += bytes;
    for (double most = most_; most < now && !most_.compare_exchange_weak(most, now);) {
    }
  }
  void free(double bytes) { now_ -= bytes; }
  [[nodiscard]] double most() const { return most_; }

 private:
  std::atomic<double> now_ = 0;
  std::atomic<double> most_ = 0;
};

/// Runs the point `index` of each thread, several times.
void side_by_side(Room& room, int threads, int times, const std::function<void(int)>& point) {
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&room, &point, i, times] {
      for (int k = 0; k < times; ++k) room.run([&] { point(i); }, {});
    });
  }
  for (std::thread& t : all) t.join();
}

TEST(Room, PointsThatDoNotFitSideBySideWait) {
  Room room(100e6);
  Held held;
  std::atomic<int> done = 0;
  side_by_side(room, 4, 25, [&](int i) {
    const double bytes = i == 0 ? 60e6 : 30e6;
    require_memory(bytes, "x", "1");
    held.take(bytes);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    held.free(bytes);
    ++done;
  });
  EXPECT_EQ(done, 100);
  EXPECT_LE(held.most(), 100e6);
  EXPECT_GE(held.most(), 60e6);
}

// Each holds a part when it asks for what no longer fits beside the others: one of them must give way.
TEST(Room, PointsThatAskTwice) {
  Room room(100e6);
  std::atomic<int> done = 0;
  side_by_side(room, 4, 25, [&](int) {
    require_memory(30e6, "x", "1");
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    require_memory(50e6, "x", "1");
    ++done;
  });
  EXPECT_EQ(done, 100);
}

TEST(Room, APointThatFitsAloneOnlyRunsAlone) {
  Room room(1e6);
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::atomic<int> done = 0;
  side_by_side(room, 3, 10, [&](int) {
    require_memory(2e6, "x", "1");
    most = std::max<int>(most, ++running);
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    --running;
    ++done;
  });
  EXPECT_EQ(done, 30);
  EXPECT_EQ(most, 1);
}

TEST(Room, WhatFitsInNoCaseIsRefusedAsEver) {
  Room room(1e9);
  EXPECT_THAT(error_of([&] { room.run([] { require_memory(3e19, "task.dim", "2000000000"); }, {}); }),
              ::testing::StartsWith("task.dim: expected what fits into "));
  EXPECT_EQ(room.held_back(), 0);
  EXPECT_EQ(error_of([] { require_memory(1e6, "x", "1"); }), "nothing was thrown");
}

TEST(Room, APointThatGetsNoMemoryBesideOthersBeginsAgain) {
  Room room(1e9);
  EXPECT_THROW(room.run([] { throw std::bad_alloc(); }, {}), std::bad_alloc);
  std::atomic<bool> other_runs = false;
  std::atomic<bool> failed = false;
  std::atomic<int> done = 0;
  side_by_side(room, 2, 1, [&](int i) {
    if (i == 0) {
      other_runs = true;
      while (!failed) std::this_thread::yield();
    } else if (!failed) {
      while (!other_runs) std::this_thread::yield();
      failed = true;
      throw std::bad_alloc();
    }
    ++done;
  });
  EXPECT_EQ(done, 2);
  EXPECT_EQ(room.held_back(), 1);
}

TEST(Room, AWaitCanBeInterrupted) {
  Room room(1e6);
  std::atomic<bool> running = false;
  std::atomic<bool> over = false;
  std::thread other([&] {
    room.run(
        [&] {
          require_memory(2e6, "x", "1");
          running = true;
          while (!over) std::this_thread::yield();
        },
        {});
  });
  while (!running) std::this_thread::yield();
  EXPECT_THAT(error_of([&] { room.run([] { require_memory(2e6, "x", "1"); }, [] { return false; }); }),
              ::testing::HasSubstr("an interruption"));
  over = true;
  other.join();
}

}  // namespace
}  // namespace linnet::sweeps
