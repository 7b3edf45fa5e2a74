#include "linnet/tasks/minibatch.hpp"

#include <numeric>

#include "linnet/error.hpp"

namespace linnet {

namespace {

const Samples* require_samples(const Samples* samples, Index size) {
  if (samples != nullptr) return samples;
  bad_input({.field = "solver.batch",
             .expected = "0, for a task without samples",
             .got = std::to_string(size),
             .hint = "minibatches are of samples: take a task that has them, such as a regression"});
}

}  // namespace

Minibatches::Minibatches(const Samples* samples, Index size, std::uint64_t seed, Index first)
    : samples_(require_samples(samples, size)), size_(size), seed_(seed) {
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
  batch_.inputs.resize(samples_->inputs.rows(), size);
  batch_.targets.resize(samples_->targets.rows(), size);
  if (samples_->weights.size() > 0) batch_.weights.resize(size);
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

const Samples& Minibatches::draw() {
  if (next_ + size_ > static_cast<Index>(order_.size())) shuffle();
  for (Index i = 0; i < size_; ++i) {
    const Index sample = order_[static_cast<std::size_t>(next_ + i)];
    batch_.inputs.col(i) = samples_->inputs.col(sample);
    batch_.targets.col(i) = samples_->targets.col(sample);
    if (batch_.weights.size() > 0) batch_.weights(i) = samples_->weights(sample);
  }
  next_ += size_;
  return batch_;
}

}  // namespace linnet
