#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>

#include "dormand_prince.hpp"
#include "layers.hpp"
#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/support/constants.hpp"
#include "motion.hpp"

namespace linnet::explorer {

namespace {

constexpr double rtol = 1e-10;
constexpr std::size_t most_steps = 100'000;

/// The weights, integrated in the singular bases of Y, where small modes are small components and keep their digits
/// beside large ones.
class IntegratedMotion final : public Motion {
 public:
  explicit IntegratedMotion(const Problem& p)
      : problem_(p), full_(linalg::full_svd(p.task.target())), rotated_task_(tasks::target(rotated(p.task.target()))) {
    const Index n = p.task.shape().modes();
    vectors_ = {.u = full_.u.leftCols(n), .s = full_.s, .v = full_.v.leftCols(n)};
    if (p.task.test) signal_ = vectors_.u.cwiseProduct(p.task.test->target() * vectors_.v).colwise().sum();
    const DeepLinear start = weights_of_start(p);
    std::vector<Matrix> layers = start.weights();
    layers.front() = linalg::product(layers.front(), full_.v);
    layers.back() = linalg::product(full_.u.transpose(), layers.back());
    cone_ = start.cone() != nullptr;
    require_affordable(layers);
    moving_ = std::make_unique<Layers>(DeepLinear(layers), rotated_task_);
    start_ = moving_->state();
    Index narrowest = n;
    for (std::size_t l = 1; l < layers.size(); ++l) narrowest = std::min(narrowest, layers[l].cols());
    rank_ = narrowest;
    least_ = full_.s.tail(n - rank_).squaredNorm() / 2;
    kernel_ = std::make_unique<TangentKernel>(moving_->network());
    const double fastest = fastest_rate(layers);
    // States of many numbers are kept at fewer times.
    per_decade_ = start_.size() <= 5'000 ? 96 : start_.size() <= 40'000 ? 48 : 24;
    next_ = static_cast<Index>(std::floor(per_decade_ * std::log10(1e-3 / fastest)));
    flow_ = std::make_unique<DormandPrince>(solver(start_, 0, grid_time(next_)));
    largest_cost_ =
        std::max(rotated_task_.train.evaluate(Matrix::Zero(p.task.shape().outputs, p.task.shape().inputs)).cost,
                 moving_->cost());
  }

  [[nodiscard]] std::string method() const override {
    std::string what = "Gradient flow of the weights";
    if (problem_.start.width == "gaussian" && problem_.start.depth == 2) {
      what = "Gradient flow of the Gram state of " + std::to_string(problem_.start.neurons) + " hidden neurons";
    } else if (cone_) {
      what = "Gradient flow of the light cone of " + std::to_string(problem_.start.neurons) + " neurons a layer";
    }
    return what + ", integrated with a relative error of 1e-10 a step.";
  }
  [[nodiscard]] bool exact() const override { return false; }
  [[nodiscard]] const linalg::Svd& vectors() const override { return vectors_; }
  [[nodiscard]] Vector signal() const override { return signal_; }
  [[nodiscard]] std::string warning() const override {
    return failed_ ? "The integration ended early: later times are missing." : "";
  }

  [[nodiscard]] Values at(double t) const override {
    if (t == infinity) return end();
    return values_of(state_at(t));
  }
  [[nodiscard]] Picture picture(double t) const override {
    const Layers& now = layers_at(state_at(std::min(t, last_time())));
    const std::vector<Matrix>& layers = now.weights();
    const Matrix& a = now.end_to_end();
    const Matrix first = linalg::product(layers.front(), full_.v.transpose());
    const Matrix last = linalg::product(full_.u, layers.back());
    Picture picture{.end_to_end = linalg::product(full_.u, linalg::product(a, full_.v.transpose()))};
    if (layers.size() > 1) {
      picture.input_representation = linalg::product(first.transpose(), first);
      picture.output_representation = linalg::product(last, last.transpose());
    }
    return picture;
  }

  bool work(double milliseconds) override {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point until =
        Clock::now() + std::chrono::microseconds(static_cast<long long>(1000 * milliseconds));
    while (!done_) {
      if (steps_++ == most_steps || !flow_->advance()) failed_ = done_ = true;
      while (!failed_ && grid_time(next_) <= flow_->time()) {
        times_.push_back(grid_time(next_++));
        states_.push_back(flow_->at(times_.back()));
        done_ = done_ || cost_of(states_.back()) - least_ < 1e-7 * largest_cost_;
      }
      if (Clock::now() > until) break;
    }
    return done_;
  }
  [[nodiscard]] std::vector<double> known_times() const override { return times_; }

 private:
  [[nodiscard]] double grid_time(Index j) const { return std::pow(10, static_cast<double>(j) / per_decade_); }

  [[nodiscard]] Matrix rotated(const Matrix& a) const {
    Matrix diagonal = Matrix::Zero(a.rows(), a.cols());
    diagonal.diagonal() = full_.s;
    return diagonal;
  }

