#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/aligned_modes.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/inputs_apart.hpp"
#include "linnet/exact/reach.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/constants.hpp"

// An ExactFlow as its independent flows: one for white inputs, one for each variance of correlated ones.

namespace linnet {

namespace {

/// The rows of a factor that belong to a group, with no more columns than their rank, up to rounding of the whole
/// factor.
struct Rows {
  Matrix inputs;
  Matrix outputs;
};
Rows rows_of(const InputsApart::Group& g, const Matrix& inputs, const Matrix& outputs) {
  Matrix q(g.inputs.cols() + g.outputs.cols(), inputs.cols());
  q << linalg::product(g.inputs.transpose(), inputs), linalg::product(g.outputs.transpose(), outputs);
  if (q.size() == 0) {
    q.resize(q.rows(), 0);
  } else {
    const linalg::Svd d = linalg::svd(q);
    const double rounding = 32 * epsilon * std::hypot(inputs.norm(), outputs.norm());
    const Matrix used = d.v.leftCols((d.s.array() > rounding).count());
    q = linalg::product(q, used);
  }
  return {.inputs = q.topRows(g.inputs.cols()), .outputs = q.bottomRows(g.outputs.cols())};
}

void require_apart(double mixing, double tolerance) {
  if (mixing <= tolerance) return;
  bad_input({.field = "network",
             .expected = "for correlated inputs, a start that mixes no directions of different variance within " +
                         format_number(tolerance) + ": of infinite width, or along the singular vectors of the task",
             .got = format_number(mixing) + " of it between them",
             .hint = "integrate gradient flow instead"});
}

/// A row of a part.
struct Place {
  std::size_t part;
  Index row;
  double y;
};

/// The rows of all parts in the order of the bases of all: pairs by falling y, then the rest of each side.
struct Order {
  std::vector<Place> pairs;
  std::vector<Place> inputs;
  std::vector<Place> outputs;

