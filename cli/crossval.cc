#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/scores.h"
#include "kinemyo/base/text.h"
#include "kinemyo/model/recipe.h"
#include "kinemyo/study/crossval.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string store;
  std::string recipe = "angles";
  std::string by = "subject";
  std::size_t folds = 0;
  bool baselines_only = false;
  int epochs = 0;
  double white_mm = 0, smooth_mm = 10;
  int threads = 0;
  std::string device = "auto";
  bool json = false;
};

std::string label(std::size_t fold, std::size_t folds) {
  return "fold " + std::to_string(fold) + " of " + std::to_string(folds);
}

void run(const Options& options) {
  handle_interrupts();
  auto recipe = model::read_recipe(options.recipe);
  if (options.epochs > 0) recipe.training.epochs = options.epochs;
  const dataset::Store store(options.store);
  const auto trials = study::read_trials(store);

  study::CrossvalOptions how;
  how.by = options.by;
  how.folds = options.folds;
  how.network = !options.baselines_only;
  how.threads = options.threads;
  how.device = options.device;
  const bool markers = !recipe.inputs.markers.empty() || !recipe.inputs.keypoints.empty();
  for (const auto& [kind, level_mm] : {std::pair("white", options.white_mm), std::pair("smooth", options.smooth_mm)}) {
    if (level_mm <= 0 || !markers) continue;
    study::TestNoise noise{std::string(kind) + " noise of " + base::to_text(level_mm) + " mm", {}};
    (kind == std::string("white") ? noise.levels.white_mm : noise.levels.smooth_mm) = level_mm;
    how.noises.push_back(std::move(noise));
  }
  how.stop = &interrupted();
  const auto progress = make_progress();
  std::string doing;
  std::size_t fold_count = 0;
  train::Epoch best, last;
  how.on_fold = [&](std::size_t fold, std::size_t folds, const study::Fold& split) {
    fold_count = folds;
    doing = label(fold, folds);
    best = {};
    say(doing + ": " + std::to_string(split.training.size()) + " trials train, " + std::to_string(split.validation.size()) +
        " stop it early, " + std::to_string(split.test.size()) + " test: " + split.name);
  };
  how.on_batch = [&](int epoch, std::size_t done, std::size_t total, double) {
    const auto before = static_cast<std::size_t>(epoch - 1) * total;
    progress(doing, before + done, static_cast<std::size_t>(recipe.training.epochs_in_all()) * total);
  };
  how.on_epoch = [&](std::size_t, const train::Epoch& epoch) {
    if (epoch.best) best = epoch;
    last = epoch;
  };
  how.on_result = [&](const study::Evaluation& evaluation) {
    std::string line = doing + " done";
    if (!options.baselines_only) {
      line += ": " + std::to_string(last.number) + " epochs, " +
              (recipe.training.members > 1 ? "the mean of " + std::to_string(recipe.training.members) + " networks" : "best " + std::to_string(best.number));
    }
    for (const auto& table : study::tabulate(evaluation)) {
      line += "; " + table.title + " so far, RMSE";
      for (std::size_t m = 0; m < table.methods.size(); ++m) {
        line += " " + table.methods[m] + " " + fixed(table.scores[m].mean.rmse, 2);
      }
      line += " " + table.unit;
    }
    say(line);
  };
  const auto result = study::crossvalidate(trials, recipe, how);
  if (result.folds_done == 0) throw Error("stopped before the first fold was done");
  if (options.json) {
    auto document = scores_as_json(result.evaluation);
    document["store"] = options.store;
    document["recipe"] = recipe.name;
    document["by"] = options.by;
    document["folds"] = result.folds;
    document["folds_done"] = result.folds_done;
    for (std::size_t n = 0; n < result.noisy.size(); ++n) document["noisy"][how.noises[n].name] = scores_as_json(result.noisy[n]);
    std::printf("%s\n", document.dump(2).c_str());
    return;
  }
  for (const auto& note : result.evaluation.notes) say(note);
  std::printf("Recipe %s, each %s tested by networks that did not see it: %zu of %zu folds\n", recipe.name.c_str(),
              options.by.c_str(), result.folds_done, result.folds);
  print_scores(result.evaluation);
  for (std::size_t n = 0; n < result.noisy.size(); ++n) {
    std::printf("\nThe same with %s on the markers of the tested trials\n", how.noises[n].name.c_str());
    print_scores(result.noisy[n]);
  }
}

}  // namespace

void add_crossval(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("store", options->store, "a prepared store (.h5)")->required();
  app.add_option("--recipe", options->recipe, "a recipe's name or file: " + base::join(model::recipe_names()) +
                                                  ". Default: angles");
  app.add_option("--by", options->by, "what is kept together: subject, activity or trial. Default: subject")
      ->check(CLI::IsMember({"subject", "activity", "trial"}));
  app.add_option("--folds", options->folds, "groups are dealt out to so many folds. Default: one a group, at most 10");
  app.add_flag("--baselines", options->baselines_only, "what a network has to beat alone, no network: seconds");
  app.add_option("--epochs", options->epochs, "epochs at most. Default: the recipe's")->check(CLI::PositiveNumber);
  app.add_option("--white-mm", options->white_mm, "tested once more with white noise on the markers, mm a coordinate. Default: 0, not")
      ->check(CLI::Range(0.0, 1000.0));
  app.add_option("--smooth-mm", options->smooth_mm,
                 "tested once more with noise that stays for a while (Gaussian, 100 ms), mm a coordinate; 0: not. Default: 10")
      ->check(CLI::Range(0.0, 1000.0));
  app.add_option("--threads", options->threads, "threads. Default: all cores")->check(CLI::NonNegativeNumber);
  app.add_option("--device", options->device, "auto, cpu or cuda. Default: auto")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  app.add_flag("--json", options->json, "print one JSON document instead of tables");
  app.footer(
      "Every group is tested once, by a network that did not see it, and by what it has to beat: ridge regression, the nearest\n"
      "training frame, the joint's geometry (where the recipe has inputs.geometry), the mean at the same phase of gait (where it\n"
      "has inputs.gait_phase), the mean. Scalers, penalties and early stopping use the training side alone. Errors are in\n"
      "degrees, mm, mV or % of the person's reference. Ctrl-C prints\n"
      "the folds done so far.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo prepare people/c3d --out people.h5\n"
      "  kinemyo crossval people.h5 --recipe angles --by subject --epochs 2");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
