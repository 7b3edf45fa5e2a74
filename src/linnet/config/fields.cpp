#include "linnet/config/fields.hpp"

#include <algorithm>

#include "linnet/landscape/observables.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

/// `key` = `value` must be one of these words.
Need one_of(const std::string& key, const std::string& value, const std::vector<std::string>& words) {
  std::string text = key + " = ";
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 < words.size() ? ", " : " or ") + words[i];
  return {.text = text, .met = std::find(words.begin(), words.end(), value) != words.end(), .got = key + " = " + value};
}

bool among(const std::vector<std::string>& values, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& w) { return std::find(values.begin(), values.end(), w) != values.end(); });
}

/// The list at `key` must name one of these words.
Need named(const std::string& key, const std::vector<std::string>& values, const std::vector<std::string>& words) {
  std::string got;
  for (const std::string& value : values) got += (got.empty() ? "" : ", ") + value;
  Need need = one_of(key, "", words);
  need.text.replace(key.size(), 3, " with ");
  return {.text = need.text, .met = among(values, words), .got = key + " = [" + got + "]"};
}

/// `key` must not stand beside this one, which says more.
Need without(const char* key, bool given) {
  return {.text = std::string("no ") + key, .met = !given, .got = std::string(key) + " beside it"};
}

Need linear(const NetworkSection& n) {
  return {.text = "networks that are linear", .met = n.kind != "perceptron", .got = "network.kind = " + n.kind};
}

/// Of kind and initialization together.
Need kind_and_start(const NetworkSection& n, const char* text, bool met) {
  const bool has = n.kind == "deep" || n.kind == "perceptron";
  return {.text = text,
          .met = met,
          .got = "network.kind = " + n.kind + (has ? ", initialization = " + n.initialization : std::string())};
}

