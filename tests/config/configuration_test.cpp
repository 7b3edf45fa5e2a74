#include "linnet/config/configuration.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/config.hpp"
#include "tests/support/core.hpp"

namespace linnet::config {
namespace {

using linnet::testing::caught;
using linnet::testing::value_of;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Configuration read(const std::string& toml) { return Source::from_text(toml).resolve(); }

constexpr const char* no_error = "nothing was thrown";

std::string error_of(const std::string& toml) {
  const linnet::testing::Caught refused = caught([&] { read(toml); });
  EXPECT_TRUE(refused.kind == Error::Kind::input || refused.text == no_error) << refused.text;
  return refused.text;
}

TEST(Configuration, EmptyTextIsAllDefaults) {
  const Configuration c = read("");
  EXPECT_STREQ(c.task.kind->word(), "low_rank_plus_noise");
  EXPECT_EQ(value_of(c, "task", "dim"), "200");
  EXPECT_EQ(*c.solver.kind->step()->numbers(), Layerwise(1e-3));
  EXPECT_EQ(value_of(c, "network", "width"), "unset");
}

TEST(Configuration, ReadsSymmetricAxesAndCases) {
  const std::string text = R"(
[sweep]
axes = [
  {field = "network.balance", symmetric = [1, 100, 3]},
  {field = "start", cases = [{label = "a", set = ["network.width=2", "task.kind=target"]}, {label = "b", set = []}]},
]
)";
  const Configuration c = read(text);
  ASSERT_EQ(c.sweep.axes.size(), 2U);
  EXPECT_EQ(c.sweep.axes[0].scale, "symmetric");
  EXPECT_EQ(c.sweep.axes[0].values, (std::vector<AxisValue>{-100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0}));
  EXPECT_EQ(c.sweep.axes[1].values, (std::vector<AxisValue>{std::string("a"), std::string("b")}));
  const Configuration again = read(to_toml(c));
  ASSERT_EQ(again.sweep.axes.size(), 2U);
  EXPECT_EQ(again.sweep.axes[0].values, c.sweep.axes[0].values);
  EXPECT_EQ(again.sweep.axes[0].scale, "symmetric");
  EXPECT_EQ(again.sweep.axes[1].cases, c.sweep.axes[1].cases);
  EXPECT_EQ(again.sweep.axes[1].cases[0], (std::vector<std::string>{"network.width=2", "task.kind=target"}));
  EXPECT_EQ(error_of("[sweep]\naxes = [{field = \"x\", cases = [{label = \"a\"}]}]"),
            "sweep.axes.cases: expected {label = \"...\", set = [\"key=value\", ...]}, got { label = 'a' }");
}

TEST(Configuration, SeedsHave64Bits) {
  EXPECT_EQ(read("seed = 9223372036854775807").seed, 9223372036854775807U);
  const Configuration c = read("seed = \"18446744073709551615\"\n[task]\nseed = \"9223372036854775808\"");
  EXPECT_EQ(c.seed, 18446744073709551615U);
  EXPECT_EQ(c.task.seed, 9223372036854775808U);
  const Configuration again = read(to_toml(c));
  EXPECT_EQ(again.seed, c.seed);
  EXPECT_EQ(again.task.seed, c.task.seed);
  Source source = Source::from_text("");
  source.set("seed=18446744073709551615");
  EXPECT_EQ(source.resolve().seed, c.seed);
  EXPECT_EQ(error_of("seed = -1"), "seed: expected a whole number >= 0, got -1");
  const std::string range = "seed: expected a whole number from 0 to 2^64 - 1, in quotes from 2^63 on, got ";
  EXPECT_EQ(error_of("seed = \"18446744073709551616\""), range + "'18446744073709551616'");
  EXPECT_EQ(error_of("seed = \"1.5\""), range + "'1.5'");
  EXPECT_THAT(error_of("seed = 18446744073709551615"),
              HasSubstr("hint: a seed of 2^63 or more is written in quotes: seed = \"18446744073709551615\""));
}

TEST(Configuration, GridsBeyondTheMemoryAreRefused) {
  std::string axes = "[sweep]\naxes = [";
  for (const char* field : {"task.noise", "network.variance", "solver.step", "task.change_size"}) {
    axes += std::string("{field = \"") + field + "\", linear = [1, 2, 65536]}, ";
  }
  EXPECT_THAT(error_of(axes + "]"), HasSubstr("got 1.84467e+19 points, 65536 of noise x 65536 of variance"));
  EXPECT_THAT(error_of("[sweep]\nseeds = 10_000_000_000_000"), HasSubstr("sweep.seeds: expected what fits into "));
  EXPECT_THAT(error_of("[sweep]\naxes = [{field = \"task.noise\", linear = [0, 1, 1e13]}]"),
              HasSubstr("sweep.axes.linear: expected what fits into "));
}

TEST(Configuration, KeysHaveFewParts) {
  std::string dots;
  for (int i = 0; i < 200'000; ++i) dots += ".a";
  const std::string expected =
      "configuration: expected keys of a section and a name, got line 2: a key of more than 16 parts";
  EXPECT_EQ(error_of("title = 'a'\na" + dots + " = 1"), expected);
  EXPECT_EQ(error_of("\n[a" + dots + "]"), expected);
  EXPECT_EQ(error_of("\ntask = {a" + dots + " = 1}"), expected);
  EXPECT_EQ(read("title = '" + dots + "' # a" + dots).title, dots);
  EXPECT_EQ(read("[record]\nschedule = 'at'\nat = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, "
                 "1.4, 1.5, 1.6, 1.7, 1.8, 1.9]")
                .record.at.size(),
            19U);
  EXPECT_THAT(error_of("title = " + std::string(200'000, '[')), HasSubstr("configuration: expected TOML, got "));
  Source source = Source::from_text("");
  EXPECT_THROW(source.set("a" + dots + "=1"), Error);
}

TEST(Configuration, WordsForNumbersAreRefused) {
  EXPECT_EQ(error_of("[network]\nscale = \"abc\""),
            "network.scale: expected a finite number >= 0, or a list of one a layer, got \"abc\"");
  EXPECT_EQ(error_of("[network]\nvariance = \"lecum\""),
            "network.variance: expected a finite number >= 0, or a list of one a layer, or lecun, he, glorot, got "
            "\"lecum\"\n  hint: did you mean \"lecun\"?");
}

TEST(Configuration, ReadsEveryKindOfValue) {
  const Configuration c = read(R"(
title = "a \"quoted\" title"
[task]
kind = "regression"
whiten = true
inputs = "x.npy"
[network]
width = 64
variance = [0.5, 0.25]
[solver]
step = "mixed"
stop = ["mixed_authors"]
[record]
schedule = "at"
at = [1, 2.5]
[sweep]
axes = [{field = "network.width", logarithmic = [1, 100, 3]}, {field = "task.kind", values = ["target"]}]
)");
  EXPECT_EQ(c.title, "a \"quoted\" title");
  EXPECT_EQ(value_of(c, "task", "whiten"), "true");
  EXPECT_EQ(value_of(c, "task", "inputs"), "\"x.npy\"");
  EXPECT_EQ(value_of(c, "network", "width"), "64");
  EXPECT_EQ(value_of(c, "network", "variance"), "[0.5, 0.25]");
  EXPECT_TRUE(c.solver.kind->step()->mixed());
  EXPECT_EQ(c.record.at, (std::vector<double>{1, 2.5}));
  ASSERT_EQ(c.sweep.axes.size(), 2U);
  EXPECT_EQ(c.sweep.axes[0].name(), "width");
  EXPECT_EQ(c.sweep.axes[0].values, (std::vector<AxisValue>{1.0, 10.0, 100.0}));
  EXPECT_EQ(c.sweep.axes[1].values, (std::vector<AxisValue>{std::string("target")}));
}

TEST(Configuration, ResolvedTextReadsBackToItself) {
  const Configuration c = read(R"(
seed = 3
[network]
width_exponent = 2.2500000000000004
scale = 1e-300
[solver]
step = 0.1
rates = [1, 2]
[sweep]
seeds = 2
axes = [{field = "network.width_exponent", linear = [0, 2.8, 30]}]
)");
  const std::string text = to_toml(c);
  const Configuration again = read(text);
  EXPECT_EQ(to_toml(again), text);
  EXPECT_EQ(value_of(again, "network", "width_exponent"), "2.2500000000000004");
  EXPECT_EQ(again.sweep.axes[0].values, c.sweep.axes[0].values) << "axes survive bit for bit";
}

TEST(Configuration, SetOverridesFields) {
  Source source = Source::from_text("[network]\nwidth = 8\n");
  source.set("network.width=4096");
  source.set("solver.order=sequential");
  source.set("title=\"spaces and = signs\"");
  source.set("record.observables=[\"rank\", \"cost\"]");
  const Configuration c = source.resolve();
  EXPECT_EQ(value_of(c, "network", "width"), "4096");
  EXPECT_TRUE(c.solver.kind->sequential());
  EXPECT_EQ(c.title, "spaces and = signs");
  EXPECT_EQ(c.record.observables, (std::vector<std::string>{"rank", "cost"}));
}

TEST(Configuration, UnknownKeysNameTheNearest) {
  EXPECT_EQ(error_of("[network]\nwidht = 3\n"),
            "network.widht: expected a known key, got an unknown one\n  hint: did you mean \"width\"?");
  EXPECT_EQ(error_of("[netwrok]\nwidth = 3\n"),
            "netwrok: expected a known key, got an unknown one\n  hint: did you mean \"network\"?");
  EXPECT_EQ(error_of("tilte = \"x\"\n"),
            "tilte: expected a known key, got an unknown one\n  hint: did you mean \"title\"?");
  EXPECT_EQ(error_of("[sweep]\naxes = [{feild = \"seed\", values = [1]}]\n"),
            "sweep.axes.feild: expected a known key, got an unknown one\n  hint: did you mean \"field\"?");
}

TEST(Configuration, WrongTypesAndRangesSayWhatWasExpected) {
  EXPECT_EQ(error_of("[network]\nwidth = 0\n"), "network.width: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of("[network]\nwidth = 2.5\n"), "network.width: expected a whole number >= 1, got 2.5");
  EXPECT_EQ(error_of("[network]\nwidth = \"wide\"\n"), "network.width: expected a whole number >= 1, got 'wide'");
  EXPECT_EQ(error_of("[network]\nvariance = -1\n"), "network.variance: expected a finite number >= 0, got -1");
  EXPECT_EQ(error_of("[network]\nvariance = nan\n"), "network.variance: expected a finite number >= 0, got nan");
  EXPECT_EQ(error_of("[network]\nvariance = []\n"),
            "network.variance: expected a number, or a list of one a layer, got []");
  EXPECT_EQ(error_of("[solver]\nmax_steps = -1\n"), "solver.max_steps: expected a whole number >= 0, got -1");
  EXPECT_EQ(error_of("[solver]\nkind = \"flow\"\nrtol = 0\n"), "solver.rtol: expected a finite number > 0, got 0");
  EXPECT_EQ(error_of("[solver]\nstep = inf\n"), "solver.step: expected a finite number > 0, got inf");
  EXPECT_EQ(error_of("[task]\nkind = \"regression\"\nwhiten = 1\n"), "task.whiten: expected true or false, got 1");
  EXPECT_EQ(error_of("task = 3\n"), "task: expected a table [task], got 3");
  EXPECT_EQ(error_of("[solver]\norder = \"sequentail\"\n"),
            "solver.order: expected one of simultaneous, sequential, got \"sequentail\"\n  hint: did you mean "
            "\"sequential\"?");
  EXPECT_THAT(error_of("[record]\nobservables = [\"test_eror\"]\n"), HasSubstr("did you mean \"test_error\"?"));
  EXPECT_EQ(error_of("[sweep]\naxes = [{field = \"seed\", linear = [1, 2]}]\n"),
            "sweep.axes.linear: expected [first, last, count], got [ 1, 2 ]");
  EXPECT_THAT(error_of("[sweep]\naxes = [{field = \"seed\"}]\n"),
              HasSubstr("sweep.axes: expected a field and one of values, linear, logarithmic"));
}

TEST(Configuration, SyntaxErrorsNameLineAndColumn) {
  EXPECT_THAT(error_of("[task]\ndim = = 3\n"), HasSubstr("configuration: expected TOML, got line 2, column"));
  EXPECT_EQ(caught([] { Source::from_file("/nonexistent/run.toml"); }).text,
            "/nonexistent/run.toml: expected a configuration file, got no such file");
}

TEST(Configuration, BadAssignmentsAreRefused) {
  Source source = Source::from_text("");
  EXPECT_EQ(caught([&] { source.set("network.width"); }).text,
            "--set: expected key=value, got \"network.width\"\n  hint: for example --set network.width=4096");
}

TEST(Configuration, KeysWithoutEffectAreRefused) {
  const std::string hint = "\n  hint: leave it out: it would have no effect";
  EXPECT_EQ(error_of("[solver]\nkind = \"descent\"\nt_end = 2\n"),
            "solver.t_end: expected solver.kind = flow or exact, for this key, got solver.kind = descent" + hint);
  EXPECT_EQ(
      error_of("[network]\nkind = \"weights\"\nwidth = 5\n"),
      "network.width: expected network.kind = gaussian, infinite_width, balanced, deep (initialization = gaussian, "
      "balanced, unbalanced, orthogonal, identity or escape) or perceptron (initialization = gaussian or pairs), "
      "for this key, got network.kind = weights" +
          hint);
  EXPECT_EQ(
      error_of("[solver]\ncost_below = 0.1\nstop = [\"gradient_below\"]\n"),
      "solver.cost_below: expected solver.stop with cost_below, for this key, got solver.stop = [gradient_below]" +
          hint);
  EXPECT_EQ(error_of("[solver]\nrise_times = 3\nstop = [\"cost_below\"]\n"),
            "solver.rise_times: expected solver.stop with test_error_rose or mixed_authors, for this key, got "
            "solver.stop = [cost_below]" +
                hint);
  EXPECT_EQ(
      error_of("[record]\nevery = 3\nschedule = \"linear\"\n"),
      "record.every: expected record.schedule = auto or every, for this key, got record.schedule = linear" + hint);
  EXPECT_EQ(error_of("[record]\nevery = 3\n[solver]\nkind = \"flow\"\n"),
            "record.every: expected solver.kind = descent or spectral, for this key, got solver.kind = flow" + hint);
  EXPECT_EQ(error_of("[network]\nkind = \"neuron\"\ninitialization = \"gaussian\"\n"),
            "network.initialization: expected network.kind = deep or perceptron, for this key, got network.kind = "
            "neuron" +
                hint);
}

TEST(Configuration, KeysBeforeWhatTheyAreForAreNot) {
  EXPECT_EQ(error_of("[solver]\nt_end = 2\nkind = \"flow\"\n"), no_error);
  EXPECT_EQ(error_of("[network]\nwidth = 5\nkind = \"perceptron\"\ninitialization = \"pairs\"\n"), no_error);
  EXPECT_EQ(error_of("[network]\nkind = \"neuron\"\nstate = \"self_consistent\"\n"), no_error);
}

TEST(Configuration, KeysOfASweepMayBeForSomePoints) {
  EXPECT_EQ(error_of("[solver]\nt_end = 2\n[sweep]\nseeds = 2\n"), no_error);
  const Source source = Source::from_text("[solver]\nt_end = 2\n[sweep]\nseeds = 2\n");
  ASSERT_EQ(source.read().unused.size(), 1U);
  EXPECT_EQ(source.read().unused[0].key, "solver.t_end");
}

TEST(Configuration, OverridesMayLeaveKeysOfTheFileWithoutEffect) {
  Source source = Source::from_text("[solver]\nstep = 0.1\nmax_steps = 10\n[record]\nevery = 2\n");
  source.set("solver.kind=exact");
  source.set("record.schedule=linear");
  const std::string text = to_toml(source.resolve());
  for (const char* key : {"step = ", "max_steps = ", "every = "}) EXPECT_THAT(text, Not(HasSubstr(key)));
  EXPECT_EQ(to_toml(read(text)), text) << "what has no effect is left out";
  source.set("solver.rtol=1e-6");
  EXPECT_THAT(caught([&] { static_cast<void>(source.resolve()); }).text, StartsWith("solver.rtol: "))
      << "but an override is to have one";
}

TEST(Configuration, ResolvedTextOfASweepKeepsWhatWasGiven) {
  const std::string text = to_toml(read("[solver]\nt_end = 2\n[sweep]\nseeds = 2\n"));
  EXPECT_THAT(text, HasSubstr("\nt_end = 2\n"));
  EXPECT_THAT(text, HasSubstr("\n# max_steps = "));
  EXPECT_EQ(to_toml(read(text)), text);
}

TEST(Configuration, ResolvedAxesKeepTheirScale) {
  const std::string axes = R"(axes = [{field = "network.balance", symmetric = [0.1, 3.0, 7]}, )"
                           R"({field = "network.width", logarithmic = [32.0, 256.0, 4]}, )"
                           R"({field = "network.start_size", linear = [0.1, 0.7, 30]}, )"
                           R"({field = "solver.kind", values = ["flow", "exact"]}])";
  EXPECT_THAT(to_toml(read("[sweep]\n" + axes)), HasSubstr(axes));
}

TEST(Configuration, WhatAnyExperimentResolvesToResolvesToItself) {
  int experiments = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(LINNET_EXPERIMENTS)) {
    if (entry.path().extension() != ".toml") continue;
    ++experiments;
    Source source = Source::from_file(entry.path());
    for (const bool quick : {false, true}) {
      const Configuration c = source.resolve();
      const Configuration again = read(to_toml(c));
      EXPECT_EQ(to_toml(again), to_toml(c)) << entry.path();
      ASSERT_EQ(again.sweep.axes.size(), c.sweep.axes.size());
      for (std::size_t i = 0; i < c.sweep.axes.size(); ++i) {
        EXPECT_EQ(again.sweep.axes[i].scale, c.sweep.axes[i].scale);
        EXPECT_EQ(again.sweep.axes[i].values, c.sweep.axes[i].values);
        EXPECT_EQ(again.sweep.axes[i].cases, c.sweep.axes[i].cases);
      }
      if (!quick) {
        for (const std::string& assignment : c.figure.quick) source.add(assignment);
      }
    }
  }
  EXPECT_GT(experiments, 30);
}

TEST(Configuration, OfTwoKeysForOneThingOneIsRefused) {
  const auto both = [](const std::string& one, const std::string& other) {
    return one + ": expected one of " + one + " and " + other + ", got both\n  hint: leave one out";
  };
  EXPECT_EQ(error_of("[network]\nwidth = 3\nwidth_exponent = 1\n"), both("network.width", "network.width_exponent"));
  EXPECT_EQ(error_of("[network]\nscale = 1\nvariance = 1\n"), both("network.variance", "network.scale"));
  EXPECT_EQ(error_of("[network]\nscale = 1\nvariance_exponent = 1\n"),
            both("network.variance_exponent", "network.scale"));
  EXPECT_EQ(error_of("[network]\nkind = \"infinite_width\"\nscale = 1\nscale_exponent = 1\n"),
            both("network.scale", "network.scale_exponent"));
  EXPECT_EQ(error_of("[network]\nkind = \"deep\"\nvariance = 1\ngamma = 1\n"),
            both("network.variance", "network.gamma"));
  EXPECT_EQ(error_of("[network]\nkind = \"deep\"\ndepth = 3\nwidth = 4\nwidths = [4, 5]\n"),
            both("network.width", "network.widths"));
  // Here they are two things: what is on the diagonal, and the noise around it.
  EXPECT_EQ(error_of("[network]\nkind = \"deep\"\ninitialization = \"identity\"\nvariance = 1\nscale = 1\n"), no_error);
}

TEST(Configuration, KeysOfEarlierVersionsSayWhatTheyAreNow) {
  EXPECT_EQ(error_of("[task]\nkind = \"coefficients\"\nwhiten = true\n"),
            "task.whiten: expected samples = 0, the default, for infinitely many, got a key of earlier versions");
  EXPECT_EQ(error_of("[task]\nkind = \"coefficients\"\nshape = [1, 20]\n"),
            "task.shape: expected inputs = n_0, got a key of earlier versions");
}

TEST(Configuration, KeysOfAnotherKindNameTheKindsThatHaveThem) {
  const std::string hint = "\n  hint: leave it out: it would have no effect";
  EXPECT_EQ(error_of("[task]\nkind = \"modes\"\nnoise = 3\n"),
            "task.noise: expected task.kind = low_rank_plus_noise, low_rank_regression, coefficients, completion, "
            "sensing or xor_points, for this key, got task.kind = modes" +
                hint);
  EXPECT_EQ(error_of("[network]\nkind = \"deep\"\ninitialization = \"balanced\"\ngamma = 1\n"),
            "network.gamma: expected network.kind = deep (initialization = gaussian or identity), for this key, got "
            "network.kind = deep, initialization = balanced" +
                hint);
  EXPECT_EQ(error_of("[network]\nkind = \"deep\"\ninitialization = \"pairs\"\n"),
            "network.initialization: expected one of gaussian, balanced, unbalanced, orthogonal, identity, escape, "
            "weights, got \"pairs\"");
}

TEST(Configuration, AMatrixMayBeRowsOfNumbers) {
  const Configuration c = read(
      "[task]\nkind = \"target\"\nfile = [[1, 0.5, -2e-3], [0, nan, 4]]\n"
      "[network]\nkind = \"deep\"\ninitialization = \"weights\"\nweights = [\"1.npy\", [[1], [2]]]\n");
  EXPECT_EQ(value_of(c, "task", "file"), "[[1.0, 0.5, -0.002], [0.0, nan, 4.0]]");
  EXPECT_EQ(value_of(c, "network", "weights"), "[\"1.npy\", [[1.0], [2.0]]]");
  EXPECT_EQ(to_toml(read(to_toml(c))), to_toml(c));
  EXPECT_EQ(input_files(c).size(), 1U);

  const Configuration two = read("task = {kind = \"target\", file = [[3, 0], [0, 1]]}\n");
  EXPECT_EQ(two.task.kind->make({}).target(), (Matrix(2, 2) << 3, 0, 0, 1).finished());

  const std::string kinds = "task.file: expected a file, or rows of numbers as [[1, 2], [3, 4]], got ";
  const auto error_of_target = [](const std::string& value) {
    return error_of("[task]\nkind = \"target\"\nfile = " + value + "\n");
  };
  EXPECT_EQ(error_of_target("[]"), kinds + "[]");
  EXPECT_EQ(error_of_target("[[]]"), kinds + "[ [] ]");
  EXPECT_EQ(error_of_target("[1, 2]"), kinds + "[ 1, 2 ]");
  EXPECT_EQ(error_of_target("[[1, 2], 3]"), kinds + "[ [ 1, 2 ], 3 ]");
  EXPECT_EQ(error_of_target("[[1, \"two\"]]"), kinds + "'two'");
  EXPECT_EQ(error_of_target("3"), kinds + "3");
  EXPECT_EQ(error_of_target("[[1, 2], [3]]"), "task.file: expected rows of 2 numbers, as the first, got 1 in row 2");
}

TEST(Configuration, FilesOfAllKindsOfASweepAreItsInput) {
  const Configuration c =
      Source::from_text(
          "[task]\nkind = \"regression\"\ninputs = \"x.npy\"\ntargets = \"t.npy\"\nfile = \"y.npy\"\n"
          "[network]\nweights = [\"1.npy\", \"2.npy\"]\n"
          "[sweep]\naxes = [{field = \"task.kind\", values = [\"regression\", \"target\"]}]\n",
          "folder")
          .resolve();
  std::vector<std::string> files;
  for (const InputFile& file : input_files(c)) files.push_back(file.field + " " + file.path.string());
  EXPECT_EQ(files,
            (std::vector<std::string>{"task.inputs folder/x.npy", "task.targets folder/t.npy", "task.file folder/y.npy",
                                      "network.weights folder/1.npy", "network.weights folder/2.npy"}));
}

TEST(Configuration, KeysOfOtherKindsStayInASweep) {
  Source source = Source::from_text(
      "[solver]\nkind = \"exact\"\nt_end = 2.0\nmax_steps = 7\n"
      "[sweep]\naxes = [{field = \"solver.kind\", values = [\"exact\", \"descent\"]}]\n");
  const Configuration c = source.resolve();
  EXPECT_THAT(to_toml(c), HasSubstr("\nmax_steps = 7\n"));
  EXPECT_EQ(to_toml(read(to_toml(c))), to_toml(c));
  source.add("solver.kind", std::string("descent"));
  EXPECT_EQ(source.read().configuration.solver.kind->steps(), 7);
}

TEST(Configuration, KeysThatAnotherReplacesAreRefused) {
  const auto replaced = [](const std::string& key, const std::string& by) {
    return key + ": expected no " + by + ", for this key, got " + by +
           " beside it\n  hint: leave it out: it would have no effect";
  };
  EXPECT_EQ(error_of("[network]\nkind = \"infinite_width\"\nscale = 1\nwidth = 3\n"),
            "network.width: expected no network.scale, network.scales or network.scale_exponent, for this key, got "
            "network.scale beside "
            "it\n  hint: leave it out: it would have no effect");
  EXPECT_EQ(error_of("[network]\nkind = \"neuron\"\ncoefficients = [1]\nstart = \"aligned\"\n"),
            replaced("network.start", "network.coefficients"));
  EXPECT_EQ(error_of("[network]\nkind = \"diagonal\"\ncoefficients = [1]\nstart_size = 2\n"),
            replaced("network.start_size", "network.coefficients"));
  EXPECT_EQ(error_of("[task]\nkind = \"completion\"\nfile = \"y.npy\"\nrank = 3\n"),
            replaced("task.rank", "task.file"));
  EXPECT_EQ(error_of("[task]\nkind = \"completion\"\nmodes = [1]\nshape = [2, 2]\nnoise = 3\n"),
            replaced("task.noise", "task.modes"));
  EXPECT_EQ(error_of("[task]\nkind = \"completion\"\nmask = \"m.npy\"\nfraction = 0.3\n"),
            replaced("task.fraction", "task.mask"));
  EXPECT_EQ(error_of("[network]\nkind = \"perceptron\"\n[solver]\nkind = \"flow\"\nmatch_descent = true\nt_end = 3\n"),
            replaced("solver.t_end", "solver.match_descent"));
}

TEST(Configuration, AnOverrideTakesThePlaceOfTheFilesOtherWay) {
  Source source = Source::from_text("[network]\nwidth = 8\nvariance = 0.1\n");
  source.set("network.width_exponent=1.5");
  source.set("network.scale=2");
  const Configuration c = source.resolve();
  EXPECT_EQ(value_of(c, "network", "width"), "unset");
  EXPECT_EQ(value_of(c, "network", "variance"), "unset");
  EXPECT_EQ(value_of(c, "network", "width_exponent"), "1.5");
  EXPECT_EQ(value_of(c, "network", "scale"), "2.0");
  EXPECT_THAT(to_toml(source.resolve()), Not(HasSubstr("variance = ")));
  source.set("network.scale_exponent=1");
  source.set("network.kind=infinite_width");
  EXPECT_THAT(caught([&] { static_cast<void>(source.resolve()); }).text, StartsWith("network.scale: "))
      << "two overrides are as wrong as two keys of the file";
}

TEST(Configuration, WhatAnAxisReplacesAtEveryPointHasNoEffect) {
  Source source = Source::from_text("[network]\nwidth = 8\n[sweep]\nseeds = 2\n");
  source.add("network.width_exponent", 1.5);
  const Reading reading = source.read();
  EXPECT_EQ(value_of(reading.configuration, "network", "width"), "unset");
  ASSERT_EQ(reading.unused.size(), 1U);
  EXPECT_EQ(reading.unused[0].key, "network.width");
  EXPECT_EQ(reading.unused[0].expected, "no network.width_exponent, for this key");
}

TEST(Configuration, ReferenceListsEveryKey) {
  const std::string page = reference();
  for (const char* key : {"width_exponent", "step_divisor", "regime_lines", "axes", "rank_fraction"}) {
    EXPECT_THAT(page, HasSubstr(std::string("| `") + key + "` |"));
  }
}

}  // namespace
}  // namespace linnet::config
