#include "linnet/sweeps/sweep.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "linnet/error.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/storage/matrix_file.hpp"
#include "linnet/sweeps/experiment.hpp"
#include "linnet/sweeps/run.hpp"
#include "tests/support/scratch.hpp"

namespace linnet::sweeps {
namespace {

using linnet::testing::Scratch;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* small_grid = R"(
seed = 5
[task]
dim = 12
rank = 2
[network]
compare = "self_consistent"
[solver]
step = "mixed"
step_divisor = 20
max_steps = 60
order = "sequential"
stop = ["mixed_authors"]
[record]
at_best = ["rank", "stable_rank"]
[sweep]
axes = [
  {field = "network.variance_exponent", linear = [-2.5, 0, 4]},
  {field = "network.width_exponent", linear = [0, 2.5, 5]},
]
)";

/// Equal to the last bit, nan included.
void expect_same_bits(const Dataset& a, const Dataset& b) {
  ASSERT_EQ(a.variables.size(), b.variables.size());
  for (const Variable& v : a.variables) {
    const std::vector<double> x = v.as_reals();
    const std::vector<double> y = b[v.name].as_reals();
    ASSERT_EQ(x.size(), y.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(x[i]), std::bit_cast<std::uint64_t>(y[i])) << v.name << " " << i;
    }
  }
  EXPECT_EQ(a.attributes, b.attributes);
}

std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits;
  for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  return bits;
}

SweepOptions with_jobs(int jobs) { return {.computing = {.jobs = jobs}}; }

TEST(Sweep, SameBitsForOneAndTwoThreads) {
  const auto source = config::Source::from_text(small_grid);
  expect_same_bits(sweep(source, with_jobs(1)), sweep(source, with_jobs(2)));
}

TEST(Sweep, PointsThatDoNotFitIntoMemorySideBySideWait) {
  const auto source = config::Source::from_text(small_grid);
  std::mutex mutex;
  std::map<std::thread::id, int> calls;
  std::condition_variable called;
  Index held_back = 0;
  // A thread's first call is before its point, its second inside the point, or in the wait of a point that was held
  // back. Held there until the other thread is as far, the first two points run side by side.
  const auto both_are_inside = [&] {
    return calls.size() > 1 && std::ranges::all_of(calls, [](const auto& of_thread) { return of_thread.second > 1; });
  };
  const auto keep_going = [&] {
    std::unique_lock lock(mutex);
    const bool inside = ++calls[std::this_thread::get_id()] > 1;
    called.notify_all();
    if (inside) called.wait_for(lock, std::chrono::seconds(10), both_are_inside);
    return true;
  };
  const Dataset data = sweep(source, {.computing = {.jobs = 2,
                                                    .memory = 1,
                                                    .report = [&](const SweepProgress& p) { held_back = p.held_back; },
                                                    .keep_going = keep_going}});
  EXPECT_GT(held_back, 0);
  expect_same_bits(data, sweep(source, with_jobs(1)));
}

TEST(Sweep, APointIsTheRunOfItsConfiguration) {
  const Dataset data = sweep(config::Source::from_text(small_grid));
  config::Source one = config::Source::from_text(small_grid);
  const auto& gamma_v = data["variance_exponent"].reals();
  const auto& gamma_w = data["width_exponent"].reals();
  const std::size_t i = 1;
  const std::size_t j = 4;
  one.set("sweep.axes=[]");
  one.add("network.variance_exponent", gamma_v[i]);
  one.add("network.width_exponent", gamma_w[j]);
  one.set("point=" + std::to_string(i * gamma_w.size() + j));
  one.set("record.observables=[\"train_error\", \"test_error\"]");
  const RunResult run_result = run(one.resolve());
  const std::size_t at = i * gamma_w.size() + j;
  EXPECT_EQ(data["final_step"].reals()[at], static_cast<double>(run_result.outcome.step));
  EXPECT_EQ(run_result.data["test_error"].dims.front(), "dynamics");
  const auto& test = run_result.data["test_error"].reals();
  const std::size_t records = test.size() / 2;
  EXPECT_EQ(data["final_test_error"].reals()[at], test[records - 1]);
  double smallest = test[0];
  for (std::size_t k = 0; k < records; ++k) smallest = std::min(smallest, test[k]);
  EXPECT_EQ(data["best_test_error"].reals()[at], smallest);
  EXPECT_EQ(std::to_string(data["largest_distance"].reals()[at]).substr(0, 6),
            run_result.data.attribute("largest_distance").substr(0, 6));
}

