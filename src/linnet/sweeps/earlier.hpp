#pragma once

#include <filesystem>

#include "linnet/config/configuration.hpp"

namespace linnet::sweeps {

/// What an earlier call left where a result is to go.
enum class Earlier {
  missing,  ///< nothing that could be kept: no file, a damaged one, one that diverged, or one of another configuration,
            ///< version or machine
  begun,    ///< a run that was interrupted
  complete  ///< all of it, bit for bit what would be computed again
};

Earlier earlier_result(const config::Configuration& c, const std::filesystem::path& file);

}  // namespace linnet::sweeps
