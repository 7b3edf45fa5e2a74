#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace linnet {

/// The name among `known` that is the fewest edits away from `wrong`; there must be one.
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known);

/// For the hint of an error: `did you mean "width"?`, or nothing where no known name is near. Near is a third of the
/// letters wrong at most, or a part of the name.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace linnet
