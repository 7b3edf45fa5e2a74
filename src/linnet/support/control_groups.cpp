#include "linnet/support/control_groups.hpp"

#include <filesystem>
#include <fstream>

namespace linnet {

std::vector<ControlGroup> control_groups(const std::string& controller, const std::string& root_folder) {
  namespace fs = std::filesystem;
  const fs::path root = root_folder;
  std::vector<ControlGroup> all;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // "0::/user.slice" or "4:cpu,cpuacct:/user.slice"
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool second_version = controllers == ",,";
    if (!second_version && controllers.find("," + controller + ",") == std::string::npos) continue;
    const fs::path top = second_version ? root / "sys/fs/cgroup" : root / "sys/fs/cgroup" / controller;
    for (fs::path below = fs::path(line.substr(second + 1)).relative_path();; below = below.parent_path()) {
      all.push_back({.folder = (top / below).string(), .second_version = second_version});
      if (below.empty()) break;
    }
  }
  return all;
}

}  // namespace linnet
