#include "linnet/config/kinds/task.hpp"
#include "linnet/tasks/structured.hpp"

namespace linnet::config {

namespace {

/// Of a matrix from a file, of one of given modes, or of a low-rank signal in noise.
class Completion final : public KindOf<Completion, TaskKind> {
 public:
  [[nodiscard]] const char* word() const override { return "completion"; }
  [[nodiscard]] const char* meaning() const override {
    return "The seen entries of a matrix: from a file, of given modes, or low rank plus noise.";
  }
  [[nodiscard]] const char* about() const override {
    return R"(Matrix completion: C(A) = |M * (A - Y)|^2 / 2 over the seen entries.

`mask` holds 1 (or True) where an entry of `target` is seen. Without one, a target that has nan, or is a masked
array, is seen where it is known; of a target that is known everywhere, round(fraction * entries) entries, half of
them by default, are drawn uniformly at random by `seed`. Unseen entries may be nan beside a mask too. The test
error is over all of `signal`, or, without one, over the unseen entries of the target where all of those are known.

Raises:
    linnet.Error: when the mask has another shape, another value than 0 and 1, or sees nothing; for a fraction
        beside a mask or a target with nan.)";
  }
  void visit(FieldVisitor& v) override {
    const Need no_file = without("task.file", target_.given());
    const Need no_modes = without("task.modes", !target_.given() && modes_.values.size() > 0);
    using Array = FieldVisitor::Argument::Array;
    v.only_for({});
    v.as({.name = "target", .required = true, .positional = true, .array = Array::with_gaps});
    v.matrix("file", target_, "the target Y, outputs x inputs; else modes and shape, or dim, rank and noise make it");
    v.as({.positional = true}).matrix("mask", mask_, "1 seen, 0 unseen, instead of a fraction");
    v.only_for({without("task.mask", mask_.given())});
    v.as({.positional = true});
    v.real("fraction", fraction_, FieldVisitor::Range::positive,
           "of the entries, drawn at random, that is seen; else those of a file with nan that are not nan, or half");
    v.as({.positional = true}).own_seed(own.seed);
    v.only_for({{.text = "task.file", .met = target_.given(), .got = "none"}});
    v.as({.positional = true}).matrix("signal", signal_, "a matrix to test against, of the target's shape");
    v.only_for({no_file});
    v.not_in_python().shape("shape", modes_.shape, "[n_2, n_0], outputs and inputs, of a target of given modes");
    v.not_in_python().vector("modes", modes_.values, "the singular values y_i of Y");
    v.only_for({no_file, no_modes});
    v.not_in_python().whole("dim", drawn_.dim, 1, "d: A* and Y are d x d");
    v.not_in_python().whole("rank", drawn_.rank, 1, "k, the rank of the signal A*");
    v.not_in_python().real("noise", drawn_.noise, FieldVisitor::Range::non_negative,
                           "standard deviation of the entries of E");
    v.only_for({});
  }

  [[nodiscard]] Task make(const TaskSetting& setting) const override {
    tasks::Completion o{.target = {},
                        .mask = read_if_given(mask_, setting.folder, "task.mask"),
                        .fraction = fraction_,
                        .seed = setting.seed};
    if (target_.given()) {
      o.target = read(target_, setting.folder, "task.file");
      o.signal = read_if_given(signal_, setting.folder, "task.signal");
    } else if (modes_.values.size() > 0) {  // all of it is known to test against
      require_shape(modes_.shape);
      tasks::Modes modes = modes_;
      modes.seed = setting.seed;
      o.target = tasks::modes(modes).target();
      o.signal = o.target;
    } else {  // the Mixed task, seen in part: tested against its signal
      tasks::LowRankPlusNoise drawn = drawn_;
      drawn.seed = setting.seed;
      const Task whole = tasks::low_rank_plus_noise(drawn);
      o.target = whole.target();
      o.signal = whole.test->target();
    }
    return tasks::completion(o);
  }

  [[nodiscard]] std::string cost() const override {
    const Matrix one = Matrix::Ones(1, 1);
    return Cost::masked(one, one).words();
  }

 private:
  MatrixInput target_, mask_, signal_;
  std::optional<double> fraction_;
  tasks::Modes modes_;
  tasks::LowRankPlusNoise drawn_;
};

}  // namespace

std::unique_ptr<TaskKind> task_completion() { return std::make_unique<Completion>(); }

}  // namespace linnet::config
