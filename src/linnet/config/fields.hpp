#pragma once

#include "linnet/config/configuration.hpp"

namespace linnet::config {

/// What a field is for: where it is not met, the field has no effect.
struct Need {
  std::string text;  ///< "solver.kind = flow"
  bool met = true;
  std::string got;  ///< "solver.kind = descent"
};

/// Visits every field of a configuration with its name, limits and meaning: reading, writing and documenting are
/// three visitors of the one description.
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;

  virtual void section(const std::string& name, const std::string& doc) = 0;
  virtual void text(const char* key, std::string& value, const char* doc) = 0;
  virtual void choice(const char* key, std::string& value, const std::vector<std::string>& known, const char* doc) = 0;
  virtual void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& known,
                       const char* doc) = 0;
  virtual void flag(const char* key, bool& value, const char* doc) = 0;
  virtual void whole(const char* key, Index& value, Index least, const char* doc) = 0;
  virtual void whole(const char* key, std::optional<Index>& value, Index least, const char* doc) = 0;

  /// Any number of 64 bits: as TOML's own go to 2^63 - 1, larger ones are written as texts.
  virtual void seed(const char* key, std::uint64_t& value, const char* doc) = 0;
  virtual void seed(const char* key, std::optional<std::uint64_t>& value, const char* doc) = 0;

  enum class Range { any, non_negative, positive };
  virtual void real(const char* key, double& value, Range range, const char* doc) = 0;
  virtual void real(const char* key, std::optional<double>& value, Range range, const char* doc) = 0;
  virtual void reals(const char* key, std::vector<double>& value, const char* doc) = 0;
  virtual void layers(const char* key, LayerValue& value, const std::vector<std::string>& rules, Range range,
                      const char* doc) = 0;
  virtual void layers(const char* key, std::optional<LayerValue>& value, const std::vector<std::string>& rules,
                      Range range, const char* doc) = 0;
  virtual void axes(const char* key, std::vector<Axis>& value, const char* doc) = 0;

  /// Of the fields that follow, until told otherwise. What is met is known once the whole configuration is.
  void only_for(std::vector<Need> needs) { needs_ = std::move(needs); }

 protected:
  std::vector<Need> needs_;
};

/// The description itself, in the order of the file. Values are read in any order, so what fields need is right only
/// for a configuration that has all of its values.
void visit_fields(Configuration& c, FieldVisitor& v);

/// Keys that say the same thing in different ways, as the configuration stands: one of each list at most can be meant.
std::vector<std::vector<std::string>> alternatives(const Configuration& c);

}  // namespace linnet::config
