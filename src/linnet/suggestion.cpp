#include "linnet/suggestion.hpp"

#include <algorithm>
#include <iterator>

namespace linnet {

namespace {

/// Letters to be changed, put in, left out, or exchanged with the next.
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> least(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i) {
    for (std::size_t j = 0; j <= to.size(); ++j) {
      if (i == 0 || j == 0) {
        least[i][j] = i + j;
        continue;
      }
      const std::size_t change = from[i - 1] == to[j - 1] ? 0 : 1;
      least[i][j] = std::min({least[i - 1][j - 1] + change, least[i - 1][j] + 1, least[i][j - 1] + 1});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        least[i][j] = std::min(least[i][j], least[i - 2][j - 2] + 1);
      }
    }
  }
  return least[from.size()][to.size()];
}

bool is_near(std::string_view wrong, std::string_view right) {
  constexpr std::size_t telling = 3;  // letters: fewer are part of many names
  const std::string_view shorter = wrong.size() < right.size() ? wrong : right;
  const std::string_view longer = wrong.size() < right.size() ? right : wrong;
  if (shorter.size() >= telling && longer.find(shorter) != std::string_view::npos) return true;
  return edits(wrong, right) <= (longer.size() + 2) / 3;
}

}  // namespace

std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known) {
  return *std::min_element(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
    return edits(wrong, a) < edits(wrong, b);
  });
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  std::vector<std::string> near;
  std::copy_if(known.begin(), known.end(), std::back_inserter(near),
               [&](const std::string& name) { return is_near(wrong, name); });
  return near.empty() ? std::string() : "did you mean \"" + nearest_name(wrong, near) + "\"?";
}

}  // namespace linnet
