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

Vector Trajectory::values(const std::string& name) const {
  const Series& s = (*this)[name];
  if (s.over != Over::nothing) {
    const char* each = s.over == Over::modes ? "one a mode" : "several numbers";
    bad_input({.field = "trajectory", .expected = "a scalar observable", .got = "\"" + name + "\", " + each});
  }
  return s.values.col(0);
}

}  // namespace linnet
