#include "linnet/config/file_path.hpp"

#include <cstdlib>

namespace linnet::config {

std::filesystem::path file_in(const std::filesystem::path& folder, const std::filesystem::path& file) {
  const char* home = std::getenv("HOME");
  if (file.empty() || *file.begin() != "~" || home == nullptr) return folder / file;
  return home / file.lexically_relative("~");
}

}  // namespace linnet::config
