#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/support/numbers.hpp"
#include "outline.hpp"

namespace linnet::command {

namespace {

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

std::string see_help(const CLI::App& app) { return "`" + full_name(app) + " --help` shows all"; }

std::string and_then(const std::string& hint) { return hint.empty() ? hint : hint + " "; }

bool is_option(const std::string& argument) { return argument.size() > 1 && argument[0] == '-' && argument != "--"; }

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) names.push_back(option->get_name());
  }
  return names;
}

/// The other commands that have this option.
std::string owners(const CLI::App& app, const std::string& name) {
  std::string all;
  const CLI::App& root = app.get_parent() == nullptr ? app : *app.get_parent();
  for (const CLI::App* other : root.get_subcommands([](const CLI::App*) { return true; })) {
    const std::vector<std::string> names = option_names(*other);
    if (std::find(names.begin(), names.end(), name) == names.end()) continue;
    all += (all.empty() ? "linnet " : ", linnet ") + other->get_name();
  }
  return all;
}

[[noreturn]] void unknown_option(const CLI::App& app, const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  std::string hint;
  if (const std::string elsewhere = owners(app, name); !elsewhere.empty()) {
    hint = "it belongs to " + elsewhere + "; ";
  } else if (name.size() > 2) {
    hint = and_then(did_you_mean(name, option_names(app)));
  }
  linnet::bad_input({.field = name,
                     .expected = "an option of " + full_name(app),
                     .got = "an unknown one",
                     .hint = hint + see_help(app)});
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

[[noreturn]] void wrong_command(const CLI::App& app, const std::string& word) {
  const std::vector<std::string> names = command_names(app);
  if (word.empty()) {
    linnet::bad_input({.field = "command",
                       .expected = fmt::format("one of {}", fmt::join(names, ", ")),
                       .got = "none",
                       .hint = see_help(app)});
  }
  linnet::bad_input({.field = word,
                     .expected = "a command",
                     .got = "an unknown one",
                     .hint = and_then(did_you_mean(word, names)) + see_help(app)});
}

[[noreturn]] void left_over(const CLI::App& app, const std::string& argument) {
  std::string taken;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->nonpositional()) taken += (taken.empty() ? "" : " ") + option->get_name();
  }
  linnet::bad_input({.field = app.get_name(),
                     .expected = taken.empty() ? "no argument" : taken + " alone",
                     .got = (taken.empty() ? "" : "also ") + in_quotes(argument),
                     .hint = see_help(app)});
}

void require_all_known(const CLI::App& app) {
  std::vector<std::string> rest = app.remaining();
  const auto option = std::find_if(rest.begin(), rest.end(), is_option);
  if (option != rest.end()) unknown_option(app, *option);
  std::erase(rest, "--");
  if (rest.empty()) return;
  if (app.get_parent() == nullptr) wrong_command(app, rest.front());
  left_over(app, rest.front());
}

void require_all_given(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_required() || option->count() > 0) continue;
    linnet::bad_input({.field = option->get_name(),
                       .expected = "an argument of " + full_name(app),
                       .got = "none",
                       .hint = see_help(app)});
  }
}

void require_one_value_each(const CLI::App& app, const std::string& named) {
  const CLI::Option* option = app.get_option_no_throw(named);
  if (option == nullptr) return;
  const std::size_t count = option->results().size();
  linnet::bad_input({.field = named,
                     .expected = count > 1 ? "one value" : "a value",
                     .got = count > 1 ? fmt::format("{}", count) : "none",
                     .hint = see_help(app)});
}

/// Only flags are converted by CLI11: other values are texts, or were checked already.
void require_a_flag(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() > 0 || option->results().empty()) continue;
    const std::string& value = option->results().front();
    if (value == "true" || value == "false") continue;
    linnet::bad_input({.field = option->get_name(), .expected = "no value", .got = in_quotes(value)});
  }
}

}  // namespace

CLI::Validator whole_number(const std::string& option, long long least, long long most) {
  return {[=](std::string& text) {
            const auto value = number_in<long long>(text);
            if (!value || *value < least || *value > most) {
              linnet::bad_input({.field = option,
                                 .expected = fmt::format("a whole number from {} to {}", least, most),
                                 .got = in_quotes(text)});
            }
            return std::string();
          },
          ""};
}

CLI::Validator positive_number(const std::string& option) {
  return {[=](std::string& text) {
            const auto value = number_in<double>(text);
            if (!value || !(*value > 0) || !std::isfinite(*value)) {
              linnet::bad_input({.field = option, .expected = "a finite number > 0", .got = in_quotes(text)});
            }
            return std::string();
          },
          ""};
}

CLI::Validator seconds(const std::string& option) {
  return {[=](std::string& text) {
            const auto value = number_in<double>(text);
            if (!value || !(*value >= 0) || !std::isfinite(*value)) {
              linnet::bad_input(
                  {.field = option, .expected = "a finite number of seconds, 0 for never", .got = in_quotes(text)});
            }
            return std::string();
          },
          ""};
}

CLI::Option* add_choice(CLI::App& sub, const std::string& option, std::string& value,
                        const std::vector<std::string>& words, const std::string& meaning) {
  const auto check = [=](const std::string& text) {
    if (std::find(words.begin(), words.end(), text) == words.end()) {
      linnet::bad_input({.field = option,
                         .expected = fmt::format("one of {}", fmt::join(words, ", ")),
                         .got = in_quotes(text),
                         .hint = did_you_mean(text, words)});
    }
    return std::string();
  };
  return sub.add_option(option, value, meaning)->type_name(choice_of(words))->check(check, "");
}

CLI::Option* add_command_argument(CLI::App& app, CLI::App& sub, std::string& word, const std::string& meaning) {
  return sub.add_option("COMMAND", word, meaning)->type_name_fn([&app] { return choice_of(command_names(app)); });
}

const CLI::App& command_named(const CLI::App& app, const std::string& name) {
  if (name.empty()) return app;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (sub->get_name() == name) return *sub;
  }
  wrong_command(app, name);
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : full_name(*app.get_parent()) + " " + app.get_name();
}

std::filesystem::path target_of(const std::string& file, const std::string& out, const char* ending) {
  return out.empty() ? std::filesystem::path(file).filename().replace_extension(ending) : std::filesystem::path(out);
}

std::string file_of(const std::string& argument) { return argument == "-" ? "/dev/stdin" : argument; }

void require_values(CLI::App& app) {
  for (CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::vector<std::string> options = option_names(*sub);
    for (CLI::Option* option : sub->get_options()) {
      if (!option->nonpositional() || option->get_items_expected_max() == 0) continue;
      const std::string name = option->get_name();
      const std::string help = see_help(*sub);
      option->check(
          {[=](std::string& value) {
             if (std::find(options.begin(), options.end(), value) != options.end()) {
               linnet::bad_input(
                   {.field = name, .expected = "a value", .got = "none, but the option " + value, .hint = help});
             }
             return std::string();
           },
           ""});
    }
  }
}

void refuse(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  require_all_known(app);
  if (chosen.empty()) wrong_command(app, "");
  const CLI::App& at = *chosen.front();
  require_all_known(at);
  const std::string said = error.what();
  const std::string named = said.substr(0, said.find(':'));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) require_one_value_each(at, named);
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) require_a_flag(at);
  require_all_given(at);
  linnet::bad_input({.field = at.get_name(), .expected = "its arguments", .got = said, .hint = see_help(at)});
}

}  // namespace linnet::command
