#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/version.hpp"
#include "outline.hpp"

namespace linnet::command {

namespace {

/// A text of the help in roff: `code` is bold, and nothing in it is a request.
std::string roff(const std::string& text) {
  std::string out;
  bool bold = false;
  for (const char c : text) {
    if (c == '`') {
      out += std::exchange(bold, !bold) ? "\\fR" : "\\fB";
    } else if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\n') {
      out += "\n\\&";
    } else {
      out += c;
    }
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }

/// "linnet-run"
std::string page_name(const CommandOutline& command) {
  std::string name = command.title;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string synopsis(const CommandOutline& command, bool is_root) {
  std::string line = bold(command.title);
  if (!command.options.empty()) line += " [" + italic("OPTIONS") + "]";
  if (is_root) line += " " + italic("COMMAND");
  for (const OptionOutline& argument : command.arguments) {
    const std::string name = italic(argument.name) + (argument.repeated ? "..." : "");
    line += argument.required ? " " + name : " [" + name + "]";
  }
  return line + "\n";
}

std::string entries(const std::vector<OptionOutline>& options) {
  std::string text;
  for (const OptionOutline& option : options) {
    const bool is_argument = !option.name.starts_with('-');
    text += ".TP\n" + (is_argument ? italic(option.name) : bold(option.spelling));
    if (!option.is_flag()) text += " " + italic(option.type);
    text += "\n" + roff(option.meaning) + "\n";
  }
  return text;
}

/// The end of the help by its headings: "Examples:" above indented lines, "Exit codes: 0 done", and "" for the rest.
std::map<std::string, std::string> parts_of(const std::string& footer) {
  constexpr std::string_view exit_codes = "Exit codes: ";
  std::map<std::string, std::string> parts;
  std::string heading;
  std::istringstream lines(footer);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  ")) {
      parts[heading] += roff(line.substr(2)) + "\n";
    } else if (line.starts_with(exit_codes)) {
      parts["Exit codes"] += roff(line.substr(exit_codes.size())) + "\n";
    } else if (line.ends_with(':')) {
      heading = line.substr(0, line.size() - 1);
    } else {
      parts[""] += roff(line) + "\n";
    }
  }
  return parts;
}

std::string as_it_stands(const std::string& lines) { return lines.empty() ? "" : ".nf\n" + lines + ".fi\n"; }

std::string section(const std::string& title, const std::string& text) {
  return text.empty() ? "" : ".SH " + title + "\n" + text;
}

std::string page(const std::vector<CommandOutline>& all, const CommandOutline& command) {
  const CommandOutline& root = all.front();
  const bool is_root = &command == &root;
  std::map<std::string, std::string> footer = parts_of(command.footer);
  std::string commands;
  std::string others;
  for (const CommandOutline& other : all) {
    if (&other != &root) {
      commands += fmt::format(".TP\n{}(1)\n{}\n", bold(page_name(other)), roff(other.meaning));
    }
    if (&other != &command) others += fmt::format("{}{}(1)", others.empty() ? "" : ",\n", bold(page_name(other)));
  }
  std::string capitals = page_name(command);
  std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return fmt::format(".TH {} 1 \"\" \"linnet {}\" \"linnet\"\n", roff(capitals), version) +
         section("NAME", fmt::format("{} \\- {}\n", roff(page_name(command)), roff(command.meaning))) +
         section("SYNOPSIS", synopsis(command, is_root)) + section("DESCRIPTION", footer[""]) +
         section("COMMANDS", is_root ? commands : "") + section("ARGUMENTS", entries(command.arguments)) +
         section("OPTIONS", entries(command.options)) + section("KINDS", as_it_stands(footer["Kinds"])) +
         section("EXAMPLES", as_it_stands(footer["Example"] + footer["Examples"])) +
         section("EXIT STATUS", parts_of(root.footer)["Exit codes"]) + section("SEE ALSO", others + "\n");
}

}  // namespace

void add_man(CLI::App& app, int& exit) {
  struct Arguments {
    std::string command;
    std::string folder;
  };
  CLI::App* sub = app.add_subcommand("man", "The manual page of linnet, or of one of its commands");
  auto a = std::make_shared<Arguments>();
  add_command_argument(app, *sub, a->command, "The command; linnet itself without one");
  sub->add_option("--out", a->folder, "Write every page into this folder instead: linnet.1, linnet-run.1 and so on")
      ->type_name("FOLDER");
  sub->footer("Examples:\n  linnet man sweep | man -l -\n  linnet man --out ~/.local/share/man/man1");
  sub->callback([&app, a, &exit] {
    const CLI::App& about = command_named(app, a->command);
    const std::vector<CommandOutline> all = outline(app);
    if (!a->folder.empty() && !a->command.empty()) {
      linnet::bad_input(
          {.field = "--out", .expected = "no COMMAND beside it, as it writes every page", .got = a->command});
    }
    if (!a->folder.empty()) make_folder(a->folder);
    for (const CommandOutline& command : all) {
      if (!a->folder.empty()) {
        storage::write_text(std::filesystem::path(a->folder) / (page_name(command) + ".1"), page(all, command));
      } else if (command.title == full_name(about)) {
        fmt::print("{}", page(all, command));
      }
    }
    exit = done;
  });
}

}  // namespace linnet::command
