#include "linnet/solvers/outcome.hpp"

namespace linnet {

const char* to_string(Status status) {
  switch (status) {
    case Status::completed:
      return "completed";
    case Status::stopped:
      return "stopped";
    case Status::diverged:
      return "diverged";
    case Status::interrupted:
      return "interrupted";
  }
  return "unknown";
}

}  // namespace linnet
