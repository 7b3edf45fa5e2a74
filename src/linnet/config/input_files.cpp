#include <set>

#include "linnet/config/file_path.hpp"
#include "linnet/config/reader.hpp"
#include "linnet/config/sections.hpp"

namespace linnet::config {

namespace {

/// The keys of matrices, with the files that they name.
class Matrices final : public FieldVisitor {
 public:
  void section(const std::string& name, const std::string&) override { section_ = name; }
  void field(const Field& field) override {
    if (MatrixInput* const* one = std::get_if<MatrixInput*>(&field.value)) add(field.key, {**one});
    if (std::vector<MatrixInput>* const* list = std::get_if<std::vector<MatrixInput>*>(&field.value)) {
      add(field.key, **list);
    }
  }

  std::set<std::string> keys;
  std::vector<InputFile> files;

 private:
  void add(const char* key, const std::vector<MatrixInput>& matrices) {
    keys.insert(key);
    for (const MatrixInput& one : matrices) {
      if (!one.file.empty() && !tells_of_array(one.file))
        files.push_back({.field = section_ + "." + key, .path = one.file});
    }
  }

  std::string section_;
};

/// In a sweep: the files of kinds that are chosen only at some of its points.
template <class Section>
void add_of_other_kinds(const Configuration& c, const std::string& section, std::vector<InputFile>& files) {
  const auto others = c.of_other_kinds.find(section);
  if (others == c.of_other_kinds.end()) return;
  Matrices known;
  for (const auto& kind : kinds<Section>()) kind->clone()->visit(known);
  const auto add = [&](const std::string& key, const toml::node& node) {
    if (const auto file = node.value_exact<std::string>(); file && !tells_of_array(*file))
      files.push_back({.field = section + "." + key, .path = *file});
  };
  for (const auto& [key, text] : others->second) {
    if (!known.keys.contains(key)) continue;
    const toml::table parsed = parse_value(text);
    const toml::node& value = *parsed.get("value");
    if (const toml::array* list = value.as_array()) {
      for (const toml::node& one : *list) add(key, one);
    } else {
      add(key, value);
    }
  }
}

}  // namespace

std::vector<InputFile> input_files(const Configuration& c) {
  Configuration copy = c;
  Matrices found;
  visit_fields(copy, found);
  std::vector<InputFile> files = std::move(found.files);
  add_of_other_kinds<TaskKind>(c, "task", files);
  add_of_other_kinds<NetworkKind>(c, "network", files);
  for (InputFile& file : files) file.path = file_in(c.folder, file.path);
  return files;
}

}  // namespace linnet::config
