// Motions in closed form in which each mode of Y moves alone.

#include <chrono>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/deep_mode.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/exact/unbalanced_mode.hpp"
#include "linnet/exact/wide_flow.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"
#include "motion.hpp"

namespace linnet::explorer {

namespace {

Matrix along(const Matrix& vectors, const Vector& values) {
  return linalg::product((vectors * values.asDiagonal()).eval(), vectors.transpose());
}

double test_error_of(const TaskSpectrum& s, const Vector& modes) {
  return s.overlap.size() > 0 ? s.test_error(s.target - modes) : nan;
}

/// C of the train error: 2C = train error · count.
double loss_of(const TaskSpectrum& s, const Vector& modes) {
  return s.train_error(s.target - modes) * s.train_count / 2;
}

class ModeMotion final : public Motion {
 public:
  explicit ModeMotion(const Problem& p) : ModeMotion(p, spectrum_of(p.task)) {}

  [[nodiscard]] std::string method() const override {
    return "Closed form: each mode of an infinitely wide network of two layers learns alone.";
  }
  [[nodiscard]] double threshold() const override { return flow_.threshold(); }
  [[nodiscard]] const linalg::Svd& vectors() const override { return *flow_.spectrum().vectors; }
  [[nodiscard]] Vector signal() const override { return flow_.spectrum().overlap; }
  [[nodiscard]] std::string warning() const override { return flow_.warning(); }

  [[nodiscard]] Values at(double t) const override {
    Vector modes = flow_.modes(t);
    const double loss = flow_.train_error(t) * flow_.spectrum().train_count / 2;
    const double test = flow_.spectrum().overlap.size() > 0 ? flow_.test_error(t) : nan;
    return {.modes = std::move(modes), .loss = loss, .test_error = test, .kernel_distance = flow_.kernel_distance(t)};
  }
  /// As flow_.gram_state(t), but without an SVD of A(t), whose vectors are known: C_1 and C_2 have grown along them by
  /// √(κ² + a_i²) − κ.
  [[nodiscard]] Picture picture(double t) const override {
    const Vector modes = flow_.modes(t);
    const double kappa = flow_.threshold();
    const Vector growth = modes.unaryExpr(
        [kappa](double a) { return a == 0 ? 0.0 : std::abs(a) * (std::abs(a) / (std::hypot(kappa, a) + kappa)); });
    const auto grown = [&growth](double scale, const Matrix& vectors) {
      Matrix c = along(vectors, growth);
      c.diagonal().array() += scale;
      return c;
    };
    const linalg::Svd& y = vectors();
    return {flow_.end_to_end(t), grown(scales_[0], y.v), grown(scales_[1], y.u)};
  }
  [[nodiscard]] std::optional<BestMoment> best() const override {
    return flow_.spectrum().overlap.size() > 0 ? std::optional(flow_.best()) : std::nullopt;
  }
  [[nodiscard]] Vector learning_times() const override { return flow_.learning_times(0.5); }

 private:
  ModeMotion(const Problem& p, const std::shared_ptr<const TaskSpectrum>& spectrum)
      : scales_(p.start.scales()),
        flow_(spectrum, {.scales = scales_, .start = p.reversed ? Vector(-spectrum->target) : Vector()}) {}

  Layerwise scales_;
  ModeFlow flow_;
};

class WideMotion final : public Motion {
 public:
  explicit WideMotion(const Problem& p) : flow_(integrated(p)) {}

