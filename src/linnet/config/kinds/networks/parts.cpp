#include "linnet/config/kinds/networks/parts.hpp"

#include <fmt/format.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::config {

void visit_shape(FieldVisitor& v, StartSetting& own) {
  if (!v.in_python()) return;
  v.as({.field = "shape", .type = "ShapeLike", .required = true, .positional = true})
      .shape("shape", own.shape, "a task, a network, or a pair (outputs, inputs)");
}

void visit_rates(FieldVisitor& v, StartSetting& own, bool pair, const char* doc) {
  if (v.in_python()) v.as({.pair = pair}).layers("rates", own.rates, FieldVisitor::Range::positive, doc);
}

void visit_point(FieldVisitor& v, std::uint32_t& point) {
  if (!v.in_python()) return;
  Index given = point;
  v.whole("point", given, 0, "of a sweep; part of the random key");
  point = static_cast<std::uint32_t>(require_at_least(given, 0, "network.point"));
}

void visit_state(FieldVisitor& v, State& state, const std::vector<State>& known) {
  static const std::vector<std::pair<std::string, State>> all{
      {"auto", State::automatic},        {"gram", State::gram},
      {"weights", State::weights},       {"self_consistent", State::self_consistent},
      {"linearized", State::linearized}, {"balanced", State::balanced}};
  std::vector<std::pair<std::string, State>> words;
  for (const auto& word : all) {
    if (std::find(known.begin(), known.end(), word.second) != known.end()) words.push_back(word);
  }
  const auto is_known = [&](State s) { return std::find(known.begin(), known.end(), s) != known.end(); };
  std::string doc = "how the network is represented";
  if (is_known(State::gram)) doc += "; auto takes weights where they cost less than the Gram state";
  if (is_known(State::linearized)) doc += ": by its weights, or linearized at its start (lazy)";
  if (is_known(State::balanced)) doc += "; balanced: by A alone, at any depth >= 1, integer or not";
  v.as({.in_name = true}).word("state", state, words, doc.c_str());
}

double dimension(Shape shape) {
  return shape.inputs == shape.outputs
             ? static_cast<double>(shape.inputs)
             : std::sqrt(static_cast<double>(shape.inputs) * static_cast<double>(shape.outputs));
}

void require_one(bool a, bool b, const char* field, const char* other) {
  if (a == b) {
    bad_input({.field = field,
               .expected = fmt::format("exactly one of {} and {}", field, other),
               .got = a ? "both" : "neither"});
  }
}

void WidthOption::visit(FieldVisitor& v) {
  v.as({.required = true}).whole("width", width, 1, "w, the number of hidden units");
  v.not_in_python().real("width_exponent", exponent, FieldVisitor::Range::any, "γ_w, instead of width: w = ⌊d^γ_w⌋");
}

RealWidth WidthOption::of(Shape shape) const {
  require_one(width.has_value(), exponent.has_value(), "network.width", "network.width_exponent");
  if (width) return {.whole = *width, .real = static_cast<double>(*width)};
  const double real = std::pow(dimension(shape), *exponent);
  if (!(real >= 1) || real > 1e15) {
    bad_input({.field = "network.width_exponent",
               .expected = "a width d^exponent of at least 1 and at most 1e15",
               .got = format_number(real)});
  }
  return {.whole = static_cast<Index>(std::floor(real)), .real = real};
}

void VarianceOption::visit(FieldVisitor& v) {
  if (v.in_python() && !variance) variance = networks::Gaussian().variance;
  v.as({.pair = true})
      .layers("variance", variance, {"lecun", "he", "glorot"}, FieldVisitor::Range::non_negative,
              "σ²: a number, [σ_1², σ_2²], or lecun, he, glorot");
  v.not_in_python().real("variance_exponent", exponent, FieldVisitor::Range::any,
                         "γ_σ², instead of variance: σ² = d^γ_σ²");
}

Layerwise VarianceOption::of(Shape shape, Index width) const {
  require_one(variance.has_value(), exponent.has_value(), "network.variance", "network.variance_exponent");
  if (exponent) return std::pow(dimension(shape), *exponent);
  if (const auto* numbers = std::get_if<Layerwise>(&*variance)) return numbers->pair("network.variance");
  const std::string& rule = std::get<std::string>(*variance);
  if (rule == "lecun") return networks::lecun_variance(shape, width);
  if (rule == "he") return networks::he_variance(shape, width);
  return networks::glorot_variance(shape, width);
}

void HiddenLayers::visit(FieldVisitor& v, bool exponent) {
  const char* depth_doc = "L, the number of layers";
  if (v.in_python()) {
    if (!argument_) argument_.emplace();
    v.whole("depth", argument_->depth, 1, depth_doc);
  } else {
    v.real("depth", depth, FieldVisitor::Range::positive, depth_doc);
  }
  if (exponent && !v.in_python()) {
    width.visit(v);
  } else {
    v.whole("width", width.width, 1, "w, the number of hidden units of each layer");
  }
  v.as({.meaning = "of the hidden layers one by one, instead of depth and width"})
      .wholes("widths", widths, 1, "widths of the hidden layers, instead of one width for all");
}

