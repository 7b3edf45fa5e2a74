#pragma once

/// Everything of linnet's core, closed forms, training and landscape, for programs that do not mind the time to compile
/// it. Configurations, sweeps, files and pictures have headers of their own. What takes SUNDIALS or LAPACK (gradient
/// flow, the landscape) is in linnet::linnet, not in linnet::core.

// IWYU pragma: begin_exports
#include "linnet/exact/deep_mode.hpp"
#include "linnet/exact/diagnosis.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/mirror.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/exact/neuron_bias.hpp"
#include "linnet/exact/neuron_flow.hpp"
#include "linnet/exact/one_layer_flow.hpp"
#include "linnet/exact/unbalanced_mode.hpp"
#include "linnet/landscape/escape.hpp"
#include "linnet/landscape/greedy.hpp"
#include "linnet/landscape/hessian.hpp"
#include "linnet/landscape/nearest_minimum.hpp"
#include "linnet/landscape/nearest_saddle.hpp"
#include "linnet/landscape/observables.hpp"
#include "linnet/landscape/plateaus.hpp"
#include "linnet/landscape/slice.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/network.hpp"
#include "linnet/networks/neuron.hpp"
#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/networks/preconditioner.hpp"
#include "linnet/networks/unbalanced_layers.hpp"
#include "linnet/observables/neuron.hpp"
#include "linnet/observables/perceptron.hpp"
#include "linnet/perceptron/kernel.hpp"
#include "linnet/perceptron/linearized.hpp"
#include "linnet/tasks/branching.hpp"
#include "linnet/tasks/one_hot.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/tasks/teacher.hpp"
#include "linnet/training/train.hpp"
#include "linnet/version.hpp"
// IWYU pragma: end_exports