void visit_task(TaskSection& t, FieldVisitor& v) {
  const auto only_for = [&](const std::vector<std::string>& kinds) {
    v.only_for({one_of("task.kind", t.kind, kinds)});
  };
  v.only_for({});
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
      "`inputs` and `targets`; completion: the seen entries of a matrix; teacher: inputs on the unit sphere and a few "
      "neurons' outputs; random_hierarchy: classes of trees of symbols; modular_addition: (a + b) mod p, one-hot. "
      "Perceptrons take those with samples: the last three, regression, low_rank_regression, coefficients");
  const bool completion = t.kind == "completion";
  const Need no_file = without("task.file", completion && !t.file.empty());
  const Need no_modes = without("task.modes", completion && !t.modes.empty());
  const Need drawn = without("task.whiten", t.kind == "coefficients" && t.whiten);
  const auto only_with = [&](const std::vector<std::string>& kinds, std::vector<Need> needs) {
    needs.insert(needs.begin(), one_of("task.kind", t.kind, kinds));
    v.only_for(std::move(needs));
  };
  only_with({"low_rank_plus_noise", "completion", "teacher"}, {no_file, no_modes});
  v.whole("dim", t.dim, 1,
          "d of low_rank_plus_noise (and of completion without a file): A* is d x d; of teacher: of the inputs");
  only_with({"low_rank_plus_noise", "completion"}, {no_file, no_modes});
  v.whole("rank", t.rank, 1, "k, the rank of the signal A*");
  only_with({"low_rank_plus_noise", "completion", "low_rank_regression", "coefficients"}, {no_file, no_modes, drawn});
  v.real("noise", t.noise, Range::non_negative,
         "standard deviation of the entries of E, or of the targets of low_rank_regression");
  only_with({"modes", "low_rank_regression", "completion", "coefficients"}, {no_file});
  v.reals("shape", t.shape, "modes, low_rank_regression, completion: [n_2, n_0], outputs and inputs");
  only_with({"modes", "low_rank_regression", "completion"}, {no_file});
  v.reals("modes", t.modes, "modes, low_rank_regression, completion: the singular values y_i of Y, or of the teacher");
  only_for({"coefficients"});
  v.reals("coefficients", t.coefficients,
          "coefficients: β*, the first of them; with shape = [1, n_0] the rest of the inputs have 0");
  only_with({"teacher", "random_hierarchy", "coefficients", "low_rank_regression"}, {drawn});
  v.whole("samples", t.samples, 1,
          "teacher, random_hierarchy, coefficients: P; low_rank_regression: P, and as many are held out");
  only_for({"low_rank_regression"});
  v.real("condition", t.condition, Range::positive, "low_rank_regression: condition number >= 1 of the covariance");
  only_for({"hierarchy", "random_hierarchy"});
  v.whole("levels", t.levels, 0, "hierarchy: of the tree; 2^levels items; random_hierarchy: of rules");
  only_for({"teacher"});
  v.whole("neurons", t.neurons, 1, "teacher: m_0");
  only_for({"random_hierarchy"});
  v.whole("features", t.features, 1, "random_hierarchy: v, symbols at each level");
  v.whole("synonyms", t.synonyms, 1, "random_hierarchy: m, tuples that a symbol stands for");
  v.whole("branching", t.branching, 2, "random_hierarchy: s, symbols of a tuple");
  v.whole("classes", t.classes, 1, "random_hierarchy: n_c");
  only_for({"modular_addition"});
  v.whole("modulus", t.modulus, 2, "modular_addition: p");
  only_for({"teacher", "random_hierarchy"});
  v.whole("test_samples", t.test_samples, 1, "teacher, random_hierarchy: held out, for the test error");
  only_for({"regression", "teacher", "random_hierarchy", "modular_addition", "low_rank_regression"});
  v.choice("cost", t.cost, {"half_mean_square", "mean_square"},
           "of samples. half_mean_square: C = Σ|f(x_i) − y_i|²/(2P), errors are means over samples and outputs; "
           "mean_square: C = Σ|f(x_i) − y_i|²/P and errors the same, as in *Get rich quick*");
  v.only_for({});
  v.choices("then", t.then, {"fresh", "reversed", "new_outputs", "low_rank_change"},
            "what is learned afterwards, each from where the one before ended, for t_end or max_steps again: a fresh "
            "draw of the first task; −Y; Y with its outputs turned at random; Y and a random matrix of low rank");
  v.only_for({named("task.then", t.then, {"low_rank_change"})});
  v.whole("change_rank", t.change_rank, 1, "low_rank_change: its rank");
  v.real("change_size", t.change_size, Range::non_negative, "low_rank_change: its singular values");
  v.only_for({});
  v.choice("spectrum", t.spectrum, {"sample", "limit"},
           "solver exact only: the singular values of a drawn Y, or those of the limit d → ∞");
  only_for({"target", "completion"});
  v.text("file", t.file, "the target Y, outputs x inputs, .npy or .csv");
  v.text("signal", t.signal, "a matrix to test against, of the target's shape");
  only_for({"regression"});
  v.text("inputs", t.inputs, "X, samples in rows");
  v.text("targets", t.targets, "T, samples in rows");
  v.text("test_inputs", t.test_inputs, "held-out samples, for the test error");
  v.text("test_targets", t.test_targets, "their targets");
  only_for({"regression", "coefficients"});
  v.flag("whiten", t.whiten, "train on inputs made white, Σ_xx^{-1/2} x");
  only_for({"completion"});
  v.text("mask", t.mask,
         "completion: 1 seen, 0 unseen; without one a file with nan is seen where it has none, and of any other target "
         "`fraction` of the entries, drawn at random");
  only_with({"completion", "modular_addition"}, {without("task.mask", completion && !t.mask.empty())});
  v.real("fraction", t.fraction, Range::positive,
         "completion, modular_addition: the fraction of entries, or of pairs, that is seen");
  v.only_for({});
  v.seed("seed", t.seed, "of the task alone; else the common seed");
}

