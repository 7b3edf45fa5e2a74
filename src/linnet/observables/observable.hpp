#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "linnet/observables/need.hpp"
#include "linnet/observables/snapshot.hpp"

namespace linnet {

/// What the numbers of an observable are indexed by.
enum class Over {
  nothing,             ///< one number
  modes,               ///< each singular mode of A
  entries,             ///< each entry of A: a matrix, row after row
  inputs,              ///< each input
  input_pairs,         ///< each pair of inputs: a symmetric matrix
  output_pairs,        ///< each pair of outputs: a symmetric matrix
  tasks,               ///< each task of a sequence
  neurons,             ///< each hidden neuron, of two layers
  neuron_coordinates,  ///< each hidden neuron and input: a matrix, neuron after neuron
  coefficients,        ///< each input of a network of one output
  neuron_weights,      ///< each weight of one hidden neuron
  eigenvalues,         ///< each eigenvalue of the preconditioner, n_0 n_L
  entry_pairs,         ///< each pair of entries of A: a symmetric matrix
  own,                 ///< each entry of an array with dimensions of its own
};

/// Numbers computed from a network, at records only.
struct Observable {
  std::string name;       ///< as in files and Python: "test_error"
  std::string long_name;  ///< for axes: "test error"
  std::string units;      ///< "1" when it has none
  Over over = Over::nothing;
  Index count = 0;           ///< the number of values, if `over` and the shape of A do not determine it
  bool needs_state = false;  ///< whether it uses more than A and the costs
  std::function<void(const Snapshot&, std::span<double>)> measure;
  NetworkNeed need = needs::end_to_end();                      ///< of the network
  Data data = Data::any;                                       ///< of the task
  std::vector<std::pair<std::string, Index>> dimensions = {};  ///< names and lengths of `own`, the last one fastest

  /// The number of values, for a network of this shape with this number of hidden neurons.
  [[nodiscard]] Index length(Shape shape, Index neurons = 0) const;
  /// Calls `measure`; throws as `require` does.
  void evaluate(const Snapshot& snapshot, std::span<double> out) const;
  /// Whether such a network and task have this observable.
  [[nodiscard]] bool fits(const Network& network, const Task& task) const;
  /// Throws unless they do, naming the observable and the networks that have it.
  void require(const Network& network, const Task& task) const;
};

namespace observables {

Observable cost();           ///< C
Observable gradient_norm();  ///< ‖∇C(A)‖_F
Observable train_error();    ///< mean squared error: 2C / entries, or as the cost is normalised
Observable test_error();
Observable end_to_end();  ///< A itself, n_2 x n_0 numbers a record
/// These rows and columns of A, counted from 0, for networks of this shape. Throws for one that A has not.
Observable end_to_end(const std::vector<Index>& rows, const std::vector<Index>& columns, Shape shape);
Observable singular_values();  ///< s_i(A), falling
/// u_iᵀAv_i along the singular vectors of the task's Y, for correlated inputs those that share the axes of the inputs
/// (`aligned_modes`): the strengths of its modes in A, of either sign. Where y_i are equal the vectors are a choice.
Observable mode_strengths();
/// The same along these vectors, one pair a column. Throws for columns that differ in number.
Observable mode_strengths(Matrix u, Matrix v);
Observable rank(double fraction = 0.2);  ///< singular values above `fraction` of the largest
Observable stable_rank();                ///< ‖A‖²_F / ‖A‖²_op
Observable effective_rank();             ///< exp of the entropy of s/Σs
Observable nuclear_norm();               ///< Σs
Observable alignment();                  ///< for each mode |⟨u_i(A), u_i(Y)⟩|
Observable active();                     ///< for each mode 1 if s_i(A) > κ (active), else 0 (lazy)
/// The change of what flow conserves: of Δ_l = W_{l+1}ᵀW_{l+1} − W_lW_lᵀ, relative to |θ_0|²; of a perceptron that of
/// the balances δ_k, relative to the largest sum of their two terms at the start.
Observable imbalance_drift();
Observable closure_residual();  ///< docs/theory.md, "Closure", at the start's λ, c²
/// 1 − ⟨K_0, K_t⟩/(‖K_0‖‖K_t‖) of the tangent kernels, at the rates, on inputs of the task's covariance Σ_xx. Of
/// perceptrons on the training samples, with K the trace of the kernel over the outputs.
Observable kernel_distance();
Observable input_representation();   ///< C_1 = W_1ᵀW_1, of each pair of inputs
Observable output_representation();  ///< C_2 = W_2W_2ᵀ, of each pair of outputs
/// The tangent kernel of linear networks, at the rates, on inputs of the task's covariance:
/// between output i at input j and output k at input l, η_1(C_2)_ik δ_jl + η_2 δ_ik(C_1)_jl for two layers on white
/// inputs. Throws for more than 1024 outputs times inputs.
Observable tangent_kernel();
Observable hidden_similarity();  ///< for each pair of inputs: C_1 for white or one-hot inputs, else Σ_xx^{½}C_1Σ_xx^{½}
Observable output_similarity();        ///< the same with YᵀC_2⁺Y, by the output weights
Observable balance();                  ///< λ = tr Δ / w, Δ at the rates; needs weights
Observable balance_spread();           ///< ‖Δ − λI‖_F / √w; needs weights
Observable parameter_norm();           ///< |θ|; needs weights, as do the next two
Observable parameter_gradient_norm();  ///< |∂C/∂θ|
Observable parameter_distance();       ///< |θ − θ_0|
Observable escape_alignment();  ///< −⟨∇C(0), A⟩ / (s_1 (|θ|/√L)^L): 1 only on the fastest path out of the origin

/// The error on each of these tasks, whichever is being learned.
Observable task_errors(const std::vector<Task>& tasks);

/// The distance of a run from a closed form at the same time: ‖A − A'‖_F / √(n_0n_2), and ‖G − G'‖_F / ‖G'‖_F.
Observable distance(std::function<Matrix(double)> end_to_end);
Observable gram_distance(std::function<Network(double)> exact);

/// The observable of this name; throws for an unknown name, with the nearest known one.
Observable by_name(std::string_view name);
std::vector<Observable> by_names(const std::vector<std::string>& names);
std::vector<std::string> names();

}  // namespace observables

}  // namespace linnet
