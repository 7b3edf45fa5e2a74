#pragma once

#include <algorithm>
#include <initializer_list>
#include <span>
#include <vector>

#include "linnet/networks/layerwise.hpp"

/// Matrices one after another in one vector, the form of state that integrators need.
namespace linnet::flat {

inline void write(std::span<double> out, std::initializer_list<const Matrix*> matrices) {
  double* at = out.data();
  for (const Matrix* m : matrices) at = std::copy_n(m->data(), m->size(), at);
}

inline void read(std::span<const double> in, std::initializer_list<Matrix*> matrices) {
  const double* at = in.data();
  for (Matrix* m : matrices) {
    std::copy_n(at, m->size(), m->data());
    at += m->size();
  }
}

inline void write(std::span<double> out, const std::vector<Matrix>& matrices) {
  double* at = out.data();
  for (const Matrix& m : matrices) at = std::copy_n(m.data(), m.size(), at);
}

/// dW_l/dt = −η_l g_l.
inline void write_descent(std::span<double> out, const Layerwise& rates, const std::vector<Matrix>& gradients) {
  double* at = out.data();
  for (std::size_t l = 0; l < gradients.size(); ++l) {
    Eigen::Map<Vector>(at, gradients[l].size()) = -rates[l] * gradients[l].reshaped();
    at += gradients[l].size();
  }
}

/// Adds −η_l μ W_l.
inline void add_decay(std::span<double> out, const Layerwise& rates, double mu, const std::vector<Matrix>& weights) {
  if (mu == 0) return;
  double* at = out.data();
  for (std::size_t l = 0; l < weights.size(); ++l) {
    Eigen::Map<Vector>(at, weights[l].size()) -= rates[l] * mu * weights[l].reshaped();
    at += weights[l].size();
  }
}

inline Index size(const std::vector<Matrix>& matrices) {
  Index count = 0;
  for (const Matrix& m : matrices) count += m.size();
  return count;
}

inline bool equal(std::span<const double> state, const std::vector<Matrix>& matrices) {
  const double* at = state.data();
  for (const Matrix& m : matrices) {
    if (!std::equal(at, at + m.size(), m.data())) return false;
    at += m.size();
  }
  return true;
}

inline void read(std::span<const double> in, std::vector<Matrix>& matrices) {
  const double* at = in.data();
  for (Matrix& m : matrices) {
    std::copy_n(at, m.size(), m.data());
    at += m.size();
  }
}

/// Makes `moves` matrices of the shapes of `weights`; new ones are 0.
inline void prepare(const std::vector<Matrix>& weights, std::vector<Matrix>& moves) {
  if (!moves.empty()) return;
  for (const Matrix& w : weights) moves.push_back(Matrix::Zero(w.rows(), w.cols()));
}

}  // namespace linnet::flat