TEST(Sweep, NarrowNetworksAsWeightsAreTheirGramStates) {
  // state = "auto" trains narrow networks by their weights; the results are those of the Gram state.
  config::Source automatic = config::Source::from_text(small_grid);
  config::Source gram = config::Source::from_text(small_grid);
  gram.set("network.state=gram");
  const Dataset a = sweep(automatic);
  const Dataset b = sweep(gram);
  for (std::size_t i = 0; i < a["best_test_error"].reals().size(); ++i) {
    EXPECT_EQ(a["final_step"].reals()[i], b["final_step"].reals()[i]);
    EXPECT_NEAR(a["best_test_error"].reals()[i] / b["best_test_error"].reals()[i], 1, 1e-10);
  }
}

TEST(Sweep, InterruptedAndResumedEndsInTheSameBits) {
  const Scratch folder;
  auto source = config::Source::from_text(small_grid);
  source.set("solver.stop=[]");  // points that take long enough to stop the sweep between them
  source.set("solver.max_steps=2000");
  const Dataset straight = sweep(source, with_jobs(2));
  const fs::path journal = folder / "grid.journal";
  std::atomic<int> committed = 0;
  SweepOptions options{.computing = {.jobs = 2,
                                     .report = [&](const SweepProgress& p) { committed = static_cast<int>(p.done); },
                                     .keep_going = [&] { return committed < 5; }},
                       .journal = journal};
  try {
    sweep(source, options);
    FAIL() << "not interrupted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::interrupted);
    EXPECT_EQ(error.expected(), "20 points");
    EXPECT_EQ(error.hint(), "go on with --resume");
  }
  const int before = committed;
  EXPECT_GE(before, 5);
  EXPECT_LT(before, 20);
  options.earlier = Journals::resumed;
  options.computing.keep_going = {};
  Index resumed = -1;
  options.computing.report = [&](const SweepProgress& p) { resumed = p.resumed; };
  expect_same_bits(sweep(source, options), straight);
  EXPECT_EQ(resumed, before) << "nothing finished is run again";
}

TEST(Sweep, AJournalOfAnotherConfigurationIsRefused) {
  const Scratch folder;
  config::Source source = config::Source::from_text(small_grid);
  source.set("solver.max_steps=2");
  SweepOptions options{.computing = {.jobs = 1}, .journal = folder / "grid.journal"};
  sweep(source, options);
  options.earlier = Journals::resumed;
  source.set("seed=6");
  try {
    sweep(source, options);
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    EXPECT_THAT(error.what(), HasSubstr("seed = 6"));
  }
}

TEST(Sweep, TasksDifferWhereAnotherAxisHidesTheirKeyAtItsFirstValue) {
  const auto source = config::Source::from_text(R"(
[task]
kind = "coefficients"
coefficients = [1.5, 0.2]
[network]
kind = "neuron"
coefficients = [0.5, 0.5]
[solver]
kind = "flow"
t_end = 2
[sweep]
axes = [{field = "task.samples", values = [0, 20]}, {field = "task.noise", values = [0, 1, 5]}]
)");
  PreparedSweep together(source);
  together.make_tasks({0, 1, 2, 3, 4, 5});
  std::vector<std::vector<std::uint64_t>> points;
  for (Index i = 0; i < 6; ++i) {
    PreparedSweep alone(source);
    points.push_back(bits_of(alone.compute(i, {})));
    EXPECT_EQ(bits_of(together.compute(i, {})), points.back()) << i;
  }
  EXPECT_NE(points[3], points[4]);
  EXPECT_NE(points[4], points[5]);
}

