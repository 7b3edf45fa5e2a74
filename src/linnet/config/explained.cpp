#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "linnet/config/configuration.hpp"
#include "linnet/config/lines.hpp"
#include "linnet/config/sections.hpp"
#include "linnet/config/words.hpp"

namespace linnet::config {

namespace {

/// A text as comments of at most this many letters a line.
std::string as_comments(const std::string& text) {
  constexpr std::size_t longest = 100;
  const auto letters = [](std::string_view word) {
    return static_cast<std::size_t>(std::count_if(
        word.begin(), word.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  };
  std::string out = "#";
  std::size_t length = 1;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (length + 1 + letters(word) > longest) {
      out += "\n#";
      length = 1;
    }
    out += " " + word;
    length += 1 + letters(word);
    at = end + 1;
  }
  return out + "\n";
}

class Explainer final : public Lines {
 public:
  Explainer(const Configuration& c, std::set<std::string> given) : c_(c), given_(std::move(given)) {}

  void section(const std::string& name, const std::string& doc) override {
    section_ = name;
    const auto is_in_it = [&](const std::string& key) { return key.starts_with(name + "."); };
    wanted_ = name.empty() || std::any_of(given_.begin(), given_.end(), is_in_it);
    if (wanted_ && !name.empty()) text_ += "\n" + as_comments(doc) + "[" + name + "]\n";
  }
  void line(const char* key, const std::string& value, const std::string& type, const char* doc) override {
    if (!wanted_) return;
    const bool is_given = given_.contains(section_.empty() ? key : section_ + "." + key);
    const bool met = std::all_of(needs_.begin(), needs_.end(), [](const Need& need) { return need.met; });
    if (!is_given && !met) return;
    const bool has_words = type.starts_with("one of ") || type.starts_with("any of ");
    const std::string meaning = std::string(key) == "kind" ? meaning_of_kind(doc) : doc;
    text_ += "\n" + as_comments(has_words || value.empty() ? meaning + " (" + type + ")" : meaning);
    text_ += fmt::format("{}{} = {}\n", is_given ? "" : "#", key, value.empty() ? "..." : value);
  }
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  [[nodiscard]] std::string meaning_of_kind(const char* doc) const {
    if (section_ == "task") return c_.task.kind->meaning();
    if (section_ == "network") return c_.network.kind->meaning();
    return section_ == "solver" ? c_.solver.kind->meaning() : doc;
  }

  const Configuration& c_;
  std::set<std::string> given_;
  std::string section_;
  bool wanted_ = true;
  std::string text_;
};

/// The keys of every kind.
class Keys final : public FieldVisitor {
 public:
  void section(const std::string& name, const std::string& /*doc*/) override {
    prefix_ = name.empty() ? "" : name + ".";
  }
  void field(const Field& field) override { add(field.key); }
  [[nodiscard]] bool every_kind() const override { return true; }
  void kind(const std::string& title, const std::string& /*meaning*/) override {
    if (title.find("initialization") != std::string::npos) add("initialization");
  }
  std::vector<std::string> all;

 private:
  void add(const std::string& key) {
    if (std::find(all.begin(), all.end(), prefix_ + key) == all.end()) all.push_back(prefix_ + key);
  }

  std::string prefix_;
};

}  // namespace

std::string explained(const Reading& reading) {
  std::set<std::string> given(reading.used.begin(), reading.used.end());
  for (const UnusedKey& key : reading.unused) given.insert(key.key);
  Configuration copy = reading.configuration;
  Explainer explainer(reading.configuration, std::move(given));
  visit_fields(copy, explainer);
  return R"(# "#key = value" is a default, "#key = ..." has none: remove the # to set another value.
)" + explainer.str();
}

std::vector<std::string> keys() {
  Configuration defaults;
  Keys keys;
  visit_fields(defaults, keys);
  return std::move(keys.all);
}

}  // namespace linnet::config
