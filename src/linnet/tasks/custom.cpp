#include "linnet/tasks/custom.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

void require_shape_of_a(const Matrix& m, Shape shape, const std::string& field, const char* what) {
  if (shape_of(m) == shape) return;
  bad_input({.field = field,
             .expected = std::string(what) + " of " + format_shape(shape.outputs, shape.inputs) + ", the shape of A",
             .got = format_shape(m.rows(), m.cols())});
}

void require_finite(const Matrix& m, const std::string& field, const char* what) {
  if (m.allFinite()) return;
  bad_input({.field = field,
             .expected = std::string(what) + " of finite numbers",
             .got = "a nan or an infinity among its entries, at an A whose entries are finite"});
}

double inner(const Matrix& a, const Matrix& b) { return a.cwiseProduct(b).sum(); }

/// Central differences: their error is of the order ε^{2/3}, and may be larger where C'''  is.
constexpr double agreement = 1e-4;

class Check {
 public:
  Check(const CustomCost& cost, Matrix at) : cost_(&cost), a_(std::move(at)) {
    cost.evaluate(a_, here_);
    step_ = std::cbrt(std::numeric_limits<double>::epsilon()) * std::max(1.0, a_.norm());
  }

  void along(const Matrix& direction) {
    Residual ahead;
    Residual behind;
    cost_->evaluate(a_ + step_ * direction, ahead);
    cost_->evaluate(a_ - step_ * direction, behind);
    const double rounding = std::numeric_limits<double>::epsilon() / step_;
    const double difference = (ahead.cost - behind.cost) / (2 * step_);
    const double slope = inner(here_.gradient, direction);
    const double tolerance =
        agreement * here_.gradient.norm() + 10 * rounding * (std::abs(ahead.cost) + std::abs(behind.cost));
    if (!(std::abs(slope - difference) <= tolerance)) {
      bad_input({.field = cost_->field(),
                 .expected = "the gradient of the cost: along a random direction " + format_number(difference) +
                             ", by a difference quotient",
                 .got = format_number(slope),
                 .hint = "the gradient is outputs x inputs, entry ij the derivative of C by A_ij; check_at chooses "
                         "where it is checked"});
    }
    if (!cost_->has_curvature()) return;
    Room room;
    Matrix image;
    cost_->curvature(here_, direction, room, image);
    const Matrix quotient = (ahead.gradient - behind.gradient) / (2 * step_);
    const double size = image.norm() + quotient.norm();
    if (!((image - quotient).norm() <= agreement * size + 10 * rounding * here_.gradient.norm())) {
      bad_input({.field = "task.curvature",
                 .expected = "the second derivative along a random direction, of norm " +
                             format_number(quotient.norm()) + " by a difference quotient of the gradient",
                 .got = "one of norm " + format_number(image.norm()) + " that is " +
                        format_number((image - quotient).norm()) + " from it"});
    }
  }

  [[nodiscard]] const Matrix& gradient() const { return here_.gradient; }

 private:
  const CustomCost* cost_;
  Matrix a_;
  Residual here_;
  double step_;
};

Matrix random_matrix(Shape shape, double deviation, std::uint32_t number) {
  return linalg::normal_matrix(shape.outputs, shape.inputs, deviation,
                               {.point = number, .stream = linalg::named_stream("check of a cost")});
}

void check(const CustomCost& cost, const std::optional<Matrix>& check_at) {
  const Shape shape = cost.shape();
  if (check_at) {
    require_shape_of_a(*check_at, shape, "task.check_at", "a matrix");
    require_entries(*check_at, "task.check_at");
  }
  Check there(cost, check_at ? *check_at : random_matrix(shape, 1 / std::sqrt(static_cast<double>(shape.inputs)), 0));
  for (const std::uint32_t number : {1U, 2U}) there.along(random_matrix(shape, 1, number).normalized());
  if (there.gradient().norm() > 0) there.along(there.gradient().normalized());
}

}  // namespace

void CustomCost::evaluate(const Matrix& a, Residual& at) const {
  at.difference = a;
  if (!a.allFinite()) {
    at.cost = std::numeric_limits<double>::quiet_NaN();
    at.gradient.setConstant(shape_.outputs, shape_.inputs, at.cost);
    return;
  }
  at.cost = f_(a, at.gradient);
  require_shape_of_a(at.gradient, shape_, field_, "a gradient");
  if (std::isinf(at.cost)) return;  // the run has diverged
  if (std::isnan(at.cost)) {
    bad_input({.field = field_, .expected = "a number as the cost", .got = "nan, at an A whose entries are finite"});
  }
  require_finite(at.gradient, field_, "a gradient");
}

void CustomCost::curvature(const Residual& at, const Matrix& d, Room& /*room*/, Matrix& out) const {
  if (!curvature_) {
    bad_input({.field = "task.curvature",
               .expected = "the second derivative of the cost along a direction",
               .got = "none for this custom cost"});
  }
  out = curvature_(at.difference, d);
  require_shape_of_a(out, shape_, "task.curvature", "a matrix");
  require_finite(out, "task.curvature", "a matrix");
}

CostFunction::Parts CustomCost::parts() const {
  bad_input({.field = "task", .expected = "a cost that can be stored", .got = "a function of the user: " + name()});
}

}  // namespace linnet

namespace linnet::tasks {

Task custom(const Custom& o) {
  require_at_least(o.shape.outputs, 1, "task.shape");
  require_at_least(o.shape.inputs, 1, "task.shape");
  require_memory(8 * matrix_bytes(static_cast<double>(o.shape.outputs), static_cast<double>(o.shape.inputs)),
                 "task.shape", format_shape(o.shape.outputs, o.shape.inputs));
  if (!o.f) bad_input({.field = "task.f", .expected = "a function of A", .got = "none"});
  auto cost = std::make_shared<CustomCost>(o.shape, o.f, o.curvature);
  check(*cost, o.check_at);
  Task task{.name = "custom", .train = Cost(std::move(cost))};
  if (!o.test) return task;
  auto test = std::make_shared<CustomCost>(o.shape, o.test, CustomCost::Curvature(), "task.test");
  check(*test, o.check_at);
  task.test = Cost(std::move(test));
  return task;
}

}  // namespace linnet::tasks
