#pragma once

#include <functional>
#include <string>

#include "linnet/networks/network.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// What an observable needs of the network.
struct Need {
  std::string what = "any network";              ///< in words
  std::string networks = "all";                  ///< those that have it
  std::function<bool(const Network&)> met = {};  ///< empty if every network has it
};

namespace needs {

Need anything();
Need end_to_end();       ///< A
Need one_output();       ///< A with one row
Need gram_state();       ///< a Gram state, of two layers
Need representations();  ///< a tangent kernel: weights, a Gram state or a network linearized
Need linear_weights();   ///< the weights of a linear network
Need two_layers();       ///< the weights of a linear network of two layers
Need weights();          ///< explicit weights, of a perceptron or a linear network
Need conserved();        ///< weights or a Gram state, for the imbalances that flow conserves
Need hidden_neurons();   ///< weights of two layers and one output
Need one_neuron();       ///< one hidden neuron with its weights
Need potential();        ///< one hidden neuron or a diagonal network

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
