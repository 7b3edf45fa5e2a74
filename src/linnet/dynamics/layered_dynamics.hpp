#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "linnet/dynamics/dynamics.hpp"
#include "linnet/dynamics/flat_state.hpp"
#include "linnet/error.hpp"

namespace linnet {

/// A dynamics whose state is the weights of layers; `Family` is LinearDynamics, or Dynamics itself. The unknowns of
/// gradient flow are the weights, one layer after another.
template <class Family>
class LayeredDynamics : public Family {
 public:
  [[nodiscard]] bool has_weights() const override { return true; }
  [[nodiscard]] std::vector<Matrix> momentum() const override { return momentum_; }
  void set_momentum(const std::vector<Matrix>& momentum) override { momentum_ = momentum; }
  [[nodiscard]] Index unknowns() const override { return flat::size(weights_); }
  void get(std::span<double> state) const override { flat::write(state, weights_); }
  void set(std::span<const double> state) override {
    if (flat::equal(state, weights_)) return;  // an implicit step asks for several things of the same state
    flat::read(state, weights_);
    moved();
  }

 protected:
  LayeredDynamics(const Task& task, std::vector<Matrix> weights) : Family(task), weights_(std::move(weights)) {}

  /// After the weights changed: what follows from them does too.
  virtual void moved() = 0;
  /// Throws, naming `field`, unless there is one rate, or one a layer.
  void require_depth(const Layerwise& rates, const char* field) const {
    rates.require_depth(static_cast<Index>(weights_.size()), field);
  }
  /// Throws for one layer after another where there are more than two, or with momentum.
  void require_order(const Update& u) const {
    if (u.order == Order::simultaneous) return;
    if (weights_.size() > 2) {
      bad_input({.field = "solver.order",
                 .expected = "\"simultaneous\", for more than two layers",
                 .got = "\"sequential\" and " + std::to_string(weights_.size()) + " layers"});
    }
    if (u.momentum != 0) {
      bad_input(
          {.field = "solver.momentum", .expected = "0, for sequential updates", .got = format_number(u.momentum)});
    }
  }

  std::vector<Matrix> weights_;
  std::vector<Matrix> momentum_;  // V_l, made when first needed
};

}  // namespace linnet
