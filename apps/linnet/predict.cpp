#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/support/numbers.hpp"
#include "linnet/sweeps/predicted.hpp"
#include "modes_table.hpp"
#include "picture.hpp"

namespace linnet::command {

namespace {

struct PredictArguments {
  std::string file;
  std::string times;
  std::string method;
  std::optional<double> tolerance;
  OutputOptions output;
};

/// "0.1,1,inf".
std::vector<double> times_in(const std::string& text) {
  std::vector<double> times;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) {
    const std::optional<double> t = word == "inf" ? std::numeric_limits<double>::infinity() : number_in<double>(word);
    if (!t || !(*t >= 0)) {
      linnet::bad_input(
          {.field = "--times", .expected = "times >= 0 with commas between, as 0.1,1,inf", .got = '"' + text + '"'});
    }
    times.push_back(*t);
  }
  return times;
}

void print_head(const Prediction& p) {
  std::string method = to_string(p.method());
  std::replace(method.begin(), method.end(), '_', ' ');
  fmt::print("prediction   {}: {}\n", method, p.reason());
  if (std::isnan(p.error())) {
    fmt::print("             its error is not estimated\n");
  } else {
    fmt::print("             estimated error: {:.2g} of the largest |A| or |Y|\n", p.error());
  }
  if (!std::isnan(p.threshold())) {
    fmt::print("threshold    kappa = {:.4g}: singular values of A below it are lazy, above it active\n", p.threshold());
  }
}

int execute(const PredictArguments& a) {
  namespace fs = std::filesystem;
  const std::string file = file_of(a.file);
  config::Source source = config::Source::from_file(file);
  for (const std::string& assignment : a.output.assignments) source.set(assignment);
  const config::Configuration c = source.resolve();
  const std::vector<double> times = times_in(a.times);
  if (!a.output.out.empty()) {
    require_apart("--out", a.output.out, "CONFIG", file);
    storage::require_writable(a.output.out, a.output.force);
  }
  if (!a.output.picture.empty()) {
    require_apart("--plot", a.output.picture, "CONFIG", file);
    require_picture(a.output.picture, a.output.force);
    require_figures(a.output.picture);
    if (std::find(times.begin(), times.end(), std::numeric_limits<double>::infinity()) != times.end()) {
      linnet::bad_input({.field = "--plot", .expected = "finite times, for a picture", .got = "inf in --times"});
    }
  }
  std::optional<PredictMethod> method;
  if (!a.method.empty()) method = predict_method(a.method);
  const sweeps::Predicted predicted = sweeps::predicted(c, times, method, a.tolerance);
  const bool quiet = a.output.quiet;
  if (!quiet) {
    print_head(predicted.prediction);
    print_prediction(predicted.prediction, times);
  }
  if (!a.output.out.empty()) {
    storage::write_netcdf(predicted.data, a.output.out);
    if (!quiet) fmt::print("{}\n", a.output.out);
  }
  if (!a.output.picture.empty()) {
    draw(predicted.data, a.output.picture);
    if (!quiet) fmt::print("{}\n", a.output.picture);
  }
  return done;
}

}  // namespace

void add_predict(CLI::App& app, int& exit) {
  CLI::App* sub = app.add_subcommand("predict", "What theory says of a configuration before it is run");
  auto a = std::make_shared<PredictArguments>();
  sub->add_option("CONFIG", a->file,
                  "Configuration: task, network, observables; its solver gives rates and the last time; - is standard "
                  "input")
      ->type_name("FILE.toml")
      ->required();
  sub->add_option("--times", a->times, "Times of what is printed and written, commas between; inf is the end")
      ->type_name("TIME,...");
  sub->add_option("--out", a->output.out, "Also write the prediction, as the result of a run")->type_name("FILE.nc");
  sub->add_option("--plot", a->output.picture, "Draw it")->type_name("FILE.{png,svg,pdf}");
  add_choice(*sub, "--method", a->method, predict_methods(), "Take this method (default: the cheapest that is exact)");
  sub->add_option(
         "--tolerance", a->tolerance,
         "The largest error of A(t) that is accepted, of the largest |A| or |Y| (default: 1e-6, of perceptrons 1e-2)")
      ->type_name("NUMBER")
      ->check(positive_number("--tolerance"));
  add_common(*sub, a->output);
  sub->footer(
      "Examples:\n"
      "  linnet predict lazy.toml\n"
      "  linnet predict lazy.toml --set network.width=64 --times 0.1,1,inf --out prediction.nc\n"
      "  linnet predict lazy.toml --tolerance 0.05 --plot prediction.png");
  sub->callback([a, &exit] {
    catch_signals();
    exit = execute(*a);
  });
}

}  // namespace linnet::command
