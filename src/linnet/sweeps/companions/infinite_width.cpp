#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/wide_flow.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

namespace {

[[noreturn]] void refuse(const std::string& expected, const std::string& got) {
  bad_input({.field = "network.compare", .expected = expected + ", for compare = \"infinite_width\"", .got = got});
}

/// The limit of infinite width at the same s_l = σ_l√w, mode by mode.
class InfiniteWidthCompanion final : public Companion {
 public:
  explicit InfiniteWidthCompanion(const CompanionSetting& s) : rates_(s.c.solver.rates) {
    const DeepLinear* weights = weights_of(*s.start.network);
    const LightCone* cone = weights == nullptr ? nullptr : weights->cone();
    const auto* gaussian = cone == nullptr ? nullptr : std::get_if<LightCone::Gaussian>(&cone->source);
    if (gaussian == nullptr) refuse("Gaussian weights with network.order", "another start");
    const double width = cone->widths.front();
    if (std::any_of(cone->widths.begin(), cone->widths.end(), [&](double w) { return w != width; })) {
      refuse("hidden layers of one width", "different ones");
    }
    if (s.c.solver.kind->by_steps()) refuse("solver.kind = \"flow\"", "\"descent\"");
    if (!s.c.task.then.empty()) refuse("one task", "several in turn");
    depth_ = weights->depth();
    std::vector<double> scales;
    for (Index l = 0; l < depth_; ++l) {
      scales.push_back(std::sqrt(gaussian->options.variance[static_cast<std::size_t>(l)] * width));
    }
    scales_ = Layerwise(std::move(scales));
  }

  std::vector<Observable> begin(const Task& task) override {
    limit_.emplace(std::make_shared<const TaskSpectrum>(sample_spectrum(task)),
                   WideFlow::Options{.depth = depth_, .scales = scales_, .rates = rates_, .tolerance = 1e-9});
    task_ = &task;
    return {observables::distance([this](double t) { return limit_->end_to_end(t); })};
  }
  Trajectory end(const Record& record, const Trajectory& run, const Observer& observer) override {
    return trace(*limit_, *task_, run.time.back(), along(record, run), observer);
  }

 private:
  Layerwise rates_;
  Index depth_ = 0;
  Layerwise scales_ = 1.0;
  const Task* task_ = nullptr;
  std::optional<WideFlow> limit_;
};

}  // namespace

CompanionKind infinite_width_companion() {
  return {.word = "infinite_width",
          .meaning = "the limit of infinite width at the same σ_l²w, of a light cone on white inputs",
          .legend = "infinite width",
          .has_distance = true,
          .make = [](const CompanionSetting& s) { return std::make_unique<InfiniteWidthCompanion>(s); }};
}

}  // namespace linnet::sweeps
