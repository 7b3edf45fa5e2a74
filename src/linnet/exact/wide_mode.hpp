#pragma once

#include <array>
#include <vector>

#include "linnet/networks/layerwise.hpp"

namespace linnet {

/// One singular mode of an infinitely wide network of any depth: the light cone of one input and one output, whose
/// weights start as s_l between a word and its image and 0 elsewhere (docs/theory.md, "Any width at any depth"). It is
/// integrated once, to the end of learning, with its order raised to the tolerance, and evaluated at any t.
class WideMode {
 public:
  struct Parameters {
    double target = 1;        ///< y ≥ 0
    Index depth = 3;          ///< L
    Layerwise scales = 1.0;   ///< s_l = σ_l√w
    Layerwise rates = 1.0;    ///< η_l
    double tolerance = 1e-6;  ///< of a(t), relative to y, or of the time at which a has this value, relative to it
    Index first_order = 0;    ///< to begin with; that of a similar mode saves time
  };

  /// Throws a numerical Error where the tolerance cannot be met.
  explicit WideMode(const Parameters& p);

  [[nodiscard]] double value(double t) const;     ///< a(t), t in [0, inf]; rises from 0 to y
  [[nodiscard]] double residual(double t) const;  ///< y − a(t), to the last digits
  /// K with d(y − a)/dt = −K (y − a), which rises; 0 where a stays at 0.
  [[nodiscard]] double kernel(double t) const;
  /// The first t with a(t) = fraction y, fraction in (0, 1); inf where a stays at 0.
  [[nodiscard]] double learning_time(double fraction) const;
  [[nodiscard]] bool learns() const { return !path_.pieces.empty(); }  ///< a does not stay at 0
  [[nodiscard]] Index order() const { return order_; }
  [[nodiscard]] double estimate() const { return estimate_; }  ///< of the error that the tolerance bounds

 private:
  /// y − a(t) over one step, the dense output of Dormand and Prince.
  struct Piece {
    double start;
    double length;
    std::array<double, 5> coefficients;
    [[nodiscard]] double at(double t) const;
    [[nodiscard]] double slope(double t) const;
  };

  /// The solution: its pieces, and beyond them the rate at which y − a falls.
  struct Path {
    std::vector<Piece> pieces;
    double rate = 0;
    [[nodiscard]] double end() const { return pieces.empty() ? 0 : pieces.back().start + pieces.back().length; }
    [[nodiscard]] const Piece& around(double t) const;  ///< the piece that has t, of those before the end
    [[nodiscard]] double residual(double t) const;
    [[nodiscard]] double time_to(double residual) const;  ///< when so little is left
  };

  /// The largest distance of two solutions, in a relative to y or in time.
  [[nodiscard]] static double distance(const Path& a, const Path& b, double target);
  [[nodiscard]] static Path integrated(const Parameters& p, Index order);

  double target_;
  Path path_;
  Index order_ = 0;
  double estimate_ = 0;
};

}  // namespace linnet
