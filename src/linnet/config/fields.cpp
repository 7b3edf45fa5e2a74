#include "linnet/config/fields.hpp"

#include <algorithm>

#include "linnet/landscape/observables.hpp"
#include "linnet/perceptron/observables.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

/// Of linear networks, then those that perceptrons alone have.
std::vector<std::string> observable_names() {
  std::vector<std::string> all = landscape::observable_names();
  for (const std::string& name : perceptron_observables::names()) {
    if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
  }
  return all;
}

void visit_task(TaskSection& t, FieldVisitor& v) {
  v.section("task", "What is learned.");
  v.choice(
      "kind", t.kind,
      {"low_rank_plus_noise", "modes", "hierarchy", "low_rank_regression", "coefficients", "target", "regression",
       "completion", "teacher", "random_hierarchy", "modular_addition"},
      "low_rank_plus_noise: Y = A* + E of the Mixed paper; modes: given singular values along random vectors; "
      "hierarchy: the binary tree of items and properties; low_rank_regression: Gaussian data of a teacher of given "
      "singular values; coefficients: one output of given ones, seen in Gaussian samples or, with whiten, in "
      "infinitely "
      "many; target: a matrix from `file`; regression: data from "
      "`inputs` and `targets`; completion: the seen entries of a matrix; for perceptrons: regression, or teacher: "
      "inputs on the unit sphere and a few neurons' outputs; random_hierarchy: classes of trees of symbols; "
      "modular_addition: (a + b) mod p, one-hot");
  v.whole("dim", t.dim, 1,
          "d of low_rank_plus_noise (and of completion without a file): A* is d x d; of teacher: of the inputs");
  v.whole("rank", t.rank, 1, "k, the rank of the signal A*");
  v.real("noise", t.noise, Range::non_negative,
         "standard deviation of the entries of E, or of the targets of low_rank_regression");
  v.reals("shape", t.shape, "modes, low_rank_regression, completion: [n_2, n_0], outputs and inputs");
  v.reals("modes", t.modes, "modes, low_rank_regression, completion: the singular values y_i of Y, or of the teacher");
  v.reals("coefficients", t.coefficients,
          "coefficients: β*, the first of them; with shape = [1, n_0] the rest of the inputs have 0");
  v.whole("samples", t.samples, 1,
          "teacher, random_hierarchy, coefficients: P; low_rank_regression: P, and as many are held out");
  v.real("condition", t.condition, Range::positive, "low_rank_regression: condition number >= 1 of the covariance");
  v.whole("levels", t.levels, 0, "hierarchy: of the tree; 2^levels items; random_hierarchy: of rules");
  v.whole("neurons", t.neurons, 1, "teacher: m_0");
  v.whole("features", t.features, 1, "random_hierarchy: v, symbols at each level");
  v.whole("synonyms", t.synonyms, 1, "random_hierarchy: m, tuples that a symbol stands for");
  v.whole("branching", t.branching, 2, "random_hierarchy: s, symbols of a tuple");
  v.whole("classes", t.classes, 1, "random_hierarchy: n_c");
  v.whole("modulus", t.modulus, 2, "modular_addition: p");
  v.whole("test_samples", t.test_samples, 1, "teacher, random_hierarchy: held out, for the test error");
  v.choices("then", t.then, {"fresh", "reversed", "new_outputs", "low_rank_change"},
            "what is learned afterwards, each from where the one before ended, for t_end or max_steps again: a fresh "
            "draw of the first task; −Y; Y with its outputs turned at random; Y and a random matrix of low rank");
  v.whole("change_rank", t.change_rank, 1, "low_rank_change: its rank");
  v.real("change_size", t.change_size, Range::non_negative, "low_rank_change: its singular values");
  v.choice("spectrum", t.spectrum, {"sample", "limit"},
           "solver exact only: the singular values of a drawn Y, or those of the limit d → ∞");
  v.text("file", t.file, "the target Y, outputs x inputs, .npy or .csv");
  v.text("signal", t.signal, "a matrix to test against, of the target's shape");
  v.text("inputs", t.inputs, "X, samples in rows");
  v.text("targets", t.targets, "T, samples in rows");
  v.text("test_inputs", t.test_inputs, "held-out samples, for the test error");
  v.text("test_targets", t.test_targets, "their targets");
  v.flag("whiten", t.whiten, "train on inputs made white, Σ_xx^{-1/2} x");
  v.text("mask", t.mask, "completion: 1 seen, 0 unseen; without one, `fraction` of the entries is drawn");
  v.real("fraction", t.fraction, Range::positive,
         "completion, modular_addition: the fraction of entries, or of pairs, that is seen");
  v.whole("seed", t.seed, 0, "of the task alone; else the common seed");
}

