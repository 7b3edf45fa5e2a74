#include "completion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "command.hpp"
#include "linnet/storage/output.hpp"

namespace linnet::command {

namespace {

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  return fmt::format("{}", fmt::join(words, between));
}

std::vector<std::string> option_words(const CommandOutline& command) {
  std::vector<std::string> words;
  for (const OptionOutline& option : command.options) words.push_back(option.name);
  return words;
}

/// What the script sets for a value: words to offer, or patterns of files, beside which folders are offered.
std::string bash_of(const Values& values) {
  switch (values.kind) {
    case Values::Kind::words:
    case Values::Kind::assignments:
      return "words='" + joined(values.words) + "'";
    case Values::Kind::files:
      return "files='*." + joined(values.endings, " *.") + "'";
    case Values::Kind::folders:
      return "files=/";
    case Values::Kind::unknown:
      break;
  }
  return ":";
}

}  // namespace

std::string bash_completion(const std::vector<CommandOutline>& commands) {
  std::string valued;
  std::string options;
  std::string values;
  for (const CommandOutline& command : commands) {
    const std::string name = &command == &commands.front() ? "" : command.name;
    std::vector<std::string> with_value;
    for (const OptionOutline& option : command.options) {
      if (option.is_flag()) continue;
      with_value.push_back(option.name);
      if (option.values.kind == Values::Kind::unknown) continue;
      values += fmt::format("    '{} {}') {} ;;\n", name, option.name, bash_of(option.values));
    }
    for (std::size_t i = 0; i < command.arguments.size(); ++i) {
      const OptionOutline& argument = command.arguments[i];
      const std::string place = argument.repeated ? "'[0-9]*" : fmt::format("{}'", i);
      values += fmt::format("    '{} {}) {} ;;\n", name, place, bash_of(argument.values));
    }
    if (!with_value.empty()) valued += fmt::format("        '{}') valued='{}' ;;\n", name, joined(with_value));
    options += fmt::format("      '{}') words='{}' ;;\n", name, joined(option_words(command)));
  }
  std::vector<std::string> names;
  for (std::size_t i = 1; i < commands.size(); ++i) names.push_back(commands[i].name);
  return fmt::format(R"(# Completion of linnet for bash, written by `linnet completion bash`.

_linnet() {{
  local IFS=$' \t\n' cur='' before='' command='' option='' valued='' words='' files='' place=0 word last='' i
  local -a given=()
  COMPREPLY=()
  # bash takes "--format=png" apart at "=".
  for ((i = 1; i <= COMP_CWORD; ++i)); do
    word=${{COMP_WORDS[i]}}
    if [[ ${{#given[@]}} -gt 0 && ($word == = || $last == =) ]]; then
      given[${{#given[@]}} - 1]+=$word
    else
      given+=("$word")
    fi
    last=$word
  done
  cur=${{given[${{#given[@]}} - 1]}}
  unset "given[${{#given[@]}} - 1]"
  for word in ${{given[@]+"${{given[@]}}"}}; do
    if [[ -n $option ]]; then
      option=''
    elif [[ $word == -?* ]]; then
      [[ " $valued " == *" $word "* ]] && option=$word
    elif [[ -z $command ]]; then
      command=$word
      case $command in
{valued}      esac
    else
      place=$((place + 1))
    fi
  done
  if [[ -z $option && $cur == --*=* ]]; then
    option=${{cur%%=*}}
    cur=${{cur#*=}}
    [[ $last == --*=* ]] && before=$option=
  fi
  if [[ -z $option && $cur == -* ]]; then
    case $command in
{options}    esac
  elif [[ -z $option && -z $command ]]; then
    words='{commands}'
  else
    case "$command ${{option:-$place}}" in
{values}    esac
  fi
  cur=${{cur//\\/}}
  [[ $words == *= ]] && compopt -o nospace 2>/dev/null
  while IFS= read -r word; do
    [[ -n $word ]] && COMPREPLY+=("$before$word")
  done < <(
    [[ -n $words ]] && compgen -W "$words" -- "$cur"
    set -f
    for word in $files; do compgen -f -X "!$word" -- "$cur"; done
    [[ -n $files ]] && compgen -d -- "$cur"
  )
  [[ -n $files ]] && compopt -o filenames 2>/dev/null
  return 0
}}

complete -F _linnet linnet
)",
                     fmt::arg("valued", valued), fmt::arg("options", options), fmt::arg("values", values),
                     fmt::arg("commands", joined(names)));
}

namespace {

std::string escaped(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_action(const Values& values) {
  switch (values.kind) {
    case Values::Kind::words:
      return "(" + joined(values.words) + ")";
    case Values::Kind::assignments:
      return "_linnet_keys";
    case Values::Kind::files:
      return "_files -g \"*.(" + joined(values.endings, "|") + ")(-.)\"";
    case Values::Kind::folders:
      return "_files -/";
    case Values::Kind::unknown:
      break;
  }
  return " ";
}

/// The specification of an option or an argument for `_arguments`.
std::string zsh_spec(const OptionOutline& option) {
  const std::string value = ":" + escaped(option.name, ":") + ":" + zsh_action(option.values);
  if (!option.name.starts_with('-')) {
    return storage::shell_quoted(option.repeated ? "*" + value : (option.required ? "" : ":") + value);
  }
  const std::string meaning = "[" + escaped(option.meaning, "[]\\:") + "]";
  if (option.is_flag()) return storage::shell_quoted(option.name + meaning);
  return storage::shell_quoted((option.repeated ? "*" : "") + option.name + "=" + meaning + value);
}

std::string zsh_specs(const CommandOutline& command, const std::string& indent) {
  std::string specs;
  for (const OptionOutline& option : command.options) specs += " \\\n" + indent + zsh_spec(option);
  for (const OptionOutline& argument : command.arguments) specs += " \\\n" + indent + zsh_spec(argument);
  return specs;
}

std::vector<std::string> keys_among(const std::vector<CommandOutline>& commands) {
  for (const CommandOutline& command : commands) {
    for (const OptionOutline& option : command.options) {
      if (option.values.kind == Values::Kind::assignments) return option.values.words;
    }
  }
  return {};
}

}  // namespace

std::string zsh_completion(const std::vector<CommandOutline>& commands) {
  std::string names;
  std::string cases;
  for (std::size_t i = 1; i < commands.size(); ++i) {
    const CommandOutline& command = commands[i];
    names += "    " + storage::shell_quoted(command.name + ":" + command.meaning) + "\n";
    cases += fmt::format("        {}) _arguments -S{} ;;\n", command.name, zsh_specs(command, "          "));
  }
  return fmt::format(R"(#compdef linnet
# Completion of linnet for zsh, written by `linnet completion zsh`.

_linnet_keys() {{
  local -a keys=({keys})
  compadd -S '' -a keys
}}

_linnet() {{
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a commands=(
{names}  )
  _arguments -C{options} \
    '1:command:->command' \
    '*::argument:->argument' && return 0
  case $state in
    command) _describe -t commands 'command of linnet' commands ;;
    argument)
      case $line[1] in
{cases}      esac ;;
  esac
}}

if [[ ${{funcstack[1]:-}} == _linnet ]]; then
  _linnet "$@"
else
  compdef _linnet linnet
fi
)",
                     fmt::arg("keys", joined(keys_among(commands))), fmt::arg("names", names),
                     fmt::arg("options", zsh_specs(commands.front(), "    ")), fmt::arg("cases", cases));
}

namespace {

/// In single quotes of fish.
std::string fish_quoted(const std::string& text) { return "'" + escaped(text, "\\'") + "'"; }

/// The options of `complete` for a value.
std::string fish_of(const Values& values) {
  switch (values.kind) {
    case Values::Kind::words:
    case Values::Kind::assignments:
      return " -a " + fish_quoted(joined(values.words));
    case Values::Kind::files:
      return " -a " + fish_quoted("(__linnet_files " + joined(values.endings) + ")");
    case Values::Kind::folders:
      return " -a " + fish_quoted("(__fish_complete_directories)");
    case Values::Kind::unknown:
      break;
  }
  return "";
}

std::string fish_option(const std::string& condition, const OptionOutline& option) {
  return fmt::format("complete -c linnet -n '{}' -l {}{}{} -d {}\n", condition, option.name.substr(2),
                     option.is_flag() ? "" : " -x", option.is_flag() ? "" : fish_of(option.values),
                     fish_quoted(option.meaning));
}

}  // namespace

std::string fish_completion(const std::vector<CommandOutline>& commands) {
  constexpr const char* no_command = "__linnet_at";
  std::string text = R"(# Completion of linnet for fish, written by `linnet completion fish`.

# Whether the command is this one; without an argument, whether there is none yet.
function __linnet_at
    set -l words (commandline -opc)
    test "$words[2]" = "$argv[1]"
end

# Folders, and files of these endings.
function __linnet_files
    set -l begun (commandline -ct | string replace -r -- '^--[^=]*=' '')
    complete -C "'' $begun" | string match -r -- '^.*(?:/|\.(?:'(string join '|' -- $argv)'))$'
end

complete -c linnet -f
)";
  for (const OptionOutline& option : commands.front().options) text += fish_option(no_command, option);
  for (std::size_t i = 1; i < commands.size(); ++i) {
    const CommandOutline& command = commands[i];
    const std::string here = "__linnet_at " + command.name;
    text +=
        fmt::format("complete -c linnet -n {} -a {} -d {}\n", no_command, command.name, fish_quoted(command.meaning));
    for (const OptionOutline& option : command.options) text += fish_option(here, option);
    for (const OptionOutline& argument : command.arguments) {
      if (argument.values.kind == Values::Kind::unknown) continue;
      text += fmt::format("complete -c linnet -n '{}'{}\n", here, fish_of(argument.values));
    }
  }
  return text;
}

void add_completion(CLI::App& app, int& exit) {
  CLI::App* sub = app.add_subcommand("completion", "Completion of linnet's words by a shell, for the TAB key");
  auto shell = std::make_shared<std::string>();
  add_choice(*sub, "SHELL", *shell, {"bash", "zsh", "fish"}, "The shell")->required();
  sub->footer(
      "Examples:\n"
      "  source <(linnet completion bash)    # now; in ~/.bashrc: always\n"
      "  source <(linnet completion zsh)     # after compinit\n"
      "  linnet completion fish | source");
  sub->callback([&app, shell, &exit] {
    const std::vector<CommandOutline> commands = outline(app);
    fmt::print("{}", *shell == "bash"  ? bash_completion(commands)
                     : *shell == "zsh" ? zsh_completion(commands)
                                       : fish_completion(commands));
    exit = done;
  });
}

}  // namespace linnet::command
