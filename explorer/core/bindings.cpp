// The typed module that the page's worker calls; explorer/src/core/module.ts has its types.

#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <algorithm>
#include <exception>
#include <new>

#include "linnet/error.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/version.hpp"
#include "scene.hpp"

namespace linnet::explorer {

namespace {

using emscripten::val;

val array(const double* data, std::size_t size) {
  return val::global("Float64Array").new_(val(emscripten::typed_memory_view(size, data)));
}

val array(const Vector& v) { return array(v.data(), static_cast<std::size_t>(v.size())); }
val array(const std::vector<double>& v) { return array(v.data(), v.size()); }
/// Column after column.
val array(const Matrix& m) { return array(m.data(), static_cast<std::size_t>(m.size())); }

/// As `Matrix` of types.ts, row by row.
val matrix(const Matrix& m) {
  if (m.size() == 0) return val::null();
  const Matrix rows = m.transpose();
  val out = val::object();
  out.set("rows", static_cast<double>(m.rows()));
  out.set("cols", static_cast<double>(m.cols()));
  out.set("values", array(rows));
  return out;
}

val number_or_null(double x) { return std::isnan(x) ? val::null() : val(x); }
val array_or_null(const Vector& v) { return v.array().isNaN().all() ? val::null() : array(v); }

bool given(const val& v) { return !v.isUndefined() && !v.isNull(); }

Matrix matrix_of(const val& rows, const char* field) {
  const auto count = rows["length"].as<std::size_t>();
  if (count == 0) bad_input({.field = field, .expected = "a matrix", .got = "no rows"});
  Matrix m;
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<double> row = emscripten::convertJSArrayToNumberVector<double>(rows[i]);
    if (i == 0) m.resize(static_cast<Index>(count), static_cast<Index>(row.size()));
    if (static_cast<Index>(row.size()) != m.cols()) {
      bad_input({.field = field,
                 .expected = std::to_string(m.cols()) + " numbers in each row",
                 .got = std::to_string(row.size()) + " in row " + std::to_string(i + 1)});
    }
    m.row(static_cast<Index>(i)) = Eigen::Map<const Eigen::RowVectorXd>(row.data(), m.cols());
  }
  return m;
}

std::uint64_t seed_of(const val& v) { return static_cast<std::uint64_t>(v.as<double>()); }
Index count_of(const val& v) { return static_cast<Index>(v.as<double>()); }

Problem problem_of(const val& v) {
  const val task = v["task"];
  const auto kind = task["kind"].as<std::string>();
  Problem p{.task = neuron_task()};
  if (kind == "noise") {
    p.task = tasks::low_rank_plus_noise({.dim = count_of(task["dim"]),
                                         .rank = count_of(task["rank"]),
                                         .noise = task["noise"].as<double>(),
                                         .seed = seed_of(task["seed"])});
  } else if (kind == "neuron") {
    p.angle = task["angle"].as<double>();
  } else {
    std::optional<Matrix> signal;
    if (given(task["signal"])) signal = matrix_of(task["signal"], "signal");
    p.task = tasks::target(matrix_of(task["target"], "target"), signal);
    if (given(task["reversed"]) && task["reversed"].as<bool>()) {
      p.task = tasks::reversed(p.task);
      p.reversed = true;
    }
  }
  const val start = v["start"];
  p.start = {.width = start["width"].as<std::string>(),
             .neurons = count_of(start["neurons"]),
             .depth = count_of(start["depth"]),
             .scale = start["scale"].as<double>(),
             .balance = start["balance"].as<double>(),
             .seed = seed_of(start["seed"])};
  if (given(start["gram"])) p.start.gram = matrix_of(start["gram"], "gram");
  if (given(start["weights"])) {
    const auto layers = start["weights"]["length"].as<std::size_t>();
    for (std::size_t l = 0; l < layers; ++l) p.start.weights.push_back(matrix_of(start["weights"][l], "weights"));
  }
  return p;
}

/// The words of the page for the fields of linnet.
std::string sentence_of(const Error& e) {
  std::string field = e.field().substr(e.field().rfind('.') + 1);
  if (e.field() == "network.width") field = "neurons";
  std::string text = field + ": expected " + e.expected() + ", got " + e.got();
  if (!e.hint().empty()) text += "\n  hint: " + e.hint();
  return text;
}

val failure(const std::string& sentence) {
  val out = val::object();
  out.set("error", sentence);
  return out;
}

/// What the function returns, or { error } with linnet's sentence: a C++ exception would reach the page as a number.
template <class F>
val guarded(F f) {
  try {
    return f();
  } catch (const Error& e) {
    return failure(sentence_of(e));
  } catch (const std::bad_alloc&) {
    return failure(
        "size: expected a network that fits into the memory of a page, got a larger one\n"
        "  hint: fewer neurons, fewer layers or a smaller matrix");
  } catch (const std::exception& e) {
    return failure(e.what());
  }
}

/// After a reversal modes are told along the vectors of the matrix that was learned first, Y: they go from y_i to −y_i.
double sign_of(const Problem& p) { return p.reversed ? -1 : 1; }

val values(const Values& v, double sign, const Vector& neuron) {
  val out = val::object();
  out.set("modes", array(Vector(sign * v.modes)));
  out.set("loss", v.loss);
  out.set("testError", number_or_null(v.test_error));
  out.set("kernelDistance", number_or_null(v.kernel_distance));
  out.set("neuron", neuron.size() > 0 ? array(neuron) : val::null());
  return out;
}

val saddles(const Vector& y) {
  val out = val::array();
  const double all = y.squaredNorm() / 2;
  double loss = all;
  for (Index k = 0; k < y.size() && loss > 1e-12 * all; ++k) {
    val saddle = val::object();
    saddle.set("rank", static_cast<double>(k));
    saddle.set("loss", loss);
    out.call<void>("push", saddle);
    loss -= y(k) * y(k) / 2;
  }
  return out;
}

class SceneOfPage {
 public:
  explicit SceneOfPage(Problem problem) : scene_(std::move(problem)) {}

