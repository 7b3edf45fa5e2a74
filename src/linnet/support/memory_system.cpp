// The memory that Linux reports: of the machine, of control groups of both versions, the limits of the process.

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

#include "linnet/support/control_groups.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

namespace fs = std::filesystem;

constexpr double unlimited = std::numeric_limits<double>::infinity();

/// The number after this word, at the beginning of a line of the file.
std::optional<double> number_after(const fs::path& file, const std::string& word) {
  std::ifstream in(file);
  for (std::string first; in >> first; in.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) {
    double value = 0;
    if (first == word && in >> value) return value;
    in.clear();
  }
  return std::nullopt;
}

std::optional<double> number_in(const fs::path& file) {
  std::ifstream in(file);
  double value = 0;
  return in >> value ? std::optional(value) : std::nullopt;  // "max": no number
}

double left_in_machine() {
  constexpr double kilobyte = 1024;
  const auto available = number_after("/proc/meminfo", "MemAvailable:");
  if (!available) return unlimited;
  return kilobyte * (*available + number_after("/proc/meminfo", "SwapFree:").value_or(0));
}

/// What one group has left: its limit minus the memory in use that is not only cache.
double left_in_group(const fs::path& group, const char* limit_file, const char* held) {
  const auto limit = number_in(group / limit_file);
  return limit ? *limit - number_after(group / "memory.stat", held).value_or(0) : unlimited;
}

/// What the groups of this process have left.
double left_in_groups() {
  double left = unlimited;
  for (const auto& [folder, second_version] : control_groups("memory")) {
    left = std::min(left, second_version ? left_in_group(folder, "memory.max", "anon")
                                         : left_in_group(folder, "memory.limit_in_bytes", "total_rss"));
  }
  return left;
}

double left_of_limit(int resource, const char* held) {
  constexpr double kilobyte = 1024;
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return unlimited;
  }
  return static_cast<double>(limit.rlim_cur) - kilobyte * number_after("/proc/self/status", held).value_or(0);
}

}  // namespace

double memory_left() {
  const double left = std::min({left_in_machine(), left_in_groups(), left_of_limit(RLIMIT_AS, "VmSize:"),
                                left_of_limit(RLIMIT_DATA, "VmData:")});
  return std::max(0.0, left);
}

}  // namespace linnet
