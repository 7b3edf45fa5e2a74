#pragma once

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "linnet/plots/plot.hpp"

namespace linnet::plots {

inline std::string script_of(const Dataset& data, const PlotOptions& options = {}) {
  return gnuplot_script(data, "picture.svg", options);
}

/// The rows of an inline data block; a blank line is a row without words.
inline std::vector<std::vector<std::string>> block(const std::string& script, const std::string& name) {
  const std::size_t start = script.find("$" + name + " << EOD\n");
  if (start == std::string::npos) return {};
  std::istringstream lines(script.substr(start, script.find("\nEOD", start) - start));
  std::string line;
  std::getline(lines, line);
  std::vector<std::vector<std::string>> rows;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    rows.emplace_back(std::istream_iterator<std::string>(words), std::istream_iterator<std::string>());
  }
  return rows;
}

}  // namespace linnet::plots
