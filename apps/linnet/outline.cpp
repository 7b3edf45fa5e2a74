#include "outline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "command.hpp"
#include "linnet/config/configuration.hpp"
#include "linnet/error.hpp"

namespace linnet::command {

namespace {

/// "{a,b}" as its words; any other text as itself.
std::vector<std::string> words_in(std::string text) {
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) words.push_back(word);
  return words;
}

Values values_of(const std::string& type) {
  if (type.starts_with('{')) return {.kind = Values::Kind::words, .words = words_in(type)};
  if (type == "FOLDER") return {.kind = Values::Kind::folders};
  if (type.starts_with("FILE.")) return {.kind = Values::Kind::files, .endings = words_in(type.substr(5))};
  if (type == "FIGURE") return {.kind = Values::Kind::words, .words = figure_names()};
  if (type == "KEY=VALUE") {
    std::vector<std::string> keys = config::keys();
    for (std::string& key : keys) key += "=";
    return {.kind = Values::Kind::assignments, .words = std::move(keys)};
  }
  return {};
}

OptionOutline outline_of(const CLI::Option& option) {
  std::string spelling = option.get_name(false, true);
  if (const auto comma = spelling.find(','); comma != std::string::npos) spelling.insert(comma + 1, " ");
  OptionOutline o{.name = option.get_name(),
                  .spelling = std::move(spelling),
                  .type = option.get_items_expected_max() == 0 ? "" : option.get_type_name(),
                  .meaning = option.get_description(),
                  .required = option.get_required(),
                  .repeated = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll ||
                              option.get_items_expected_max() > 1};
  o.values = values_of(o.type);
  return o;
}

CommandOutline outline_of(const CLI::App& app) {
  const bool is_root = app.get_parent() == nullptr;
  CommandOutline command{.name = app.get_name(),
                         .title = (is_root ? "" : "linnet ") + app.get_name(),
                         .meaning = app.get_description(),
                         .options = {},
                         .arguments = {},
                         .footer = app.get_footer()};
  for (const CLI::Option* option : app.get_options()) {
    (option->nonpositional() ? command.options : command.arguments).push_back(outline_of(*option));
  }
  return command;
}

}  // namespace

std::vector<CommandOutline> outline(const CLI::App& app) {
  std::vector<CommandOutline> commands{outline_of(app)};
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(outline_of(*sub));
  }
  return commands;
}

std::string choice_of(const std::vector<std::string>& words) { return fmt::format("{{{}}}", fmt::join(words, ",")); }

}  // namespace linnet::command