TEST(Sweep, TasksOfAnAxisAndOfCasesThatSetTheSameKey) {
  const auto source = config::Source::from_text(R"(
task = {dim = 6, rank = 2, then = ["low_rank_change"]}
network = {kind = "gaussian", width = 10, variance = 0.1}
solver = {step = 0.01, max_steps = 20}
[sweep]
axes = [{field = "task.change_size", values = [1, 5]}, {field = "c", cases = [{label = "one", set = ["task.change_size=1"]}, {label = "own", set = []}]}]
)");
  PreparedSweep together(source);
  together.make_tasks({0, 1, 2, 3});
  for (Index i = 0; i < 4; ++i) {
    PreparedSweep alone(source);
    EXPECT_EQ(bits_of(together.compute(i, {})), bits_of(alone.compute(i, {}))) << i;
  }
}

/// A sweep of few steps, in shards.
struct Shards {
  Scratch folder;
  config::Source source = config::Source::from_text(small_grid);
  SweepOptions options{.computing = {.jobs = 1}, .journal = folder / "grid.nc.journal"};

  Shards() { source.set("solver.max_steps=5"); }
  Index compute(Index which, Index count) { return sweep_shard(source, {.which = which, .count = count}, options); }
  std::string error(const std::function<void()>& action) { return linnet::testing::error_of(folder, action); }
};

TEST(Shards, MergeToTheBitsOfOneProcess) {
  Shards s;
  EXPECT_EQ(s.compute(3, 3), 6);
  EXPECT_EQ(s.compute(1, 3), 7);
  EXPECT_EQ(s.compute(2, 3), 7);
  const Merged merged = merge(s.options.journal);
  expect_same_bits(merged.data, sweep(s.source));
  EXPECT_EQ(merged.journals.size(), 3u);
  EXPECT_EQ(merged.machines, (std::vector<std::pair<std::string, Index>>{{machine(), 20}}));
  remove_journals(s.options.journal);
  EXPECT_TRUE(s.folder.files().empty());
}

TEST(Shards, GoOnWithAnyOtherNumberOfThem) {
  Shards s;
  s.compute(2, 3);
  EXPECT_EQ(s.error([&] { s.compute(2, 3); }),
            "input| grid.nc.journal.2-of-3: expected no journal of an earlier sweep, got one that exists\n  hint: give "
            "--resume to go on with it, or --force to replace it");
  s.options.earlier = Journals::resumed;
  Index computed = 0;
  s.options.computing.report = [&](const SweepProgress& p) { computed = p.done - p.resumed; };
  s.compute(1, 2);  // points 0, 2, ..., 18, of which 4, 10 and 16 are there
  EXPECT_EQ(computed, 7);
  s.compute(5, 5);  // 4, 9, 14 and 19, of which only 9 is not
  EXPECT_EQ(computed, 1);
  EXPECT_EQ(s.error([&] { merge(s.options.journal); }),
            "input| grid.nc.journal: expected all 20 points, got 15; 5 missing: 3, 5, 11, 15, 17\n  hint: linnet sweep "
            "CONFIG --out ... --resume computes what is missing, with --shard K/N on N machines");
  const Dataset whole = sweep(s.source, s.options);
  expect_same_bits(whole, sweep(s.source));
  expect_same_bits(merge(s.options.journal).data, whole);
}

TEST(Shards, AJournalWhoseFirstBlockIsDamagedLosesItsPointsAlone) {
  Shards s;
  s.compute(1, 2);
  s.compute(2, 2);
  const fs::path journal = s.folder / "grid.nc.journal.2-of-2";
  std::string bytes = linnet::testing::bytes_of(journal);
  bytes[60] ^= 1;
  s.folder.put("grid.nc.journal.2-of-2", bytes);
  EXPECT_THAT(s.error([&] { merge(s.options.journal); }),
              AllOf(HasSubstr("got 10; 10 missing"), HasSubstr("bytes are damaged or cut off")));
  s.options.earlier = Journals::resumed;
  s.compute(2, 2);
  expect_same_bits(merge(s.options.journal).data, sweep(s.source));
}

