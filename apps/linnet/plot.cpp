#include <fmt/format.h>

#include "command.hpp"
#include "linnet/config/words.hpp"
#include "linnet/storage/output.hpp"
#include "picture.hpp"

namespace linnet::command {

namespace {

struct PlotArguments {
  std::string file;
  std::string out;
  PictureOptions plot;
  bool force = false;
  bool script = false;
  bool quiet = false;
};

}  // namespace

void add_plot(CLI::App& app, int& exit) {
  CLI::App* sub = app.add_subcommand("plot", "Draw the fitting picture of a result");
  auto a = std::make_shared<PlotArguments>();
  sub->add_option("FILE", a->file, "Result file")->type_name("FILE.nc")->required();
  sub->add_option("--out", a->out, "Picture (default: the result's name with .png, here)")
      ->type_name("FILE.{png,svg,pdf}");
  add_choice(*sub, "--kind", a->plot.kind, config::FigureSection::kinds(), "Which kind of picture");
  sub->add_option("--variable", a->plot.variables, "What to show, one a panel (may be repeated)")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  sub->add_flag("--script", a->script, "Print Python that draws the picture instead");
  sub->add_flag("--force", a->force, "Replace an existing picture");
  sub->add_flag("--quiet", a->quiet, "Print nothing but errors");
  sub->footer(
      "Examples:\n  linnet plot phase.nc --out phase.pdf\n  linnet plot run.nc --variable test_error --variable rank");
  sub->callback([a, &exit] {
    catch_signals();
    const std::filesystem::path target = target_of(a->file, a->out, ".png");
    (void)picture_format(target, "--out");
    if (a->script) {
      fmt::print("{}", picture_script(a->file, target, a->plot));
    } else {
      storage::require_writable(target, a->force);
      draw(a->file, target, a->plot);
      if (!a->quiet) fmt::print("{}\n", target.string());
    }
    exit = done;
  });
}

}  // namespace linnet::command
