#include "dormand_prince.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace linnet::explorer {

namespace {

constexpr std::size_t stages = 7;
constexpr double tableau[stages][stages - 1] = {
    {},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
};
constexpr double error_weights[stages] = {71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                          -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
constexpr double dense_weights[stages] = {-12715105075.0 / 11282082432,  0,
                                          87487479700.0 / 32700410799,   -10690763975.0 / 1880347072,
                                          701980252875.0 / 199316789632, -1453857185.0 / 822651844,
                                          69997945.0 / 29380423};

}  // namespace

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
    for (std::size_t s = 1; s < stages; ++s) {
      trial_ = x_;
      for (std::size_t j = 0; j < s; ++j) {
        if (tableau[s][j] != 0) trial_ += (step_ * tableau[s][j]) * k_[j];
      }
      velocity_(trial_, k_[s]);
    }
    error_.setZero();
    for (std::size_t s = 0; s < stages; ++s) {
      if (error_weights[s] != 0) error_ += (step_ * error_weights[s]) * k_[s];
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
    for (std::size_t s = 0; s < stages; ++s) {
      if (dense_weights[s] != 0) dense_[4] += (step_ * dense_weights[s]) * k_[s];
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
