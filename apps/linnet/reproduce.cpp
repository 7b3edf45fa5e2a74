#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/observables/observable.hpp"
#include "linnet/plots/plot.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/storage/output.hpp"

namespace linnet::command {

namespace {

namespace fs = std::filesystem;

struct ReproduceArguments {
  std::vector<std::string> names;
  OutputOptions options;
  std::string format = "png";
  bool quick = false;
};

/// The folder of experiments: beside the installed command, or of the source tree it was built in.
fs::path experiments_folder() {
  if (const char* given = std::getenv("LINNET_EXPERIMENTS")) return given;
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& candidate : {here / "../share/linnet/experiments", here / "../../../experiments"}) {
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

/// The experiments of that name: itself, or all in the folder of that name.
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
    linnet::bad_input(
        {.field = "reproduce",
         .expected = "the name of an experiment",
         .got = "\"" + wanted + "\"",
         .hint = "did you mean \"" + nearest_name(wanted, known) + "\"? `linnet reproduce list` shows all"});
  }
  return found;
}

int reproduce(const std::string& name, const fs::path& folder, const ReproduceArguments& a) {
  const fs::path file = folder / (name + ".toml");
  config::Source source = config::Source::from_file(file);
  if (a.quick) {
    for (const std::string& assignment : source.resolve().figure.quick) source.set(assignment);
  }
  for (const std::string& assignment : a.options.assignments) source.set(assignment);
  const config::Configuration c = source.resolve();
  const fs::path out = fs::path(a.options.out.empty() ? "reproductions" : a.options.out) / name;
  std::error_code failure;
  fs::create_directories(out, failure);
  if (failure) {
    throw Error(Error::Kind::output,
                {.field = out.string(), .expected = "a folder that can be made", .got = failure.message()});
  }
  const fs::path picture = out / ("figure." + a.format);
  storage::require_writable(picture, a.options.force || a.options.resume);
  if (!a.options.quiet) fmt::print("{}: {} ({})\n", name, c.figure.shows, c.figure.time);
  OutputOptions options = a.options;
  options.picture.clear();
  const fs::path data = out / "data.nc";
  const int exit = execute(source, data, options);
  if (exit != done) return exit;
  storage::write_text(out / "configuration.toml", to_toml(c));
  plots::plot(storage::read_netcdf(data), picture, {});
  if (!a.options.quiet)
    fmt::print("  picture        {}\n  data           {}\n  configuration  {}\n", picture.string(), data.string(),
               (out / "configuration.toml").string());
  return done;
}

}  // namespace

void add_reproduce(CLI::App& app, int& exit) {
  CLI::App* sub =
      app.add_subcommand("reproduce", "Figures of the papers: picture, data and configuration in a folder each");
  auto a = std::make_shared<ReproduceArguments>();
  sub->add_option("NAME", a->names, "`list`, or names of experiments or of folders of them, or nothing for all");
  sub->add_option("--out", a->options.out, "Folder of the folders (default: reproductions)");
  sub->add_option("--format", a->format, "Of the picture: png, svg or pdf")
      ->check(CLI::IsMember({"png", "svg", "pdf"}));
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
      for (std::string& name : names_in(wanted, folder)) names.push_back(std::move(name));
    }
    for (const std::string& name : names) {
      exit = reproduce(name, folder, *a);
      if (exit != done) return;
    }
  });
}

}  // namespace linnet::command
