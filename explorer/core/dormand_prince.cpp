#include "dormand_prince.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linnet/linalg/dormand_prince.hpp"

namespace linnet::explorer {

using linalg::dormand_prince::dense_weights;
using linalg::dormand_prince::error_weights;
using linalg::dormand_prince::stages;
using linalg::dormand_prince::tableau;

DormandPrince::DormandPrince(Vector start, double time, Velocity velocity, Sizes sizes, double rtol, double first_step)
    : velocity_(std::move(velocity)),
      sizes_(std::move(sizes)),
      rtol_(rtol),
      step_(rounded(first_step)),
      time_(time),
      previous_time_(time),
      x_(std::move(start)) {
  for (Vector& k : k_) k.resize(x_.size());
  for (Vector& d : dense_) d = x_;
  trial_.resize(x_.size());
  error_.resize(x_.size());
  scale_.resize(x_.size());
  velocity_(x_, k_[0]);
}

double DormandPrince::rounded(double step) { return std::exp2(std::floor(4 * std::log2(step)) / 4); }

bool DormandPrince::advance() {
  for (;;) {
    if (!(time_ + step_ > time_) || !std::isfinite(time_ + step_)) return false;
    for (int s = 1; s < stages; ++s) {
      trial_ = x_;
      for (int j = 0; j < s; ++j) {
        if (tableau[s][j] != 0) trial_ += (step_ * tableau[s][j]) * k_[static_cast<std::size_t>(j)];
      }
      velocity_(trial_, k_[static_cast<std::size_t>(s)]);
    }
    error_.setZero();
    for (int s = 0; s < stages; ++s) {
      if (error_weights[s] != 0) error_ += (step_ * error_weights[s]) * k_[static_cast<std::size_t>(s)];
    }
    sizes_(trial_, scale_);
    const double error = (error_.array() / (rtol_ * scale_.array())).abs().maxCoeff();
    const double factor = std::clamp(0.9 * std::pow(std::max(error, 1e-10), -0.2), 0.2, 5.0);
    if (!(error <= 1)) {  // also where it is nan
      step_ = rounded(step_ * (std::isfinite(error) ? std::min(factor, 0.7) : 0.2));
      continue;
    }
    // trial_ is the state at the end of the step, and k_[6] its derivative.
    dense_[0] = x_;
    dense_[1] = trial_ - x_;
    dense_[2] = step_ * k_[0] - dense_[1];
    dense_[3] = dense_[1] - step_ * k_[6] - dense_[2];
    dense_[4].setZero();
    for (int s = 0; s < stages; ++s) {
      if (dense_weights[s] != 0) dense_[4] += (step_ * dense_weights[s]) * k_[static_cast<std::size_t>(s)];
    }
    previous_time_ = time_;
    time_ += step_;
    x_.swap(trial_);
    k_[0].swap(k_[6]);
    step_ = rounded(step_ * factor);
    return true;
  }
}

Vector DormandPrince::at(double t) const {
  if (!(time_ > previous_time_)) return x_;
  const double x = (t - previous_time_) / (time_ - previous_time_);
  const double rest = 1 - x;
  return dense_[0] + x * (dense_[1] + rest * (dense_[2] + x * (dense_[3] + rest * dense_[4])));
}

}  // namespace linnet::explorer
