#include "linnet/tasks/one_hot.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/tasks/sample_cost.hpp"

namespace linnet::tasks {

namespace {

using linalg::Stream;

constexpr std::uint64_t too_many = std::uint64_t{1} << 62;

/// base^exponent, or `too_many` when it is as large or larger.
std::uint64_t power(Index base, std::uint64_t exponent) {
  std::uint64_t product = 1;
  for (std::uint64_t i = 0; i < exponent && base > 1; ++i) {
    if (product >= too_many / static_cast<std::uint64_t>(base)) return too_many;
    product *= static_cast<std::uint64_t>(base);
  }
  return product;
}

/// 1 + s + … + s^{L−1} choices of a synonym; `too_many` likewise.
std::uint64_t choices(const RandomHierarchy& o) {
  std::uint64_t sum = 0;
  for (Index level = 0; level < o.levels && sum < too_many; ++level) {
    sum += power(o.branching, static_cast<std::uint64_t>(level));
  }
  return sum;
}

void check(const RandomHierarchy& o) {
  require_at_least(o.levels, 1, "task.levels");
  require_at_least(o.features, 1, "task.features");
  require_at_least(o.synonyms, 1, "task.synonyms");
  require_at_least(o.branching, 2, "task.branching");
  require_at_least(o.classes, 1, "task.classes");
  const std::uint64_t tuples = power(o.features, static_cast<std::uint64_t>(o.branching));
  if (tuples > 10'000'000) {
    bad_input({.field = "task.branching",
               .expected = "at most 10^7 tuples features^branching",
               .got = std::to_string(o.features) + "^" + std::to_string(o.branching)});
  }
  if (power(o.branching, static_cast<std::uint64_t>(o.levels)) > 1'000'000 / static_cast<std::uint64_t>(o.features)) {
    bad_input({.field = "task.levels",
               .expected = "at most 10^6 inputs features branching^levels",
               .got = std::to_string(o.features) + " " + std::to_string(o.branching) + "^" + std::to_string(o.levels)});
  }
  const auto symbols = static_cast<std::uint64_t>(std::max(o.classes, o.levels > 1 ? o.features : Index{1}));
  if (const std::uint64_t most = tuples / symbols; static_cast<std::uint64_t>(o.synonyms) > most) {
    bad_input({.field = "task.synonyms",
               .expected = "at most " + std::to_string(most) + " tuples a symbol",
               .got = std::to_string(o.synonyms),
               .hint = "the symbols of a level share the features^branching = " + std::to_string(tuples) +
                       " tuples, none in common"});
  }
}

/// Before samples of so many numbers each are made.
void require_room_for_samples(double samples, double numbers, const char* field) {
  require_memory(matrix_bytes(samples, numbers + 2), field, format_number(samples) + " samples");
}

/// A sample's number, taken apart: which synonym is chosen at each node of the tree, from its root, then the class.
std::vector<Index> leaves(std::uint64_t number, const RandomHierarchy& o, const Productions& rules) {
  const auto m = static_cast<std::uint64_t>(o.synonyms);
  const auto v = static_cast<std::uint64_t>(o.features);
  const auto s = static_cast<std::size_t>(o.branching);
  std::vector<Index> symbols{static_cast<Index>(number % static_cast<std::uint64_t>(o.classes))};
  number /= static_cast<std::uint64_t>(o.classes);
  for (const auto& level : rules) {
    std::vector<Index> below(symbols.size() * s);
    for (std::size_t node = 0; node < symbols.size(); ++node, number /= m) {
      auto tuple = static_cast<std::uint64_t>(level(symbols[node], static_cast<Index>(number % m)));
      for (std::size_t i = s; i-- > 0; tuple /= v) below[node * s + i] = static_cast<Index>(tuple % v);
    }
    symbols = std::move(below);
  }
  return symbols;
}

Samples samples_of(std::span<const std::uint64_t> numbers, const RandomHierarchy& o, const Productions& rules) {
  const auto width = static_cast<Index>(power(o.branching, static_cast<std::uint64_t>(o.levels)));
  const auto count = static_cast<Index>(numbers.size());
  Samples samples{.inputs = Matrix::Zero(o.features * width, count), .targets = Matrix::Zero(o.classes, count)};
  for (Index j = 0; j < count; ++j) {
    stop_if_asked();
    const std::uint64_t number = numbers[static_cast<std::size_t>(j)];
    samples.targets(static_cast<Index>(number % static_cast<std::uint64_t>(o.classes)), j) = 1;
    const std::vector<Index> symbols = leaves(number, o, rules);
    for (Index i = 0; i < width; ++i) samples.inputs(i * o.features + symbols[static_cast<std::size_t>(i)], j) = 1;
  }
  return samples;
}

Cost cost_on(Samples samples, const Normalisation& normalisation, bool cross_entropy) {
  if (!cross_entropy) return Cost::on_samples(std::move(samples), normalisation);
  return Cost(std::make_shared<SampleCost>(Loss::softmax(), std::move(samples), SampleCost::Scale()));
}

Samples sums_of(std::span<const std::uint64_t> pairs, Index p) {
  const auto count = static_cast<Index>(pairs.size());
  Samples samples{.inputs = Matrix::Zero(2 * p, count), .targets = Matrix::Zero(p, count)};
  for (Index j = 0; j < count; ++j) {
    stop_if_asked();
    const auto pair = static_cast<Index>(pairs[static_cast<std::size_t>(j)]);
    const Index a = pair / p;
    const Index b = pair % p;
    samples.inputs(a, j) = 1;
    samples.inputs(p + b, j) = 1;
    samples.targets((a + b) % p, j) = 1;
  }
  return samples;
}

}  // namespace

std::uint64_t hierarchy_size(const RandomHierarchy& o) {
  check(o);
  const std::uint64_t derivations = power(o.synonyms, choices(o));
  if (derivations >= too_many / static_cast<std::uint64_t>(o.classes)) {
    bad_input({.field = "task.levels",
               .expected = "a hierarchy of fewer than 2^62 inputs",
               .got = std::to_string(o.levels) + " levels, with " + std::to_string(o.synonyms) + " synonyms",
               .hint = "it has classes synonyms^((branching^levels - 1)/(branching - 1)) of them"});
  }
  return static_cast<std::uint64_t>(o.classes) * derivations;
}

Productions hierarchy_rules(const RandomHierarchy& o) {
  check(o);
  const std::uint64_t tuples = power(o.features, static_cast<std::uint64_t>(o.branching));
  linalg::Random random({.seed = o.seed, .point = o.point, .stream = Stream::productions});
  Productions rules;
  for (Index level = 0; level < o.levels; ++level) {
    const Index symbols = level == 0 ? o.classes : o.features;
    const std::vector<std::uint64_t> drawn =
        linalg::distinct_below(tuples, static_cast<std::size_t>(symbols * o.synonyms), random);
    auto& table = rules.emplace_back(symbols, o.synonyms);
    for (Index a = 0; a < symbols; ++a) {
      for (Index r = 0; r < o.synonyms; ++r) {
        table(a, r) = static_cast<Index>(drawn[static_cast<std::size_t>(a * o.synonyms + r)]);
      }
    }
  }
  return rules;
}

Task random_hierarchy(const RandomHierarchy& o) {
  const std::uint64_t size = hierarchy_size(o);
  require_at_least(o.samples, 1, "task.samples");
  require_at_least(o.test_samples, 0, "task.test_samples");
  const auto train = static_cast<std::uint64_t>(o.samples);
  const auto test = static_cast<std::uint64_t>(o.test_samples);
  if (train > size || test > size - train) {
    bad_input({.field = "task.samples",
               .expected = "at most " + std::to_string(size) + " samples, those held out included",
               .got = std::to_string(train) + " and " + std::to_string(test),
               .hint = "no sample is drawn twice"});
  }
  const double leaves_of_a_sample = std::pow(static_cast<double>(o.branching), static_cast<double>(o.levels));
  require_room_for_samples(static_cast<double>(train + test),
                           static_cast<double>(o.features) * leaves_of_a_sample + static_cast<double>(o.classes),
                           "task.samples");
  linalg::Random random({.seed = o.seed, .point = o.point, .stream = Stream::derivations});
  const std::vector<std::uint64_t> numbers = linalg::distinct_below(size, train + test, random);
  const Productions rules = hierarchy_rules(o);
  const std::span<const std::uint64_t> all(numbers);
  Task task{.name = "random_hierarchy",
            .train = cost_on(samples_of(all.subspan(test), o, rules), o.normalisation, o.cross_entropy)};
  if (test > 0) task.test = cost_on(samples_of(all.first(test), o, rules), o.normalisation, o.cross_entropy);
  return task;
}

Task modular_addition(const ModularAddition& o) {
  require_at_least(o.modulus, 2, "task.modulus");
  if (o.modulus > 1000) {
    bad_input({.field = "task.modulus", .expected = "at most 1000", .got = std::to_string(o.modulus)});
  }
  const Index pairs = o.modulus * o.modulus;
  const double seen = std::round(o.fraction * static_cast<double>(pairs));
  if (!(seen >= 1) || !(seen <= static_cast<double>(pairs - 1))) {
    bad_input({.field = "task.fraction",
               .expected = "a part of the pairs that leaves some to see and some to hold out",
               .got = format_number(o.fraction)});
  }
  require_room_for_samples(static_cast<double>(pairs), 3 * static_cast<double>(o.modulus), "task.modulus");
  linalg::Random random({.seed = o.seed, .point = o.point, .stream = Stream::pairs});
  const auto size = static_cast<std::size_t>(pairs);
  const std::vector<std::uint64_t> order = linalg::distinct_below(size, size, random);
  const std::span<const std::uint64_t> all(order);
  const auto train = static_cast<std::size_t>(seen);
  return {.name = "modular_addition",
          .train = cost_on(sums_of(all.first(train), o.modulus), o.normalisation, o.cross_entropy),
          .test = cost_on(sums_of(all.subspan(train), o.modulus), o.normalisation, o.cross_entropy)};
}

}  // namespace linnet::tasks