  /// A velocity takes some six products of each layer with the thinner side.
  static void require_affordable(const std::vector<Matrix>& layers) {
    double flops = 0;
    double numbers = 0;
    const Index thin = std::min(layers.front().cols(), layers.back().rows());
    for (const Matrix& w : layers) {
      flops += 12 * static_cast<double>(w.size()) * static_cast<double>(thin);
      numbers += static_cast<double>(w.size());
    }
    // Some hundred states of it are kept.
    if (numbers > 3e5) {
      bad_input(
          {.field = "size",
           .expected = "at most 300000 weights that move, which a page can keep at hundreds of times",
           .got = format_number(numbers),
           .hint = "fewer layers or a smaller matrix; infinite width has a closed form of two layers at any size"});
    }
    if (flops > 1e8) {
      bad_input({.field = "width",
                 .expected = "a network that a page can integrate",
                 .got = format_number(flops) + " operations for each of thousands of steps",
                 .hint = "infinite width has a closed form at any size; linnet itself integrates larger networks"});
    }
  }

  [[nodiscard]] double fastest_rate(const std::vector<Matrix>& layers) const {
    double largest = std::pow(full_.s(0), 1 / static_cast<double>(layers.size()));
    for (const Matrix& w : layers) largest = std::max(largest, w.norm());
    const double power = 2 * static_cast<double>(layers.size()) - 2;
    return std::max(static_cast<double>(layers.size()) * std::pow(largest, power), 1e-12);
  }

  /// The weights are put to this state.
  [[nodiscard]] const Layers& layers_at(const Vector& x) const {
    moving_->set(x);
    return *moving_;
  }

  [[nodiscard]] DormandPrince solver(const Vector& x, double t, double step) const {
    const auto velocity = [this](const Vector& now, Vector& derivative) {
      moving_->set(now);
      moving_->velocity(derivative);
    };
    return {x, t, velocity, [this](const Vector& now, Vector& sizes) { compare_with(now, sizes); }, rtol, step};
  }

  /// An entry of the first layer is compared with its column, one of the last with its row, which belong to one
  /// direction of the inputs or outputs, one between with its layer.
  void compare_with(const Vector& x, Vector& sizes) const {
    const double* at = x.data();
    double* to = sizes.data();
    const std::vector<Matrix>& layers = moving_->weights();
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Eigen::Map<const Matrix> w(at, layers[l].rows(), layers[l].cols());
      Eigen::Map<Matrix> size(to, w.rows(), w.cols());
      if (l == 0) {
        size.rowwise() = w.colwise().norm();
      } else if (l + 1 == layers.size()) {
        size.colwise() = w.rowwise().norm();
      } else {
        size.setConstant(w.norm());
      }
      at += w.size();
      to += w.size();
    }
    sizes.array() += 1e-300;
  }

  [[nodiscard]] double cost_of(const Vector& x) const { return layers_at(x).cost(); }

  [[nodiscard]] Values values_of(const Vector& x) const {
    const Layers& now = layers_at(x);
    const Matrix& a = now.end_to_end();
    Values v{.modes = a.diagonal(), .loss = now.cost(), .test_error = nan};
    if (problem_.task.test) {
      const Cost& test = *problem_.task.test;
      v.test_error =
          test.error_of(test.evaluate(linalg::product(full_.u, linalg::product(a, full_.v.transpose()))).cost);
    }
    v.kernel_distance = distance_of(x);
    return v;
  }

  [[nodiscard]] double distance_of(const Vector& x) const {
    return cone_ ? nan : kernel_distance(*kernel_, TangentKernel(layers_at(x).network()));
  }

  [[nodiscard]] double last_time() const { return times_.empty() ? 0 : times_.back(); }

  /// From the known state before t.
  [[nodiscard]] Vector state_at(double t) const {
    const auto after = std::upper_bound(times_.begin(), times_.end(), t);
    const bool first = after == times_.begin();
    const double from = first ? 0 : *(after - 1);
    const Vector& x = first ? start_ : states_[static_cast<std::size_t>(after - times_.begin() - 1)];
    if (t == from || (after == times_.end() && !times_.empty())) return x;
    DormandPrince flow = solver(x, from, std::min((t - from) / 4, grid_time(next_)));
    while (flow.time() < t) {
      if (!flow.advance()) return x;
    }
    return flow.at(t);
  }

  /// Where it settles: at Y, or its best approximation of the rank that the width allows.
  [[nodiscard]] Values end() const {
    Vector modes = full_.s;
    modes.tail(modes.size() - rank_).setZero();
    const Matrix a = linalg::product((vectors_.u * modes.asDiagonal()).eval(), vectors_.v.transpose());
    const std::optional<Cost>& test = problem_.task.test;
    return {.modes = modes,
            .loss = least_,
            .test_error = test ? test->error_of(test->evaluate(a).cost) : nan,
            .kernel_distance = states_.empty() ? nan : distance_of(states_.back())};
  }

  Problem problem_;
  linalg::Svd full_;
  Task rotated_task_;
  linalg::Svd vectors_;
  Vector signal_;
  bool cone_ = false;
  std::unique_ptr<Layers> moving_;  // to whatever state is looked at
  Vector start_;
  Index rank_ = 0;
  double least_ = 0;
  double largest_cost_ = 0;
  std::unique_ptr<TangentKernel> kernel_;
  std::unique_ptr<DormandPrince> flow_;
  double per_decade_ = 0;  // times of the grid
  Index next_ = 0;         // of them
  std::vector<double> times_;
  std::vector<Vector> states_;
  std::size_t steps_ = 0;
  bool done_ = false;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<Motion> integrated_motion(const Problem& p) { return std::make_unique<IntegratedMotion>(p); }

}  // namespace linnet::explorer