  void add(std::size_t part, const Vector& y, Index of_inputs, Index of_outputs) {
    for (Index i = 0; i < y.size(); ++i) pairs.push_back({.part = part, .row = i, .y = y(i)});
    for (Index i = y.size(); i < of_inputs; ++i) inputs.push_back({.part = part, .row = i, .y = 0});
    for (Index i = y.size(); i < of_outputs; ++i) outputs.push_back({.part = part, .row = i, .y = 0});
  }
  void end() {
    std::stable_sort(pairs.begin(), pairs.end(), [](const Place& a, const Place& b) { return a.y > b.y; });
    for (std::vector<Place>* side : {&inputs, &outputs}) side->insert(side->begin(), pairs.begin(), pairs.end());
  }
};

}  // namespace

void ExactFlow::take_apart(const Matrix& target, const Reach& reach, const RiccatiFlow::Start& start,
                           double tolerance) {
  const InputsApart groups = apart(target, cost_root(task_.train), start.inputs, start.outputs);
  require_aligned(groups.misalignment, tolerance, task_);
  require_apart(groups.mixing, tolerance);

  std::vector<Matrix> u;  // bases of each group, the last one of what does not move
  std::vector<Matrix> v;
  std::vector<Rows> rows;
  Index used = 0;
  for (const InputsApart::Group& g : groups.moving) {
    rows.push_back(rows_of(g, start.inputs, start.outputs));
    used += rows.back().inputs.cols();
  }
  const Index spare = std::max<Index>(0, start.neurons - used);
  const double rate = std::sqrt(rates_[0] * rates_[1]);
  Order order;
  for (std::size_t k = 0; k < groups.moving.size(); ++k) {
    const InputsApart::Group& g = groups.moving[k];
    RiccatiFlow::Start own = start;
    own.neurons = rows[k].inputs.cols() + spare;
    own.inputs = std::move(rows[k].inputs);
    own.outputs = std::move(rows[k].outputs);
    const Matrix y = linalg::product(linalg::product(g.outputs.transpose(), target), g.inputs);
    parts_.emplace_back(y, own, rate, rescaled_clock(rates_, g.variance));
    const RiccatiFlow& part = parts_.back();
    u.push_back(linalg::product(g.outputs, part.u()));
    v.push_back(linalg::product(g.inputs, part.v()));
    order.add(k, part.y(), v.back().cols(), u.back().cols());
  }
  // What does not move, along its own singular vectors.
  const std::size_t last = groups.moving.size();
  Rows still = rows_of(groups.still, start.inputs, start.outputs);
  InputsApart::Group g = groups.still;
  if (g.inputs.cols() > 0 && g.outputs.cols() > 0) {
    const linalg::Svd d = linalg::full_svd(linalg::product(still.outputs, still.inputs.transpose()));
    g.inputs = linalg::product(g.inputs, d.v);
    g.outputs = linalg::product(g.outputs, d.u);
    still.inputs = linalg::product(d.v.transpose(), still.inputs);
    still.outputs = linalg::product(d.u.transpose(), still.outputs);
  }
  order.add(last, Vector::Zero(std::min(g.inputs.cols(), g.outputs.cols())), g.inputs.cols(), g.outputs.cols());
  order.end();
  u.push_back(std::move(g.outputs));
  v.push_back(std::move(g.inputs));
  still_ = {.larger = still.outputs, .smaller = still.inputs};
  if (!outputs_larger_) still_.larger.swap(still_.smaller);

  places_.assign(parts_.size(), {});
  const auto take = [&](const std::vector<Place>& rows_in_order, const std::vector<Matrix>& bases, Index dimensions,
                        auto side) {
    Matrix basis(dimensions, static_cast<Index>(rows_in_order.size()));
    for (std::size_t k = 0; k <= last; ++k) {
      Placed& placed = k < last ? places_[k] : place_of_still_;
      (placed.*side).assign(static_cast<std::size_t>(bases[k].cols()), 0);
    }
    for (std::size_t i = 0; i < rows_in_order.size(); ++i) {
      const Place& p = rows_in_order[i];
      Placed& placed = p.part < last ? places_[p.part] : place_of_still_;
      (placed.*side)[static_cast<std::size_t>(p.row)] = static_cast<Index>(i);
      basis.col(static_cast<Index>(i)) = bases[p.part].col(p.row);
    }
    return basis;
  };
  v_ = reach.inputs(take(order.inputs, v, target.cols(), &Placed::inputs));
  u_ = reach.outputs(take(order.outputs, u, target.rows(), &Placed::outputs));
  y_ = Vector::Zero(std::min(target.rows(), target.cols()));
  for (std::size_t i = 0; i < order.pairs.size(); ++i) y_(static_cast<Index>(i)) = order.pairs[i].y;
}

ExactFlow::Blocks ExactFlow::evaluate(double t) const {
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(t)});
  if (places_.empty() && !parts_.empty()) return parts_[0].at(t);
  const Index columns = columns_inside();
  Blocks all{.larger = Matrix::Zero(outputs_larger_ ? u_.cols() : v_.cols(), columns),
             .smaller = Matrix::Zero(outputs_larger_ ? v_.cols() : u_.cols(), columns)};
  Index column = 0;
  const auto place = [&](const Placed& placed, const Blocks& rows) {
    const auto& larger = outputs_larger_ ? placed.outputs : placed.inputs;
    const auto& smaller = outputs_larger_ ? placed.inputs : placed.outputs;
    const Index count = rows.larger.cols();
    for (std::size_t i = 0; i < larger.size(); ++i)
      all.larger.row(larger[i]).segment(column, count) = rows.larger.row(static_cast<Index>(i));
    for (std::size_t i = 0; i < smaller.size(); ++i)
      all.smaller.row(smaller[i]).segment(column, count) = rows.smaller.row(static_cast<Index>(i));
    column += count;
  };
  for (std::size_t k = 0; k < parts_.size(); ++k) place(places_[k], parts_[k].at(t));
  place(place_of_still_, still_);
  return all;
}

Index ExactFlow::columns_inside() const {
  Index columns = still_.larger.cols();
  for (const RiccatiFlow& part : parts_) columns += part.columns();
  return columns;
}

std::pair<double, double> ExactFlow::ends() const {
  std::pair all{infinity, 0.0};
  for (const RiccatiFlow& part : parts_) {
    const auto [first, last] = part.ends();
    all = {std::min(all.first, first), std::max(all.second, last)};
  }
  return parts_.empty() ? std::pair{1.0, 2.0} : all;
}

std::vector<bool> ExactFlow::learned() const {
  if (places_.empty() && !parts_.empty()) return parts_[0].learned();
  std::vector<bool> learned(static_cast<std::size_t>(y_.size()), false);
  for (std::size_t k = 0; k < parts_.size(); ++k) {
    const std::vector<bool> own = parts_[k].learned();
    for (std::size_t i = 0; i < own.size(); ++i) learned[static_cast<std::size_t>(places_[k].inputs[i])] = own[i];
  }
  return learned;
}

/// Of the part at a saddle, else of one that comes close to one.
const std::string& ExactFlow::warning() const {
  static const std::string none;
  const std::string* warning = &none;
  for (const RiccatiFlow& part : parts_) {
    if (part.at_saddle()) return part.warning();
    if (warning->empty()) warning = &part.warning();
  }
  return *warning;
}

bool ExactFlow::at_saddle() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const RiccatiFlow& part) { return part.at_saddle(); });
}

linalg::Svd ExactFlow::target_vectors() const {
  return {.u = u_.leftCols(y_.size()), .s = y_, .v = v_.leftCols(y_.size())};
}

}  // namespace linnet
