#include <fmt/format.h>

#include <algorithm>

#include "linnet/config/configuration.hpp"
#include "linnet/config/fields.hpp"
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
  explicit Writer(bool sweep) : sweep_(sweep) {}

  void section(const std::string& name, const std::string&) override {
    if (!name.empty()) text_ += "\n[" + name + "]\n";
  }
  void line(const char* key, const std::string& value, const std::string&, const char*) override {
    const std::string text = std::string(key) + " = " + value + "\n";
    lines_.push_back(text);
    if (value.empty()) return;
    const bool met = std::all_of(needs_.begin(), needs_.end(), [](const Need& need) { return need.met; });
    const bool is_default = !defaults_.empty() && defaults_[lines_.size() - 1] == text;
    if (sweep_ && !needs_.empty() && is_default) {
      text_ += "# " + text;
    } else if (sweep_ || met) {
      text_ += text;
    }
  }
  [[nodiscard]] const std::string& str() const { return text_; }

  /// The lines of every field, written or not, and those that a configuration of defaults has.
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  void set_defaults(std::vector<std::string> lines) { defaults_ = std::move(lines); }

 private:
  bool sweep_;
  std::string text_;
  std::vector<std::string> lines_;
  std::vector<std::string> defaults_;
};

class Documenter final : public Lines {
 public:
  void section(const std::string& name, const std::string& doc) override {
    text_ += "\n## " + (name.empty() ? std::string("Top level") : "`[" + name + "]`") + "\n\n" + doc +
             "\n\n| key | type | default | only for | meaning |\n|---|---|---|---|---|\n";
  }
  void line(const char* key, const std::string& value, const std::string& type, const char* doc) override {
    std::string meaning = doc;
    std::string needs;
    for (const Need& need : needs_) needs += (needs.empty() ? "" : "; ") + need.text;
    for (std::string* text : {&meaning, &needs}) {
      for (std::size_t at = 0; (at = text->find('|', at)) != std::string::npos; at += 2) text->insert(at, "\\");
    }
    text_ += fmt::format("| `{}` | {} | {} | {} | {} |\n", key, type, value.empty() ? "unset" : "`" + value + "`",
                         needs, meaning);
  }
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

std::string to_toml(const Configuration& configuration) {
  Configuration copy = configuration;
  Writer writer(copy.sweep.active());
  if (copy.sweep.active()) {
    Configuration plain;
    Writer defaults(false);
    visit_fields(plain, defaults);
    writer.set_defaults(defaults.lines());
  }
  visit_fields(copy, writer);
  return writer.str();
}

std::string reference() {
  Configuration defaults;
  Documenter documenter;
  visit_fields(defaults, documenter);
  return "# Configuration\n\nOne TOML file says what `linnet run` and `linnet sweep` do. Every key, with its default;\n"
         "`--set section.key=value` overrides one from the command line. A key given where it has no effect, because\n"
         "what it is only for is not there, is refused. A sweep's key needs an effect at one of its points; the "
         "file's\n"
         "keys may lose theirs to an override. Of two keys that say the same in different ways, as `width` and\n"
         "`width_exponent`, one is given; an override takes the place of the file's other. This page is printed\n"
         "by `linnet info --keys`.\n" +
         documenter.str();
}

}  // namespace linnet::config
