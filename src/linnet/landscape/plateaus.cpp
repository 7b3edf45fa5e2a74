#include "linnet/landscape/plateaus.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "linnet/error.hpp"

namespace linnet::landscape {

namespace {

void check(const Records& r) {
  const auto n = static_cast<Index>(r.time.size());
  const auto length = [&](const char* field, Index got, bool optional) {
    if (got != n && !(optional && got == 0)) {
      bad_input({.field = field, .expected = std::to_string(n) + ", one a record", .got = std::to_string(got)});
    }
  };
  length("records.cost", r.cost.size(), false);
  length("records.gradient_norm", r.gradient_norm.size(), true);
  length("records.singular_values", r.singular_values.rows(), true);
  length("records.end_to_end", static_cast<Index>(r.end_to_end.size()), true);
  for (std::size_t i = 1; i < r.time.size(); ++i) {
    if (!(r.time[i] > r.time[i - 1])) {
      bad_input({.field = "records.time", .expected = "rising times", .got = format_number(r.time[i])});
    }
  }
  if (!r.cost.allFinite() || (n > 0 && !(r.time.front() >= 0 && std::isfinite(r.time.back())))) {
    bad_input({.field = "records", .expected = "finite costs at finite times >= 0", .got = "others"});
  }
}

struct Stretch {
  std::size_t from;  // records
  std::size_t to;
};

}  // namespace

std::vector<Plateau> find_plateaus(const Records& r, const std::vector<Matrix>& saddles, const PlateauSearch& o) {
  check(r);
  require_positive(o.slope, "plateaus.slope");
  require_non_negative(o.shortest, "plateaus.shortest");
  require_positive(o.floor, "plateaus.floor");
  require_non_negative(o.step, "plateaus.step");
  require_positive(o.rank_fraction, "plateaus.rank_fraction");
  const std::size_t first = !r.time.empty() && r.time.front() == 0 ? 1 : 0;
  if (r.time.size() < first + 3) {
    bad_input({.field = "records.time",
               .expected = "at least 3 records at t > 0",
               .got = std::to_string(r.time.size()),
               .hint = "record on a logarithmic schedule"});
  }
  const double fall = r.cost.maxCoeff() - r.cost.minCoeff();
  const auto cost = [&](std::size_t i) { return r.cost(static_cast<Index>(i)); };
  // The scale of changes at record i: the remaining fall of the cost.
  const auto height = [&](std::size_t i) { return cost(i) - r.cost.minCoeff() + o.floor * fall; };
  const auto slope = [&](std::size_t i) {  // from record i to the next
    return std::abs(cost(i + 1) - cost(i)) / (height(i) * std::log(r.time[i + 1] / r.time[i]));
  };
  std::vector<Stretch> stretches;
  for (std::size_t i = first; i + 1 < r.time.size(); ++i) {
    if (fall > 0 && !(slope(i) <= o.slope)) continue;
    if (!stretches.empty() &&
        (stretches.back().to == i || std::abs(cost(stretches.back().to) - cost(i)) <= o.step * height(i))) {
      stretches.back().to = i + 1;
    } else {
      stretches.push_back({.from = i, .to = i + 1});
    }
  }
  const double largest = r.singular_values.size() > 0 ? r.singular_values.maxCoeff() : 0;
  std::vector<Plateau> plateaus;
  for (const Stretch& s : stretches) {
    const bool whole_start = s.from == first;
    if (!whole_start && std::log(r.time[s.to] / r.time[s.from]) < o.shortest) continue;
    std::size_t flattest = s.from;
    for (std::size_t i = s.from; i < s.to && fall > 0; ++i) {
      const bool flatter = r.gradient_norm.size() > 0
                               ? r.gradient_norm(static_cast<Index>(i)) < r.gradient_norm(static_cast<Index>(flattest))
                               : slope(i) < slope(flattest);
      if (flatter) flattest = i;
    }
    const auto at = static_cast<Index>(flattest);
    Plateau p{.entered = whole_start ? (first == 1 ? 0.0 : r.time.front()) : r.time[s.from],
              .left = r.time[s.to],
              .record = at,
              .cost = cost(flattest)};
    if (r.gradient_norm.size() > 0) p.gradient_norm = r.gradient_norm(at);
    if (r.singular_values.size() > 0) {
      p.rank = (r.singular_values.row(at).array() > o.rank_fraction * largest).count();
    }
    if (!r.end_to_end.empty()) p.saddle = nearest(saddles, r.end_to_end[flattest]);
    plateaus.push_back(p);
  }
  return plateaus;
}

std::vector<Plateau> find_plateaus(const Trajectory& run, const std::vector<Matrix>& saddles,
                                   const PlateauSearch& options, std::vector<Matrix> end_to_end) {
  const auto has = [&](const char* name) {
    return std::any_of(run.series.begin(), run.series.end(), [&](const Series& s) { return s.name == name; });
  };
  Records records{.time = run.time, .cost = run.values(has("cost") ? "cost" : "train_error")};
  if (has("parameter_gradient_norm")) records.gradient_norm = run.values("parameter_gradient_norm");
  if (has("singular_values")) records.singular_values = run["singular_values"].values;
  records.end_to_end = std::move(end_to_end);
  if (records.end_to_end.empty() && has("end_to_end")) {
    const Matrix& rows = run["end_to_end"].values;
    for (Index i = 0; i < rows.rows(); ++i) {
      const Vector row_after_row = rows.row(i);
      records.end_to_end.emplace_back(row_after_row.reshaped(run.shape.inputs, run.shape.outputs).transpose());
    }
  }
  if (records.end_to_end.empty() && !saddles.empty()) {
    bad_input({.field = "plateaus.saddles",
               .expected = "a run that has recorded end_to_end, to tell which saddle a plateau is nearest to",
               .got = "a run that has not",
               .hint = "record \"end_to_end\" too"});
  }
  return find_plateaus(records, saddles, options);
}

}  // namespace linnet::landscape
