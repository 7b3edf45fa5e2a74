#include "linnet/training/trajectory.hpp"

#include "linnet/error.hpp"

namespace linnet {

const Series& Trajectory::operator[](const std::string& name) const {
  std::vector<std::string> known;
  for (const Series& s : series) {
    if (s.name == name) return s;
    known.push_back(s.name);
  }
  bad_input({.field = "trajectory",
             .expected = "the name of a recorded observable",
             .got = "\"" + name + "\"",
             .hint = known.empty() ? "nothing was recorded" : did_you_mean(name, known)});
}

Checkpoint Trajectory::checkpoint() const {
  if (!final || !continuation) {
    const bool is_whole = final && outcome.status != Status::diverged;
    bad_input({.field = "checkpoint",
               .expected = "a run of descent or flow that ended with a network",
               .got = is_whole ? "a closed form" : std::string("one that ended as ") + to_string(outcome.status)});
  }
  return {.network = *final, .continuation = *continuation};
}

Vector Trajectory::values(const std::string& name) const {
  const Series& s = (*this)[name];
  if (s.over != Over::nothing) {
    const char* each = s.over == Over::modes ? "one a mode" : "several numbers";
    bad_input({.field = "trajectory", .expected = "a scalar observable", .got = "\"" + name + "\", " + each});
  }
  return s.values.col(0);
}

}  // namespace linnet