HiddenLayers::Hidden HiddenLayers::of(Shape shape) const {
  if (argument_) {
    const bool both = widths && (argument_->depth || width.width);
    const bool neither = !widths && (!argument_->depth || (*argument_->depth > 1 && !width.width));
    if (both || neither) {
      bad_input({.field = "network.widths",
                 .expected = "either depth and width, or widths",
                 .got = both ? "both" : "neither"});
    }
    if (widths) return {.widths = *widths};
    HiddenLayers same = *this;
    same.argument_.reset();
    same.depth = static_cast<double>(require_at_least(*argument_->depth, 1, "network.depth"));
    return same.of(shape);
  }
  const Index count = layers();
  Hidden hidden;
  if (widths && !widths->empty()) {
    if (static_cast<Index>(widths->size()) != count - 1) {
      bad_input({.field = "network.widths",
                 .expected = fmt::format("{} numbers, one a hidden layer", count - 1),
                 .got = fmt::format("{}", widths->size())});
    }
    hidden.widths = *widths;
    return hidden;
  }
  if (count != 1 || width.given()) hidden.given = width.of(shape).whole;
  hidden.widths.assign(static_cast<std::size_t>(count - 1), hidden.given.value_or(1));
  return hidden;
}

Index HiddenLayers::layers() const {
  if (depth != std::floor(depth) || !(std::abs(depth) < 9e15)) {
    bad_input({.field = "network.depth", .expected = "a whole number", .got = format_number(depth)});
  }
  const auto count = static_cast<Index>(depth);
  require_memory(static_cast<double>(count) * (sizeof(Matrix) + sizeof(Index)), "network.depth",
                 fmt::format("{} layers", count));
  return count;
}

void ConeOption::visit(FieldVisitor& v, const char* doc) {
  const auto word = [&] {
    const auto* automatic = order ? std::get_if<std::string>(&*order) : nullptr;
    return automatic != nullptr ? *automatic : order ? std::string("a number") : std::string("none");
  };
  v.as({.type = "Union[int, str]"}).layers("order", order, {"auto"}, FieldVisitor::Range::non_negative, doc);
  v.only_for({one_of("network.order", word(), {"auto"})});
  v.real(
      "tolerance", tolerance, FieldVisitor::Range::positive,
      "of order auto, 1e-8 unless given: the largest change of A(t) from one order to the next, relative to its size");
  v.only_for({});
}

DeepLinear ConeOption::make(const std::function<DeepLinear(Index order)>& at) const {
  constexpr double usual = 1e-8;
  if (std::holds_alternative<std::string>(*order)) return networks::with_tolerance(at(1), tolerance.value_or(usual));
  if (tolerance) {
    bad_input({.field = "network.tolerance", .expected = "none beside an order", .got = format_number(*tolerance)});
  }
  const Layerwise& number = std::get<Layerwise>(*order);
  constexpr double most = 1e6;
  if (number.values().size() != 1 || number[0] != std::floor(number[0]) || !(number[0] <= most)) {
    bad_input({.field = "network.order",
               .expected = "a whole number from 0 to 1000000, or \"auto\"",
               .got = number.values().size() == 1 ? format_number(number[0]) : "a list"});
  }
  return at(static_cast<Index>(number[0]));
}

double ConeOption::tolerance_of_modes() const {
  if (order && std::holds_alternative<Layerwise>(*order)) {
    bad_input({.field = "network.order",
               .expected = "\"auto\", for solver.kind = \"exact\", where each mode has its own",
               .got = format_number(std::get<Layerwise>(*order)[0])});
  }
  constexpr double usual = 1e-6;
  return tolerance.value_or(usual);
}

void EndToEndStart::visit(FieldVisitor& v) {
  if (v.in_python()) {
    v.as({.required = true, .positional = true}).matrix("end_to_end", given, "A(0), outputs x inputs");
    return;
  }
  v.word("start", how, {{"random", How::random}, {"semi_orthogonal", How::semi_orthogonal}, {"aligned", How::aligned}},
         "A(0): a Gaussian matrix, a matrix with equal singular values, or one with the singular vectors of Y");
  v.real("start_size", size, FieldVisitor::Range::non_negative, "the largest singular value of A(0)");
}

Matrix EndToEndStart::make(const StartSetting& setting, Index rank) const {
  if (given.values) return *given.values;
  switch (how) {
    case How::aligned: {
      const linalg::Svd y = linalg::svd(setting.task->target());
      return size * linalg::product(Matrix(y.u.leftCols(rank)), Matrix(y.v.leftCols(rank)).transpose());
    }
    case How::random:
      return networks::random_end_to_end(setting.shape, rank, size, setting.seed);
    case How::semi_orthogonal:
      break;
  }
  return networks::semi_orthogonal(setting.shape, rank, size, setting.seed);
}

std::vector<std::vector<std::string>> width_alternatives() { return {{"width", "width_exponent", "widths"}}; }

std::vector<Matrix> read_all(const std::vector<MatrixInput>& inputs, const StartSetting& setting) {
  std::vector<Matrix> matrices;
  for (const MatrixInput& input : inputs) matrices.push_back(read(input, setting.folder, "network.weights"));
  return matrices;
}

}  // namespace linnet::config
