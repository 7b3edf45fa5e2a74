#pragma once

#include "linnet/dynamics/dynamics.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_limits.hpp"

namespace linnet {

/// The network linearized at its start: dA/dt = −Σ_l η_l K_l^out R K_l^in, 2L − 2 products of the end-to-end size,
/// whatever the width. As the model is linear in its weights, a step of descent is one of A too.
class DeepLinearizedDynamics final : public Dynamics {
 public:
  DeepLinearizedDynamics(const DeepLinearized& start, const Task& task);

  [[nodiscard]] const Matrix& end_to_end() const override { return a_; }
  [[nodiscard]] Network network() const override { return DeepLinearized(a_, kernel_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override {
    return std::make_unique<DeepLinearizedDynamics>(*this);
  }
  void descend(const Update& update, const Matrix& gradient) override;
  [[nodiscard]] Index unknowns() const override { return a_.size(); }
  void get(std::span<double> state) const override;
  void set(std::span<const double> state) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;

 private:
  void evaluate_velocity(const Layerwise& rates, const Matrix& r);  // into v_

  Matrix a_;
  std::vector<DeepLinearized::Share> kernel_;
  Matrix v_;
  Matrix x_;
};

/// Balanced weights of depth L: A alone moves, and its singular vectors i, j couple by (s_i² − s_j²)/(s_i^{2/L} −
/// s_j^{2/L}). One SVD of A and five products a velocity. A step of descent is a step of the flow, A ← A + η dA/dt.
/// Equal rates only, as others leave the balance.
class DeepBalancedDynamics final : public Dynamics {
 public:
  DeepBalancedDynamics(const DeepBalanced& start, const Task& task);

  [[nodiscard]] const Matrix& end_to_end() const override { return a_; }
  [[nodiscard]] Network network() const override { return DeepBalanced(a_, depth_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override {
    return std::make_unique<DeepBalancedDynamics>(*this);
  }
  void descend(const Update& update, const Matrix& gradient) override;
  [[nodiscard]] Index unknowns() const override { return a_.size(); }
  void get(std::span<double> state) const override;
  void set(std::span<const double> state) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;

 private:
  void evaluate_velocity(double rate, const Matrix& r);  // into v_

  Matrix a_;
  double depth_;
  Matrix v_;
  Matrix x_;
  Matrix y_;
  Matrix z_;
};

/// Σ_{l=1}^L x^{(L−l)/L} y^{(l−1)/L} at x = s², y = s'², which is (s² − s'²)/(s^{2/L} − s'^{2/L}), without its
/// cancellation; L s^{2−2/L} where they are equal.
double balanced_coupling(double s, double other, double depth);

}  // namespace linnet
