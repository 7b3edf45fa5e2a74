#include "own_folder.hpp"

#include <cstdlib>
#include <sstream>

namespace linnet::command {

namespace {

std::string program;

}  // namespace

void set_program(const std::string& name) { program = name; }

bool called_by_path() { return program.find('/') == std::string::npos; }

std::filesystem::path own_folder() {
  namespace fs = std::filesystem;
  std::error_code missing;
  if (!called_by_path()) return fs::canonical(program, missing).parent_path();
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path candidate = fs::path(folder) / program;
    if (fs::is_regular_file(candidate, missing)) return fs::canonical(candidate, missing).parent_path();
  }
  return {};
}

}  // namespace linnet::command
