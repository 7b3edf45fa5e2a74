#pragma once

#include <string>
#include <vector>

namespace linnet {

/// A folder in which Linux shows what a control group may use.
struct ControlGroup {
  std::string folder;
  bool second_version = false;  ///< of control groups, whose files have other names
};

/// The groups of this process for a controller ("memory", "cpu"): its own and all that contain it, of both versions.
/// Those of a container that are seen only from outside have no files. `root` is the root of the file system.
std::vector<ControlGroup> control_groups(const std::string& controller, const std::string& root = "/");

}  // namespace linnet
