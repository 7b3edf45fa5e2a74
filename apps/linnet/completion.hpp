#pragma once

#include <string>
#include <vector>

#include "outline.hpp"

/// Scripts that complete the words of the command line.
namespace linnet::command {

std::string bash_completion(const std::vector<CommandOutline>& commands);
std::string zsh_completion(const std::vector<CommandOutline>& commands);
std::string fish_completion(const std::vector<CommandOutline>& commands);

}  // namespace linnet::command
