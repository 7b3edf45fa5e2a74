#include "linnet/sweeps/earlier.hpp"

#include <system_error>

#include "linnet/error.hpp"
#include "linnet/solvers/outcome.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/sweeps/experiment.hpp"

namespace linnet::sweeps {

Earlier earlier_result(const config::Configuration& c, const std::filesystem::path& file, bool any_machine) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return Earlier::missing;
  try {
    const Dataset found = storage::read_netcdf(file);
    for (const auto& [key, value] : provenance(c, found.attribute("kind"))) {
      const bool of_machine = key == "backend" || key == "vectors" || key == "math_library";
      if (found.attribute(key) != value && !(any_machine && of_machine)) return Earlier::missing;
    }
    // A run has a status; a sweep writes its file only when all points are done.
    const std::string status = found.attribute("status");
    if (status == to_string(Status::interrupted)) return Earlier::begun;
    return status == to_string(Status::diverged) ? Earlier::missing : Earlier::complete;
  } catch (const Error&) {  // missing or damaged
    return Earlier::missing;
  }
}

}  // namespace linnet::sweeps
