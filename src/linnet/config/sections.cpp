#include "linnet/config/sections.hpp"

#include <array>

#include "linnet/config/companions.hpp"
#include "linnet/config/words.hpp"
#include "linnet/landscape/observables.hpp"

namespace linnet::config {

bool among(const std::vector<std::string>& values, const std::string& word) {
  return std::find(values.begin(), values.end(), word) != values.end();
}

Need one_of(const std::string& key, const std::string& value, const std::vector<std::string>& words) {
  return {.text = key + " = " + list(words, "or"), .met = among(words, value), .got = key + " = " + value};
}

Need named(const std::string& key, const std::vector<std::string>& values, const std::vector<std::string>& words) {
  const bool met = std::any_of(values.begin(), values.end(), [&](const std::string& v) { return among(words, v); });
  return {.text = key + " with " + list(words, "or"), .met = met, .got = key + " = [" + list(values) + "]"};
}

Need without(const std::string& key, bool given) {
  return {.text = "no " + key, .met = !given, .got = key + " beside it"};
}

namespace {

using Range = FieldVisitor::Range;

/// Lists the keys of a kind.
class KeyLister final : public FieldVisitor {
 public:
  void field(const Field& field) override { keys.emplace_back(field.key); }
  std::vector<std::string> keys;
};

template <class Section>
std::vector<std::string> words_of_kinds() {
  std::vector<std::string> words;
  for (const auto& kind : kinds<Section>()) {
    if (words.empty() || words.back() != kind->word()) words.emplace_back(kind->word());
  }
  return words;
}

/// The initializations of a network of this word; empty if there is only one.
template <class Section>
std::vector<std::string> initializations_of(const std::string& word) {
  std::vector<std::string> all;
  for (const auto& kind : kinds<Section>()) {
    if (word == kind->word() && *kind->initialization() != '\0') all.emplace_back(kind->initialization());
  }
  return all;
}

template <class Section>
const std::vector<KindKeys>& keys_of_kinds() {
  static const std::vector<KindKeys> all = [] {
    std::vector<KindKeys> found;
    for (const auto& kind : kinds<Section>()) {
      KeyLister lister;
      kind->clone()->visit(lister);
      found.push_back({.kind = kind->word(), .initialization = kind->initialization(), .keys = lister.keys});
      if (!found.back().initialization.empty()) found.back().keys.emplace_back("initialization");
    }
    return found;
  }();
  return all;
}

/// Visits the words that choose a kind, and the fields of the chosen kind.
template <class Section>
void visit_kind(Chosen<Section>& chosen, FieldVisitor& v, const char* doc) {
  v.only_for({});
  std::string word = chosen->word();
  v.choice("kind", word, words_of_kinds<Section>(), doc);
  if (v.every_kind()) {
    for (const auto& kind : kinds<Section>()) {
      const auto defaults = kind->clone();
      std::string functions;
      for (const PythonFunction& f : kind->python())
        functions += (functions.empty() ? " In Python: `" : ", `") + f.name + "`";
      v.kind(kind->name(), kind->meaning() + functions + (functions.empty() ? "" : "."));
      defaults->visit(v);
    }
    v.end_of_kinds();
    return;
  }
  std::string initialization = word == chosen->word() ? chosen->initialization() : std::string();
  if (const std::vector<std::string> known = initializations_of<Section>(word); !known.empty()) {
    if (initialization.empty()) initialization = known.front();
    v.choice("initialization", initialization, known, "how the weights start");
  }
  chosen.choose(word, initialization);
  v.begin_kind();
  chosen->visit(v);
  v.only_for({});
  v.all_kinds(chosen->name(), keys_of_kinds<Section>());
}

Need linear(const Configuration& c) {
  return {.text = "networks that are linear",
          .met = !c.network.kind->is_perceptron(),
          .got = std::string("network.kind = ") + c.network.kind->word()};
}

void visit_task(Configuration& c, FieldVisitor& v) {
  TaskSection& t = c.task;
  v.section("task", "What is learned.");
  visit_kind(t.kind, v, "the task; each kind has its own keys, below");
  v.choices("then", t.then, {"fresh", "reversed", "new_outputs", "low_rank_change"},
            "tasks to learn afterwards, each from the end of the previous one and for the same time: a new draw; −Y; Y "
            "with randomly rotated outputs; Y plus a random matrix of low rank");
  v.only_for({named("task.then", t.then, {"low_rank_change"})});
  v.whole("change_rank", t.change_rank, 1, "rank of the low-rank change");
  v.real("change_size", t.change_size, Range::non_negative, "singular values of the low-rank change");
  v.only_for({});
  v.seed("seed", t.seed, "of the task; if unset, the common seed");
}

const CompanionWord& companion_of(const NetworkSection& n) {
  const auto& all = companion_words();
  return *std::find_if(all.begin(), all.end(), [&](const CompanionWord& w) { return w.word == n.compare; });
}

void visit_network(Configuration& c, FieldVisitor& v) {
  NetworkSection& n = c.network;
  v.section("network", "The network that learns, and its start.");
  visit_kind(n.kind, v, "the network; each kind has its own keys, below");
  std::vector<std::string> words;
  for (const CompanionWord& companion : companion_words()) {
    words.push_back(companion.word);
    v.word_of("compare", companion.word, companion.meaning);
  }
  v.choice("compare", n.compare, words, "what the run is compared with");
  v.only_for({{.text = "task.then", .met = !c.task.then.empty(), .got = "one task"}, linear(c)});
  v.real("then_balance", n.then_balance, Range::any,
         "λ for the later tasks: before each of them the layers are made anew from A, with this balance and the width "
         "of the start (two layers)");
  v.only_for({});
  v.seed("seed", n.seed, "of the network; if unset, the common seed");
}

void visit_solver(Configuration& c, FieldVisitor& v) {
  SolverSection& s = c.solver;
  const CompanionWord& companion = companion_of(c.network);
  const auto only_when = [&](const char* text, bool met) {
    v.only_for({{.text = text, .met = met, .got = std::string("solver.kind = ") + s.kind->word()}});
  };
  v.section("solver", "How the network is trained.");
  visit_kind(s.kind, v, "the solver; each kind has its own keys, below");
  only_when("solver.kind = flow or exact, network.kind = neuron or diagonal, or a comparison with a closed form",
            !s.kind->by_steps() || c.network.kind->uses_rates() || companion.uses_rates);
  v.layers("rates", s.rates, Range::positive, "η_l of a flow, a number or a list of one a layer");
  only_when("solver.kind = exact, or network.compare = exact", s.kind->closed_form() || companion.uses_tolerance);
  v.real("closure_tolerance", s.closure_tolerance, Range::positive,
         "the largest residual at which a start counts as satisfying the closure; larger values give approximations");
  v.only_for({});
}

void visit_record(Configuration& c, FieldVisitor& v) {
  RecordSection& r = c.record;
  using Instants = RecordSection::Instants;
  const std::vector<std::pair<std::string, Instants>> schedules{
      {"auto", Instants::automatic},          {"every", Instants::every}, {"linear", Instants::linear},
      {"logarithmic", Instants::logarithmic}, {"at", Instants::at},       {"ends", Instants::ends}};
  const auto schedule = [&](const std::vector<std::string>& names) {
    const auto is_chosen = [&](const auto& s) { return s.second == r.schedule; };
    return one_of("record.schedule", std::find_if(schedules.begin(), schedules.end(), is_chosen)->first, names);
  };
  v.only_for({});
  v.section("record", "What is recorded during a run. The start and the end are always recorded.");
  v.choices("observables", r.observables, landscape::observable_names(), "by name; computed only when recorded");
  v.word("schedule", r.schedule, schedules,
         "every: each `every`-th step of descent; linear, logarithmic: `count` instants, rounded to steps for descent; "
         "at: the steps or times listed; auto: every for descent, 101 times from 0 to t_end for the other solvers");
  v.only_for({schedule({"auto", "every"}),
              {.text = "solver.kind = descent or spectral",
               .met = c.solver.kind->by_steps(),
               .got = std::string("solver.kind = ") + c.solver.kind->word()}});
  v.whole("every", r.every, 1, "steps between records");
  v.only_for({schedule({"linear", "logarithmic"})});
  v.whole("count", r.count, 2, "instants of a linear or logarithmic schedule");
  v.only_for({schedule({"logarithmic"})});
  v.real("first", r.first, Range::positive, "first instant of a logarithmic schedule, in steps or time");
  v.only_for({schedule({"at"})});
  v.reals("at", r.at, "steps or times");
  v.only_for({linear(c)});
  v.real("threshold", r.threshold, Range::non_negative,
         "κ; if unset, σ²w of a Gaussian start, or that of the best closure");
  v.only_for({{.text = "record.observables or record.at_best with rank",
               .met = among(r.observables, "rank") || among(r.at_best, "rank"),
               .got = "neither"}});
  v.real("rank_fraction", r.rank_fraction, Range::non_negative,
         "the rank is the number of singular values above this fraction of the largest");
  v.only_for({named("record.observables", r.observables, {"new_property", "new_property_all_layers"})});
  v.whole("item", r.item, 0, "the input that is taught a new property, from 0");
  v.only_for({named("record.observables", r.observables, {"input_noise_error", "parameter_noise_error"})});
  v.real("noise", r.noise, Range::non_negative, "σ, the standard deviation of noise added to each input or weight");
  v.whole("noise_draws", r.noise_draws, 0, "draws of the noise to take the mean of; 0: its expectation in closed form");
  v.only_for({});
  v.choices("at_best", r.at_best,
            {"rank", "stable_rank", "effective_rank", "nuclear_norm", "train_error", "cost", "gradient_norm",
             "train_accuracy", "test_accuracy", "kernel_distance", "hamming_distance", "parameter_norm",
             "parameter_distance"},
            "observables measured where the test error was smallest; the last four only for perceptrons");
  v.word("best", r.best, {{"steps", BestOf::steps}, {"records", BestOf::records}},
         "search for the smallest test error at all steps or at records; of perceptrons each evaluation is a pass over "
         "the test samples, and with batches only records are searched");
  v.only_for({});
  v.real("below", r.below, Range::positive,
         "in a sweep: report when the test error is first below this bound, and how long it is, between records");
  v.reals("learned", r.learned,
          "solver exact, in a sweep: report the times at which each mode of the last task has reached these fractions; "
          "nan at a saddle");
  v.whole("slice", r.slice, 0,
          "with compare = \"greedy\", the number of points a side of a grid of costs, in the plane through the first "
          "three plateaus of the run; 0 for none");
}

template <class Section>
void add_alternatives(const Section& section, const std::string& name, std::vector<std::vector<std::string>>& all) {
  for (std::vector<std::string> keys : section.kind->alternatives()) {
    for (std::string& key : keys) key = name + "." + key;
    all.push_back(std::move(keys));
  }
}

}  // namespace

std::vector<std::vector<std::string>> alternatives(const Configuration& c) {
  std::vector<std::vector<std::string>> all;
  add_alternatives(c.task, "task", all);
  add_alternatives(c.network, "network", all);
  add_alternatives(c.solver, "solver", all);
  return all;
}

const std::vector<std::string>& FigureSection::kinds() {
  static const std::vector<std::string> words{"auto",     "curves",  "modes", "heat_map", "lines",
                                              "matrices", "entries", "plane", "paths",    "partition"};
  return words;
}

namespace {

FieldVisitor::Surroundings surroundings_of(const Configuration& c) {
  return {.sweep = c.sweep.active(), .perceptron = c.network.kind->is_perceptron()};
}

void visit_run(Configuration& c, FieldVisitor& v) {
  v.only_for({});
  v.section("", "The whole run.");
  v.text("title", c.title, "title of the figure and of the file");
  v.seed("seed", c.seed, "seed of all random numbers; the same seed gives the same bits");
  v.whole(
      "point", c.point, 0,
      "index of the point of a sweep whose random numbers the network takes; if unset, 0 for a single run, and in a "
      "sweep for each point its own; given, all points of a sweep start from the same random numbers");
}

void visit_sweep(Configuration& c, FieldVisitor& v) {
  v.only_for({});
  v.section("sweep", "A grid over keys of the sections above, for `linnet sweep`.");
  v.whole("seeds", c.sweep.seeds, 1,
          "number of seeds for each point, from `seed` on; more than one adds a dimension seed");
  v.flag("curves", c.sweep.curves, "store the observables of every point along its run, not only at its end");
  v.choices("exponents", c.sweep.exponents, {},
            "results to fit by a power of an axis, for example final_saddle_distance: NAME_exponent is the "
            "least-squares slope in logarithms, averaged over seeds, and NAME_exponent_error its standard error");
  v.text("exponent_axis", c.sweep.exponent_axis, "dimension of the axis for exponents; if unset, the logarithmic axis");
  v.choice("expected_exponents", c.sweep.expected_exponents, {"none", "phase_transition"},
           "exponents of a theory to compare with, along a dimension law; phase_transition: those of d_m and d_s of a "
           "deep start with gamma");
  v.axes("axes", c.sweep.axes,
         "list of tables: field, and one of values = [...]; linear or logarithmic = [first, last, count]; symmetric = "
         "[smallest, largest, count], logarithmic on both sides of 0; cases = [{label = ..., set = [\"key=value\", "
         "...]}, ...], where field is a free name");
}

void visit_figure(Configuration& c, FieldVisitor& v) {
  v.section("figure", "What it shows, for pictures and `linnet reproduce list`.");
  v.text("name", c.figure.name, "as in `linnet reproduce NAME`");
  v.text("paper", c.figure.paper, "where it comes from");
  v.text("shows", c.figure.shows, "in a line");
  v.text("time", c.figure.time, "expected, on two cores");
  v.choices("quick", c.figure.quick, {}, "assignments like those of --set, for `linnet reproduce --quick`");
  v.choice("kind", c.figure.kind, FigureSection::kinds(), "of picture");
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
  v.choice("regime_lines", c.figure.regime_lines, {"none", "mixed", "mixed_infinite", "deep", "ridge"},
           "lines of the phase diagram; mixed_infinite: those of infinite width; deep: where lazy turns active at each "
           "depth; ridge: where the value is least along y");
}

/// The sections in the order of a file.
constexpr std::array<std::pair<const char*, void (*)(Configuration&, FieldVisitor&)>, 7> sections{
    {{"", visit_run},
     {"task", visit_task},
     {"network", visit_network},
     {"solver", visit_solver},
     {"record", visit_record},
     {"sweep", visit_sweep},
     {"figure", visit_figure}}};

}  // namespace

void visit_fields(Configuration& c, FieldVisitor& v) {
  v.surroundings = surroundings_of(c);
  for (const auto& section : sections) section.second(c, v);
}

void visit_section(Configuration& c, const std::string& section, FieldVisitor& v) {
  v.surroundings = surroundings_of(c);
  for (const auto& [name, visit] : sections) {
    if (section == name) visit(c, v);
  }
}

void visit_options(Configuration& c, const std::string& section, FieldVisitor& v) {
  v.surroundings = surroundings_of(c);
  v.only_for({});
  if (section == "task") c.task.kind->visit(v);
  if (section == "network") c.network.kind->visit(v);
  if (section == "solver") c.solver.kind->visit(v);
}

}  // namespace linnet::config
