#include <set>

#include "linnet/config/file_path.hpp"
#include "linnet/config/lines.hpp"
#include "linnet/config/reader.hpp"
#include "linnet/config/sections.hpp"

namespace linnet::config {

namespace {

/// The keys that are matrices, and the files that they name.
class Matrices final : public Lines {
 public:
  void section(const std::string& name, const std::string&) override { section_ = name; }
  void line(const char*, const std::string&, const std::string&, const char*) override {}
  void matrix(const char* key, MatrixInput& value, const char*) override {
    keys.insert(key);
    if (!value.file.empty()) files.push_back({.field = section_ + "." + key, .path = value.file});
  }
  void matrices(const char* key, std::vector<MatrixInput>& value, const char* doc) override {
    keys.insert(key);
    for (MatrixInput& one : value) matrix(key, one, doc);
  }

  std::set<std::string> keys;
  std::vector<InputFile> files;

 private:
  std::string section_;
};

/// Of a sweep: the files of kinds that other points than its base have.
template <class Section>
void add_of_other_kinds(const Configuration& c, const std::string& section, std::vector<InputFile>& files) {
  const auto others = c.of_other_kinds.find(section);
  if (others == c.of_other_kinds.end()) return;
  Matrices known;
  for (const auto& kind : kinds<Section>()) kind->clone()->visit(known);
  const auto add = [&](const std::string& key, const toml::node& node) {
    if (const auto file = node.value_exact<std::string>())
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
