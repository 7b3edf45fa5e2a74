#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/sweeps/earlier.hpp"
#include "linnet/sweeps/experiment.hpp"
#include "own_folder.hpp"
#include "picture.hpp"

namespace linnet::command {

namespace {

namespace fs = std::filesystem;
using sweeps::Earlier;

struct ReproduceArguments {
  std::vector<std::string> names;
  OutputOptions options;
  std::string format = "png";
  bool quick = false;
};

/// The folder of experiments: beside the installed command, in the Python package, or in the source tree of a build.
fs::path experiments_folder() {
  if (const char* given = std::getenv("LINNET_EXPERIMENTS")) return given;
  const fs::path here = own_folder();
  for (const char* there : {"../share/linnet/experiments", "../experiments", "../../../experiments"}) {
    const fs::path candidate = here / there;
    if (fs::is_directory(candidate)) return fs::canonical(candidate);
  }
  throw Error(Error::Kind::input, {.field = "experiments",
                                   .expected = "a folder of experiments beside the command",
                                   .got = "none",
                                   .hint = "set LINNET_EXPERIMENTS to it"});
}

std::vector<fs::path> experiment_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string name_of(const fs::path& file, const fs::path& folder) {
  return fs::relative(file, folder).replace_extension().generic_string();
}

void print_list(const fs::path& folder) {
  fmt::print("{:<40} {:<42} {:<16} {}\n", "name", "paper", "expected time", "what it shows");
  for (const fs::path& file : experiment_files(folder)) {
    const config::Configuration c = config::Source::from_file(file).resolve();
    fmt::print("{:<40} {:<42} {:<16} {}\n", name_of(file, folder), c.figure.paper, c.figure.time, c.figure.shows);
  }
}

/// The experiments of this name: the experiment itself, or all in the folder of this name.
std::vector<std::string> names_in(const std::string& wanted, const fs::path& folder) {
  std::vector<std::string> known;
  std::vector<std::string> found;
  for (const fs::path& file : experiment_files(folder)) {
    known.push_back(name_of(file, folder));
    if (wanted.empty() || known.back() == wanted || known.back().rfind(wanted + "/", 0) == 0) {
      found.push_back(known.back());
    }
  }
  if (found.empty()) {
    for (std::size_t i = known.size(); i-- > 0;) known.push_back(fs::path(known[i]).parent_path().generic_string());
    const std::string near = did_you_mean(wanted, known);
    linnet::bad_input({.field = "reproduce",
                       .expected = "the name of an experiment",
                       .got = "\"" + wanted + "\"",
                       .hint = near + (near.empty() ? "" : " ") + "`linnet reproduce list` shows all"});
  }
  return found;
}

/// One requested experiment: its configuration and its output.
struct Figure {
  std::string name;
  config::Source source;
  config::Configuration configuration;
  fs::path folder;
  fs::path data;
  fs::path picture;
};

Figure figure_of(const std::string& name, const fs::path& experiments, const ReproduceArguments& a) {
  config::Source source = config::Source::from_file(experiments / (name + ".toml"));
  if (a.quick) {
    for (const std::string& assignment : source.resolve().figure.quick) source.add(assignment);
  }
  for (const std::string& assignment : a.options.assignments) source.set(assignment);
  config::Configuration c = source.resolve();
  const fs::path folder = fs::path(a.options.out.empty() ? "reproductions" : a.options.out) / name;
  return {.name = name,
          .source = std::move(source),
          .configuration = std::move(c),
          .folder = folder,
          .data = folder / "data.nc",
          .picture = folder / ("figure." + a.format)};
}

/// What earlier calls have left of a figure.
struct Before {
  Earlier data = Earlier::missing;
  bool drawn = false;
};

/// Throws if the figure cannot be written. To be called for all figures before the first is computed.
Before look(const Figure& f, const OutputOptions& asked) {
  Before before{.data = asked.force ? Earlier::missing : sweeps::earlier_result(f.configuration, f.data)};
  before.drawn = before.data == Earlier::complete && is_drawn(f.picture, f.data);
  make_folder(f.folder);
  require_figures(f.picture);
  const bool to_be_drawn = before.data == Earlier::complete && !before.drawn;
  storage::require_writable(f.picture, asked.force || asked.resume || to_be_drawn);
  return before;
}

/// Data of an earlier call are not computed again, unless forced: the picture alone may be missing.
int reproduce(const Figure& f, const Before& before, const OutputOptions& asked) {
  const bool computed = before.data == Earlier::complete;
  if (!asked.quiet) {
    fmt::print("{}: {} ({})\n", f.name, f.configuration.figure.shows, f.configuration.figure.time);
    std::fflush(stdout);  // printed before the computation, also into a pipe
  }
  if (!computed) {
    OutputOptions options = asked;
    options.force = asked.force || (asked.resume && before.data == Earlier::begun);
    const int exit = execute(f.source, f.data, options);
    if (exit != done) return exit;
  } else if (!asked.quiet) {
    fmt::print("{}: complete, not computed again\n", f.data.string());
  }
  const fs::path configuration = f.folder / "configuration.toml";
  storage::write_text(configuration, to_toml(f.configuration));
  if (!before.drawn) draw(f.data, f.picture);
  if (!asked.quiet) {
    fmt::print("  picture        {}\n  data           {}\n  configuration  {}\n", f.picture.string(), f.data.string(),
               configuration.string());
  }
  return done;
}

}  // namespace

std::vector<std::string> figure_names() {
  std::vector<std::string> names{"list"};
  try {
    const fs::path folder = experiments_folder();
    for (const fs::path& file : experiment_files(folder)) {
      const std::string name = name_of(file, folder);
      for (auto slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
        const std::string group = name.substr(0, slash);
        if (std::find(names.begin(), names.end(), group) == names.end()) names.push_back(group);
      }
      names.push_back(name);
    }
  } catch (const Error&) {  // no folder of experiments
  } catch (const fs::filesystem_error&) {
  }
  return names;
}

void add_reproduce(CLI::App& app, int& exit) {
  CLI::App* sub =
      app.add_subcommand("reproduce", "Figures of the papers: picture, data and configuration in a folder each");
  auto a = std::make_shared<ReproduceArguments>();
  sub->add_option("NAME", a->names, "`list`, or names of experiments or of folders of them, or nothing for all")
      ->type_name("FIGURE");
  sub->add_option("--out", a->options.out, "Folder of the folders (default: reproductions)")->type_name("FOLDER");
  add_choice(*sub, "--format", a->format, {"png", "svg", "pdf"}, "Of the picture (default: png)");
  sub->add_flag("--quick", a->quick, "A smaller version, where the experiment has one");
  add_common(*sub, a->options);
  add_sweep_options(*sub, a->options);
  sub->footer(
      "Examples:\n"
      "  linnet reproduce list\n"
      "  linnet reproduce mixed/figure-1 --format pdf\n"
      "  linnet reproduce lazy-to-rich\n"
      "  linnet reproduce mixed/figure-2 --set network.compare=none --jobs 2");
  sub->callback([a, &exit] {
    const fs::path folder = experiments_folder();
    if (a->names == std::vector<std::string>{"list"}) {
      print_list(folder);
      exit = done;
      return;
    }
    catch_signals();
    std::vector<std::string> names;
    for (const std::string& wanted : a->names.empty() ? std::vector<std::string>{""} : a->names) {
      for (std::string& name : names_in(wanted, folder)) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
      }
    }
    std::vector<Figure> figures;
    for (const std::string& name : names) figures.push_back(figure_of(name, folder, *a));
    std::vector<Before> before;
    for (const Figure& figure : figures) before.push_back(look(figure, a->options));
    for (std::size_t i = 0; i < figures.size(); ++i) {
      exit = reproduce(figures[i], before[i], a->options);
      if (exit != done) return;
    }
  });
}

}  // namespace linnet::command
