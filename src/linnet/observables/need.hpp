#pragma once

#include <functional>
#include <string>

#include "linnet/networks/network.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// What an observable needs of the network.
struct NetworkNeed {
  std::string what = "any network";              ///< in words
  std::string networks = "all";                  ///< those that have it
  std::function<bool(const Network&)> met = {};  ///< empty if every network has it
};

namespace needs {

NetworkNeed anything();
NetworkNeed end_to_end();      ///< A
NetworkNeed one_output();      ///< A of one row
NetworkNeed gram_state();      ///< of two layers
NetworkNeed tangent_kernel();  ///< a tangent kernel: weights, a Gram state or a network linearized
NetworkNeed linear_weights();  ///< the weights of a linear network
NetworkNeed two_layers();      ///< the same, of two layers
NetworkNeed weights();         ///< explicit weights, of a perceptron too
NetworkNeed neurons();         ///< the same, neuron by neuron: not those of a light cone
NetworkNeed conserved();       ///< weights or a Gram state: the imbalances that flow conserves
NetworkNeed hidden_neurons();  ///< weights of two layers and one output
NetworkNeed one_neuron();      ///< one hidden neuron, by its weights
NetworkNeed potential();       ///< one hidden neuron, a diagonal network or the balanced limit of one output

}  // namespace needs

/// What an observable needs of the task.
enum class Data {
  any,
  test,          ///< a test error
  samples,       ///< training samples
  test_samples,  ///< test samples
};

/// The number of neurons of the first hidden layer; 0 if the network does not represent them one by one.
Index hidden_neurons(const Network& network);

}  // namespace linnet
