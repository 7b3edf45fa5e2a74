#include <fmt/format.h>

#include "command.hpp"

namespace linnet::command {

void add_help(CLI::App& app, int& exit) {
  CLI::App* sub = app.add_subcommand("help", "How linnet, or one of its commands, is called");
  auto word = std::make_shared<std::string>();
  add_command_argument(app, *sub, *word, "The command; linnet itself without one");
  sub->footer("Example:\n  linnet help sweep");
  sub->callback([&app, word, &exit] {
    const CLI::App& about = command_named(app, *word);
    fmt::print("{}", about.get_formatter()->make_help(&about, full_name(about), CLI::AppFormatMode::Normal));
    exit = done;
  });
}

}  // namespace linnet::command