void visit_network(NetworkSection& n, FieldVisitor& v) {
  v.section("network", "What learns, and where it starts.");
  v.choice(
      "kind", n.kind, {"gaussian", "infinite_width", "balanced", "weights", "deep", "neuron", "diagonal", "perceptron"},
      "two layers: gaussian: W_l iid N(0, σ_l²); infinite_width: G = diag(aI, bI), a = σ_1²w, b = σ_2²w; balanced: "
      "W_2ᵀW_2 − W_1W_1ᵀ = λI; weights: from files. deep: any depth, by `initialization`. neuron: one hidden neuron, "
      "f(x) = a wᵀx. diagonal: f(x) = Σ s_i "
      "x_i, pairs of weights of one threshold κ. perceptron: not linear, by `activation`");
  v.choice("state", n.state, {"auto", "gram", "weights", "self_consistent", "linearized", "balanced"},
           "how the network is held; auto takes weights where they cost less than the Gram state (narrow networks). "
           "deep: weights; linearized, at the start's tangent plane (lazy); balanced, A alone, depth any number >= 1");
  v.whole("width", n.width, 1, "w");
  v.real("width_exponent", n.width_exponent, Range::any, "γ_w, instead of width: w = ⌊d^γ_w⌋");
  v.layers("variance", n.variance, {"lecun", "he", "glorot"}, Range::non_negative,
           "σ²: a number, [σ_1², σ_2²], or lecun, he, glorot; of a deep network numbers");
  v.real("variance_exponent", n.variance_exponent, Range::any, "γ_σ², instead of variance: σ² = d^γ_σ²");
  v.layers("scale", n.scale, {}, Range::non_negative,
           "a and b, a number or [a, b]: of infinite_width, or instead of variance, σ_1²w and σ_2²w");
  v.real("scale_exponent", n.scale_exponent, Range::any, "instead of scale: a = b = d^exponent");
  v.real("balance", n.balance, Range::any, "balanced, unbalanced: λ; 0 is zero-balanced");
  v.choice("unbalanced", n.unbalanced, {"first", "last"},
           "deep, unbalanced: the layer out of balance, W_2ᵀW_2 − W_1W_1ᵀ = λI or W_LᵀW_L − W_{L−1}W_{L−1}ᵀ = λI");
  v.choice(
      "start", n.start, {"random", "semi_orthogonal", "aligned"},
      "balanced, unbalanced: A(0), a Gaussian matrix, one of equal singular values, or one along Y's singular vectors");
  v.real("start_size", n.start_size, Range::non_negative,
         "balanced, unbalanced: the largest singular value of A(0); escape: |θ|");
  v.reals("coefficients", n.coefficients,
          "neuron, diagonal: β_0, one an input; without them 0, or with start = \"aligned\" start_size along β*");
  v.flag("negative", n.negative, "neuron: the one with a < 0");
  v.real("kappa", n.kappa, Range::positive, "diagonal: κ");
  v.real("depth", n.depth, Range::positive, "deep: L, the number of layers");
  v.reals("widths", n.widths, "deep: of the hidden layers, instead of one width for all");
  v.choice(
      "initialization", n.initialization,
      {"gaussian", "balanced", "unbalanced", "orthogonal", "identity", "escape", "weights", "pairs"},
      "deep: gaussian; balanced: equal layers' Gram matrices, of A(0) as `start` says; unbalanced: the same but for "
      "the first or last layer; orthogonal: `scale` times "
      "orthonormal; identity: `scale` on the diagonal, plus gaussian; escape: |θ| = start_size along the fastest way "
      "out of the origin; weights: from files. perceptron: gaussian, weights; pairs: two layers, w_k on the sphere of "
      "radius τα, a_k = ±τ/α");
  v.real("gamma", n.gamma, Range::any, "deep, instead of variance: σ² = w^−γ");
  v.choice("activation", n.activation, {"relu", "quadratic"}, "perceptron: of the hidden layers");
  v.real("slope", n.slope, Range::any, "perceptron: of relu at negative inputs; 0 is ReLU, 1 linear");
  v.real("tau", n.tau, Range::positive, "pairs: τ, the overall scale");
  v.real("alpha", n.alpha, Range::positive,
         "pairs: α, the first layer over the last; gaussian perceptron: the first layer's factor");
  v.real("last_scale", n.last_scale, Range::positive, "gaussian perceptron: the last layer's factor");
  v.real("delta", n.delta, Range::any,
         "neuron: δ = η_w a² − η_a|w|², 0 without; rates are (η_w, η_a). Pairs, instead of alpha: δ = a_k² − |w_k|² = "
         "τ²(1/α² − α²)");
  v.flag("antisymmetric", n.antisymmetric, "pairs: (w, a) and (w, −a), so that f = 0 at the start");
  v.choices("weights", n.weights, {}, "deep: the files of W_1, …, W_L, each outputs x inputs");
  v.text("w1", n.w1, "W_1, width x inputs, .npy or .csv");
  v.text("w2", n.w2, "W_2, outputs x width");
  v.choice(
      "compare", n.compare,
      {"none", "self_consistent", "exact", "one_layer", "expected", "escape", "greedy", "interpolator", "linearized"},
      "self_consistent: those dynamics from the same A(0) in lockstep (descent); exact: the closed form of this "
      "start, of the infinitely wide network for a Gaussian one, of each mode for a deep balanced or unbalanced "
      "aligned one; "
      "one_layer: the shallow model at rate 2κ; expected: "
      "the mean balance of Gaussian weights; escape: |θ| on the fastest way out of the origin, by its law near 0; "
      "greedy: at every record the nearest saddle of the greedy low-rank "
      "algorithm, and a table of the run's plateaus; interpolator: where a neuron or a diagonal network ends, as its "
      "potential says; linearized: the perceptron's tangent model at its start");
  v.whole("seed", n.seed, 0, "of the network alone; else the common seed");
}