  val work(double milliseconds) {
    return guarded([&] { return val(scene_.work(milliseconds)); });
  }

  val solution(double count) {
    return guarded([&] {
      const Solution s = scene_.solution(static_cast<Index>(count));
      const Motion& motion = scene_.motion();
      const Problem& p = scene_.problem();
      const double sign = sign_of(p);
      val out = val::object();
      out.set("outputs", static_cast<double>(p.task.shape().outputs));
      out.set("inputs", static_cast<double>(p.task.shape().inputs));
      out.set("method", motion.method());
      out.set("exact", motion.exact());
      out.set("target", array(Vector(sign * motion.targets())));
      out.set("left", matrix(sign * motion.vectors().u));
      out.set("right", matrix(motion.vectors().v));
      const Vector signal = motion.signal();
      out.set("signal", signal.size() > 0 ? array(signal) : val::null());
      out.set("threshold", motion.threshold());
      out.set("times", array(s.times));
      out.set("modes", array(Matrix(sign * s.modes)));
      out.set("loss", array(s.loss));
      out.set("testError", array_or_null(s.test_error));
      out.set("kernelDistance", array_or_null(s.kernel_distance));
      out.set("neuron", s.neuron.size() > 0 ? array(s.neuron) : val::null());
      out.set("start", values(s.start, sign, motion.neuron(0)));
      out.set("end", values(s.end, sign, motion.neuron(HUGE_VAL)));
      out.set("learningTimes", array(s.learning_times));
      val best = val::null();
      if (s.best) {
        best = val::object();
        best.set("time", s.best->time);
        best.set("testError", s.best->test_error);
      }
      out.set("best", best);
      out.set("saddles", saddles(motion.vectors().s));
      out.set("warning", motion.warning());
      out.set("complete", s.complete);
      return out;
    });
  }

