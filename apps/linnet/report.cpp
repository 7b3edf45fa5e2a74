#include <fmt/format.h>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/output.hpp"
#include "picture.hpp"

namespace linnet::command {

namespace {

struct ReportArguments {
  std::string file;
  std::string out;
  bool force = false;
  bool quiet = false;
};

}  // namespace

void add_report(CLI::App& app, int& exit) {
  CLI::App* sub = app.add_subcommand("report", "One page with pictures, numbers and configuration of a result");
  auto a = std::make_shared<ReportArguments>();
  sub->add_option("FILE", a->file, "Result file")->type_name("FILE.nc")->required();
  sub->add_option("--out", a->out, "Page (default: the result's name with .html, here)")->type_name("FILE.html");
  sub->add_flag("--force", a->force, "Replace an existing page");
  sub->add_flag("--quiet", a->quiet, "Print nothing but errors");
  sub->footer(
      "The page is one file, which needs no network.\nExamples:\n  linnet report phase.nc\n"
      "  linnet report run.nc --out run-report.html");
  sub->callback([a, &exit] {
    catch_signals();
    const std::filesystem::path target = target_of(a->file, a->out, ".html");
    require_plain_name(target, "--out");
    if (const std::string ending = target.extension().string(); ending != ".html" && ending != ".htm") {
      linnet::bad_input({.field = "--out",
                         .expected = "a file name ending in .html",
                         .got = "\"" + target.string() + "\"",
                         .hint = "for example \"" + target.filename().replace_extension(".html").string() + "\""});
    }
    require_apart("--out", target, "FILE", a->file);
    storage::require_writable(target, a->force);
    write_report(a->file, target);
    if (!a->quiet) fmt::print("{}\n", target.string());
    exit = done;
  });
}

}  // namespace linnet::command