void visit_solver(SolverSection& s, FieldVisitor& v) {
  v.section("solver", "What moves it. With cost ½|A − Y|² and rates 1, step k of descent is time t = k η.");
  v.choice("kind", s.kind, {"descent", "flow", "exact"},
           "gradient descent; gradient flow by an adaptive integrator; gradient flow in closed form");
  v.layers(
      "step", s.step, {"mixed", "rich_quick"}, Range::positive,
      "η: a number, a list of one a layer, mixed: 1/(divisor σ²w) when γ_w + γ_σ² > 1, else 1/(divisor |A*|_op), or "
      "rich_quick: 0.005/τ², of pairs");
  v.real("momentum", s.momentum, Range::non_negative, "descent of weights: μ < 1 of the heavy ball; t = k η/(1 − μ)");
  v.whole("batch", s.batch, 0, "descent on regression data: samples a step; 0 takes all");
  v.whole("seed", s.seed, 0, "of the order of the samples; else the common seed");
  v.real("step_divisor", s.step_divisor, Range::positive, "of step = \"mixed\": 5 in figure 1, 50 in figure 2");
  v.whole("max_steps", s.max_steps, 0,
          "steps of descent, or internal steps of the integrator (flow, at least 1000000)");
  v.choice("order", s.order, {"simultaneous", "sequential"},
           "of the layers in a step; sequential (layer 1 first, old residual) is the Mixed authors' code");
  v.choices("stop", s.stop,
            {"mixed_authors", "train_error_below", "test_error_rose", "train_error_stalled", "cost_below",
             "gradient_below", "test_accuracy_above"},
            "stop rules of descent, by name; mixed_authors stands for the first three rules after it");
  v.real("train_error_below", s.train_error_below, Range::non_negative, "value of that rule");
  v.whole("rise_times", s.rise_times, 1, "test_error_rose: so many steps running");
  v.real("stall_change", s.stall_change, Range::non_negative, "train_error_stalled: moved less than this in a step");
  v.real("stall_drop", s.stall_drop, Range::non_negative, "train_error_stalled: and is this far below its start");
  v.whole("from_step", s.from_step, 0, "first step at which test_error_rose and train_error_stalled may fire");
  v.real("test_accuracy_above", s.test_accuracy_above, Range::non_negative, "value of that rule, of perceptrons");
  v.real("cost_below", s.cost_below, Range::non_negative, "value of that rule, and of that event");
  v.real("gradient_below", s.gradient_below, Range::non_negative, "value of that rule, and of that event");
  v.real("divergence_factor", s.divergence_factor, Range::positive,
         "diverged: the cost exceeds this many times its start");
  v.real("t_end", s.t_end, Range::non_negative, "flow and exact: the last time");
  v.flag("match_descent", s.match_descent, "flow: to the time of max_steps steps of descent, instead of t_end");
  v.layers("rates", s.rates, {}, Range::positive, "flow and exact: η_l, a number or a list of one a layer");
  v.real("closure_tolerance", s.closure_tolerance, Range::positive,
         "exact: the largest residual of the closure that counts as none; more gives an approximation");
  v.real("rtol", s.rtol, Range::positive, "flow: relative tolerance");
  v.real("atol", s.atol, Range::non_negative,
         "flow: absolute tolerance; else 1e-12, or rtol times the root mean square of the start if less");
  v.choice("method", s.method, {"adams", "bdf", "explicit_runge_kutta"},
           "flow: CVODE's Adams; its implicit BDF, for long waits near saddles; ARKODE's explicit method");
  v.choices("events", s.events, {"threshold_crossing", "cost_below", "gradient_below"},
            "flow: located on the way; threshold_crossing is of the threshold κ");
  v.flag("terminal_events", s.terminal_events, "flow: end at the first event");
}

