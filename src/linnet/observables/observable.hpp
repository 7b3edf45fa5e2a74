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

/// What an observable has a number for.
enum class Over {
  nothing,             ///< one number
  modes,               ///< each singular mode of A
  entries,             ///< each entry of A: a matrix, row after row
  input_pairs,         ///< each pair of inputs: a symmetric matrix
  tasks,               ///< each task of a sequence
  neurons,             ///< each hidden neuron, of two layers
  neuron_coordinates,  ///< each hidden neuron and input: a matrix, neuron after neuron
  coefficients,        ///< each input of a network of one output
  neuron_weights,      ///< each weight of one hidden neuron
  eigenvalues,         ///< each eigenvalue of the preconditioner, n_0 n_L
  own,                 ///< each entry of an array with dimensions of its own
};

/// Numbers computed from a network at the instants that are recorded, and only then.
struct Observable {
  std::string name;       ///< as in files and Python: "test_error"
  std::string long_name;  ///< for axes: "test error"
  std::string units;      ///< "1" when it has none
  Over over = Over::nothing;
  Index count = 0;           ///< how many, where `over` and the shape of A do not tell
  bool needs_state = false;  ///< looks at more than A and the costs
  std::function<void(const Snapshot&, std::span<double>)> measure;
  Need need = needs::end_to_end();                             ///< of the network
  Data data = Data::any;                                       ///< of the task
  std::vector<std::pair<std::string, Index>> dimensions = {};  ///< names and lengths of `own`, the last one fastest

  /// How many numbers, for a network of this shape with so many neurons in its hidden layer.
  [[nodiscard]] Index length(Shape shape, Index neurons = 0) const;
  /// What `measure` finds; throws as `require` does.
  void evaluate(const Snapshot& snapshot, std::span<double> out) const;
  /// Whether it is one of such networks and tasks.
  [[nodiscard]] bool fits(const Network& network, const Task& task) const;
  /// Throws, naming the observable and the networks that have it, unless it is one of such networks and tasks.
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
Observable singular_values();            ///< s_i(A), falling
Observable rank(double fraction = 0.2);  ///< singular values above `fraction` of the largest
Observable stable_rank();                ///< ‖A‖²_F / ‖A‖²_op
Observable effective_rank();             ///< exp of the entropy of s/Σs
Observable nuclear_norm();               ///< Σs
Observable alignment();                  ///< per mode |⟨u_i(A), u_i(Y)⟩|
Observable active();                     ///< per mode 1 when s_i(A) > κ (active), else 0 (lazy)
/// How far what flow conserves has moved: Δ_l = W_{l+1}ᵀW_{l+1} − W_lW_lᵀ, relative to |θ_0|²; of a perceptron the
/// balances δ_k, relative to the largest sum of their two terms at the start.
Observable imbalance_drift();
Observable closure_residual();  ///< docs/theory.md, "Closure", at the start's λ, c²
/// 1 − ⟨K_0, K_t⟩/(‖K_0‖‖K_t‖) of the tangent kernels, at the rates, on the task's inputs: of covariance Σ_xx, or, of
/// perceptrons, the training samples, where K is its trace over the outputs.
Observable kernel_distance();
Observable hidden_similarity();  ///< per pair of inputs: C_1 of white or one-hot ones, else Σ_xx^{½}C_1Σ_xx^{½}
Observable output_similarity();  ///< the same of YᵀC_2⁺Y, of what the output weights read out
Observable balance();            ///< λ = tr Δ / w, Δ at the rates; needs weights
Observable balance_spread();     ///< ‖Δ − λI‖_F / √w; needs weights
Observable parameter_norm();     ///< |θ|; needs weights, as the two after it
Observable parameter_gradient_norm();  ///< |∂C/∂θ|
Observable parameter_distance();       ///< |θ − θ_0|
Observable escape_alignment();  ///< −⟨∇C(0), A⟩ / (s_1 (|θ|/√L)^L): 1 on the fastest way out of the origin alone

/// The error on each of these tasks, whichever is being trained on.
Observable task_errors(const std::vector<Task>& tasks);

/// How far a run is from a closed form at the same time: ‖A − A'‖_F / √(n_0n_2), and ‖G − G'‖_F / ‖G'‖_F.
Observable distance(std::function<Matrix(double)> end_to_end);
Observable gram_distance(std::function<GramState(double)> gram_state);

/// By its name; throws naming the nearest one.
Observable by_name(std::string_view name);
std::vector<Observable> by_names(const std::vector<std::string>& names);
std::vector<std::string> names();

}  // namespace observables

}  // namespace linnet