  [[nodiscard]] std::string method() const override {
    return "Each mode of an infinitely wide network of " + std::to_string(flow_.depth()) +
           " layers learns alone, integrated to " + format_number(tolerance(flow_.depth())) + ".";
  }
  [[nodiscard]] bool exact() const override { return false; }
  [[nodiscard]] const linalg::Svd& vectors() const override { return *flow_.spectrum().vectors; }
  [[nodiscard]] Vector signal() const override { return flow_.spectrum().overlap; }
  [[nodiscard]] std::string warning() const override { return flow_.warning(); }
  [[nodiscard]] Values at(double t) const override {
    const Vector modes = flow_.modes(t);
    return {.modes = modes,
            .loss = loss_of(flow_.spectrum(), modes),
            .test_error = test_error_of(flow_.spectrum(), modes),
            .kernel_distance = nan};
  }
  [[nodiscard]] Picture picture(double t) const override { return {.end_to_end = flow_.end_to_end(t)}; }
  [[nodiscard]] std::optional<BestMoment> best() const override {
    return flow_.spectrum().overlap.size() > 0 ? std::optional(flow_.best()) : std::nullopt;
  }
  [[nodiscard]] Vector learning_times() const override { return flow_.learning_times(0.5); }

 private:
  /// Five layers take a second or more to 1e-6.
  static double tolerance(Index depth) { return depth > 4 ? 1e-4 : 1e-6; }

  static WideFlow integrated(const Problem& p) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point until = Clock::now() + std::chrono::seconds(5);
    const Interruptible limit([until] { return Clock::now() < until; });
    try {
      return {spectrum_of(p.task),
              {.depth = p.start.depth, .scales = p.start.deep_roots(), .tolerance = tolerance(p.start.depth)}};
    } catch (const Error& e) {
      // It took too long, or the error did not fall.
      if (e.kind() == Error::Kind::input) throw;
      bad_input({.field = "depth",
                 .expected = "modes that can be integrated within seconds",
                 .got = std::to_string(p.task.shape().modes()) + " modes of " + std::to_string(p.start.depth) +
                        " infinitely wide layers",
                 .hint = "fewer layers, a larger scale, or a smaller matrix"});
    }
  }

  WideFlow flow_;
};

/// Layers that are balanced, the last one but for λ, with A(0) = scale Σ u_i v_iᵀ. One layer needs no balance.
class AlignedMotion final : public Motion {
 public:
  explicit AlignedMotion(const Problem& p)
      : spectrum_(*spectrum_of(p.task)),
        depth_(p.start.depth),
        imbalance_{.balance = p.start.balance, .layer = UnbalancedLayer::last} {
    for (const double y : spectrum_.target) {
      if (depth_ == 1 || imbalance_.balance == 0) {
        balanced_.emplace_back(DeepMode::Parameters{.depth = depth_, .start = p.start.scale, .target = y});
      } else {
        unbalanced_.emplace_back(
            UnbalancedMode::Parameters{.depth = depth_, .start = p.start.scale, .target = y, .imbalance = imbalance_});
      }
    }
  }

  [[nodiscard]] std::string method() const override {
    return depth_ == 1 ? "Closed form: one layer, each mode is an exponential."
                       : "Closed form: balanced layers along the singular vectors of Y, each mode learns alone.";
  }
  [[nodiscard]] const linalg::Svd& vectors() const override { return *spectrum_.vectors; }
  [[nodiscard]] Vector signal() const override { return spectrum_.overlap; }
  [[nodiscard]] Values at(double t) const override {
    Vector modes = modes_at(t);
    const double loss = loss_of(spectrum_, modes);
    const double test = test_error_of(spectrum_, modes);
    const double moved = kernel_distance(modes_at(0), modes);
    return {.modes = std::move(modes), .loss = loss, .test_error = test, .kernel_distance = moved};
  }
  [[nodiscard]] Picture picture(double t) const override {
    const Vector modes = modes_at(t);
    Picture picture{.end_to_end = spectrum_.matrix_of(modes)};
    if (depth_ == 1) return picture;
    Vector inner(modes.size());
    Vector outer(modes.size());
    for (Index i = 0; i < modes.size(); ++i) {
      const LayerValues x = layer_values(modes(i), depth_, imbalance_.excess());
      inner(i) = x.inner * x.inner;
      outer(i) = x.outer * x.outer;
    }
    picture.input_representation = along(spectrum_.vectors->v, inner);
    picture.output_representation = along(spectrum_.vectors->u, outer);
    return picture;
  }
  [[nodiscard]] Vector learning_times() const override {
    Vector times(spectrum_.target.size());
    for (Index i = 0; i < times.size(); ++i) {
      const double y = spectrum_.target(i);
      const auto k = static_cast<std::size_t>(i);
      const bool before = !(mode(k, 0) < y / 2);
      times(i) = before              ? (y > 0 ? 0.0 : infinity)
                 : balanced_.empty() ? unbalanced_[k].time_to(y / 2)
                                     : balanced_[k].time_to(y / 2);
    }
    return times;
  }

