#include "linnet/tasks/words.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/tasks/tied_embedding.hpp"

namespace linnet::tasks {

namespace {

linalg::RandomKey key_of(const WordPairs& o, const char* purpose) {
  return {.seed = o.seed, .stream = linalg::named_stream(purpose)};
}

/// The frequencies of the words in each topic, n x topics: columns of sum 1.
Matrix words_of_topics(const WordPairs& o) {
  Matrix words = linalg::normal_matrix(o.vocabulary, o.topics, o.contrast, key_of(o, "words of topics"));
  words = words.array().exp();
  for (Index i = 0; i < o.vocabulary; ++i) words.row(i) *= std::pow(static_cast<double>(i + 1), -o.exponent);
  for (Index k = 0; k < o.topics; ++k) words.col(k) /= words.col(k).sum();
  return words;
}

Vector weights_of_topics(Index topics) {
  Vector weights(topics);
  for (Index k = 0; k < topics; ++k) weights(k) = 1 / static_cast<double>(k + 1);
  return weights / weights.sum();
}

/// Which part of the sums of `p` a number in (0, 1) falls in.
Index drawn_from(const Eigen::Ref<const Vector>& cumulative, double uniform) {
  const auto* const end = cumulative.data() + cumulative.size();
  const auto* const found = std::upper_bound(cumulative.data(), end, uniform * end[-1]);
  return std::min<Index>(found - cumulative.data(), cumulative.size() - 1);
}

void accumulate(Eigen::Ref<Vector> p) {
  for (Index i = 1; i < p.size(); ++i) p(i) += p(i - 1);
}

}  // namespace

Matrix word_associations(const Matrix& counts) {
  require_entries(counts, "task.counts");
  if (counts.rows() != counts.cols()) {
    bad_input({.field = "task.counts",
               .expected = "a square matrix, words x words",
               .got = format_shape(counts.rows(), counts.cols())});
  }
  const double least = counts.minCoeff();
  const double largest = counts.maxCoeff();
  if (least < 0 || largest == 0) {
    bad_input({.field = "task.counts",
               .expected = "counts of pairs, none below 0, not all 0",
               .got = least < 0 ? format_number(least) : "zeros"});
  }
  Matrix p = counts / largest;
  p = (p + p.transpose()).eval();
  p /= p.sum();
  const Vector word = p.rowwise().sum();
  for (Index j = 0; j < p.cols(); ++j) {
    for (Index i = 0; i < p.rows(); ++i) {
      const double apart = word(i) * word(j);
      p(i, j) = apart > 0 ? 2 * (p(i, j) - apart) / (p(i, j) + apart) : 0.0;
    }
  }
  return p;
}

Matrix word_pairs(const WordPairs& o) {
  require_at_least(o.vocabulary, 1, "task.vocabulary");
  require_at_least(o.topics, 1, "task.topics");
  require_non_negative(o.exponent, "task.exponent");
  require_non_negative(o.contrast, "task.contrast");
  require_at_least(o.pairs, 0, "task.pairs");
  if (o.contrast > 50 || o.exponent > 50) {
    bad_input({.field = o.contrast > 50 ? "task.contrast" : "task.exponent",
               .expected = "at most 50",
               .got = format_number(o.contrast > 50 ? o.contrast : o.exponent)});
  }
  const auto n = static_cast<double>(o.vocabulary);
  require_memory(matrix_bytes(n, n + 2 * static_cast<double>(o.topics)), "task.vocabulary",
                 std::to_string(o.vocabulary) + " words");
  Matrix words = words_of_topics(o);
  Vector topics = weights_of_topics(o.topics);
  if (o.pairs == 0) {
    const Matrix weighted = words * topics.cwiseSqrt().asDiagonal();
    return linalg::self_product(weighted);
  }
  accumulate(topics);
  for (Index k = 0; k < o.topics; ++k) accumulate(words.col(k));
  linalg::Random random(key_of(o, "word pairs"));
  Matrix counts = Matrix::Zero(o.vocabulary, o.vocabulary);
  for (Index pair = 0; pair < o.pairs; ++pair) {
    stop_if_asked(pair);
    const auto of_topic = words.col(drawn_from(topics, random.uniform()));
    const Index a = drawn_from(of_topic, random.uniform());
    const Index b = drawn_from(of_topic, random.uniform());
    counts(a, b) += 0.5;
    counts(b, a) += 0.5;
  }
  return counts;
}

Task words(const Matrix& counts, std::optional<Index> tied_width) {
  const Matrix m = word_associations(counts);
  Task task = tied_width ? tied(m, *tied_width) : target(m);
  task.name = "words";
  return task;
}

}  // namespace linnet::tasks
