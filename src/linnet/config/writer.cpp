#include <fmt/format.h>

#include <algorithm>

#include "linnet/config/configuration.hpp"
#include "linnet/config/lines.hpp"
#include "linnet/config/sections.hpp"
#include "linnet/config/words.hpp"

namespace linnet::config {

namespace {

class Writer final : public Lines {
 public:
  /// With `comments`, of a sweep, defaults are comments. With `only`, the section of this name alone.
  explicit Writer(const Configuration& c, bool comments, std::string only = {})
      : c_(c), comments_(comments), only_(std::move(only)) {}

  void section(const std::string& name, const std::string&) override {
    section_ = name;
    if (!name.empty() && is_wanted()) text_ += "\n[" + name + "]\n";
  }
  void line(const char* key, const std::string& value, const std::string&, const char*) override {
    const std::string text = std::string(key) + " = " + value + "\n";
    lines_.push_back(text);
    if (value.empty() || !is_wanted()) return;
    const bool met = std::all_of(needs_.begin(), needs_.end(), [](const Need& need) { return need.met; });
    const bool is_default = !defaults_.empty() && defaults_[lines_.size() - 1] == text;
    if (comments_ && (in_kind_ || !needs_.empty()) && is_default) {
      text_ += "# " + text;
    } else if (comments_ || met) {
      text_ += text;
    }
  }
  void begin_kind() override { in_kind_ = true; }
  void all_kinds(const std::string&, const std::vector<KindKeys>&) override {
    in_kind_ = false;
    const auto others = c_.of_other_kinds.find(section_);
    if (others == c_.of_other_kinds.end() || !is_wanted()) return;
    for (const auto& [key, value] : others->second) text_ += key + " = " + value + "\n";
  }
  [[nodiscard]] const std::string& str() const { return text_; }

  /// The lines of every field, written or not.
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  void set_defaults(std::vector<std::string> lines) { defaults_ = std::move(lines); }

 private:
  [[nodiscard]] bool is_wanted() const { return only_.empty() || only_ == section_; }

  const Configuration& c_;
  bool comments_;
  std::string only_;
  std::string section_;
  bool in_kind_ = false;
  std::string text_;
  std::vector<std::string> lines_;
  std::vector<std::string> defaults_;
};

/// A type with a list of words longer than this is explained below the table.
constexpr std::size_t longest_type = 110;

class Documenter final : public Lines {
 public:
  void section(const std::string& name, const std::string& doc) override {
    end_of_table();
    text_ += kinds_;
    kinds_.clear();
    section_ = name;
    text_ += "\n## " + (name.empty() ? std::string("Top level") : "`[" + name + "]`") + "\n\n" + doc + "\n";
  }
  void line(const char* key, const std::string& value, const std::string& type, const char* doc) override {
    std::string meaning = doc;
    std::string needs;
    for (const Need& need : needs_) {
      const bool alone = need.text.starts_with(not_beside);
      needs += (needs.empty() ? "" : "; ") +
               (alone ? "not beside " + need.text.substr(not_beside.size()) : "only for " + need.text);
    }
    for (std::string* text : {&meaning, &needs}) {
      for (std::size_t at = 0; (at = text->find('|', at)) != std::string::npos; at += 2) text->insert(at, "\\");
    }
    if (!needs.empty()) meaning += " (" + needs + ")";
    const char* in_python = take_argument().name;
    if (in_python != nullptr && *in_python != '\0') meaning += fmt::format("; in Python `{}`", in_python);
    const bool is_long = type.size() > longest_type;
    if (is_long) (title_.empty() ? notes_ : notes_of_kind_) += fmt::format("- `{}` takes {}.\n", key, type);
    rows_ += fmt::format("| `{}` | {} | {} | {} |\n", key, is_long ? type.substr(0, 7) + "those below" : type,
                         value.empty() ? "unset" : "`" + value + "`", meaning);
  }
  void word_of(const char* key, const std::string& word, const std::string& meaning) override {
    notes_ += fmt::format("- `{} = \"{}\"`: {}.\n", key, word, meaning);
  }
  [[nodiscard]] bool every_kind() const override { return true; }
  void kind(const std::string& title, const std::string& meaning) override {
    if (common_.empty()) {
      common_ = std::exchange(rows_, {});
    } else {
      end_of_kind();
    }
    title_ = fmt::format("\n### `[{}]` kind = {}\n\n{}\n", section_, title, meaning);
  }
  void end_of_kinds() override {
    end_of_kind();
    rows_ = std::exchange(common_, {});
  }
  void renamed(const char* key, const char* now) override {
    notes_of_kind_ += fmt::format("- `{}` of earlier versions: {}.\n", key, now);
  }

  [[nodiscard]] std::string str() {
    end_of_table();
    return text_ + kinds_;
  }

 private:
  static constexpr std::string_view not_beside = "no ";
  static constexpr const char* head = "\n| key | type | default | meaning |\n|---|---|---|---|\n";

  static std::string listed(const std::string& notes) { return notes.empty() ? "" : "\n" + notes; }
  void end_of_table() {
    if (!rows_.empty()) text_ += head + std::exchange(rows_, {});
    text_ += listed(std::exchange(notes_, {}));
  }
  void end_of_kind() {
    kinds_ += std::exchange(title_, {});
    if (!rows_.empty()) kinds_ += head + std::exchange(rows_, {});
    kinds_ += listed(std::exchange(notes_of_kind_, {}));
  }

  std::string section_, text_, rows_, notes_;           // common to all kinds of a section
  std::string common_, kinds_, title_, notes_of_kind_;  // of one kind
};

Configuration defaults_of(const Configuration& c) {
  Configuration plain;
  plain.task.kind = c.task.kind.fresh();
  plain.network.kind = c.network.kind.fresh();
  plain.solver.kind = c.solver.kind.fresh();
  return plain;
}

/// Every field; of a sweep, defaults as comments; only the section of this name, if it is not empty.
std::string written(const Configuration& c, bool comments, const std::string& section) {
  Configuration copy = c;
  Writer writer(c, comments, section);
  if (comments) {
    Configuration plain = defaults_of(c);
    Writer defaults(plain, false);
    visit_fields(plain, defaults);
    writer.set_defaults(defaults.lines());
  }
  visit_fields(copy, writer);
  return writer.str();
}

}  // namespace

std::string to_toml(const Configuration& c) { return written(c, c.sweep.active(), {}); }

std::string section_to_toml(const Configuration& c, const std::string& section) { return written(c, false, section); }

std::string reference() {
  Configuration defaults;
  Documenter documenter;
  visit_fields(defaults, documenter);
  return R"(# Configuration

A TOML file describes what `linnet run` and `linnet sweep` compute. This page lists every key with its default.
`--set section.key=value` on the command line overrides a key of the file. Tasks, networks and solvers come in
kinds, each with its own keys.

A key that has no effect is refused: a key of another kind, or one whose condition ("only for", "not beside") is
not met. In a sweep a key must have an effect at one point at least. Keys of the file that lose their effect by an
override are ignored. If two keys are alternatives, as `width` and `width_exponent` are, only one can be given; an
override replaces the alternative in the file. This page is printed by `linnet info --keys`.
)" + documenter.str();
}

}  // namespace linnet::config
