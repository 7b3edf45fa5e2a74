#include "linnet/tasks/minibatch.hpp"

#include <numeric>
#include <utility>

#include "linnet/error.hpp"

namespace linnet {

namespace {

/// Of the entries that are 1.
std::vector<Index> observed_of(const Matrix& mask) {
  std::vector<Index> observed;
  for (Index i = 0; i < mask.size(); ++i) {
    if (mask(i) != 0) observed.push_back(i);
  }
  return observed;
}

const Samples* require_samples(const Samples* samples, Index size) {
  if (samples != nullptr) return samples;
  bad_input({.field = "solver.batch",
             .expected = "0, for a task without samples",
             .got = std::to_string(size),
             .hint = "minibatches are of samples: take a task that has them, such as a regression"});
}

}  // namespace

Minibatches::Minibatches(const Samples* samples, Index size, std::uint64_t seed, Index first)
    : Minibatches(require_samples(samples, size), {}, size, seed, first) {}

Minibatches::Minibatches(const Matrix& mask, Index size, std::uint64_t seed, Index first)
    : Minibatches(nullptr, observed_of(mask), size, seed, first) {}

Minibatches::Minibatches(const Samples* samples, std::vector<Index> observed, Index size, std::uint64_t seed,
                         Index first)
    : samples_(samples), size_(size), seed_(seed), observed_(std::move(observed)) {
  const Index all = samples != nullptr ? samples->inputs.cols() : static_cast<Index>(observed_.size());
  if (size < 1 || size > all) {
    bad_input({.field = "solver.batch",
               .expected = "1 to " + std::to_string(all) + (samples != nullptr ? " samples" : " observed entries") +
                           ", or 0 for all of them at once",
               .got = std::to_string(size)});
  }
  next_ = all;
  const Index a_pass = all / size;
  next_batch_ = static_cast<std::uint32_t>(first);
  pass_ = static_cast<std::uint32_t>(first / a_pass);
  order_.resize(static_cast<std::size_t>(all));
  if (samples != nullptr) {
    batch_.inputs.resize(samples->inputs.rows(), size);
    batch_.targets.resize(samples->targets.rows(), size);
    if (samples->weights.size() > 0) batch_.weights.resize(size);
  } else {
    drawn_.resize(static_cast<std::size_t>(size));
  }
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
  if (!replaces_ && next_ + size_ > static_cast<Index>(order_.size())) shuffle();
  linalg::Random random({.seed = seed_, .point = next_batch_++, .stream = linalg::Stream::batch});
  for (Index i = 0; i < size_; ++i) {
    const Index at =
        replaces_ ? static_cast<Index>(random.below(order_.size())) : order_[static_cast<std::size_t>(next_ + i)];
    if (of_entries()) {
      drawn_[static_cast<std::size_t>(i)] = observed_[static_cast<std::size_t>(at)];
    } else {
      batch_.inputs.col(i) = samples_->inputs.col(at);
      batch_.targets.col(i) = samples_->targets.col(at);
      if (batch_.weights.size() > 0) batch_.weights(i) = samples_->weights(at);
    }
  }
  next_ += size_;
  return batch_;
}

}  // namespace linnet