void visit_network(NetworkSection& n, FieldVisitor& v) {
  const auto only_for = [&](const std::vector<std::string>& kinds) {
    v.only_for({one_of("network.kind", n.kind, kinds)});
  };
  const auto only_when = [&](const char* text, bool met) { v.only_for({kind_and_start(n, text, met)}); };
  const auto only_when_without = [&](const char* text, bool met, const Need& need) {
    v.only_for({kind_and_start(n, text, met), need});
  };
  const bool infinite = n.kind == "infinite_width";
  Need no_scale = without(n.scale ? "network.scale" : "network.scale_exponent",
                          infinite && (n.scale.has_value() || n.scale_exponent.has_value()));
  no_scale.text = "no network.scale or network.scale_exponent";
  const bool given = (n.kind == "neuron" || n.kind == "diagonal") && !n.coefficients.empty();
  const Need no_coefficients = without("network.coefficients", given);
  const bool deep = n.kind == "deep";
  const bool perceptron = n.kind == "perceptron";
  const std::string& how = n.initialization;
  const bool drawn = how != "weights";
  const bool from_matrix = n.kind == "balanced" || (deep && (how == "balanced" || how == "unbalanced"));
  v.only_for({});
  v.section("network", "What learns, and where it starts.");
  v.choice(
      "kind", n.kind, {"gaussian", "infinite_width", "balanced", "weights", "deep", "neuron", "diagonal", "perceptron"},
      "two layers: gaussian: W_l iid N(0, σ_l²); infinite_width: G = diag(aI, bI), a = σ_1²w, b = σ_2²w; balanced: "
      "W_2ᵀW_2 − W_1W_1ᵀ = λI; weights: from files. deep: any depth, by `initialization`. neuron: one hidden neuron, "
      "f(x) = a wᵀx. diagonal: f(x) = Σ s_i "
      "x_i, pairs of weights of one threshold κ. perceptron: not linear, by `activation`");
  if (n.state == "linearized" || n.state == "balanced") {
    only_for({"deep"});
  } else {
    v.only_for({linear(n)});
  }
  v.choice("state", n.state, {"auto", "gram", "weights", "self_consistent", "linearized", "balanced"},
           "how the network is held; auto takes weights where they cost less than the Gram state (narrow networks). "
           "deep: weights; linearized, at the start's tangent plane (lazy); balanced, A alone, depth any number >= 1");
  only_when_without("network.kind = gaussian, infinite_width, balanced or perceptron, or deep not from files",
                    n.kind == "gaussian" || infinite || n.kind == "balanced" || perceptron || (deep && drawn),
                    no_scale);
  v.whole("width", n.width, 1, "w");
  only_when_without("network.kind = gaussian, infinite_width or balanced, or deep not from files",
                    n.kind == "gaussian" || infinite || n.kind == "balanced" || (deep && drawn), no_scale);
  v.real("width_exponent", n.width_exponent, Range::any, "γ_w, instead of width: w = ⌊d^γ_w⌋");
  only_when(
      "network.kind = gaussian or infinite_width, deep with initialization = gaussian or identity, or perceptron with "
      "gaussian",
      n.kind == "gaussian" || n.kind == "infinite_width" || (deep && (how == "gaussian" || how == "identity")) ||
          (perceptron && how == "gaussian"));
  v.layers("variance", n.variance, {"lecun", "he", "glorot"}, Range::non_negative,
           "σ²: a number, [σ_1², σ_2²], or lecun, he, glorot; of a deep network numbers");
  only_for({"gaussian", "infinite_width"});
  v.real("variance_exponent", n.variance_exponent, Range::any, "γ_σ², instead of variance: σ² = d^γ_σ²");
  only_when("network.kind = gaussian or infinite_width, or deep with initialization = orthogonal or identity",
            n.kind == "gaussian" || n.kind == "infinite_width" || (deep && (how == "orthogonal" || how == "identity")));
  v.layers("scale", n.scale, {}, Range::non_negative,
           "a and b, a number or [a, b]: of infinite_width, or instead of variance, σ_1²w and σ_2²w");
  only_for({"infinite_width"});
  v.real("scale_exponent", n.scale_exponent, Range::any, "instead of scale: a = b = d^exponent");
  only_when("network.kind = balanced, or deep with initialization = unbalanced",
            n.kind == "balanced" || (deep && how == "unbalanced"));
  v.real("balance", n.balance, Range::any, "balanced, unbalanced: λ; 0 is zero-balanced");
  only_when("network.kind = deep with initialization = unbalanced", deep && how == "unbalanced");
  v.choice("unbalanced", n.unbalanced, {"first", "last"},
           "deep, unbalanced: the layer out of balance, W_2ᵀW_2 − W_1W_1ᵀ = λI or W_LᵀW_L − W_{L−1}W_{L−1}ᵀ = λI");
  only_when_without("network.kind = balanced, neuron or diagonal, or deep with initialization = balanced or unbalanced",
                    from_matrix || n.kind == "neuron" || n.kind == "diagonal", no_coefficients);
  v.choice(
      "start", n.start, {"random", "semi_orthogonal", "aligned"},
      "balanced, unbalanced: A(0), a Gaussian matrix, one of equal singular values, or one along Y's singular vectors");
  only_when_without(
      "network.kind = balanced, neuron or diagonal, or deep with initialization = balanced, unbalanced or escape",
      from_matrix || n.kind == "neuron" || n.kind == "diagonal" || (deep && how == "escape"), no_coefficients);
  v.real("start_size", n.start_size, Range::non_negative,
         "balanced, unbalanced: the largest singular value of A(0); escape: |θ|");
  only_for({"neuron", "diagonal"});
  v.reals("coefficients", n.coefficients,
          "neuron, diagonal: β_0, one an input; without them 0, or with start = \"aligned\" start_size along β*");
  only_for({"neuron"});
  v.flag("negative", n.negative, "neuron: the one with a < 0");
  only_for({"diagonal"});
  v.real("kappa", n.kappa, Range::positive, "diagonal: κ");
  only_when("network.kind = perceptron, or deep not from files", perceptron || (deep && drawn));
  v.real("depth", n.depth, Range::positive, "deep: L, the number of layers");
  v.reals("widths", n.widths, "deep: of the hidden layers, instead of one width for all");
  if (how == "pairs") {
    only_for({"perceptron"});
  } else {
    only_for({"deep", "perceptron"});
  }
  v.choice(
      "initialization", n.initialization,
      {"gaussian", "balanced", "unbalanced", "orthogonal", "identity", "escape", "weights", "pairs"},
      "deep: gaussian; balanced: equal layers' Gram matrices, of A(0) as `start` says; unbalanced: the same but for "
      "the first or last layer; orthogonal: `scale` times "
      "orthonormal; identity: `scale` on the diagonal, plus gaussian; escape: |θ| = start_size along the fastest way "
      "out of the origin; weights: from files. perceptron: gaussian, weights; pairs: two layers, w_k on the sphere of "
      "radius τα, a_k = ±τ/α");
  only_when("network.kind = deep with initialization = gaussian or identity",
            deep && (how == "gaussian" || how == "identity"));
  v.real("gamma", n.gamma, Range::any, "deep, instead of variance: σ² = w^−γ");
  only_for({"perceptron"});
  v.choice("activation", n.activation, {"relu", "quadratic"}, "perceptron: of the hidden layers");
  v.real("slope", n.slope, Range::any, "perceptron: of relu at negative inputs; 0 is ReLU, 1 linear; in [-1, 1]");
  only_when("network.kind = perceptron with initialization = pairs", perceptron && how == "pairs");
  v.real("tau", n.tau, Range::positive, "pairs: τ, the overall scale");
  only_when("network.kind = perceptron with initialization = pairs or gaussian",
            perceptron && (how == "pairs" || how == "gaussian"));
  v.real("alpha", n.alpha, Range::positive,
         "pairs: α, the first layer over the last; gaussian perceptron: the first layer's factor");
  only_when("network.kind = perceptron with initialization = gaussian", perceptron && how == "gaussian");
  v.real("last_scale", n.last_scale, Range::positive, "gaussian perceptron: the last layer's factor");
  only_when("network.kind = neuron, or perceptron with initialization = pairs",
            n.kind == "neuron" || (perceptron && how == "pairs"));
  v.real("delta", n.delta, Range::any,
         "neuron: δ = η_w a² − η_a|w|², 0 without; rates are (η_w, η_a). Pairs, instead of alpha: δ = a_k² − |w_k|² = "
         "τ²(1/α² − α²)");
  only_when("network.kind = perceptron with initialization = pairs", perceptron && how == "pairs");
  v.flag("antisymmetric", n.antisymmetric, "pairs: (w, a) and (w, −a), so that f = 0 at the start");
  only_when("network.kind = deep or perceptron with initialization = weights", (deep || perceptron) && !drawn);
  v.choices("weights", n.weights, {}, "deep: the files of W_1, …, W_L, each outputs x inputs");
  only_for({"weights"});
  v.text("w1", n.w1, "W_1, width x inputs, .npy or .csv");
  v.text("w2", n.w2, "W_2, outputs x width");
  v.only_for({});
  v.choice(
      "compare", n.compare,
      {"none", "self_consistent", "exact", "one_layer", "expected", "escape", "greedy", "interpolator", "linearized"},
      "self_consistent: those dynamics from the same A(0) in lockstep (descent); exact: the closed form of this "
      "start, of the infinitely wide network for a Gaussian one, of each mode for a deep balanced or unbalanced "
      "aligned one; "
      "one_layer: the shallow model at rate 2κ; expected: "
      "the mean balance of Gaussian weights; escape: |θ| on the fastest way out of the origin, by its law near 0, and "
      "its strength beside that of an escape found numerically; "
      "greedy: at every record the nearest saddle of the greedy low-rank "
      "algorithm, tables of these saddles, with their escapes, and of the run's plateaus; interpolator: where a neuron "
      "or a diagonal network ends, as its "
      "potential says; linearized: the perceptron's tangent model at its start");
  v.seed("seed", n.seed, "of the network alone; else the common seed");
}