TEST(Shards, OneOfOneIsAShard) {
  Shards s;
  EXPECT_EQ(s.compute(1, 1), 20);
  EXPECT_EQ(s.folder.files(), std::vector<std::string>{"grid.nc.journal.1-of-1"});
  config::Source other = s.source;
  other.set("solver.max_steps=9");
  EXPECT_THAT(s.error([&] { sweep_shard(other, {.which = 1, .count = 3}, s.options); }), HasSubstr("max_steps = 9"));
}

TEST(Shards, WithoutPointsAndBeyondThem) {
  Shards s;
  EXPECT_EQ(s.compute(20, 21), 1);
  EXPECT_EQ(s.compute(21, 21), 0);
  s.options.earlier = Journals::resumed;
  expect_same_bits(sweep(s.source, s.options), sweep(s.source));
}

TEST(Shards, MergeRefusesWhatDoesNotBelongTogether) {
  Shards s;
  const auto refusal = [&] { return s.error([&] { merge(s.options.journal); }); };
  EXPECT_EQ(
      refusal(),
      "input| grid.nc.journal: expected journals of shards, got none\n  hint: linnet sweep CONFIG --out ... --shard "
      "K/N writes them, for K from 1 to N");
  s.compute(1, 4);
  s.compute(3, 4);
  EXPECT_EQ(
      refusal(),
      "input| grid.nc.journal: expected all 20 points, got 10; 10 missing: 1, 3, 5, 7, 9, 11, 13, 15, 17, 19 (of 4 "
      "shards: 2, 4)\n  hint: linnet sweep CONFIG --out ... --resume computes what is missing, with --shard K/N on N "
      "machines");
  s.compute(2, 4);
  Shards other;
  other.source.set("solver.max_steps=6");
  other.compute(4, 4);
  fs::copy_file(other.folder / "grid.nc.journal.4-of-4", s.folder / "grid.nc.journal.4-of-4");
  EXPECT_THAT(refusal(),
              HasSubstr("grid.nc.journal.4-of-4: expected a journal of this configuration with \"max_steps = 5\""));
  fs::remove(s.folder / "grid.nc.journal.4-of-4");
  s.compute(4, 4);
  // A second copy has nothing new; one with other bits is no copy.
  const fs::path copy = s.folder / "grid.nc.journal.copy";
  fs::copy_file(s.folder / "grid.nc.journal.4-of-4", copy);
  expect_same_bits(merge(s.options.journal).data, sweep(s.source));
  PreparedSweep prepared(s.source);
  storage::Session session = prepared.session();
  std::vector<double> values = prepared.compute(3, {});
  values.back() += 1;
  s.folder.put("grid.nc.journal.copy",
               session_block(session) + points_block(session, {{.index = 3, .values = values}}));
  EXPECT_EQ(
      refusal(),
      "input| grid.nc.journal.copy: expected the results of point 3 that another journal has, got other bits, of the "
      "same kind of machine\n  hint: one of them is damaged or of something else: remove it, and compute its points "
      "again");
  session.version = "0.0.1";
  s.folder.put("grid.nc.journal.copy", session_block(session));
  EXPECT_THAT(refusal(), HasSubstr("grid.nc.journal.copy: expected points computed with linnet"));
  fs::remove(copy);
  {
    const storage::Journal running(s.folder / "grid.nc.journal.2-of-4", prepared.session());
    EXPECT_THAT(refusal(), HasSubstr("grid.nc.journal.2-of-4: expected a journal that is free"));
  }
  expect_same_bits(merge(s.options.journal).data, sweep(s.source));
}