  val moment(double t) {
    return guarded([&] {
      const Motion& motion = scene_.motion();
      const Picture picture = motion.picture(t);
      val out = values(motion.at(t), sign_of(scene_.problem()), motion.neuron(t));
      out.set("time", t);
      out.set("endToEnd", matrix(picture.end_to_end));
      out.set("inputRepresentation", matrix(picture.input_representation));
      out.set("outputRepresentation", matrix(picture.output_representation));
      return out;
    });
  }

 private:
  Scene scene_;
};

class DescentOfPage {
 public:
  DescentOfPage(Problem problem, const Span& span) : sign_(sign_of(problem)), descent_(std::move(problem), span) {}

  val work(double milliseconds) {
    return guarded([&] { return val(descent_.work(milliseconds)); });
  }

  val dots() {
    const Index modes = descent_.modes().empty() ? 0 : descent_.modes().front().size();
    Matrix all(modes, static_cast<Index>(descent_.modes().size()));
    for (Index k = 0; k < all.cols(); ++k) all.col(k) = sign_ * descent_.modes()[static_cast<std::size_t>(k)];
    val out = val::object();
    out.set("times", array(descent_.times()));
    out.set("modes", array(all));
    out.set("loss", array(descent_.loss()));
    out.set("step", descent_.step());
    out.set("steps", static_cast<double>(descent_.steps()));
    out.set("note", descent_.note());
    return out;
  }

 private:
  double sign_;
  PlainDescent descent_;
};

class MapOfPage {
 public:
  explicit MapOfPage(Problem problem, Measure measure) : map_(std::move(problem), measure) {}

  [[nodiscard]] std::string note() const { return map_.note(); }
  [[nodiscard]] bool empty() const { return map_.empty(); }
  val row(double balance, const val& scales) {
    return guarded([&] {
      std::vector<double> values = emscripten::convertJSArrayToNumberVector<double>(scales);
      for (double& v : values) v = map_.at(v, balance);
      return array(values);
    });
  }

 private:
  PhaseMap map_;
};

val make_scene(const val& problem) {
  return guarded([&] { return val(std::make_shared<SceneOfPage>(problem_of(problem))); });
}

val make_descent(const val& problem, double first, double last) {
  return guarded(
      [&] { return val(std::make_shared<DescentOfPage>(problem_of(problem), Span{.first = first, .last = last})); });
}

val make_map(const val& problem, const std::string& measure) {
  return guarded([&] {
    return val(std::make_shared<MapOfPage>(problem_of(problem), measure == "test" ? Measure::test : Measure::kernel));
  });
}

std::string version_of_core() { return version; }

}  // namespace

EMSCRIPTEN_BINDINGS(explorer) {
  using emscripten::class_;
  using emscripten::function;
  class_<SceneOfPage>("Scene")
      .smart_ptr<std::shared_ptr<SceneOfPage>>("SharedScene")
      .function("work", &SceneOfPage::work)
      .function("solution", &SceneOfPage::solution)
      .function("moment", &SceneOfPage::moment);
  class_<DescentOfPage>("PlainDescent")
      .smart_ptr<std::shared_ptr<DescentOfPage>>("SharedPlainDescent")
      .function("work", &DescentOfPage::work)
      .function("dots", &DescentOfPage::dots);
  class_<MapOfPage>("PhaseMap")
      .smart_ptr<std::shared_ptr<MapOfPage>>("SharedPhaseMap")
      .function("note", &MapOfPage::note)
      .function("empty", &MapOfPage::empty)
      .function("row", &MapOfPage::row);
  function("makeScene", &make_scene);
  function("makeDescent", &make_descent);
  function("makeMap", &make_map);
  function("version", &version_of_core);
}

}  // namespace linnet::explorer
