#include "linnet/tasks/loss.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"

namespace linnet {

double Huber::value(double r) const {
  const double size = std::abs(r);
  return size <= threshold ? 0.5 * r * r : threshold * (size - 0.5 * threshold);
}

double Huber::slope(double r) const { return std::clamp(r, -threshold, threshold); }

double Huber::curvature(double r) const { return std::abs(r) <= threshold ? 1 : 0; }

namespace {

/// 1/(1 + e^{−x}).
double sigmoid(double x) {
  const double e = std::exp(-std::abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

class Logistic final : public Loss {
 public:
  [[nodiscard]] std::string kind() const override { return "logistic"; }
  [[nodiscard]] std::string name() const override { return "logistic cross-entropy"; }
  [[nodiscard]] std::string words() const override { return "ln(1 + exp(-y_i f(x_i)))"; }

  double differentiate(const Column& z, const Column& t, Result gradient) const override {
    const double against = -t(0) * z(0);
    gradient(0) = -t(0) * sigmoid(against);
    return std::max(against, 0.0) + std::log1p(std::exp(-std::abs(against)));
  }
  void curvature(const Column& z, const Column& /*t*/, Result d) const override {
    d(0) *= sigmoid(z(0)) * sigmoid(-z(0));
  }
};

class Softmax final : public Loss {
 public:
  [[nodiscard]] std::string kind() const override { return "softmax"; }
  [[nodiscard]] std::string name() const override { return "softmax cross-entropy"; }
  [[nodiscard]] std::string words() const override { return "-ln softmax(f(x_i))[y_i]"; }

  // With p_k the probabilities, ∂ℓ/∂z of the class is p − 1 = −Σ p_k over the others.
  double differentiate(const Column& z, const Column& t, Result gradient) const override {
    Index own = 0;
    t.maxCoeff(&own);
    const double of_class = z(own);
    const double largest = z.maxCoeff();
    const double of_own = std::exp(of_class - largest);
    gradient = (z.array() - largest).exp();
    gradient(own) = 0;
    const double others = gradient.sum();
    gradient /= others + of_own;
    gradient(own) = -others / (others + of_own);
    return of_class == largest ? std::log1p(others) : largest - of_class + std::log(others + of_own);
  }
  void curvature(const Column& z, const Column& /*t*/, Result d) const override {
    const double largest = z.maxCoeff();
    double sum = 0;
    double mean = 0;
    for (Index k = 0; k < z.size(); ++k) {
      const double p = std::exp(z(k) - largest);
      sum += p;
      mean += p * d(k);
    }
    mean /= sum;
    for (Index k = 0; k < z.size(); ++k) d(k) = std::exp(z(k) - largest) / sum * (d(k) - mean);
  }
};

class HuberLoss final : public Loss {
 public:
  explicit HuberLoss(double threshold) : huber_{require_positive(threshold, "task.huber")} {}

  [[nodiscard]] std::string kind() const override { return "huber"; }
  [[nodiscard]] std::string name() const override { return "the Huber cost"; }
  [[nodiscard]] std::string words() const override {
    return "rho(f(x_i) - y_i), rho(r) = r^2 / 2 up to " + format_number(huber_.threshold) + ", linear beyond";
  }
  [[nodiscard]] double parameter() const override { return huber_.threshold; }

  double differentiate(const Column& z, const Column& t, Result gradient) const override {
    double sum = 0;
    for (Index k = 0; k < z.size(); ++k) {
      const double r = z(k) - t(k);
      sum += huber_.value(r);
      gradient(k) = huber_.slope(r);
    }
    return sum;
  }
  void curvature(const Column& z, const Column& t, Result d) const override {
    for (Index k = 0; k < z.size(); ++k) d(k) *= huber_.curvature(z(k) - t(k));
  }

 private:
  Huber huber_;
};

class Squares final : public Loss {
 public:
  [[nodiscard]] std::string kind() const override { return "squares"; }
  [[nodiscard]] std::string name() const override { return "mean squares"; }
  [[nodiscard]] std::string words() const override { return "|f(x_i) - y_i|^2"; }

  double differentiate(const Column& z, const Column& t, Result gradient) const override {
    gradient = z - t;
    const double sum = gradient.squaredNorm();
    gradient *= 2;
    return sum;
  }
  void curvature(const Column& /*z*/, const Column& /*t*/, Result d) const override { d *= 2; }
};

double weight_of(const Samples& samples, Index i) { return samples.weights.size() > 0 ? samples.weights(i) : 1; }

}  // namespace

double differentiate(const Loss& loss, const Samples& samples, const Matrix& outputs, Matrix& gradient) {
  double sum = 0;
  for (Index i = 0; i < outputs.cols(); ++i) {
    const double weight = weight_of(samples, i);
    sum += weight * loss.differentiate(outputs.col(i), samples.targets.col(i), gradient.col(i));
    if (weight != 1) gradient.col(i) *= weight;
  }
  return sum;
}

void differentiate_twice(const Loss& loss, const Samples& samples, const Matrix& outputs, Matrix& d) {
  for (Index i = 0; i < outputs.cols(); ++i) {
    loss.curvature(outputs.col(i), samples.targets.col(i), d.col(i));
    if (const double weight = weight_of(samples, i); weight != 1) d.col(i) *= weight;
  }
}

std::shared_ptr<const Loss> Loss::logistic() { return std::make_shared<Logistic>(); }
std::shared_ptr<const Loss> Loss::softmax() { return std::make_shared<Softmax>(); }
std::shared_ptr<const Loss> Loss::squares() { return std::make_shared<Squares>(); }
std::shared_ptr<const Loss> Loss::huber(double threshold) { return std::make_shared<HuberLoss>(threshold); }

}  // namespace linnet