TEST(Shards, OfAnotherMachineAreMergedAndTold) {
  Shards s;
  s.compute(2, 2);
  PreparedSweep prepared(s.source);
  storage::Session session = prepared.session();
  const std::string here = session.machine;
  session.machine =
      attributes_of_machine(here).empty() ? "" : "linnet 1\nbackend other BLAS\nvectors none\nmath library libm 1\n";
  std::vector<storage::FinishedPoint> points;
  for (Index i = 0; i < 20; i += 2) points.push_back({.index = i, .values = prepared.compute(i, {})});
  s.folder.put("grid.nc.journal.1-of-2", session_block(session) + points_block(session, points));
  const Merged merged = merge(s.options.journal);
  EXPECT_EQ(merged.machines.size(), 2u);
  EXPECT_THAT(merged.data.attribute("machines"), HasSubstr("10 points by\nlinnet 1\nbackend other BLAS\n"));
  // Where one machine has computed all, the result names that one, wherever it is merged.
  fs::remove(s.folder / "grid.nc.journal.2-of-2");
  points.clear();
  for (Index i = 1; i < 20; i += 2) points.push_back({.index = i, .values = prepared.compute(i, {})});
  s.folder.put("grid.nc.journal.2-of-2", session_block(session) + points_block(session, points));
  const Dataset all = merge(s.options.journal).data;
  EXPECT_EQ(all.attribute("backend"), "other BLAS");
  EXPECT_EQ(all.attribute("machines"), "");
}

TEST(Collector, TakesBlocksOfOtherProcesses) {
  Shards s;
  PreparedSweep elsewhere(s.source);
  const auto blocks = [&](const std::vector<Index>& points) { return computed_blocks(elsewhere, points, {.jobs = 1}); };
  {
    Collector collector(s.source, {}, s.options);
    collector.add(blocks({7, 3, 11}));
    EXPECT_EQ(collector.missing().size(), 17u);
    EXPECT_THAT(s.error([&] { (void)collector.dataset(); }),
                HasSubstr("numerical| sweep: expected all 20 points, got 17 missing: 0 to 2, 4 to 6"));
    std::string damaged = blocks({1});
    damaged[damaged.size() - 20] ^= 1;
    EXPECT_THAT(s.error([&] { collector.add(damaged); }), HasSubstr("damaged bytes"));
    config::Source other = s.source;
    other.set("solver.max_steps=7");
    PreparedSweep wrong(other);
    EXPECT_THAT(s.error([&] { collector.add(computed_blocks(wrong, {1}, {.jobs = 1})); }), HasSubstr("max_steps = 5"));
  }
  s.options.earlier = Journals::resumed;
  Collector again(s.source, {}, s.options);
  EXPECT_EQ(again.missing().size(), 17u);
  again.add(blocks(again.missing()));
  expect_same_bits(again.dataset(), sweep(s.source));
}

TEST(Sweep, SeedsAreADimensionAndDiffer) {
  config::Source source = config::Source::from_text(small_grid);
  source.set("sweep.seeds=3");
  source.set("sweep.axes=[{field = \"network.width_exponent\", values = [1.5]}]");
  source.set("network.variance_exponent=-1");
  const Dataset data = sweep(source);
  EXPECT_EQ(data["seed"].reals(), (std::vector<double>{5, 6, 7}));
  const auto& best = data["best_test_error"].reals();
  ASSERT_EQ(best.size(), 3U);
  EXPECT_NE(best[0], best[1]);
  EXPECT_NE(best[1], best[2]);
}

TEST(Sweep, APointThatDivergesIsAResult) {
  config::Source source = config::Source::from_text(small_grid);
  source.set("sweep.axes=[{field = \"solver.step\", values = [0.001, 10]}]");
  source.set("network.variance=0.1");
  source.set("network.width=20");
  source.set("solver.stop=[]");
  const Dataset data = sweep(source);
  EXPECT_EQ(data["status"].integers(), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(data["status"].attribute("flag_meanings"), "completed stopped diverged interrupted");
}

TEST(Sweep, ClosedFormAgreesWithWideNetworksAtSmallSteps) {
  config::Source exact = config::Source::from_text(small_grid);
  exact.set("network.compare=none");
  exact.set("sweep.axes=[{field = \"network.width_exponent\", values = [1.0, 1.6]}]");
  exact.set("network.variance_exponent=-1.5");
  exact.set("solver.step_divisor=2000");
  exact.set("network.kind=infinite_width");
  config::Source trained = exact;
  exact.set("solver.kind=exact");
  trained.set("solver.max_steps=30000");
  trained.set("solver.stop=[\"test_error_rose\"]");
  const Dataset closed = sweep(exact);
  const Dataset state = sweep(trained);  // descent from the infinite-width state
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(state["best_test_error"].reals()[i] / closed["best_test_error"].reals()[i], 1, 1e-3);
    EXPECT_NEAR(state["best_time"].reals()[i] / closed["best_time"].reals()[i], 1, 5e-3);
    EXPECT_EQ(state["best_rank"].reals()[i], closed["best_rank"].reals()[i]);
  }
}

