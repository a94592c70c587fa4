#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/scores.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/csv.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/recipe.h"
#include "kinemyo/study/evaluation.h"
#include "kinemyo/study/original_score.h"
#include "kinemyo/study/video.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string model;
  std::string store;
  std::vector<std::string> subjects;
  bool seen = false;
  bool no_baselines = false;
  std::string video;
  std::string mocap;
  std::string units = "mm";
  bool json = false;
};

constexpr const char* kSeenWindows = "score on windows seen in training, original's way";
constexpr const char* kVideoWindows = "score on video keypoints, original's way (first 3,000 steps)";

nlohmann::json to_json(const study::OriginalScore& score) {
  return {{"windows", score.windows},
          {"mse", number_or_null(score.mse)},
          {"mae", number_or_null(score.mae)},
          {"r2", number_or_null(score.r2)}};
}

void print_original(const char* name, const study::OriginalScore& score) {
  std::printf("%s: %zu windows, MSE %s, MAE %s, R2 %s (angles in deg, muscles in mV or %% of reference; constant channels count)\n",
              name, score.windows, fixed(score.mse, 4).c_str(), fixed(score.mae, 4).c_str(), fixed(score.r2, 4).c_str());
}

// The trials that the model was trained on, as far as the store holds them.
std::vector<dataset::PreparedTrial> training_trials(const model::Model& model, const dataset::Store& store) {
  std::vector<dataset::PreparedTrial> out;
  for (const auto& key : store.keys()) {
    if (study::seen_in_training(model, key) == study::Seen::trial) out.push_back(store.read(key));
  }
  return out;
}

void evaluate_video(const Options& options, const model::Model& model) {
  const auto pairs = study::join_video(io::read_csv(options.video), io::read_csv(options.mocap));
  say("positions read as " + options.units + ", angles as degrees; " + std::to_string(pairs.video.rows()) + " rows joined");
  const auto score = study::score_video(model, pairs, options.units == "m" ? 1.0 : 1e-3);
  if (options.json) {
    std::printf("%s\n", nlohmann::json{{"rows", pairs.video.rows()}, {kVideoWindows, to_json(score)}}.dump(2).c_str());
  } else {
    print_original(kVideoWindows, score);
  }
}

void run(const Options& options) {
  const auto model = model::read_model(options.model);
  if (!options.video.empty() || !options.mocap.empty()) {
    if (options.video.empty() || options.mocap.empty() || !options.store.empty()) {
      throw UsageError("--video and --mocap go together, without a store");
    }
    evaluate_video(options, model);
    return;
  }
  if (options.store.empty()) throw UsageError("a prepared store is needed (or --video and --mocap)");
  handle_interrupts();
  const dataset::Store store(options.store);
  const auto recipe = model.recipe.empty() ? model::Recipe{} : model::parse_recipe(options.model, model.recipe);
  const bool original = recipe.original.windows;
  std::optional<study::OriginalScore> seen_windows;
  if (original) {
    const auto trials = training_trials(model, store);
    if (!trials.empty()) seen_windows = study::score_as_original(model, recipe, trials);
  }

  study::EvaluateOptions how;
  how.subjects = options.subjects;
  how.include_seen = options.seen;
  how.baselines = !options.no_baselines;
  how.progress = make_progress();
  std::optional<study::Evaluation> evaluation;
  try {
    evaluation = study::evaluate(model, store, how);
  } catch (const Error& problem) {
    if (!seen_windows) throw;
    warn(problem.what());  // an original's model may have been trained on everything: its own metric is still told
  }
  if (options.json) {
    nlohmann::json document = evaluation ? scores_as_json(*evaluation) : nlohmann::json::object();
    document["model"] = options.model;
    document["store"] = options.store;
    if (seen_windows) document[kSeenWindows] = to_json(*seen_windows);
    std::printf("%s\n", document.dump(2).c_str());
    return;
  }
  if (evaluation) {
    for (const auto& note : evaluation->notes) say(note);
    print_scores(*evaluation);
  }
  if (seen_windows) print_original(kSeenWindows, *seen_windows);
}

}  // namespace

void add_evaluate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "a model file (.safetensors)")->required();
  app.add_option("store", options->store, "a prepared store (.h5)");
  app.add_option("--subjects", options->subjects, "only these subjects. Default: all")->delimiter(',');
  app.add_flag("--seen", options->seen, "score the trials of the training too, labelled as seen");
  app.add_flag("--no-baselines", options->no_baselines, "the network alone");
  app.add_option("--video", options->video, "video keypoints (CSV; LEFT_HIP_X ..., Activity, Trial, Frame)");
  app.add_option("--mocap", options->mocap, "the MoCap table of the same frames (CSV; angles in degrees)");
  app.add_option("--units", options->units, "of positions in --video and --mocap: mm or m. Default: mm")
      ->check(CLI::IsMember({"mm", "m"}));
  app.add_flag("--json", options->json, "print one JSON document instead of tables");
  app.footer(
      "Errors are in degrees, mm, mV or % of the person's reference. Trials that the model was trained on are left out unless\n"
      "--seen; constant and copied channels are named and left out of averages. Beside the network stand ridge regression\n"
      "on the same inputs and the mean of the training trials, where the store holds these.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo prepare people/c3d --out people.h5\n"
      "  kinemyo train people.h5 --recipe angles --test S4 --epochs 3 --out angles.safetensors\n"
      "  kinemyo evaluate angles.safetensors people.h5");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