void visit_record(RecordSection& r, FieldVisitor& v) {
  v.section("record", "What is kept on the way. The start and the end always are.");
  v.choices("observables", r.observables, observable_names(), "by name; computed only when recorded");
  v.choice("schedule", r.schedule, {"every", "linear", "logarithmic", "at", "ends"},
           "every: each `every`-th step; linear, logarithmic: `count` instants; at: those listed");
  v.whole("every", r.every, 1, "steps between records");
  v.whole("count", r.count, 2, "instants of a linear or logarithmic schedule");
  v.real("first", r.first, Range::positive, "first instant of a logarithmic schedule, in steps or time");
  v.reals("at", r.at, "steps or times");
  v.real("threshold", r.threshold, Range::non_negative, "κ; else σ²w of a Gaussian start, or that of the best closure");
  v.real("rank_fraction", r.rank_fraction, Range::non_negative,
         "rank counts singular values above this fraction of the largest");
  v.choices("at_best", r.at_best,
            {"rank", "stable_rank", "effective_rank", "nuclear_norm", "train_error", "cost", "gradient_norm"},
            "measured once, where the test error was smallest");
  v.reals("learned", r.learned,
          "solver exact, in a sweep: the times at which each mode of the last task is learned to these fractions; nan "
          "at a saddle");
  v.whole("slice", r.slice, 0,
          "with compare = \"greedy\", the cost on a grid of so many points a side in the plane through the run's first "
          "three plateaus; 0 for none");
}

}  // namespace

void visit_fields(Configuration& c, FieldVisitor& v) {
  v.section("", "The whole run.");
  v.text("title", c.title, "of the figure and the file");
  v.whole("seed", c.seed, 0, "of every random number; same seed, same bits");
  v.whole("point", c.point, 0, "which point of a sweep the network's numbers are drawn for; a sweep sets it");
  visit_task(c.task, v);
  visit_network(c.network, v);
  visit_solver(c.solver, v);
  visit_record(c.record, v);
  v.section("sweep", "A grid over fields of the above, for `linnet sweep`.");
  v.whole("seeds", c.sweep.seeds, 1,
          "repeat each point for so many seeds, from `seed` on; adds a dimension seed when > 1");
  v.flag("curves", c.sweep.curves, "keep the observables of every point along its run, not their ends alone");
  v.choices(
      "exponents", c.sweep.exponents, {},
      "results, as final_saddle_distance, that are powers of an axis: NAME_exponent is the slope of its logarithm "
      "over that of the axis by least squares, the mean over seeds, and NAME_exponent_error its standard error");
  v.text("exponent_axis", c.sweep.exponent_axis, "of exponents, as its dimension is called; else the logarithmic one");
  v.choice("expected_exponents", c.sweep.expected_exponents, {"none", "phase_transition"},
           "set beside those fitted, along a dimension law; phase_transition: of d_m and d_s of a deep start of gamma");
  v.axes("axes", c.sweep.axes,
         "list of tables: field, and one of values = [...]; linear or logarithmic = [first, last, count]; symmetric = "
         "[smallest, largest, count], logarithmic on both sides of 0; cases = [{label = ..., set = [\"key=value\", "
         "...]}, ...], where field is but a name");
  v.section("figure", "What it shows, for pictures and `linnet reproduce list`.");
  v.text("name", c.figure.name, "as in `linnet reproduce NAME`");
  v.text("paper", c.figure.paper, "where it comes from");
  v.text("shows", c.figure.shows, "in a line");
  v.text("time", c.figure.time, "expected, on two cores");
  v.choices("quick", c.figure.quick, {}, "assignments like those of --set, for `linnet reproduce --quick`");
  v.choice("kind", c.figure.kind, {"auto", "curves", "spectrum", "heatmap", "lines", "matrices", "slice", "paths"},
           "of picture");
  std::vector<std::string>& panels = c.figure.panels;
  v.choices("panels", panels, {}, "variables to show, one a panel");
  v.choices("labels", c.figure.labels, {}, "\"name=label\": what panels and axes call a variable or an axis");
  v.choices(
      "scales", c.figure.scales, {},
      "\"name=words\": the scale of a variable: linear or logarithmic, least and most (\"logarithmic 1e-4 1\"), own "
      "(a range for each panel)");
  v.text("missing", c.figure.missing,
         "what it means that a point has no value; else that it diverged or is not finished");
  v.text("x_axis", c.figure.x_axis, "lines: the axis along x, as its dimension is called; else the longest one");
  v.choice("regime_lines", c.figure.regime_lines, {"none", "mixed", "mixed_infinite"},
           "lines of the phase diagram; mixed_infinite: those of infinite width");
}

}  // namespace linnet::config
