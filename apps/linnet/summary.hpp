#pragma once

#include <string>
#include <vector>

#include "linnet/storage/dataset.hpp"

namespace linnet::command {

/// Text of a file for a terminal: characters that control it, and bytes that are no UTF-8, become "?"; with `lines`
/// ends of lines stay.
std::string harmless(const std::string& text, bool lines = false);

/// The numbers that tell of a variable at a glance.
struct Summary {
  Index count = 0;
  Index not_finite = 0;
  double first = 0;  ///< may be nan
  double last = 0;
  double least = 0;  ///< of those that are finite; nan if none is
  double most = 0;
  Index least_at = 0;  ///< index among all values
  Index most_at = 0;
};

Summary summary_of(const std::vector<double>& values);

/// Eight heights of blocks, at most `width` of them, each the mean of the values that it stands for; a blank where none
/// is finite. `logarithmic` says whether it is of the logarithms, as of positive values over more than two decades.
struct Sparkline {
  std::string text;
  bool logarithmic = false;
};

Sparkline sparkline(const std::vector<double>& values, std::size_t width);

/// The variable's values at one index of each dimension but `along`, one list for each combination of the others.
std::vector<std::vector<double>> rows_along(const Dataset& data, const Variable& variable, const std::string& along);

}  // namespace linnet::command
