#pragma once

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "linnet/error.hpp"

namespace linnet::testing {

/// A folder for one test, removed at its end.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "linnet-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Scratch() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// Makes the folder a disk of this size; false if that is not permitted.
  bool mount_small(const std::string& size) {
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    return mounted_;
  }
  /// Makes the folder read-only.
  bool make_read_only() { return ::mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0; }

  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  /// Includes hidden files, to find temporary files left behind.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::filesystem::path put(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }

  /// A message without the path of this folder.
  [[nodiscard]] std::string without_path(std::string text) const {
    const std::string prefix = path_.string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
    const std::string folder = path_.string();
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder))
      text.replace(at, folder.size(), ".");
    return text;
  }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
};

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The text of the Error that `action` throws, after its kind; without paths of folders.
template <class Action>
std::string error_of(const Scratch& scratch, Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    constexpr const char* kinds[] = {"input", "numerical", "output", "interrupted"};
    return std::string(kinds[static_cast<int>(error.kind())]) + "| " + scratch.without_path(error.what());
  }
  return "no error";
}

}  // namespace linnet::testing
