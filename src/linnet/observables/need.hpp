#pragma once

#include <functional>
#include <string>

#include "linnet/networks/network.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// What an observable needs of the network it is asked of.
struct Need {
  std::string what = "any network";              ///< in words
  std::string networks = "all";                  ///< those that have it
  std::function<bool(const Network&)> met = {};  ///< empty where every network has it
};

namespace needs {

Need anything();
Need end_to_end();       ///< A
Need one_output();       ///< A of one row
Need gram_state();       ///< of two layers
Need representations();  ///< a tangent kernel: weights, a Gram state or a network linearized
Need linear_weights();   ///< the weights of a linear network
Need two_layers();       ///< the same, of two layers
Need weights();          ///< explicit weights, of a perceptron too
Need conserved();        ///< weights or a Gram state: the imbalances that flow conserves
Need hidden_neurons();   ///< weights of two layers and one output
Need one_neuron();       ///< one hidden neuron, by its weights
Need potential();        ///< one hidden neuron or a diagonal network

}  // namespace needs

/// What an observable needs of the task.
enum class Data {
  any,
  test,          ///< what the test error is measured by
  samples,       ///< training samples
  test_samples,  ///< samples held out
};

/// How many neurons the first hidden layer has; 0 where they are not known one by one.
Index hidden_neurons(const Network& network);

}  // namespace linnet
