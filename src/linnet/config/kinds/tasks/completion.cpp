#include "linnet/config/kinds/task.hpp"
#include "linnet/tasks/structured.hpp"

namespace linnet::config {

namespace {

/// Completion of a matrix from a file, of one with given modes, or of a low-rank signal with noise.
class Completion final : public KindOf<Completion, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "completion"; }
  [[nodiscard]] const char* meaning() const override {
    return "Some entries of a matrix, which is read from a file, or drawn with given modes, or low rank plus noise.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Matrix completion: C(A) = |M * (A - Y)|^2 / 2 over the observed entries.

`mask` is 1 (or True) where an entry of `target` is observed. Without a mask, the observed entries of a target that
has nan, or is a masked array, are those with numbers; of a target without nan, round(fraction * entries) entries,
half of them by default, are drawn uniformly at random by `seed`. With a mask, unobserved entries may be nan. The
test error is over all of `signal`, or over the entries of `test_mask`, none of them observed, or, without both, over
the unobserved entries if all of them are known. With a test mask alone all other known entries are observed. `weights`
and `huber` are those of docs/costs.md.

Raises:
    linnet.Error: when the mask has another shape, another value than 0 and 1, or no 1; for a fraction together
        with a mask or a target with nan; for a test mask with observed or unknown entries.)";
  }
  void visit(FieldVisitor& v) override {
    const Need no_file = without("task.file", target_.given());
    const Need no_modes = without("task.modes", !target_.given() && modes_.values.size() > 0);
    using Array = FieldVisitor::Argument::Array;
    v.only_for({});
    v.as({.name = "target", .required = true, .positional = true, .array = Array::with_gaps});
    v.matrix("file", target_,
             "the target Y, outputs x inputs; if unset, Y is drawn by modes and shape, or by dim, rank and noise");
    v.as({.positional = true}).matrix("mask", mask_, "1 for observed entries, 0 for the others; instead of a fraction");
    v.only_for({without("task.mask", mask_.given())});
    v.as({.positional = true});
    v.real("fraction", fraction_, FieldVisitor::Range::positive,
           "fraction of the entries that is observed, drawn at random; if unset, the entries of the file that are not "
           "nan, or half");
    v.as({.positional = true}).own_seed(own.seed);
    v.only_for({{.text = "task.file", .met = target_.given(), .got = "none"}});
    v.as({.positional = true}).matrix("signal", signal_, "a matrix of the shape of the target, for the test error");
    v.matrix("test_mask", test_mask_, "1 for the entries that the test error is over, none of them observed");
    v.only_for({no_file});
    v.not_in_python().shape("shape", modes_.shape, "[n_2, n_0], outputs and inputs of a target with given modes");
    v.not_in_python().vector("modes", modes_.values, "the singular values y_i of Y");
    v.only_for({no_file, no_modes});
    v.not_in_python().whole("dim", drawn_.dim, 1, "d: A* and Y are d x d");
    v.not_in_python().whole("rank", drawn_.rank, 1, "k, the rank of the signal A*");
    v.not_in_python().real("noise", drawn_.noise, FieldVisitor::Range::non_negative,
                           "standard deviation of the entries of E");
    v.only_for({});
    entries_.visit(v);
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    tasks::Completion o{.target = {},
                        .mask = read_if_given(mask_, setting.folder, "task.mask"),
                        .fraction = fraction_,
                        .seed = setting.seed,
                        .test_mask = read_if_given(test_mask_, setting.folder, "task.test_mask"),
                        .entries = entries_.read(setting.folder)};
    if (target_.given()) {
      o.target = read(target_, setting.folder, "task.file");
      o.signal = read_if_given(signal_, setting.folder, "task.signal");
    } else if (modes_.values.size() > 0) {  // the whole matrix is known, for the test
      require_shape(modes_.shape);
      tasks::Modes modes = modes_;
      modes.seed = setting.seed;
      o.target = tasks::modes(modes).target();
      o.signal = o.target;
    } else {  // low rank plus noise, partly observed; the test compares with the signal
      tasks::LowRankPlusNoise drawn = drawn_;
      drawn.seed = setting.seed;
      const Task whole = tasks::low_rank_plus_noise(drawn);
      o.target = whole.target();
      o.signal = whole.test->target();
    }
    return tasks::completion(o);
  }

  [[nodiscard]] std::string cost() const override { return entries_.words(true); }

 private:
  MatrixInput target_, mask_, signal_, test_mask_;
  EntryOptions entries_;
  std::optional<double> fraction_;
  tasks::Modes modes_;
  tasks::LowRankPlusNoise drawn_;
};

}  // namespace

std::unique_ptr<TaskKind> task_completion() { return std::make_unique<Completion>(); }

}  // namespace linnet::config
