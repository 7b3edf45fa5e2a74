#include "linnet/tasks/words.hpp"

#include "linnet/config/kinds/task.hpp"
#include "linnet/tasks/tied_embedding.hpp"

namespace linnet::config {

namespace {

std::string cost_of_tied() { return TiedEmbedding(Matrix::Ones(1, 1), 1).words(); }

class Words final : public KindOf<Words, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "words"; }
  [[nodiscard]] const char* meaning() const override {
    return "Embeddings of words by quadratic word2vec, from counts of pairs in a file or a drawn corpus of topics.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Quadratic word2vec: Y_ij = 2 (P_ij - P_i P_j) / (P_ij + P_i P_j) of the frequencies P_ij of pairs of words.

`counts` is words x words, how often two words occur together; it is symmetrized. Without counts a corpus is drawn: both
words of a pair come from one of `topics` topics of weight 1, 1/2, 1/3, ..., a word's frequency in each being that of
Zipf's law, 1/i^exponent, times exp(contrast N(0, 1)); `pairs` of them are counted, or the probabilities themselves are
taken. Two layers W_2 W_1 learn Y with C = |W_2 W_1 - Y|^2 / 2. With `tied_width` w the embeddings are tied, W_2 = W_1^T,
with C = |W^T W - Y|^2 / 4: the network is W alone, of one layer, w x words.
Source: docs/theory.md, "Words".

Raises:
    linnet.Error: for counts that are not square, negative or all 0, and numbers of words, topics or dimensions below 1.)";
  }
  void visit(FieldVisitor& v) override {
    const Need drawn = without("task.counts", counts_.given());
    v.only_for({});
    v.as({.positional = true}).matrix("counts", counts_, "how often pairs of words occur; if unset, a corpus is drawn");
    v.whole("tied_width", tied_width_, 1, "w of tied embeddings; none: two layers");
    v.only_for({drawn});
    v.whole("vocabulary", corpus_.vocabulary, 1, "number of words");
    v.whole("topics", corpus_.topics, 1, "number of topics");
    v.real("exponent", corpus_.exponent, FieldVisitor::Range::non_negative, "of Zipf's law");
    v.real("contrast", corpus_.contrast, FieldVisitor::Range::non_negative,
           "standard deviation of the logarithm of a word's frequency over the topics");
    v.whole("pairs", corpus_.pairs, 0, "how many pairs are drawn; 0: their probabilities are known");
    v.own_seed(own.seed);
    v.only_for({});
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    if (counts_.given()) return tasks::words(read(counts_, setting.folder, "task.counts"), tied_width_);
    tasks::WordPairs o = corpus_;
    o.seed = setting.seed;
    return tasks::words(tasks::word_pairs(o), tied_width_);
  }
  [[nodiscard]] std::string cost() const override { return tied_width_ ? cost_of_tied() : TaskKind::cost(); }
  [[nodiscard]] bool drawn_anew() const override { return !counts_.given(); }

 private:
  MatrixInput counts_;
  tasks::WordPairs corpus_;
  std::optional<Index> tied_width_;
};

class Tied final : public KindOf<Tied, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "tied"; }
  [[nodiscard]] const char* meaning() const override {
    return "Tied embeddings of a symmetric matrix: C = ¼|WᵀW − M|², of a network of one layer W.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Tied embeddings: C(W) = |W^T W - m|^2 / 4 for a symmetric matrix m, n x n.

The network is W alone, of one layer, width x n: two layers that are each other's transpose. Its flow dW/dt = -W (W^T W - m)
learns a positive eigenvalue as a sigmoid of rate twice its size; negative ones cannot be learned. `linnet.TiedFlow` is the
closed form.
Source: docs/theory.md, "Words".

Raises:
    linnet.Error: unless m is symmetric and finite, and the width at least 1.)";
  }
  void visit(FieldVisitor& v) override {
    v.only_for({});
    v.as({.name = "m", .field = "task.target", .required = true, .positional = true});
    v.matrix("file", target_, "M, symmetric, n x n");
    v.as({.required = true}).whole("tied_width", width_, 1, "w, the rows of W");
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    return tasks::tied(read(target_, setting.folder, "task.file"), width_);
  }
  [[nodiscard]] std::string cost() const override { return cost_of_tied(); }

 private:
  MatrixInput target_;
  Index width_ = 1;
};

}  // namespace

std::unique_ptr<TaskKind> task_words() { return std::make_unique<Words>(); }
std::unique_ptr<TaskKind> task_tied() { return std::make_unique<Tied>(); }

}  // namespace linnet::config
