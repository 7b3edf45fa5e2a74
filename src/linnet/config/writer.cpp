#include <fmt/format.h>

#include <algorithm>

#include "linnet/config/configuration.hpp"
#include "linnet/config/sections.hpp"
#include "linnet/config/words.hpp"

namespace linnet::config {

namespace {

template <class T, class F>
std::string list_of(const std::vector<T>& values, F text) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) out += (i == 0 ? "" : ", ") + text(values[i]);
  return out + "]";
}

std::string layer_text(const LayerValue& value) {
  if (const auto* word = std::get_if<std::string>(&value)) return in_quotes(*word);
  const Layerwise& layers = std::get<Layerwise>(value);
  return layers.uniform() ? number(layers[0]) : list_of(layers.values(), number);
}

/// What each field would look like in a file; what is unset is an empty text.
class Lines : public FieldVisitor {
 public:
  virtual void line(const char* key, const std::string& value, const std::string& type, const char* doc) = 0;

  void text(const char* key, std::string& value, const char* doc) override {
    line(key, value.empty() ? "" : in_quotes(value), "text", doc);
  }
  void choice(const char* key, std::string& value, const std::vector<std::string>& known, const char* doc) override {
    line(key, in_quotes(value), "one of " + list(known), doc);
  }
  void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& known,
               const char* doc) override {
    line(key, list_of(value, in_quotes), known.empty() ? "list of names" : "any of " + list(known), doc);
  }
  void flag(const char* key, bool& value, const char* doc) override {
    line(key, value ? "true" : "false", "true or false", doc);
  }
  void whole(const char* key, Index& value, Index least, const char* doc) override {
    line(key, std::to_string(value), "a whole number >= " + std::to_string(least), doc);
  }
  void whole(const char* key, std::optional<Index>& value, Index least, const char* doc) override {
    line(key, value ? std::to_string(*value) : "", "a whole number >= " + std::to_string(least), doc);
  }
  void seed(const char* key, std::uint64_t& value, const char* doc) override {
    line(key, seed_text(value), seed_range, doc);
  }
  void seed(const char* key, std::optional<std::uint64_t>& value, const char* doc) override {
    line(key, value ? seed_text(*value) : "", seed_range, doc);
  }
  void real(const char* key, double& value, Range range, const char* doc) override {
    line(key, number(value), range_text(range), doc);
  }
  void real(const char* key, std::optional<double>& value, Range range, const char* doc) override {
    line(key, value ? number(*value) : "", range_text(range), doc);
  }
  void reals(const char* key, std::vector<double>& value, const char* doc) override {
    line(key, list_of(value, number), "list of numbers", doc);
  }
  void layers(const char* key, LayerValue& value, const std::vector<std::string>& rules, Range range,
              const char* doc) override {
    line(key, layer_text(value), layers_text(rules, range), doc);
  }
  void layers(const char* key, std::optional<LayerValue>& value, const std::vector<std::string>& rules, Range range,
              const char* doc) override {
    line(key, value ? layer_text(*value) : "", layers_text(rules, range), doc);
  }
  void shape(const char* key, Shape& value, const char* doc) override {
    line(key, value == Shape() ? "" : fmt::format("[{}, {}]", value.outputs, value.inputs), "two whole numbers", doc);
  }
  void matrix(const char* key, MatrixInput& value, const char* doc) override {
    line(key, value.file.empty() ? "" : in_quotes(value.file), "file", doc);
  }
  void matrices(const char* key, std::vector<MatrixInput>& value, const char* doc) override {
    line(key, list_of(value, [](const MatrixInput& one) { return in_quotes(one.file); }), "list of files", doc);
  }
  void axes(const char* key, std::vector<Axis>& value, const char* doc) override {
    const auto axis_text = [](const Axis& axis) {
      if (!axis.cases.empty()) {
        std::string cases;
        for (std::size_t i = 0; i < axis.cases.size(); ++i) {
          cases += (i == 0 ? "" : ", ") + ("{label = " + in_quotes(std::get<std::string>(axis.values[i]))) +
                   ", set = " + list_of(axis.cases[i], in_quotes) + "}";
        }
        return "{field = " + in_quotes(axis.field) + ", cases = [" + cases + "]}";
      }
      if (!axis.range.empty()) {
        return fmt::format("{{field = {}, {} = [{}, {}, {:.0f}]}}", in_quotes(axis.field), axis.scale,
                           number(axis.range[0]), number(axis.range[1]), axis.range[2]);
      }
      return "{field = " + in_quotes(axis.field) + ", values = " +
             list_of(axis.values,
                     [](const AxisValue& v) {
                       const auto* word = std::get_if<std::string>(&v);
                       return word != nullptr ? in_quotes(*word) : number(std::get<double>(v));
                     }) +
             "}";
    };
    line(key, list_of(value, axis_text), "list of tables", doc);
  }
};

class Writer final : public Lines {
 public:
  /// Of a sweep, what is at its default is a comment; all of one section alone where it is named.
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

  /// The lines of every field, written or not, and those that a configuration of defaults has.
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

/// Words that a type lists are said below the table where they are many.
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

  std::string section_, text_, rows_, notes_;           // what all kinds of a section share
  std::string common_, kinds_, title_, notes_of_kind_;  // and what each has of its own
};

Configuration defaults_of(const Configuration& c) {
  Configuration plain;
  plain.task.kind = c.task.kind.fresh();
  plain.network.kind = c.network.kind.fresh();
  plain.solver.kind = c.solver.kind.fresh();
  return plain;
}

/// Every field of a sweep, with what is at its default as a comment; of one section alone where it is named.
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

std::vector<InputFile> input_files(const Configuration& c) {
  class Files final : public Lines {
   public:
    void section(const std::string& name, const std::string&) override { section_ = name; }
    void line(const char*, const std::string&, const std::string&, const char*) override {}
    void matrix(const char* key, MatrixInput& value, const char*) override {
      if (!value.file.empty()) files.push_back({.field = section_ + "." + key, .path = value.file});
    }
    void matrices(const char* key, std::vector<MatrixInput>& value, const char* doc) override {
      for (MatrixInput& one : value) matrix(key, one, doc);
    }
    std::vector<InputFile> files;

   private:
    std::string section_;
  };
  Configuration copy = c;
  Files found;
  visit_fields(copy, found);
  for (InputFile& file : found.files) file.path = c.folder / file.path;
  return found.files;
}

std::string reference() {
  Configuration defaults;
  Documenter documenter;
  visit_fields(defaults, documenter);
  return "# Configuration\n\nOne TOML file says what `linnet run` and `linnet sweep` do. Every key, with its default;\n"
         "`--set section.key=value` overrides one from the command line. Tasks, networks and solvers come in kinds,\n"
         "each with keys of its own. A key that has no effect, because it is of another kind or for something that is\n"
         "not there, is refused. A sweep's key needs an effect at one of its points; the file's keys may lose theirs\n"
         "to an override. Of two keys that say the same in different ways, as `width` and `width_exponent`, one is\n"
         "given; an override takes the place of the file's other. This page is printed by `linnet info --keys`.\n" +
         documenter.str();
}

}  // namespace linnet::config