void visit_solver(SolverSection& s, const NetworkSection& n, bool sweep, FieldVisitor& v) {
  const auto only_when = [&](const char* text, bool met) {
    v.only_for({{.text = text, .met = met, .got = "solver.kind = " + s.kind}});
  };
  const Need descent = one_of("solver.kind", s.kind, {"descent"});
  const Need flow = one_of("solver.kind", s.kind, {"flow"});
  const auto rule = [&](const std::vector<std::string>& names) {
    v.only_for({descent, named("solver.stop", s.stop, names)});
  };
  const auto rule_or_event = [&](const std::string& name) {
    const bool met = (descent.met && among(s.stop, {name})) || (flow.met && among(s.events, {name}));
    v.only_for({{.text = "solver.stop or solver.events with " + name,
                 .met = met,
                 .got = "neither, with solver.kind = " + s.kind}});
  };
  const bool matched = flow.met && s.match_descent;
  v.only_for({});
  v.section("solver", "What moves it. With cost ½|A − Y|² and rates 1, step k of descent is time t = k η.");
  v.choice("kind", s.kind, {"descent", "flow", "exact"},
           "gradient descent; gradient flow by an adaptive integrator; gradient flow in closed form");
  const Need stepping{.text = "solver.kind = descent, exact in a sweep, or flow with match_descent",
                      .met = descent.met || (s.kind == "exact" && sweep) || matched,
                      .got = "solver.kind = " + s.kind};
  v.only_for({stepping});
  v.layers(
      "step", s.step, {"mixed", "rich_quick"}, Range::positive,
      "η: a number, a list of one a layer, mixed: 1/(divisor σ²w) when γ_w + γ_σ² > 1, else 1/(divisor |A*|_op), or "
      "rich_quick: 0.005/τ², of pairs");
  v.only_for({descent});
  v.real("momentum", s.momentum, Range::non_negative, "descent of weights: μ < 1 of the heavy ball; t = k η/(1 − μ)");
  v.whole("batch", s.batch, 0, "descent on regression data: samples a step; 0 takes all");
  v.only_for({descent, {.text = "solver.batch > 0", .met = s.batch > 0, .got = "solver.batch = 0"}});
  v.seed("seed", s.seed, "of the order of the samples; else the common seed");
  v.whole("first_batch", s.first_batch, 0, "which batch of that order the first step takes");
  const auto* step_rule = std::get_if<std::string>(&s.step);
  v.only_for({stepping, one_of("solver.step", step_rule == nullptr ? "numbers" : *step_rule, {"mixed"})});
  v.real("step_divisor", s.step_divisor, Range::positive, "of step = \"mixed\": 5 in figure 1, 50 in figure 2");
  v.only_for({one_of("solver.kind", s.kind, {"descent", "flow"})});
  v.whole("max_steps", s.max_steps, 0,
          "steps of descent, or internal steps of the integrator (flow, at least 1000000)");
  v.only_for({descent});
  v.choice("order", s.order, {"simultaneous", "sequential"},
           "of the layers in a step; sequential (layer 1 first, old residual) is the Mixed authors' code");
  v.choices("stop", s.stop,
            {"mixed_authors", "train_error_below", "test_error_rose", "train_error_stalled", "cost_below",
             "gradient_below", "test_accuracy_above"},
            "stop rules of descent, by name; mixed_authors stands for the first three rules after it");
  rule({"train_error_below", "mixed_authors"});
  v.real("train_error_below", s.train_error_below, Range::non_negative, "value of that rule");
  rule({"test_error_rose", "mixed_authors"});
  v.whole("rise_times", s.rise_times, 1, "test_error_rose: so many steps running");
  rule({"train_error_stalled", "mixed_authors"});
  v.real("stall_change", s.stall_change, Range::non_negative, "train_error_stalled: moved less than this in a step");
  v.real("stall_drop", s.stall_drop, Range::non_negative, "train_error_stalled: and is this far below its start");
  rule({"test_error_rose", "train_error_stalled", "mixed_authors"});
  v.whole("from_step", s.from_step, 0, "first step at which test_error_rose and train_error_stalled may fire");
  rule({"test_accuracy_above"});
  v.real("test_accuracy_above", s.test_accuracy_above, Range::non_negative, "value of that rule, of perceptrons");
  rule_or_event("cost_below");
  v.real("cost_below", s.cost_below, Range::non_negative, "value of that rule, and of that event");
  rule_or_event("gradient_below");
  v.real("gradient_below", s.gradient_below, Range::non_negative, "value of that rule, and of that event");
  v.only_for({one_of("solver.kind", s.kind, {"descent", "flow"})});
  v.real("divergence_factor", s.divergence_factor, Range::positive,
         "diverged: the cost exceeds this many times its start");
  v.only_for({one_of("solver.kind", s.kind, {"flow", "exact"}), without("solver.match_descent", matched)});
  v.real("t_end", s.t_end, Range::non_negative, "flow and exact: the last time");
  v.only_for({flow, one_of("network.kind", n.kind, {"perceptron"})});
  v.flag("match_descent", s.match_descent, "flow: to the time of max_steps steps of descent, instead of t_end");
  only_when("solver.kind = flow or exact, network.kind = neuron or diagonal, or a comparison with a closed form",
            !descent.met || n.kind == "neuron" || n.kind == "diagonal" ||
                among({n.compare}, {"exact", "one_layer", "interpolator"}));
  v.layers("rates", s.rates, {}, Range::positive, "flow and exact: η_l, a number or a list of one a layer");
  only_when("solver.kind = exact, or network.compare = exact", s.kind == "exact" || n.compare == "exact");
  v.real("closure_tolerance", s.closure_tolerance, Range::positive,
         "exact: the largest residual of the closure that counts as none; more gives an approximation");
  v.only_for({flow});
  v.real("rtol", s.rtol, Range::positive, "flow: relative tolerance");
  v.real("atol", s.atol, Range::non_negative,
         "flow: absolute tolerance; else 1e-12, or rtol times the root mean square of the start if less");
  v.choice("method", s.method, {"adams", "bdf", "explicit_runge_kutta"},
           "flow: CVODE's Adams; its implicit BDF, for long waits near saddles; ARKODE's explicit method");
  v.choices("events", s.events, {"threshold_crossing", "cost_below", "gradient_below"},
            "flow: located on the way; threshold_crossing is of the threshold κ");
  v.only_for({flow, {.text = "solver.events with any", .met = !s.events.empty(), .got = "solver.events = []"}});
  v.flag("terminal_events", s.terminal_events, "flow: end at the first event");
}

