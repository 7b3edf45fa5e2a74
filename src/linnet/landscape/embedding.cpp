#include "linnet/landscape/embedding.hpp"

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::landscape {

namespace {

/// Orthonormal columns, as many as `a` has, with the largest ⟨O, a⟩.
Matrix nearest_frame(const Matrix& a) {
  const linalg::Svd d = linalg::svd(a);
  return d.u * d.v.transpose();
}

[[noreturn]] void does_not_fit(const char* expected, const std::string& got) {
  bad_input({.field = "landscape.narrow", .expected = expected, .got = got});
}

}  // namespace

DeepLinear embedded(const DeepLinear& narrow, const std::vector<Matrix>& frames) {
  std::vector<Matrix> layers = narrow.weights();
  if (frames.size() + 1 != layers.size()) {
    does_not_fit("a frame for each hidden layer", std::to_string(frames.size()));
  }
  for (std::size_t l = 0; l < frames.size(); ++l) {
    if (frames[l].cols() != layers[l].rows()) {
      does_not_fit("frames with a column for each neuron", format_shape(frames[l].rows(), frames[l].cols()));
    }
    layers[l] = frames[l] * layers[l];
    layers[l + 1] = layers[l + 1] * frames[l].transpose();
  }
  return DeepLinear(std::move(layers));
}

Embedding nearest_embedding(const DeepLinear& narrow, const DeepLinear& whole) {
  const std::vector<Index> few = narrow.sizes();
  const std::vector<Index> many = whole.sizes();
  if (few.size() != many.size() || few.front() != many.front() || few.back() != many.back()) {
    does_not_fit("a network of the depth, inputs and outputs of the wide one",
                 "depth " + std::to_string(narrow.depth()) + ", " + format_shape(few.back(), few.front()));
  }
  for (std::size_t l = 0; l < few.size(); ++l) {
    if (few[l] > many[l]) does_not_fit("hidden layers that are no wider", std::to_string(few[l]) + " neurons");
  }
  const std::vector<Matrix>& w = whole.weights();
  const std::vector<Matrix>& v = narrow.weights();
  const std::size_t hidden = w.size() - 1;
  std::vector<Matrix> frames(hidden);
  // The part of a frame's gain that comes from below, and from above.
  const auto below = [&](std::size_t l) -> Matrix {
    return (l == 0 ? w[0] : Matrix(w[l] * frames[l - 1])) * v[l].transpose();
  };
  const auto above = [&](std::size_t l) -> Matrix {
    return w[l + 1].transpose() * (l + 1 == hidden ? v[l + 1] : Matrix(frames[l + 1] * v[l + 1]));
  };
  for (std::size_t l = 0; l < hidden; ++l) frames[l] = nearest_frame(below(l));
  double gain = 0;
  for (int sweep = 0; sweep < 1000; ++sweep) {
    stop_if_asked();
    double now = 0;
    for (std::size_t l = 0; l < hidden; ++l) {
      const Matrix pull = below(l) + above(l);
      frames[l] = nearest_frame(pull);
      now = frames[l].cwiseProduct(pull).sum();
    }
    if (sweep > 0 && now - gain <= 1e-15 * now) break;
    gain = now;
  }
  DeepLinear network = embedded(narrow, frames);
  const double distance = parameter_distance(network, whole);
  return {.network = std::move(network), .distance = distance, .frames = std::move(frames)};
}

}  // namespace linnet::landscape
