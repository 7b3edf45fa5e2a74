#include "linnet/tasks/minibatch.hpp"

#include <numeric>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

const Samples& samples_of(const Cost& cost, Index size) {
  if (cost.samples() != nullptr) return *cost.samples();
  bad_input({.field = "solver.batch",
             .expected = "0, for a task without samples",
             .got = std::to_string(size),
             .hint = "minibatches are of regression data: task.kind = \"regression\""});
}

}  // namespace

Minibatches::Minibatches(const Cost& cost, Index size, std::uint64_t seed, Index first)
    : Minibatches(samples_of(cost, size), size, seed, first) {}

Minibatches::Minibatches(const Samples& samples, Index size, std::uint64_t seed, Index first)
    : samples_(&samples), size_(size), seed_(seed) {
  const Index all = samples_->inputs.cols();
  if (size < 1 || size > all) {
    bad_input({.field = "solver.batch",
               .expected = "1 to " + std::to_string(all) + " samples, or 0 for all of them at once",
               .got = std::to_string(size)});
  }
  next_ = all;
  const Index a_pass = all / size;
  pass_ = static_cast<std::uint32_t>(first / a_pass);
  order_.resize(static_cast<std::size_t>(all));
  inputs_.resize(samples_->inputs.rows(), size);
  targets_.resize(samples_->targets.rows(), size);
  if (first % a_pass == 0) return;
  shuffle();
  next_ = first % a_pass * size;
}

void Minibatches::shuffle() {
  std::iota(order_.begin(), order_.end(), Index{0});
  linalg::Random random({.seed = seed_, .point = pass_++, .stream = linalg::Stream::batch});
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
  next_ = 0;
}

void Minibatches::draw() {
  if (next_ + size_ > static_cast<Index>(order_.size())) shuffle();
  for (Index i = 0; i < size_; ++i) {
    const Index sample = order_[static_cast<std::size_t>(next_ + i)];
    inputs_.col(i) = samples_->inputs.col(sample);
    targets_.col(i) = samples_->targets.col(sample);
  }
  next_ += size_;
}

const Matrix& Minibatches::gradient(const Matrix& a) {
  linalg::multiply(a, inputs_, difference_);
  difference_ -= targets_;
  linalg::multiply(1 / static_cast<double>(size_), difference_, inputs_.transpose(), 0.0, gradient_);
  return gradient_;
}

}  // namespace linnet
