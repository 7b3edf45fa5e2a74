#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "linnet/config/configuration.hpp"

namespace linnet::config {

/// Every combination of the values of some axes, numbered with the last axis running fastest.
class AxisProduct {
 public:
  explicit AxisProduct(std::vector<Axis> axes);

  [[nodiscard]] const std::vector<Axis>& axes() const { return axes_; }
  [[nodiscard]] Index size() const { return size_; }

  /// Which value of the axis the combination has.
  [[nodiscard]] std::size_t value_at(Index combination, std::size_t axis) const;
  /// The combination with another value of the axis.
  [[nodiscard]] Index moved(Index combination, std::size_t axis, std::size_t to) const;
  /// The configuration with the values of the combination.
  [[nodiscard]] Source at(const Source& source, Index combination) const;

  /// Whether an axis has numbers; others have words or cases.
  [[nodiscard]] bool has_numbers(std::size_t axis) const;
  /// The combination of words and cases to which this one belongs, with the first number of every other axis.
  [[nodiscard]] Index first_of_words(Index combination) const;
  /// All of these. Every combination of words and cases is among them.
  [[nodiscard]] std::vector<Index> of_words() const;
  /// At most that many combinations that differ from this one in one axis only, spread over the axis; the first and the
  /// last value and zero are among them.
  [[nodiscard]] std::vector<Index> along(std::size_t axis, Index combination, std::size_t most) const;
  /// Combinations that show what all have in common: those of words and cases, and with each of them up to 64 values of
  /// each axis of numbers, one axis at a time (fewer where there are more than 64 combinations of words).
  [[nodiscard]] std::vector<Index> representatives() const;
  /// Those of them that differ from `combination`, one of words, in that axis only.
  [[nodiscard]] std::vector<Index> representatives_along(std::size_t axis, Index combination) const;

 private:
  std::vector<Axis> axes_;
  std::vector<Index> strides_;  ///< between neighbours on an axis
  Index size_ = 1;
};

/// The keys that have an effect at some point of the product. All of the first 65536 points are looked at if
/// representatives leave a key without effect.
std::set<std::string> used_keys(const Source& source, const AxisProduct& product);

/// The points of a sweep. The configuration of a point is made when it is asked for, in microseconds: one is read for
/// each combination of words and cases, and the numbers of the axes are set in a copy of it.
class Grid {
 public:
  /// Throws Error (input) unless there are axes, with values that their keys take, and for a key that has no effect at
  /// any point at which it is given.
  explicit Grid(const Source& source);

  [[nodiscard]] const Configuration& base() const { return base_; }
  /// The axes of the configuration, and the seeds if there are several.
  [[nodiscard]] const AxisProduct& product() const { return product_; }
  [[nodiscard]] const std::vector<Axis>& axes() const { return product_.axes(); }
  [[nodiscard]] Index size() const { return product_.size(); }

  /// The configuration of a point. It has of each axis only the value of this point.
  [[nodiscard]] Configuration at(Index point) const;

  /// Whether `property` depends on the axis, as far as representatives show it.
  [[nodiscard]] bool depends_on(std::size_t axis,
                                const std::function<std::string(const Configuration&)>& property) const;

 private:
  [[nodiscard]] Reading read(Index point) const;
  [[nodiscard]] Configuration with_numbers(const Configuration& words, Index point) const;
  [[nodiscard]] bool sets_numbers_as_they_are_read() const;
  void require_effects() const;

  Source source_;
  Configuration base_;
  AxisProduct product_;
  std::map<Index, Configuration> of_words_;  ///< by their points; none if there are too many
};

}  // namespace linnet::config
