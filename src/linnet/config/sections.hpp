#pragma once

#include "linnet/config/configuration.hpp"
#include "linnet/config/fields.hpp"

namespace linnet::config {

/// The description of a whole configuration, in the order of the file. Values are read in any order, so what fields
/// need is right only for a configuration that has all of its values.
void visit_fields(Configuration& c, FieldVisitor& v);

/// Keys that say the same thing in different ways, as the configuration stands: one of each list at most can be meant.
std::vector<std::vector<std::string>> alternatives(const Configuration& c);

}  // namespace linnet::config
