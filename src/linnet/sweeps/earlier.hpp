#pragma once

#include <filesystem>

#include "linnet/config/configuration.hpp"

namespace linnet::sweeps {

/// The result of an earlier call in the output file.
enum class Earlier {
  missing,  ///< nothing to keep: no file, a damaged file, a diverged run, or a result of another configuration, version
            ///< or machine
  begun,    ///< a run that was interrupted
  complete  ///< complete, and equal bit for bit to what would be computed
};

/// With `any_machine` a result is complete wherever its points were computed.
Earlier earlier_result(const config::Configuration& c, const std::filesystem::path& file, bool any_machine = false);

}  // namespace linnet::sweeps
