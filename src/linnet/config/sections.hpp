#pragma once

#include "linnet/config/configuration.hpp"
#include "linnet/config/fields.hpp"

namespace linnet::config {

/// The description of a whole configuration, in the order of the file. Conditions of fields (`only_for`) are right only
/// once all values of the configuration are read.
void visit_fields(Configuration& c, FieldVisitor& v);

/// The fields of one section, by its name.
void visit_section(Configuration& c, const std::string& section, FieldVisitor& v);

/// Only the fields of the kind that is chosen in this section; none if it has no kinds.
void visit_options(Configuration& c, const std::string& section, FieldVisitor& v);

/// Lists of keys, of each of which only one can be given, for the chosen kinds.
std::vector<std::vector<std::string>> alternatives(const Configuration& c);

}  // namespace linnet::config
