#include "linnet/storage/difference.hpp"

#include <sstream>
#include <vector>

namespace linnet::storage {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

Difference first_difference(const std::string& ours, const std::string& theirs) {
  const auto a = lines_of(ours);
  const auto b = lines_of(theirs);
  std::size_t line = 0;
  while (line < a.size() && line < b.size() && a[line] == b[line]) ++line;
  const auto shown = [&](const std::vector<std::string>& lines) {
    return line < lines.size() ? "\"" + lines[line] + "\"" : std::string("nothing more");
  };
  return {.ours = shown(a), .theirs = shown(b), .line = line + 1};
}

}  // namespace linnet::storage
