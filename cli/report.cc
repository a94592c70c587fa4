// kinemyo report: what went in, how good it is, what it looks like, in one page.

#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/study/report_document.h"

namespace kinemyo::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model, store, out, figures;
  std::vector<std::string> subjects;
  bool include_seen = false;
  std::size_t plots = 24;
  double smooth_mm = 10;
};

struct Log {
  std::vector<report::Document::Epoch> epochs;
  std::vector<std::string> validation;
};

// The curves that `train` left beside the model; a model from elsewhere has none.
Log read_log(const fs::path& model) {
  const fs::path path = fs::path(model).replace_extension(".log.json");
  Log log;
  if (!fs::exists(path)) return log;
  try {
    const auto json = nlohmann::json::parse(base::read_file(path));
    for (const auto& one : json.at("epochs")) {
      const auto loss = [&one](const char* name) {
        const auto& value = one.at(name);
        return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
      };
      log.epochs.push_back({one.at("epoch").get<int>(), loss("training_loss"), loss("validation_loss"),
                            one.at("learning_rate").get<double>(), one.at("best").get<bool>()});
    }
    log.validation = json.at("validation_trials").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception& problem) {
    throw FormatError(path.string(), Place::named("the log"), "is not what `kinemyo train` writes",
                      "epochs with losses", problem.what());
  }
  return log;
}

void run(const Options& options) {
  handle_interrupts();
  const auto model = model::read_model(options.model);
  const dataset::Store store(options.store);
  const auto log = read_log(options.model);
  const auto progress = make_progress();
  study::EvaluateOptions how{options.subjects, options.include_seen, true, progress, {}};
  const auto evaluation = study::evaluate(model, store, how);
  std::vector<std::pair<std::string, study::Evaluation>> noisy;
  if (options.smooth_mm > 0 && !model.input.markers.empty()) {
    how.noise = {"smooth noise of " + base::to_text(options.smooth_mm) + " mm on the markers", {}};
    how.noise->levels.smooth_mm = options.smooth_mm;
    noisy.emplace_back(how.noise->name, study::evaluate(model, store, how));
  }
  const auto document = study::make_report(fs::path(options.model).filename().string(), model, store, evaluation,
                                           log.epochs, log.validation, options.plots, progress, noisy);
  base::write_file(options.out, report::format_html(document));
  say("wrote " + options.out + " (" + std::to_string(document.plots.size()) + " of " +
      std::to_string(evaluation.trials.size()) + " tested trials are drawn)");
  if (!options.figures.empty()) {
    fs::create_directories(options.figures);
    const auto figures = study::make_figures(document);
    for (const auto& [name, figure] : figures) {
      base::write_file(fs::path(options.figures) / (name + ".svg"), report::format_svg(figure));
    }
    say("wrote " + std::to_string(figures.size()) + " figures to " + options.figures);
  }
  say(document.headline);
}

}  // namespace

void add_report(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "model file that `kinemyo train` wrote")->required();
  app.add_option("store", options->store, "prepared store; trials that training saw are left out")->required();
  app.add_option("--out", options->out, "the page to write (.html), one file that needs no network")->required();
  app.add_option("--figures", options->figures, "folder for the same plots as SVG, for papers");
  app.add_option("--subjects", options->subjects, "only these people")->expected(1, -1);
  app.add_flag("--include-seen", options->include_seen, "also trials that training saw, and say so");
  app.add_option("--plots", options->plots, "trials drawn in full; tables hold all")->capture_default_str();
  app.add_option("--smooth-mm", options->smooth_mm,
                 "tables once more under noise on the markers that stays for a while (Gaussian, 100 ms), mm a coordinate; 0: not")
      ->capture_default_str();
  app.footer(
      "Units in the page: deg, mm, mV, % of a person's peak.\n\nExample:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo prepare people/c3d --out people.h5\n"
      "  kinemyo train people.h5 --recipe angles --test S4 --epochs 3 --out angles.safetensors\n"
      "  kinemyo report angles.safetensors people.h5 --out report.html --figures figures");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
