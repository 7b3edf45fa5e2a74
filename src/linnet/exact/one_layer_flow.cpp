#include "linnet/exact/one_layer_flow.hpp"

#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/balanced.hpp"

namespace linnet {

OneLayerFlow::OneLayerFlow(Matrix start, const Task& task, double rate)
    : task_(task), start_(std::move(start)), rate_(rate) {
  require_non_negative(rate, "network.rate");
  require_fit(shape_of(start_), task);
  task.train.require_target();
  if (!task.train.is_white()) {
    bad_input({.field = "task",
               .expected = "whitened inputs, no mask and no weights, for the closed form",
               .got = task.name,
               .hint = "whiten the inputs"});
  }
}

namespace {

double balance_of(const DeepLinear& start) {
  if (start.depth() != 2) {
    bad_input({.field = "network",
               .expected = "the weights of two layers, for the limit of large |λ|",
               .got = std::to_string(start.depth()) + " layers"});
  }
  const double balance = networks::effective_balance(start).balance;
  if (balance == 0) {
    bad_input({.field = "network", .expected = "weights of a balance λ other than 0", .got = "λ = 0"});
  }
  return balance;
}

}  // namespace

OneLayerFlow::OneLayerFlow(const DeepLinear& start, const Task& task, double layer_rate)
    : OneLayerFlow(start.end_to_end(), task, require_positive(layer_rate, "rates") * std::abs(balance_of(start))) {
  turning_ = turning_of(start, task, layer_rate);
}

std::optional<OneLayerFlow::Turning> OneLayerFlow::turning_of(const DeepLinear& start, const Task& task,
                                                              double layer_rate) {
  const double balance = balance_of(start);
  const bool outputs = balance > 0;
  const Matrix larger = outputs ? start.w2() : Matrix(start.weights()[0].transpose());
  const Index w = larger.cols();
  if (w >= larger.rows()) return std::nullopt;
  const Matrix& y = task.target();
  linalg::SymmetricEigen rising =
      linalg::symmetric_eigen(outputs ? linalg::product(y, y.transpose()) : linalg::product(y.transpose(), y));
  Turning turning{.outputs = outputs,
                  .basis = rising.vectors.rowwise().reverse(),
                  .speeds = rising.values.reverse().cwiseMax(0) * (layer_rate / std::abs(balance)),
                  .lower = {}};
  const Matrix in_basis = linalg::product(turning.basis.transpose(), larger);
  const Eigen::FullPivLU<Matrix> leading(in_basis.topRows(w));
  if (!leading.isInvertible()) {
    bad_input({.field = "network",
               .expected = "a larger layer with a component along each of the leading " + std::to_string(w) + " modes",
               .got = "one without: it ends at a saddle"});
  }
  turning.lower = in_basis.bottomRows(larger.rows() - w) * leading.inverse();
  return turning;
}

Matrix OneLayerFlow::end_to_end(double t) const {
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(t)});
  const double time = *task_.train.white_variance() * t;
  const double exponent = rate_ == 0 ? 0 : -rate_ * time;
  const Matrix reached = std::exp(exponent) * start_ - std::expm1(exponent) * task_.target();
  if (!turning_) return reached;
  // The columns of e^{Dt}[I; Z], each over the growth of its own leading row: nothing grows.
  const Index w = turning_->lower.cols();
  Matrix directions(turning_->basis.rows(), w);
  directions.topRows(w).setIdentity();
  for (Index j = 0; j < w; ++j) {
    for (Index i = w; i < directions.rows(); ++i) {
      const double slower = turning_->speeds(i) - turning_->speeds(j);
      directions(i, j) = turning_->lower(i - w, j) * (slower == 0 ? 1.0 : std::exp(slower * time));
    }
  }
  const Eigen::HouseholderQR<Matrix> qr(linalg::product(turning_->basis, directions));
  const Matrix frame = qr.householderQ() * Matrix::Identity(directions.rows(), w);
  if (turning_->outputs) return linalg::product(frame, linalg::product(frame.transpose(), reached));
  return linalg::product(linalg::product(reached, frame), frame.transpose());
}

double OneLayerFlow::train_error(double t) const { return task_.train.error(end_to_end(t)); }

}  // namespace linnet