void visit_record(RecordSection& r, const Configuration& c, FieldVisitor& v) {
  const auto schedule = [&](const std::vector<std::string>& names) {
    v.only_for({one_of("record.schedule", r.schedule, names)});
  };
  v.only_for({});
  v.section("record", "What is kept on the way. The start and the end always are.");
  v.choices("observables", r.observables, landscape::observable_names(), "by name; computed only when recorded");
  v.choice("schedule", r.schedule, {"auto", "every", "linear", "logarithmic", "at", "ends"},
           "every: each `every`-th step of descent; linear, logarithmic: `count` instants, of a descent the nearest "
           "steps; at: those listed; auto: every for descent, 101 times from 0 to t_end for a flow or a closed form");
  v.only_for(
      {one_of("record.schedule", r.schedule, {"auto", "every"}), one_of("solver.kind", c.solver.kind, {"descent"})});
  v.whole("every", r.every, 1, "steps between records");
  schedule({"linear", "logarithmic"});
  v.whole("count", r.count, 2, "instants of a linear or logarithmic schedule");
  schedule({"logarithmic"});
  v.real("first", r.first, Range::positive, "first instant of a logarithmic schedule, in steps or time");
  schedule({"at"});
  v.reals("at", r.at, "steps or times");
  v.only_for({linear(c.network)});
  v.real("threshold", r.threshold, Range::non_negative, "κ; else σ²w of a Gaussian start, or that of the best closure");
  v.only_for({{.text = "record.observables or record.at_best with rank",
               .met = among(r.observables, {"rank"}) || among(r.at_best, {"rank"}),
               .got = "neither"}});
  v.real("rank_fraction", r.rank_fraction, Range::non_negative,
         "rank counts singular values above this fraction of the largest");
  v.only_for({});
  v.choices("at_best", r.at_best,
            {"rank", "stable_rank", "effective_rank", "nuclear_norm", "train_error", "cost", "gradient_norm",
             "train_accuracy", "test_accuracy", "kernel_distance", "hamming_distance", "parameter_norm",
             "parameter_distance"},
            "measured once, where the test error was smallest; the last four of perceptrons alone");
  v.choice("best", r.best, {"steps", "records"},
           "among which the best test error is looked for: of a perceptron each look is a pass over the samples held "
           "out, and with batches there is one at each record alone");
  v.only_for({});
  v.reals("learned", r.learned,
          "solver exact, in a sweep: the times at which each mode of the last task is learned to these fractions; nan "
          "at a saddle");
  v.whole("slice", r.slice, 0,
          "with compare = \"greedy\", the cost on a grid of so many points a side in the plane through the run's first "
          "three plateaus; 0 for none");
}

}  // namespace

std::vector<std::vector<std::string>> alternatives(const Configuration& c) {
  std::vector<std::vector<std::string>> all{{"network.width", "network.width_exponent", "network.widths"}};
  if (c.network.kind == "gaussian" || c.network.kind == "infinite_width") {
    all.push_back({"network.variance", "network.variance_exponent", "network.scale", "network.scale_exponent"});
  } else {
    all.push_back({"network.variance", "network.gamma"});
  }
  if (c.network.kind == "perceptron" && c.network.initialization == "pairs") {
    all.push_back({"network.alpha", "network.delta"});
  }
  return all;
}

void visit_fields(Configuration& c, FieldVisitor& v) {
  v.only_for({});
  v.section("", "The whole run.");
  v.text("title", c.title, "of the figure and the file");
  v.seed("seed", c.seed, "of every random number; same seed, same bits");
  v.whole("point", c.point, 0, "which point of a sweep the network's numbers are drawn for; a sweep sets it");
  visit_task(c.task, v);
  visit_network(c.network, v);
  visit_solver(c.solver, c.network, c.sweep.active(), v);
  visit_record(c.record, c, v);
  v.only_for({});
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