TEST(Sweep, RefusesKeysWithoutEffectAtAnyPoint) {
  const auto error_of = [](const std::string& axes) -> std::string {
    try {
      sweep(config::Source::from_text(
          "[task]\ndim = 4\nrank = 1\n[network]\nvariance = 0.1\nkind = \"infinite_width\"\nwidth = 3\n[solver]\n"
          "t_end = 0.1\n[sweep]\naxes = [" +
          axes + "]\n"));
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(error_of("{field = \"solver.kind\", values = [\"flow\", \"exact\"]}"), "");
  EXPECT_EQ(error_of("{field = \"dynamics\", cases = [{label = \"a\", set = [\"solver.kind=flow\"]}, {label = \"b\", "
                     "set = [\"solver.step=0.01\"]}]}"),
            "");
  EXPECT_EQ(
      error_of("{field = \"network.width\", values = [2, 3]}"),
      "solver.t_end: expected solver.kind = flow or exact, for this key, got solver.kind = descent\n  hint: leave "
      "it out: it would have no effect");
  EXPECT_EQ(error_of("{field = \"solver.kind\", values = [\"flow\"]}, {field = \"network.tau\", values = [1, 2]}"),
            "network.tau: expected network.kind = perceptron (initialization = pairs), for this key, got "
            "network.kind = infinite_width\n  hint: leave it out: it would have no effect");
}

TEST(Run, RefusesWhatDoesNotFit) {
  const auto error_of = [](const std::vector<std::string>& assignments) -> std::string {
    config::Source source = config::Source::from_text("[task]\ndim = 4\nrank = 1\n");
    for (const std::string& a : assignments) source.set(a);
    try {
      run(source.resolve());
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(error_of({"network.variance=1"}),
            "network.width: expected exactly one of network.width and network.width_exponent, got neither");
  EXPECT_EQ(error_of({"network.variance=1", "network.width=3", "network.width_exponent=2"}),
            "network.width: expected one of network.width and network.width_exponent, got both\n  hint: leave one out");
  EXPECT_THAT(error_of({"solver.kind=exact", "network.variance=1", "network.width=3"}),
              ::testing::HasSubstr("network: expected a start that satisfies the closure"));
  EXPECT_EQ(error_of({"network.kind=balanced", "network.balance=1", "network.width=500"}),
            "network.width: expected at most 4, the outputs, for λ > 0, got 500\n  hint: W_2ᵀW_2 − W_1W_1ᵀ = λI needs "
            "a larger layer of full rank w");
  EXPECT_EQ(
      error_of({"task.kind=target"}),
      "task.file: expected a matrix file (.npy or .csv), or rows of numbers, got none\n  hint: name a file in the "
      "configuration, or write [[1, 2], [3, 4]]");
  EXPECT_EQ(error_of({"sweep.seeds=2"}),
            "sweep: expected no axes, for a single run, got 0 axes\n  hint: use linnet sweep");
  EXPECT_EQ(
      error_of({"network.width=4", "network.variance=0.1", "network.compare=self_consistent", "solver.kind=flow"}),
      "network.compare: expected \"none\", except for solver.kind = \"descent\", got \"self_consistent\"\n  hint: "
      "run the flow twice, with network.state = \"gram\" and \"self_consistent\"");
}

TEST(Run, ClosedFormOfBalancedWeightsIsTheirFlow) {
  for (const char* start : {"random", "semi_orthogonal", "aligned"}) {
    config::Source source = config::Source::from_text(R"(
seed = 2
task = {kind = "low_rank_plus_noise", dim = 8, rank = 2}
network = {kind = "balanced", width = 5, start_size = 0.1}
solver = {t_end = 1.0, rtol = 1e-12, atol = 1e-15}
record = {observables = ["test_error", "singular_values", "closure_residual"], schedule = "linear", count = 6, at_best = ["rank"]}
)");
    source.set("network.start=" + std::string(start));
    for (const char* balance : {"0.0", "1.5", "-3.0"}) {
      source.set("network.balance=" + std::string(balance));
      source.set("solver.kind=flow");
      const RunResult flow = run(source.resolve());
      source.set("solver.kind=exact");
      const RunResult exact = run(source.resolve());
      const auto& one = flow.data["singular_values"].reals();
      const auto& two = exact.data["singular_values"].reals();
      ASSERT_EQ(one.size(), two.size());
      for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(one[i], two[i], 1e-7) << start << ", λ = " << balance;
      for (const double residual : exact.data["closure_residual"].reals()) EXPECT_LT(residual, 1e-13);
      EXPECT_NEAR(std::stod(exact.data.attributes.at("balance")), std::stod(balance), 1e-13);
      // The best of the closed form is taken over all times.
      EXPECT_LE(std::stod(exact.data.attributes.at("best_test_error")),
                std::stod(flow.data.attributes.at("best_test_error")) + 1e-9);
      EXPECT_EQ(exact.data.attributes.count("warning"), 0U);
    }
  }
}

// A run that is stopped in the closed form after its training is interrupted. It has the whole training and the
// beginning of the closed form.
TEST(Run, InterruptedInItsComparisonKeepsWhatThereIs) {
  const auto c = config::Source::from_text(R"(
[task]
kind = "modes"
shape = [4, 4]
modes = [2.0, 1.0]
[network]
kind = "balanced"
width = 4
compare = "exact"
[solver]
kind = "flow"
[record]
schedule = "linear"
count = 9
)")
                     .resolve();
  const RunResult whole = run(c, [](const Progress&) { return true; });
  bool stopped = false;  // at the fifth record of the closed form; the total of a flow is its last time
  const RunResult part = run(c, [&](const Progress& p) {
    stopped = stopped || (p.total == 9 && p.done == 4);
    return !stopped;
  });
  EXPECT_EQ(part.outcome.status, Status::interrupted);
  const std::vector<double> all = whole.data["train_error"].as_reals();
  const std::vector<double> some = part.data["train_error"].as_reals();
  ASSERT_EQ(some.size(), 18U);
  for (std::size_t i = 0; i < 18; ++i) {
    EXPECT_TRUE(i < 13 ? some[i] == all[i] : std::isnan(some[i])) << i;
  }
}

TEST(Sweep, ClosedFormOverTheBalance) {
  config::Source source = config::Source::from_text(R"(
task = {kind = "low_rank_plus_noise", dim = 8, rank = 2}
network = {kind = "balanced", width = 6}
solver = {kind = "exact"}
record = {at_best = ["rank"]}
sweep = {axes = [{field = "network.balance", values = [-20.0, 0.0, 0.5]}]}
)");
  const Dataset data = sweep(source);
  const auto& last = data["final_train_error"].reals();
  ASSERT_EQ(last.size(), 3U);
  // 6 of 8 modes can be learned with w = 6, with any balance.
  for (const double error : last) EXPECT_NEAR(error / last[0], 1, 1e-10);
  for (const double error : data["best_test_error"].reals()) EXPECT_GT(error, last[0]);
}

TEST(Run, EverySolverAgreesOnTheSameInfiniteWidthNetwork) {
  config::Source source = config::Source::from_text(R"(
seed = 2
[task]
dim = 10
rank = 2
[network]
kind = "infinite_width"
scale = [0.5, 2.0]
[solver]
t_end = 0.3
rtol = 1e-11
atol = 1e-13
[record]
observables = ["test_error", "singular_values", "kernel_distance"]
schedule = "linear"
count = 7
)");
  source.set("solver.kind=exact");
  const Dataset exact = run(source.resolve()).data;
  source.set("solver.kind=flow");
  const Dataset flow_data = run(source.resolve()).data;
  source.set("network.state=self_consistent");
  const Dataset self_consistent = run(source.resolve()).data;
  for (const char* name : {"test_error", "singular_values", "kernel_distance"}) {
    const auto& a = exact[name].reals();
    const auto& b = flow_data[name].reals();
    const auto& c = self_consistent[name].reals();
    ASSERT_EQ(a.size(), b.size());
    ASSERT_EQ(a.size(), c.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_NEAR(a[i], b[i], 1e-8) << name << " " << i;
      EXPECT_NEAR(a[i], c[i], 1e-8) << name << " " << i;
    }
  }
}

TEST(Run, ReadsTasksAndWeightsFromFilesBesideTheConfiguration) {
  const Scratch folder;
  const Task task = tasks::low_rank_plus_noise({.dim = 6, .rank = 2, .seed = 3});
  const DeepLinear start = networks::gaussian_weights(task.shape(), {.width = 9, .variance = 0.1, .seed = 4});
  storage::write_npy(task.target(), folder / "y.npy");
  storage::write_npy(task.test->target(), folder / "signal.npy");
  storage::write_npy(start.w1(), folder / "w1.npy");
  storage::write_npy(start.w2(), folder / "w2.npy");
  const std::string text = R"(
[task]
kind = "target"
file = "y.npy"
signal = "signal.npy"
[network]
kind = "weights"
w1 = "w1.npy"
w2 = "w2.npy"
[solver]
step = 0.01
max_steps = 25
[record]
observables = ["train_error", "test_error"]
)";
  const Dataset data = run(config::Source::from_text(text, folder / "").resolve()).data;
  const Trajectory direct = train(start, task, GradientDescent{.step = 0.01, .max_steps = 25},
                                  {.observables = {observables::train_error(), observables::test_error()}});
  const Vector expected = direct.values("test_error");
  for (Index i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(data["test_error"].reals()[static_cast<std::size_t>(i)], expected(i));
  }
  EXPECT_THAT(data.attribute("files"), HasSubstr("network.w1 fnv1a-"));
}

TEST(Run, OfBalancedStartsTakesUnequalRates) {
  config::Source source = config::Source::from_text(R"(
task = {kind = "low_rank_plus_noise", dim = 6, rank = 2}
network = {kind = "balanced", balance = 0.5, width = 4}
solver = {kind = "exact", t_end = 1, rates = [0.5, 2.0]}
record = {observables = ["singular_values"], schedule = "ends"}
)");
  const RunResult exact = run(source.resolve());
  EXPECT_LT(std::stod(exact.data.attribute("closure_residual")), 1e-13);
  EXPECT_NEAR(std::stod(exact.data.attribute("balance")), 0.5, 1e-13);
  source.set("solver.kind=flow");
  source.set("solver.rtol=1e-10");
  const RunResult flow = run(source.resolve());
  const auto& right = exact.data["singular_values"].reals();
  const auto& found = flow.data["singular_values"].reals();
  ASSERT_EQ(found.size(), right.size());
  for (std::size_t i = 0; i < right.size(); ++i) EXPECT_NEAR(found[i], right[i], 1e-7);
}

TEST(Run, AtASaddleSaysSo) {
  config::Source source = config::Source::from_text(R"(
task = {kind = "low_rank_plus_noise", dim = 6, rank = 2}
network = {kind = "infinite_width", scale = 0.0}
solver = {kind = "exact", t_end = 1}
)");
  EXPECT_THAT(run(source.resolve()).data.attribute("warning"), HasSubstr("the start is at a saddle"));
  source.set("network.scale=0.1");
  EXPECT_EQ(run(source.resolve()).data.attribute("warning"), "");
}

}  // namespace
}  // namespace linnet::sweeps
