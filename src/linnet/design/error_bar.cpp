#include "linnet/design/error_bar.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

double error_bar(const SpectrumEstimate& e, double kappa, double t, double rate, std::uint64_t seed) {
  if (e.noise == 0) return 0;
  constexpr std::uint32_t draws = 40;
  const Index smaller = e.shape.modes();
  const Index larger = std::max(e.shape.outputs, e.shape.inputs);
  const Index size = std::min(smaller, std::max<Index>(100, 4 * e.rank()));
  const auto other = static_cast<Index>(
      std::llround(static_cast<double>(size) * static_cast<double>(larger) / static_cast<double>(smaller)));
  const double unit = e.noise * std::sqrt(static_cast<double>(larger));
  const double own = std::sqrt(static_cast<double>(other));  // the unit of the draws, whose noise is 1
  const double ratio = own / unit;
  double squares = 0;
  for (std::uint32_t draw = 0; draw < draws; ++draw) {
    stop_if_asked();
    Matrix y = linalg::normal_matrix(size, other, 1.0,
                                     {.seed = seed, .point = draw, .stream = linalg::named_stream("design error bar")});
    // The singular vectors of the signal may be any: the first ones.
    const Vector strengths = e.strengths * ratio;
    y.diagonal().head(e.rank()) += strengths;
    const std::optional<double> noise = e.noise_known ? std::optional(1.0) : std::nullopt;
    const SpectrumEstimate again = estimate_spectrum(y, noise);
    const ModeFlow flow(again.spectrum, {.scales = kappa * ratio, .rates = rate});
    const Vector modes = flow.modes(std::isinf(t) ? t : t / ratio);
    const linalg::Svd& of = *again.spectrum.vectors;
    Matrix off = linalg::product((of.u * modes.asDiagonal()).eval(), of.v.transpose());
    off.diagonal().head(e.rank()) -= strengths;
    const double predicted = again.spectrum.unseen + (modes - again.spectrum.overlap).squaredNorm();
    const double difference = off.squaredNorm() - predicted;
    squares += difference * difference / draws;
  }
  const double shrunk = std::sqrt(static_cast<double>(size) / static_cast<double>(smaller));
  return 2 * std::sqrt(squares) * shrunk / (ratio * ratio) / e.spectrum.entries;
}

}  // namespace linnet