 private:
  [[nodiscard]] double mode(std::size_t k, double t) const {
    return balanced_.empty() ? unbalanced_[k].at(t) : balanced_[k].at(t);
  }
  [[nodiscard]] Vector modes_at(double t) const {
    Vector modes(spectrum_.target.size());
    for (Index i = 0; i < modes.size(); ++i) modes(i) = mode(static_cast<std::size_t>(i), t);
    return modes;
  }

  /// K = Σ_l B_l ⊗ P_l with B_l, P_l diagonal along the modes: the squares of the layers after l and before it. B_L and
  /// P_1 are the identity, on the directions that Y does not use too.
  struct Sides {
    std::vector<Vector> out;
    std::vector<Vector> in;
  };
  [[nodiscard]] Sides sides(const Vector& modes) const {
    const Index outputs = spectrum_.vectors->u.rows();
    const Index inputs = spectrum_.vectors->v.rows();
    Sides s;
    for (Index l = 1; l <= depth_; ++l) {
      Vector out = l == depth_ ? Vector::Ones(outputs) : Vector::Zero(outputs);
      Vector in = l == 1 ? Vector::Ones(inputs) : Vector::Zero(inputs);
      for (Index i = 0; i < modes.size(); ++i) {
        const LayerValues x = depth_ == 1 ? LayerValues{} : layer_values(modes(i), depth_, imbalance_.excess());
        if (l < depth_) out(i) = std::pow(x.inner, 2 * static_cast<double>(depth_ - 1 - l)) * x.outer * x.outer;
        if (l > 1) in(i) = std::pow(x.inner, 2 * static_cast<double>(l - 1));
      }
      s.out.push_back(std::move(out));
      s.in.push_back(std::move(in));
    }
    return s;
  }
  [[nodiscard]] double kernel_distance(const Vector& start, const Vector& modes) const {
    const auto product = [](const Sides& a, const Sides& b) {
      double sum = 0;
      for (std::size_t l = 0; l < a.out.size(); ++l) {
        for (std::size_t m = 0; m < b.out.size(); ++m) sum += a.out[l].dot(b.out[m]) * a.in[l].dot(b.in[m]);
      }
      return sum;
    };
    const Sides before = sides(start);
    const Sides now = sides(modes);
    return linnet::kernel_distance(product(before, now), std::sqrt(product(before, before)),
                                   std::sqrt(product(now, now)));
  }

  TaskSpectrum spectrum_;
  Index depth_;
  LayerImbalance imbalance_;
  std::vector<DeepMode> balanced_;
  std::vector<UnbalancedMode> unbalanced_;
};

}  // namespace

std::shared_ptr<const TaskSpectrum> spectrum_of(const Task& task) {
  thread_local std::shared_ptr<const TaskSpectrum> last;
  thread_local std::optional<Task> of;
  const auto same = [](const Matrix& a, const Matrix& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() && a == b;
  };
  const bool known = of && same(of->target(), task.target()) && of->test.has_value() == task.test.has_value() &&
                     (!task.test || same(of->test->target(), task.test->target()));
  if (!known) {
    last = std::make_shared<TaskSpectrum>(sample_spectrum(task));
    of = task;
  }
  return last;
}

std::unique_ptr<Motion> mode_motion(const Problem& p) { return std::make_unique<ModeMotion>(p); }
std::unique_ptr<Motion> wide_motion(const Problem& p) { return std::make_unique<WideMotion>(p); }
std::unique_ptr<Motion> aligned_motion(const Problem& p) { return std::make_unique<AlignedMotion>(p); }

}  // namespace linnet::explorer
